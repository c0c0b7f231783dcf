// `<warren-weight-decay>` in other people's pages: what every element does, and three trainings that differ in which
// rows decay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { accessible, shots, site } from './harness.ts';
import { hosts, LATER, namesWrongAttributes, opener } from './hosts.ts';
import { saved } from './rooms.ts';

const at = site();
const host = hosts();
const open = opener(at);

const demo = (page: Page) => page.locator('warren-weight-decay');
const start = (page: Page) => demo(page).getByRole('button', { name: 'Start', exact: true });
const phase = (page: Page, name: string) =>
  demo(page).locator(`[data-testid=decay-demo][data-phase=${name}]`);
const cell = async (page: Page, row: number, column: number) =>
  Number(
    (
      await demo(page)
        .getByTestId('demo-results')
        .locator('tbody tr')
        .nth(row)
        .locator('td')
        .nth(column)
        .innerText()
    ).replace('−', '-'),
  );

test('a picture first; then three trainings, of which one writes popularity into lengths', {
  timeout: 120_000,
}, async (t) => {
  const { page, files } = await open(t, host.url('weight-decay.html'));
  await demo(page).getByRole('img').waitFor();
  await page.waitForLoadState('networkidle');
  assert.deepEqual(
    files.filter((file) => LATER.test(`/warren/${file}`)),
    [],
  );
  assert.equal(page.workers().length, 0);
  await accessible(page);
  await shots(page, 'embed-decay-poster');

  await start(page).focus();
  await page.keyboard.press('Enter');
  await phase(page, 'running').waitFor();
  await demo(page).getByTestId('demo-pause').click();
  await phase(page, 'paused').waitFor();
  await demo(page).getByText('Held.').waitFor();
  await demo(page).getByTestId('demo-resume').click();
  // The clouds move while it goes on.
  await demo(page)
    .getByText(/^Epoch \d+\./)
    .first()
    .waitFor();
  await phase(page, 'done').waitFor({ timeout: 90_000 });
  for (const row of [0, 1, 2]) assert.equal(await cell(page, row, 1), 25);
  const [none, full, batch] = [
    await cell(page, 0, 4),
    await cell(page, 1, 4),
    await cell(page, 2, 4),
  ];
  assert.ok(full > 0.6 && full > none + 0.2 && full > batch + 0.2, `${none} ${full} ${batch}`);
  for (const row of [0, 1, 2])
    assert.ok((await cell(page, row, 2)) > 0 && (await cell(page, row, 3)) > 0);
  for (const arm of ['none', 'full', 'batch']) {
    const { bytes } = await saved(
      page,
      demo(page).getByTestId(`demo-lengths-${arm}`).getByTestId('chart-csv'),
    );
    assert.ok(bytes.toString().split('\r\n').length > 100, 'a row for every item');
  }
  await accessible(page);
  await shots(page, 'embed-decay');
  await page.setViewportSize({ width: 320, height: 700 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});

test('both kinds of demo share one engine, which ends with the last of them', async (t) => {
  const { page, files } = await open(t, host.url('weight-decay.html'));
  await start(page).click();
  await phase(page, 'running').waitFor();
  const other = page.locator('warren-perturbation');
  await other.getByRole('button', { name: 'Start', exact: true }).click();
  await other.locator('[data-testid=lab-live][data-phase=ready]').waitFor();
  assert.equal(page.workers().length, 1);
  assert.equal(files.filter((name) => name.endsWith('.wasm')).length, 1);
  // Taken away in the middle of its trainings: they end, the other demo does not.
  await page.evaluate(() => document.querySelector('#decay')?.remove());
  await other.getByTestId('random-edge').click();
  await other.getByTestId('lab-said').filter({ hasText: 'added' }).waitFor();
  const closed = page.workers()[0]?.waitForEvent('close');
  await page.evaluate(() => document.querySelector('#edge')?.remove());
  await closed;
});

test('under a strict policy; the same seed gives the same numbers, another loss others', {
  timeout: 120_000,
}, async (t) => {
  const { page } = await open(t, 'about:blank');
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) =>
      console.error(`${e.violatedDirective} stops ${e.blockedURI}`),
    );
  });
  await page.goto(host.url('weight-decay.html', true));
  await demo(page).evaluate((e) => e.setAttribute('epochs', '3'));
  await start(page).click();
  await phase(page, 'done').waitFor({ timeout: 60_000 });
  const ndcg = () => Promise.all([0, 1, 2].map((row) => cell(page, row, 2)));
  const first = await ndcg();
  await demo(page).getByTestId('demo-train').click();
  await phase(page, 'running').waitFor();
  await phase(page, 'done').waitFor({ timeout: 60_000 });
  assert.deepEqual(await ndcg(), first);
  await demo(page).locator('select[name="decay.loss"]').selectOption('bpr');
  await demo(page).getByTestId('demo-train').click();
  await phase(page, 'running').waitFor();
  await phase(page, 'done').waitFor({ timeout: 60_000 });
  assert.notDeepEqual(await ndcg(), first);
});

test('an attribute that cannot be used is named with its value', async (t) => {
  const { page } = await open(t, host.url('weight-decay.html'));
  await namesWrongAttributes(demo(page), start(page), [
    ['loss', 'l2', 'ssm'],
    ['lambda', '0', '0.01'],
    ['epochs', '2.5', '2'],
    ['dim', '1', '8'],
    ['seed', '-1', '5'],
    ['theme', 'sepia', 'dark'],
  ]);
  await start(page).click();
  await phase(page, 'done').waitFor();
  assert.equal(await demo(page).locator('select[name="decay.loss"]').inputValue(), 'ssm');
  assert.equal(await cell(page, 0, 1), 2);
});
