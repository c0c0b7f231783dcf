import assert from 'node:assert/strict';
import { test } from 'node:test';
import { site } from './harness.ts';

const at = site();

test('the page loads, isolated from other origins, without errors', async (t) => {
  const page = await at.page(t);
  assert.match(await page.title(), /Warren/);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  await page.waitForLoadState('networkidle');
});

test('the page needs no path of its own on its host', async (t) => {
  const page = await at.page(t, { path: 'index.html?from=elsewhere' });
  const addresses = await page.$$eval('script[src], link[rel=stylesheet]', (all) =>
    all.map((e) => e.getAttribute('src') ?? e.getAttribute('href') ?? ''),
  );
  assert.ok(addresses.length > 0);
  for (const address of addresses) assert.match(address, /^\.\//);
});

test('the browser has a WebGPU adapter', async (t) => {
  const page = await at.page(t);
  const found = await page.evaluate(async () => {
    const gpu = (navigator as unknown as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu;
    return (await gpu?.requestAdapter()) != null;
  });
  assert.ok(found, 'no adapter; tests of the GPU would be void');
});
