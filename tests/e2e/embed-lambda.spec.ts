// `<warren-lambda>` in other people's pages: what every element does, and strengths that move while they are learnt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { accessible, shots, site } from './harness.ts';
import { hosts, LATER, namesWrongAttributes, opener } from './hosts.ts';
import { saved } from './rooms.ts';

const at = site();
const host = hosts();
const open = opener(at);

const demo = (page: Page) => page.locator('warren-lambda');
const start = (page: Page) => demo(page).getByRole('button', { name: 'Start', exact: true });
const phase = (page: Page, name: string) =>
  demo(page).locator(`[data-testid=lambda-demo][data-phase=${name}]`);
const fact = async (page: Page, id: string) =>
  Number((await demo(page).getByTestId(id).locator('dd').innerText()).replace('−', '-'));

/** The rows of a chart's own file: group, epoch, mean, deviation. Its labels may hold commas. */
async function rows(page: Page, chart: string): Promise<[string, number, number, number][]> {
  const { bytes } = await saved(page, demo(page).getByTestId(chart).getByTestId('chart-csv'));
  const lines = bytes.toString().trim().split('\r\n').slice(1);
  return lines.map((line) => {
    const [, label = '', epoch, mean, deviation] =
      /^(.*),([^,]*),([^,]*),([^,]*)$/.exec(line) ?? [];
    return [label, Number(epoch), Number(mean), Number(deviation)];
  });
}

test('a picture first; then strengths that begin at nothing and part, those of active users most', {
  timeout: 120_000,
}, async (t) => {
  const { page, files } = await open(t, host.url('lambda.html'));
  await demo(page).getByRole('img').waitFor();
  await page.waitForLoadState('networkidle');
  assert.deepEqual(
    files.filter((file) => LATER.test(`/warren/${file}`)),
    [],
  );
  assert.equal(page.workers().length, 0);
  await accessible(page);
  await shots(page, 'embed-lambda-poster');

  // Long enough to be held in the middle.
  await demo(page).evaluate((e) => e.setAttribute('epochs', '1000'));
  await start(page).focus();
  await page.keyboard.press('Enter');
  await phase(page, 'running').waitFor();
  await demo(page).getByTestId('demo-pause').click();
  await phase(page, 'paused').waitFor();
  await demo(page).getByText('Held.').waitFor();
  await demo(page).getByTestId('demo-resume').click();
  await phase(page, 'running').waitFor();
  await demo(page).locator('[name="lambda.epochs"]').fill('100');
  await demo(page).locator('[name="lambda.epochs"]').blur();
  await demo(page).getByTestId('demo-train').click();
  await phase(page, 'done').waitFor({ timeout: 90_000 });
  assert.equal(await fact(page, 'demo-epoch'), 100);
  assert.ok((await fact(page, 'demo-least')) >= 0 && (await fact(page, 'demo-most')) > 0);
  assert.ok((await fact(page, 'demo-ndcg')) > 0);
  for (const chart of ['demo-users', 'demo-items']) {
    const all = await rows(page, chart);
    assert.equal(all.length, 4 * 100, chart);
    assert.ok(
      all.every(([, , mean, deviation]) => mean >= 0 && deviation >= 0),
      chart,
    );
    const at = (epoch: number) => all.filter((r) => r[1] === epoch).map((r) => r[2]);
    const [first, last] = [at(1), at(100)];
    for (const [i, mean] of last.entries())
      assert.ok(mean > 2 * (first[i] ?? 1), `${chart}: ${first} to ${last}`);
    assert.equal(new Set(last).size, 4, `${chart}: ${last}`);
    // Section 5.4 of the paper: active users end with stronger regularisation than sparse ones.
    if (chart === 'demo-users') assert.ok((last[3] ?? 0) > 1.1 * (last[0] ?? 1), `${last}`);
  }
  await accessible(page);
  await shots(page, 'embed-lambda');
  await page.setViewportSize({ width: 320, height: 700 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});

test('two kinds of demo with data of their own share one engine and do not mix them up', {
  timeout: 120_000,
}, async (t) => {
  const { page, files } = await open(t, host.url('lambda.html'));
  await start(page).click();
  const other = page.locator('warren-weight-decay');
  await other.getByRole('button', { name: 'Start', exact: true }).click();
  await phase(page, 'done').waitFor({ timeout: 60_000 });
  await other.locator('[data-testid=decay-demo][data-phase=done]').waitFor({ timeout: 60_000 });
  assert.equal(page.workers().length, 1);
  assert.equal(files.filter((name) => name.endsWith('.wasm')).length, 1);
  const [label = ''] = (await rows(page, 'demo-users'))[0] ?? [];
  assert.match(label, /\(75 users\)$/, 'a quarter of its own 300 users');
  const first = await rows(page, 'demo-users');
  // Whatever the other one has loaded meanwhile, the same seed gives the same numbers.
  await demo(page).getByTestId('demo-train').click();
  await phase(page, 'running').waitFor();
  await phase(page, 'done').waitFor({ timeout: 60_000 });
  assert.deepEqual(await rows(page, 'demo-users'), first);
  // Taken away, the engine goes on for the other one.
  await page.evaluate(() => document.querySelector('#lambda')?.remove());
  assert.equal(page.workers().length, 1);
  const closed = page.workers()[0]?.waitForEvent('close');
  await page.evaluate(() => document.querySelector('#decay')?.remove());
  await closed;
});

test('under a strict policy; a coarser granularity has one line', {
  timeout: 120_000,
}, async (t) => {
  const { page } = await open(t, 'about:blank');
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) =>
      console.error(`${e.violatedDirective} stops ${e.blockedURI}`),
    );
  });
  await page.goto(host.url('lambda.html', true));
  await demo(page).evaluate((e) => e.setAttribute('epochs', '3'));
  await start(page).click();
  await phase(page, 'done').waitFor({ timeout: 60_000 });
  assert.equal((await rows(page, 'demo-users')).length, 4 * 3);
  await demo(page).locator('select[name="lambda.granularity"]').selectOption('d');
  await demo(page).getByTestId('demo-train').click();
  await phase(page, 'running').waitFor();
  await phase(page, 'done').waitFor({ timeout: 60_000 });
  const one = await rows(page, 'demo-users');
  assert.deepEqual(
    one.map((r) => r[0]),
    new Array(3).fill('all 300 users'),
  );
});

test('an attribute that cannot be used is named with its value', async (t) => {
  const { page } = await open(t, host.url('lambda.html'));
  await namesWrongAttributes(demo(page), start(page), [
    ['granularity', 'user', 'du'],
    ['rate', '0', '0.02'],
    ['epochs', '2.5', '2'],
    ['dim', '1', '8'],
    ['seed', '-1', '5'],
    ['theme', 'sepia', 'dark'],
  ]);
  await start(page).click();
  await phase(page, 'done').waitFor();
  assert.equal(await demo(page).locator('select[name="lambda.granularity"]').inputValue(), 'du');
  assert.equal(await demo(page).locator('[name="lambda.rate"]').inputValue(), '0.02');
  assert.equal(await fact(page, 'demo-epoch'), 2);
});
