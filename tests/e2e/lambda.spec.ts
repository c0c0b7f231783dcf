// The room “Learned regularisation” as people use it: strengths that move while they are learnt, and the grid of fixed
// ones beside them.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { accessible, shots, site } from './harness.ts';
import { room, saved, set } from './rooms.ts';

const at = site();

const SOURCE =
  '&source=builtin&source.name=synthetic&source.params.users=200&source.params.items=150&source.params.interactions=4000' +
  '&data.split=temporal:0.6,0.2,0.2';
const SMALL = `${SOURCE}&lambda.dim=8&lambda.batch_size=128&lambda.learning_rate=0.005&lambda.rate=0.03&lambda.epochs=40`;

async function lambda(t: TestContext, hash = ''): Promise<Page> {
  const viewport = { width: 1280, height: 800 };
  const path = `?threads=0#room=lambda${hash}`;
  const page = await at.page(t, { viewport, acceptDownloads: true, path });
  await page.getByTestId('lambda-run').waitFor();
  return page;
}

const start = (page: Page) => page.locator('[data-testid=lambda-start]:not([disabled])');
const phase = (page: Page, name: string) =>
  page.locator(`[data-testid=lambda-run][data-phase=${name}]`);
const fact = async (page: Page, id: string) =>
  Number((await page.getByTestId(id).locator('dd').innerText()).replace('−', '-'));

/** A chart's own file: its rows, split at commas outside of quotes. */
async function csv(page: Page, chart: string, button = 'chart-csv'): Promise<string[][]> {
  const { bytes } = await saved(page, page.getByTestId(chart).getByTestId(button));
  const rows = bytes.toString().trim().split('\r\n').slice(1);
  return rows.map((row) =>
    [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1] ?? '').slice(0, -1),
  );
}

test('strengths begin at nothing, grow apart, and are never below 0', {
  timeout: 120_000,
}, async (t) => {
  const page = await lambda(t, SMALL.replace('dim=8', 'dim=64').replace('epochs=40', 'epochs=150'));
  await start(page).focus();
  await page.keyboard.press('Enter');
  await phase(page, 'running').waitFor();
  await page.getByTestId('lambda-pause').click();
  await phase(page, 'paused').waitFor();
  const epochs = async () =>
    Number(
      await page
        .getByTestId('lambda-run')
        .locator('dl.facts > div')
        .first()
        .locator('dd')
        .innerText(),
    );
  const before = await epochs();
  await page.getByTestId('lambda-step').click();
  await page.waitForFunction(
    (n) => Number(document.querySelector('[data-testid=lambda-run] dl.facts dd')?.textContent) > n,
    before,
  );
  await page.getByTestId('lambda-continue').click();
  await phase(page, 'done').waitFor({ timeout: 60_000 });
  assert.equal(await epochs(), 150);
  assert.ok((await fact(page, 'lambda-least')) >= 0 && (await fact(page, 'lambda-most')) > 0);

  for (const [side, members] of [
    ['users', 200],
    ['items', 150],
  ] as const) {
    const rows = await csv(page, `lambda-${side}`);
    assert.equal(rows.length, 4 * 150, side);
    assert.ok(
      rows.every((r) => Number(r[2]) >= 0 && Number(r[3]) >= 0),
      side,
    );
    const ends = (epoch: string) => rows.filter((r) => r[1] === epoch).map((r) => Number(r[2]));
    const [first, last] = [ends('1'), ends('150')];
    for (const [i, value] of last.entries())
      assert.ok(value > 2 * (first[i] ?? 1), `${side}: ${first} to ${last}`);
    assert.equal(new Set(last).size, 4, 'each group has its own');

    const cells = await csv(page, `lambda-map-${side}`, 'heat-csv');
    assert.equal(cells.length, 150 * 12, side);
    // The lines are the groups of the map, taken together three by three.
    const map = cells.filter((c) => c[0] === '150').map((c) => Number(c[2]));
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    assert.ok(Math.abs(mean(map) - mean(last)) < 0.03 * mean(last), `${side} of ${members}`);
  }
  // The map by keyboard.
  const map = page.getByTestId('lambda-map-users');
  await map.locator('canvas').focus();
  const said = map.getByTestId('heat-said');
  await said.filter({ hasText: /After epoch \d+, \d+ users with/ }).waitFor();
  const middle = await said.innerText();
  await page.keyboard.press('ArrowUp');
  await said.filter({ hasNotText: middle }).waitFor();
  await map.getByRole('button', { name: 'Table' }).click();
  assert.equal(await map.locator('thead th').count(), 13, 'twelve groups and the epoch');
  await accessible(page);
  await shots(page, 'lambda-run');

  // What is shown stays, and says that it is of other settings.
  await set(page, { 'lambda.epochs': '149' });
  await page.getByText('This is of other settings').waitFor();
  await start(page).waitFor();
  await room(page, 'Train');
  await room(page, 'Learned regularisation');
  await page.getByText('This is of other settings').waitFor();
  await set(page, { 'lambda.epochs': '150' });
  await page.getByTestId('lambda-start').and(page.locator('[disabled]')).waitFor();
});

