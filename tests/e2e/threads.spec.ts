// The module with threads: used where the page is isolated, the same bits for any number of threads, and never a
// reason for the page not to work.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { site } from './harness.ts';
import { readNpy, worstAngle } from './npy.ts';
import { plainHost } from './plain-host.ts';
import { EMBEDDING, embed, fact, room, set } from './rooms.ts';

const at = site();
const CSV = 'userId,movieId,rating,timestamp\n1,10,4,1\n1,11,4,2\n2,10,3,3\n2,11,5,4\n3,11,5,5\n';
const plain = plainHost();
const useless = plainHost({ files: { '/warren/isolate.js': 'self.skipWaiting();' } });
const elsewhere = plainHost({
  files: { '/ratings.csv': CSV },
  headers: { 'access-control-allow-origin': '*' },
});

/** Isolated, but what it sends is not always what it should be. */
const faulty = plainHost({
  headers: {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  },
  alter: (path, body) => fault(path, body),
});
let fault: (path: string, body: Buffer) => Buffer | string | null = (_, body) => body;

const ASSETS = fileURLToPath(new URL('../../dist/assets/', import.meta.url));

/** True if the module was built; otherwise says so, and fails where nothing may be left out. */
function hasThreads(t: TestContext): boolean {
  if (existsSync(ASSETS) && readdirSync(ASSETS).some((name) => name.startsWith('threads-')))
    return true;
  assert.notEqual(process.env.CI, 'true', 'dist/ was built without its module with threads');
  t.skip('dist/ was built without its module with threads');
  return false;
}

const badge = (page: Page) => page.getByTestId('compute-path');

/** The badge once the engine runs, and all that its explanation says. */
async function computePath(page: Page): Promise<{ path: string; why: string }> {
  await badge(page).filter({ hasText: 'CPU' }).waitFor();
  await page.getByRole('button', { name: 'About the compute path' }).click();
  const why = page.getByRole('note', { name: 'the compute path' });
  await why.locator('h4').waitFor();
  const said = await why.innerText();
  await page.keyboard.press('Escape');
  return { path: await badge(page).innerText(), why: said };
}

/** One click from an empty page to data. */
async function tryIt(page: Page): Promise<void> {
  await page.getByTestId('try-it').click();
  await page.getByTestId('data-summary').waitFor();
}

test('an isolated page computes with threads, and says so', async (t) => {
  if (!hasThreads(t)) return;
  const page = await at.page(t, { viewport: { width: 1280, height: 800 } });
  const threads = Math.min(availableParallelism(), 8);
  const { path, why } = await computePath(page);
  assert.equal(path, `CPU · SIMD · ${threads} threads`);
  assert.match(why, /same bits for any number of threads/);
  await page.getByRole('button', { name: 'About the compute path' }).click();
  await page.getByRole('link', { name: 'the build with one thread' }).click();
  const reference = await computePath(page);
  assert.equal(reference.path, 'CPU · SIMD · 1 thread');
  assert.match(reference.why, /no more were asked for/);
});

test('any number of threads gives the same bits; the baseline agrees', {
  timeout: 180_000,
}, async (t) => {
  if (!hasThreads(t)) return;
  const first = await at.page(t, { path: '?threads=2', acceptDownloads: true });
  assert.equal((await computePath(first)).path, 'CPU · SIMD · 2 threads');
  await tryIt(first);
  await room(first, 'Graph & embedding');
  await set(first, { ...EMBEDDING, 'graph.dim': '8', 'graph.both.k': '20' });
  const two = await embed(first);
  const hash = new URL(first.url()).hash;

  const with_ = async (threads: number): Promise<Buffer> => {
    const page = await at.page(t, { path: `?threads=${threads}${hash}`, acceptDownloads: true });
    const { path, why } = await computePath(page);
    assert.equal(path, `CPU · SIMD · ${threads || 1} thread${threads > 1 ? 's' : ''}`);
    assert.equal(why.includes('same bits'), threads > 0);
    return embed(page);
  };
  assert.ok(two.equals(await with_(1)), 'one thread of the pool gives other bits than two');
  assert.ok(two.equals(await with_(3)), 'three threads give other bits than two');
  const angle = worstAngle(readNpy(two), readNpy(await with_(0)));
  assert.ok(angle <= 1e-4, `the baseline's subspace differs by ${angle}`);
});

