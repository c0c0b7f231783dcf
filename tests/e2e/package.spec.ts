// The JavaScript package as a host page uses it: the files of pkg/ from a plain static server, no page around
// them, no special headers.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

import type * as Package from '../../web/engine/index.ts';

const PKG = fileURLToPath(new URL('../../pkg/', import.meta.url));
const TYPES: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm' };

let server: Server;
let browser: Browser;
let page: Page;

before(async () => {
  server = createServer(async (request, response) => {
    const name = (request.url ?? '/').slice(1);
    try {
      const body = name
        ? await readFile(PKG + name)
        : '<!doctype html><link rel="icon" href="data:,">';
      const type = TYPES[name.split('.').pop() ?? ''] ?? 'text/html';
      response.writeHead(200, { 'content-type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  const executablePath = process.env.CHROME;
  assert.ok(executablePath, 'CHROME must name Chromium; `cargo xtask test --e2e` sets it');
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-quic'] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  // What every test's function gets: the package's exports.
  await page.evaluate(async () => {
    const path = '/index.js';
    Object.assign(window, { warrenPackage: await import(path) });
  });
});

after(async () => {
  await browser?.close();
  server?.close();
});

type Api = typeof Package;
type Failure = { name: string; code: string; message: string };

/** Runs `work` in the page with the package's exports; it must not use anything from around it. */
function inPage<T>(work: (api: Api) => Promise<T>): Promise<T> {
  return page.evaluate(`(${work.toString()})(window.warrenPackage)`) as Promise<T>;
}

test('the way from data to recommendations', async () => {
  const got = await inPage(async ({ Warren }) => {
    const warren = await Warren.start();
    const loaded = await warren.loadBuiltin('synthetic', {}, { seed: 3 });
    const prepared = await warren.prepare({ min_user: 3, min_item: 3 }, 3);
    const items = await warren.embed({ side: 'item', init: { name: 'leporid', k: 10 }, dim: 8 });
    const npy = await warren.exportEmbedding(items.id, 'npy');
    const run = warren.train({ model: { name: 'mf', dim: 8 }, train: { epochs: 3 } });
    const types: string[] = [];
    for await (const event of run) if (event.type !== 'progress') types.push(event.type);
    const record = await run.done;
    const best = await warren.recommend({ run: await run.id, user: 0, n: 5 });
    const saved = await warren.checkpoint(await run.id);
    const again = await warren.resume(saved).done;
    warren.close();
    return {
      loaded,
      prepared,
      vectors: items.vectors.constructor.name + items.vectors.length,
      rows: items.rows,
      npy: npy.size,
      types,
      metrics: [record.metrics, again.metrics],
      best: best.length,
    };
  });
  assert.equal(got.loaded.interactions, 12_000);
  assert.equal(got.vectors, `Float32Array${got.rows * 8}`);
  assert.ok(got.npy >= got.rows * 8 * 4);
  assert.deepEqual(got.types, ['start', 'epoch', 'epoch', 'epoch', 'done']);
  assert.deepEqual(got.metrics[0], got.metrics[1]);
  assert.equal(got.best, 5);
});

test('a file with a mistake rejects with its line; a good one and a response load', async () => {
  const got = await inPage(async ({ Warren }) => {
    const warren = await Warren.start();
    const csv = 'userId,movieId,rating,timestamp\n1,2,3.5,100\n2,2,4,101\n';
    const bad = new File([`${csv}3,2,good,102\n`], 'ratings.csv');
    const error = await warren
      .load(bad)
      .catch((e) => ({ code: e.code, file: e.file, line: e.line }));
    const fromFile = await warren.load(new File([csv], 'ratings.csv'));
    const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
    const fromResponse = await warren.load(await fetch(url));
    warren.close();
    return { error, prints: [fromFile.fingerprint, fromResponse.fingerprint] };
  });
  assert.deepEqual(got.error, { code: 'bad-value', file: 'ratings.csv', line: 4 });
  assert.equal(got.prints[0], got.prints[1]);
});

test('calls are answered during a training; a cancel rejects at once and frees the engine', async () => {
  const got = await inPage(async ({ Warren }) => {
    const warren = await Warren.start();
    await warren.loadBuiltin('synthetic', {}, { seed: 3 });
    await warren.prepare();
    const stop = new AbortController();
    const config = { model: { name: 'mf' }, train: { epochs: 100_000, patience: 0 } };
    const run = warren.train(config, { signal: stop.signal });
    await run.id;
    const during = (await warren.history(0)).length;
    stop.abort();
    const error = await run.done.catch((e) => ({ name: e.name, code: e.code }));
    const after = (await warren.history(0)).length;
    warren.close();
    return { during, after, error };
  });
  assert.ok(got.during > 0 && got.during === got.after);
  assert.deepEqual(got.error, { name: 'AbortError', code: 'cancelled' });
});

test('what does not load says so', async () => {
  const got = await inPage(async ({ Warren }) => {
    const reason = (e: Failure) => ({ code: e.code, message: e.message });
    const failing = [{ wasmUrl: '/nope.wasm' }, { workerUrl: '/nope.js' }];
    return Promise.all(failing.map((o) => Warren.start(o).then(() => null, reason)));
  });
  assert.deepEqual(
    got.map((e) => e?.code),
    ['engine-failed', 'engine-failed'],
  );
});

test('when the module traps, every call rejects and none hangs', async () => {
  const got = await inPage(async ({ Warren }) => {
    const origin = location.origin;
    const [bindings, worker] = await Promise.all(
      ['/warren.js', '/worker.js'].map(async (path) => (await fetch(path)).text()),
    );
    const script = (text: string) =>
      URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    // A trap where no promise catches it, as in a task that the event loop resumed.
    const trap = `Engine.prototype.schema = () => {
      setTimeout(() => { throw new WebAssembly.RuntimeError('unreachable'); });
      return new Promise(() => {});
    };`;
    const url = JSON.stringify(`${origin}/warren.js`);
    const patched = script(`${bindings?.replaceAll('import.meta.url', url)}\n${trap}`);
    const workerUrl = script(worker?.replace('./warren.js', patched) ?? '');
    const warren = await Warren.start({ workerUrl });
    const code = (e: Failure) => e.code;
    const schema = warren.schema().then(() => '', code);
    const other = warren
      .loadBuiltin('synthetic', { interactions: 40_000 })
      .then(
        () => warren.train({ model: { name: 'mf' }, train: { epochs: 100_000, patience: 0 } }).done,
      );
    const codes = [await schema, await other.then(() => '', code)];
    codes.push(await warren.catalog().then(() => '', code), (await warren.ended).code);
    return codes;
  });
  assert.deepEqual(new Set(got), new Set(['engine-failed']));
});