test('without data it offers some; a run is stopped, and another given up', {
  timeout: 120_000,
}, async (t) => {
  const page = await lambda(
    t,
    '&lambda.epochs=1000&lambda.dim=128&lambda.batch_size=64&lambda.granularity=global',
  );
  await page.locator('[data-testid=lambda-tails][data-phase=empty]').waitFor();
  await accessible(page);
  await shots(page, 'lambda-empty');
  await page.getByTestId('lambda-builtin').click();
  await page.locator('[data-testid=lambda-tails][data-phase=ready]').waitFor();
  await page.getByTestId('lambda-split').and(page.locator('[disabled]')).waitFor();
  const tails = await csv(page, 'lambda-frequencies');
  const all = (label: string) =>
    tails.filter((r) => r[0] === label).reduce((sum, r) => sum + Number(r[2]), 0);
  assert.equal(all('users'), 300);
  assert.ok(all('items') > 250 && all('items') <= 300, String(all('items')));

  await start(page).click();
  await page.getByTestId('lambda-most').filter({ hasText: /[1-9]/ }).waitFor();
  await page.getByTestId('lambda-stop').click();
  await phase(page, 'done').waitFor();
  const rows = await csv(page, 'lambda-users');
  const last = Number(rows.at(-1)?.[1]);
  assert.ok(last >= 1 && last < 1000, `${last}`);
  assert.match(rows[0]?.[0] ?? '', /all 300 users/, 'one strength, one line');
  assert.equal(await page.getByTestId('lambda-map-items').locator('canvas').isVisible(), true);

  // A run that was stopped is no whole one: the same settings can be tried again.
  await start(page).click();
  await phase(page, 'running').waitFor();
  await page.getByTestId('lambda-cancel').click();
  await phase(page, 'done').waitFor();
  assert.equal((await csv(page, 'lambda-users')).at(-1)?.[1], String(last));
});

test('what cannot be learnt is said, in the link and in the run', async (t) => {
  const page = await lambda(
    t,
    '&source=builtin&source.name=southern-women&data.split=random:0.99,0.005,0.005&lambda.granularity=user&lambda.rate=7',
  );
  const notice = await page.getByTestId('notice').innerText();
  assert.match(notice, /lambda\.granularity: “user” is not one of dui, du/);
  assert.match(notice, /lambda\.rate: “7” is not a number from 0\.00001 to 1/);
  await start(page).click();
  await phase(page, 'failed').waitFor();
  const error = page.getByTestId('lambda-run').locator('w-error');
  await error.filter({ hasText: 'data.split' }).waitFor();
  await accessible(page);
  await shots(page, 'lambda-error');
  await page.getByTestId('lambda-split').click();
  await page.waitForFunction(() => /data\.split=temporal:0\.6,0\.2,0\.2/.test(location.hash));
  await set(page, { 'lambda.epochs': '2', 'lambda.granularity': 'du' });
  await start(page).click();
  await phase(page, 'done').waitFor();
  await error.waitFor({ state: 'detached' });
  // Items have no strengths of their own here.
  assert.match((await csv(page, 'lambda-items'))[0]?.[0] ?? '', /all 14 items/);
  assert.equal((await csv(page, 'lambda-users')).length, 4 * 2);
});

test('one run against the grid: sensitivity, cost, and gain by quarter', {
  timeout: 240_000,
}, async (t) => {
  const page = await lambda(t, `${SMALL.replace('epochs=40', 'epochs=10')}&lambda.measure=hr`);
  await page.locator('[data-testid=lambda-grid-start]:not([disabled])').click();
  await page.locator('[data-testid=lambda-grid][data-phase=running]').waitFor();
  await page
    .getByTestId('lambda-grid-said')
    .filter({ hasText: '9 of 9 are there' })
    .waitFor({ timeout: 200_000 });
  // The ninth is the run above.
  await phase(page, 'done').waitFor();
  const points = await csv(page, 'lambda-sensitivity');
  const fixed = points.filter((p) => p[0] === 'fixed λ').map((p) => Number(p[1]));
  assert.deepEqual(fixed, [0, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]);
  const level = points.filter((p) => p[0] === 'λOpt');
  assert.deepEqual(
    level.map((p) => Number(p[1])),
    [0, 10],
  );
  const table = page.getByTestId('lambda-results').locator('tbody tr');
  assert.equal(await table.count(), 9);
  const cells = await table.last().locator('td').allInnerTexts();
  assert.equal(cells[0], 'λOpt');
  assert.equal(cells[2], Number(level[0]?.[2]).toFixed(3), 'the line is the table’s HR');
  assert.equal(await page.getByTestId('lambda-results').getByText('chosen').count(), 1);
  for (const id of ['lambda-cost-grid', 'lambda-cost-learnt'])
    assert.match(await page.getByTestId(id).locator('dd').innerText(), /^\d.* (ms|s)$/);
  assert.match(await page.getByTestId('lambda-cost-ratio').locator('dd').innerText(), /^[\d.]+ ×$/);
  assert.match(await page.getByTestId('lambda-gain').locator('dd').innerText(), /^[+−]?[\d.]+ %$/);
  for (const many of ['users', 'items']) {
    const gains = await csv(page, `lambda-gain-${many}`);
    assert.deepEqual(
      gains.map((g) => g[0]),
      ['fewest', '2nd', '3rd', 'most'],
    );
    assert.ok(
      gains.some((g) => g[1] !== '' && Number.isFinite(Number(g[1]))),
      JSON.stringify(gains),
    );
  }
  await page.getByTestId('lambda-sensitivity').locator('svg.points').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('.point-said').filter({ hasText: 'λ = 0: ' }).waitFor();
  await page.locator('[name="lambda.measure"][value=auc]').check({ force: true });
  await page.getByRole('heading', { name: 'Test AUC by fixed λ' }).waitFor();
  await page.waitForFunction(() => /lambda\.measure=auc/.test(location.hash));
  await accessible(page);
  await shots(page, 'lambda-grid');
  for (const width of [380, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} px on a screen of ${width}`);
  }
});
