// `cargo xtask bench`: one job in headless Chromium with the module of pkg/. The job is JSON in the
// first argument; JSON comes out. With a second argument, a stage, the job is cancelled in the middle of it
// and the answer is how long that took and how long the page's own loop stood still meanwhile. A job with
// `threads` runs in the module with threads, on a page that is isolated for it.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type CDPSession, chromium } from 'playwright-core';

const PKG = fileURLToPath(new URL('../../pkg/', import.meta.url));
const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
const TYPES: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm' };

const work = JSON.parse(process.argv[2] ?? '{}');
const cancelStage = process.argv[3] ?? null;

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const server = createServer(async (request, response) => {
  const name = (request.url ?? '/').slice(1);
  const path = name === 'worker.js' ? WORKER : name === 'data' ? work.file : PKG + name;
  try {
    const body = name ? await readFile(path) : '<!doctype html><link rel="icon" href="data:,">';
    const type = TYPES[name.split('.').pop() ?? ''] ?? 'text/html';
    response.writeHead(200, { 'content-type': type, ...ISOLATED }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, '127.0.0.1');

/** Processor seconds of all renderers: the only one that works is the page's. */
async function rendererSeconds(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.filter((p) => p.type === 'renderer').reduce((sum, p) => sum + p.cpuTime, 0);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROME ?? '',
  args: ['--no-sandbox', '--disable-quic', '--js-flags=--max-old-space-size=4096'],
});
try {
  const session = await browser.newBrowserCDPSession();
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const marks: Record<string, number> = {};
  await page.exposeFunction('markStage', async (stage: string) => {
    marks[stage] = await rendererSeconds(session);
  });
  const result = await page.evaluate(
    async ([work, cancelStage]) => {
      const mark = (window as unknown as { markStage(stage: string): Promise<void> }).markStage;
      const file = work.file ? await (await fetch('/data')).arrayBuffer() : null;
      const worker = new Worker('/worker.js', { type: 'module' });
      let cancelled = 0;
      let longest = 0;
      let last = performance.now();
      setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 5);
      return new Promise((resolve, reject) => {
        worker.onerror = (e) => reject(new Error(e.message));
        worker.onmessage = ({ data }) => {
          if (data.kind === 'stage') {
            mark(data.stage);
            if (data.stage !== cancelStage) return;
            setTimeout(() => {
              cancelled = performance.now();
              worker.postMessage({ kind: 'cancel' });
            }, 400);
          } else if (data.kind === 'done') {
            mark('end').then(() => resolve({ ...data.result, longest }));
          } else if (cancelled && data.code === 'cancelled') {
            resolve({ cancelMilliseconds: performance.now() - cancelled, longest });
          } else reject(new Error(data.message));
        };
        worker.postMessage({ work, file });
      });
    },
    [work, cancelStage] as const,
  );
  process.stdout.write(`${JSON.stringify({ ...(result as object), marks })}\n`);
} finally {
  await browser.close();
  server.close();
}