for (const [what, file] of [
  ['module', 'warren_bg.wasm'],
  ['bindings', 'warren.js'],
  ['script of the threads', 'pool-worker.js'],
] as const) {
  test(`without its ${what} the page falls back to one thread, says why, and works`, async (t) => {
    if (!hasThreads(t)) return;
    const page = await at.page(t, { expectErrors: /ERR_|Failed to fetch/ });
    fault = (path, body) => (new RegExp(`/threads-.*/${file}$`).test(path) ? null : body);
    await page.goto(`${faulty.url}?threads=2`);
    const { path, why } = await computePath(page);
    assert.equal(path, 'CPU · SIMD · 1 thread');
    assert.match(why, /2 threads failed to start \(.+\)/);
    await tryIt(page);
  });
}

test('a thread that breaks down ends the wait for it', async (t) => {
  if (!hasThreads(t)) return;
  const page = await at.page(t);
  fault = (path, body) =>
    path.endsWith('/pool-worker.js')
      ? body.toString().replace(/wbg_rayon_start_worker\(.*\);/, 'throw "on purpose";')
      : body;
  await page.goto(`${faulty.url}?threads=2`);
  const { path, why } = await computePath(page);
  assert.equal(path, 'CPU · SIMD · 1 thread');
  assert.match(why, /a thread broke down: on purpose/);
});

test('a host without headers: the page isolates itself with one reload, and fetches data from elsewhere', async (t) => {
  if (!hasThreads(t)) return;
  const page = await at.page(t);
  const loads: string[] = [];
  page.on('framenavigated', (frame) => loads.push(frame.url()));
  const data = encodeURIComponent(new URL('/ratings.csv', elsewhere.url).href);
  await page.goto(`${plain.url}?threads=2&data=${data}`);
  await badge(page).filter({ hasText: '2 threads' }).waitFor();
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  assert.equal(loads.filter((url) => url.split('#')[0]?.includes('threads=2')).length >= 2, true);
  await fact(page, 'users').filter({ hasText: '3' }).waitFor();
  // From now on no reload is needed.
  const documents: string[] = [];
  page.on('request', (r) => r.isNavigationRequest() && documents.push(r.url()));
  await page.goto(`${plain.url}?threads=2`);
  await badge(page).filter({ hasText: '2 threads' }).waitFor();
  assert.equal(documents.length, 1);
});

test('a host without headers and a browser without service workers: one thread, and why', async (t) => {
  if (!hasThreads(t)) return;
  const page = await at.page(t, { serviceWorkers: 'block' });
  const documents: string[] = [];
  page.on('request', (r) => r.isNavigationRequest() && documents.push(r.url()));
  await page.goto(`${plain.url}?threads=2`);
  const { path, why } = await computePath(page);
  assert.equal(path, 'CPU · SIMD · 1 thread');
  assert.match(why, /service worker could not help/);
  assert.match(why, /not cross-origin isolated/);
  assert.equal(documents.length, 1);
  await tryIt(page);
  // The same tab does not wait for it again.
  await page.reload();
  assert.match((await computePath(page)).why, /service worker could not help/);
  assert.equal(documents.length, 2);
});

test('a service worker that does not help is tried once, not for ever', async (t) => {
  if (!hasThreads(t)) return;
  const page = await at.page(t);
  const documents: string[] = [];
  page.on('request', (r) => r.isNavigationRequest() && documents.push(r.url()));
  await page.goto(`${useless.url}?threads=2`);
  const { path, why } = await computePath(page);
  assert.equal(path, 'CPU · SIMD · 1 thread');
  assert.match(why, /did not help/);
  assert.equal(documents.length, 2);
});

test('an embedded page asks for no service worker and no threads', async (t) => {
  const page = await at.page(t);
  await page.goto(`${plain.url}?embed`);
  await badge(page).filter({ hasText: '1 thread' }).waitFor();
  assert.equal(
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length),
    0,
  );
});
