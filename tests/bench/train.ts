// `cargo xtask bench train` and `bench mf` in headless Chromium: `train.ts JOB FOLDER SIDE`. SIDE `warren` times the
// module in FOLDER, `tfjs` and `mf-tfjs` TensorFlow.js whose packages lie in FOLDER; `adapter` says which WebGPU adapter
// there is. The job is JSON; JSON comes out. The file that a job names as `"pairs"` is served as such. A job with `"software": true` gets SwiftShader as its GPU; `"vulkan": true` says that there
// is a real GPU to be reached through Vulkan.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';

const TYPES: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm' };
const SCRIPTS: Record<string, string> = {
  warren: './train-worker.js',
  tfjs: './train-tfjs.js',
  'mf-tfjs': './mf-tfjs.js',
};

// So headless Chromium finds a GPU on Linux; without one it hangs.
const VULKAN = [
  '--enable-features=Vulkan',
  '--use-angle=vulkan',
  '--disable-vulkan-surface',
  '--ignore-gpu-blocklist',
];
const SOFTWARE = ['--use-webgpu-adapter=swiftshader'];
/** Milliseconds after which an adapter that was asked for will not come. */
const PATIENCE = 60_000;

const [text = '{}', folder = '', side = ''] = process.argv.slice(2);
const script = SCRIPTS[side];
if (!script && side !== 'adapter') throw new Error(`there is no side ${side}`);
const job = JSON.parse(text) as { software?: boolean; vulkan?: boolean; pairs?: string };
const wanted = job.software ? SOFTWARE : job.vulkan ? VULKAN : [];

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const server = createServer(async (request, response) => {
  const name = normalize((request.url ?? '/').slice(1));
  try {
    let body: string | Buffer = '<!doctype html><link rel="icon" href="data:,">';
    if (name === 'worker.js' && script)
      body = await readFile(fileURLToPath(new URL(script, import.meta.url)));
    else if (name === 'pairs' && job.pairs) body = await readFile(job.pairs);
    else if (name !== '.')
      body = await readFile(join(folder, name.replace(/^(module|tfjs)\//, '')));
    const type = TYPES[name.split('.').pop() ?? ''] ?? 'text/html';
    response.writeHead(200, { 'content-type': type, ...ISOLATED }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, '127.0.0.1');

/** The adapter's names, or null where there is none. */
async function adapter(): Promise<object | null> {
  type Named = { vendor: string; architecture: string; description: string };
  // Older browsers say it of the adapter, newer ones of its info.
  type Fallback = { isFallbackAdapter?: boolean };
  type Adapter = Fallback & { info: Named & Fallback };
  type Options = { powerPreference: 'high-performance' };
  type Gpu = { requestAdapter(options: Options): Promise<Adapter | null> };
  const { gpu } = navigator as unknown as { gpu?: Gpu };
  const found = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!found) return null;
  const { vendor, architecture, description, isFallbackAdapter } = found.info;
  const fallback = isFallbackAdapter ?? found.isFallbackAdapter ?? false;
  return { vendor, architecture, description, fallback };
}

async function found(page: Page): Promise<object> {
  return { adapter: await page.evaluate(adapter), reason: 'the browser offers none' };
}

async function silence(): Promise<object> {
  await setTimeout(PATIENCE, undefined, { ref: false });
  return { adapter: null, reason: 'the browser does not answer' };
}

/** What the worker answers to the job. */
function answer([job, type]: readonly [unknown, WorkerType]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/worker.js', { type });
    worker.onerror = (e) => reject(new Error(e.message || 'the worker did not load'));
    worker.onmessage = ({ data }) =>
      data.kind === 'done' ? resolve(data.result) : reject(new Error(data.message));
    worker.postMessage(job);
  });
}

const browser = await chromium.launch({
  executablePath: process.env.CHROME ?? '',
  args: ['--no-sandbox', '--disable-quic', '--enable-unsafe-webgpu', ...wanted],
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const result = script
    ? await page.evaluate(answer, [job, side.endsWith('tfjs') ? 'classic' : 'module'] as const)
    : await Promise.race([found(page), silence()]);
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await browser.close();
  server.close();
}
