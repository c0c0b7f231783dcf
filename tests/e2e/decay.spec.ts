// The room “Weight decay & popularity” as people use it: the theorem's map by keyboard and by mouse, its link, its files.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { accessible, shots, site } from './harness.ts';
import { FILES, hasRealData } from './real.ts';
import { opened, room, saved } from './rooms.ts';

const at = site();

const theory = (page: Page) => page.locator('[data-testid=decay-theory][data-phase=ready]');
const said = (page: Page) => page.getByTestId('heat-said');
const canvas = (page: Page) => page.locator('w-heat-map canvas');

async function decay(t: TestContext, hash = ''): Promise<Page> {
  const viewport = { width: 1280, height: 800 };
  const path = `?threads=0#room=decay${hash}`;
  const page = await at.page(t, { viewport, acceptDownloads: true, path });
  await theory(page).waitFor();
  return page;
}

/** The CSV's rows as numbers, by their column's name; empty fields are NaN. */
async function csv(page: Page): Promise<Record<string, number>[]> {
  const { bytes } = await saved(page, page.getByTestId('heat-csv'));
  const [head = '', ...rows] = bytes.toString().trim().split('\r\n');
  const names = head.split(',');
  const number = (text: string | undefined) => (text ? Number(text) : Number.NaN);
  return rows.map((row) => {
    const fields = row.split(',');
    return Object.fromEntries(names.map((name, i) => [name, number(fields[i])]));
  });
}

test('the map says what the theorem says, and which rows decay decides its signs', async (t) => {
  const page = await decay(t, '&decay.interactions=10000&decay.learning_rate=0.1');
  const cells = await csv(page);
  assert.equal(cells.length, 72 * 54);
  for (const cell of [cells[0], cells[1000], cells.at(-1)]) {
    assert.ok(cell);
    const { 'training interactions r': r = 0, 'batch size B': size = 0 } = cell;
    const p = 1 - (1 - r / 10_000) ** size;
    assert.ok(Math.abs((cell.probability ?? 0) - p) < 1e-9, JSON.stringify(cell));
    const change = 1e-8 - 2e-4 + p * 0.01;
    assert.ok(Math.abs((cell.change ?? 0) - change) < 1e-9, JSON.stringify(cell));
    const balanced = (0.1 * Math.sqrt(p / (2e-4 - 1e-8))) ** 0.5;
    assert.ok(Math.abs((cell['balanced length'] ?? 0) - balanced) < 1e-6, JSON.stringify(cell));
  }
  assert.ok(cells.some((c) => (c.change ?? 0) < 0) && cells.some((c) => (c.change ?? 0) > 0));

  await page.locator('[name="decay.rows"][value=batch]').check({ force: true });
  await page.getByText('One sign everywhere').waitFor();
  await theory(page).waitFor();
  const batch = await csv(page);
  assert.ok(batch.every((c) => (c.change ?? -1) > 0 && Number.isNaN(c['balanced length'])));
  await page.waitForFunction(() => /decay\.rows=batch/.test(location.hash));
});

test('the map by keyboard alone; a link brings the same room back', async (t) => {
  const page = await decay(t);
  await canvas(page).focus();
  await said(page).filter({ hasText: 'in a step.' }).waitFor();
  const first = await said(page).innerText();
  for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  assert.notEqual(await said(page).innerText(), first);
  const number = async () => Number(/^[\d.e+]+/.exec(await said(page).innerText())?.[0]);
  const there = await number();
  await page.keyboard.press('ArrowRight');
  assert.ok((await number()) > there, 'to the right there are more interactions');

  await page.locator('input[type=range]').first().focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => /decay\.learning_rate=1(&|$)/.test(location.hash));
  await page.locator('[name="decay.quantity"][value=probability]').check({ force: true });
  await page.getByRole('heading', { name: 'Probability of being in a batch' }).waitFor();
  await page.waitForFunction(() => /decay\.quantity=probability/.test(location.hash));
  const cells = await csv(page);
  const other = await decay(
    t,
    page.url().split('#room=decay')[1] ?? new URL(page.url()).hash.replace('#', '&'),
  );
  await other.getByRole('heading', { name: 'Probability of being in a batch' }).waitFor();
  assert.deepEqual(await csv(other), cells);
});

test('the mouse reads a cell; table and picture hold the map', async (t) => {
  const page = await decay(t);
  const box = await canvas(page).boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 3);
  await said(page).filter({ hasText: 'in a step.' }).waitFor();
  await page.locator('w-heat-map').getByRole('button', { name: 'Table' }).click();
  assert.equal(await page.locator('w-heat-map tbody tr').count(), 12);
  const png = await saved(page, page.getByTestId('heat-png'));
  assert.equal(png.name, 'warren-Expected-change-of-an-item-s-squared-length.png');
  assert.equal(png.bytes.subarray(1, 4).toString(), 'PNG');
});

test('what a link gets wrong is said', async (t) => {
  const page = await decay(t, '&decay.length=0&decay.rows=some');
  const notice = await page.getByTestId('notice').innerText();
  assert.match(notice, /decay\.length: “0” is not a number from 0\.01 to 100/);
  assert.match(notice, /decay\.rows: “some” is not one of all, batch, none/);
});

const compare = (page: Page, phase: string) =>
  page.locator(`[data-testid=decay-compare][data-phase=${phase}]`);

const SMALL =
  '&source=builtin&source.name=synthetic&source.params.users=300&source.params.items=200&source.params.interactions=6000' +
  '&decay.compare.dim=16&decay.compare.epochs=25&decay.compare.batch_size=128&decay.compare.learning_rate=0.005&decay.compare.lambda=0.01';

test('weight decay on all rows writes popularity into lengths, on the batch’s rows it does not', {
  timeout: 180_000,
}, async (t) => {
  const page = await decay(t, SMALL);
  await compare(page, 'idle').waitFor();
  await page.locator('[data-testid=decay-start]:not([disabled])').focus();
  await page.keyboard.press('Enter');
  await compare(page, 'running').waitFor();
  // The lengths move while the runs go on.
  await page
    .getByText(/^Epoch \d+\. Correlation/)
    .first()
    .waitFor();
  await compare(page, 'done').waitFor({ timeout: 120_000 });
  await page
    .getByText(/^Best epoch\. Correlation/)
    .nth(2)
    .waitFor();
  const rows = page.getByTestId('decay-results').locator('tbody tr');
  const cell = async (i: number, column: number) =>
    Number((await rows.nth(i).locator('td').nth(column).innerText()).replace('−', '-'));
  const epochs = await Promise.all([0, 1, 2].map((i) => cell(i, 1)));
  assert.deepEqual(epochs, [25, 25, 25]);

  // The last epochs, from the chart's own file: results are those of the best epoch.
  const csv = await saved(
    page,
    page.getByTestId('decay-correlation').getByRole('button', { name: 'CSV' }),
  );
  const last = new Map<string, number>();
  for (const row of csv.bytes.toString().trim().split('\r\n').slice(1)) {
    const [label = '', , value] = row.split(',');
    last.set(label, Number(value));
  }
  const [none = 1, full = 0, batch = 1] = ['no weight decay', 'all rows', 'the batch’s rows'].map(
    (label) => last.get(label),
  );
  assert.ok(full > 0.6 && full > batch + 0.2 && full > none + 0.2, `${none} ${full} ${batch}`);

  for (const arm of ['none', 'full', 'batch']) {
    const lengths = page.getByTestId(`decay-lengths-${arm}`);
    await lengths.locator('canvas').waitFor();
    await lengths.getByRole('button', { name: 'Table' }).click();
    assert.ok((await lengths.locator('tbody tr').count()) > 100);
    await lengths.getByRole('button', { name: 'Table' }).click();
  }
  // The same wish again is answered by the runs that are there.
  await page.getByTestId('decay-start').and(page.locator('[disabled]')).waitFor();
  await room(page, 'Train');
  await room(page, 'Weight decay & popularity');
  await compare(page, 'done').waitFor();
  await accessible(page);
  await shots(page, 'decay-runs');
});

/** Makes the trial and compares what was measured with what was expected, bin by bin. */
async function onTrial(page: Page): Promise<{ measured: number[]; expected: number[] }> {
  const phase = (name: string) => page.locator(`[data-testid=decay-trial][data-phase=${name}]`);
  await page.locator('[data-testid=trial-start]:not([disabled])').click();
  await phase('running').waitFor();
  await phase('done').waitFor({ timeout: 60_000 });
  const { bytes } = await saved(page, page.getByTestId('decay-measured').getByTestId('chart-csv'));
  const text = bytes.toString().trim();
  const rows = text
    .split('\r\n')
    .slice(1)
    .map((row) => row.split(','));
  const [measured = [], expected = []] = ['measured', 'theorem'].map((label) =>
    rows.filter((row) => row[0] === label).map((row) => Number(row[2])),
  );
  assert.ok(measured.length > 5 && measured.length === expected.length, text);
  const range = Math.max(...expected) - Math.min(...expected);
  for (const [i, value] of measured.entries())
    assert.ok(Math.abs(value - (expected[i] ?? 0)) < 0.25 * range, text);
  return { measured, expected };
}

test('a live run does what the theorem expects: rare items lose length, popular ones gain', {
  timeout: 120_000,
}, async (t) => {
  // Small steps and many: fast as the engine may be, several readings fall into the run.
  const trial = '&decay.trial.dim=16&decay.trial.batch_size=16&decay.trial.learning_rate=0.005';
  const page = await decay(
    t,
    `${SMALL}${trial}&decay.trial.weight_decay=0.000175&decay.trial.epochs=12`,
  );
  const { measured } = await onTrial(page);
  assert.ok((measured[0] ?? 0) < 0 && (measured.at(-1) ?? 0) > 0, String(measured));
  // Another setting does not pass for the one that was measured; without decay every item grows.
  await page.locator('[name="decay.trial.rows"][value=none]').check({ force: true });
  await page.getByText('This is of other settings').waitFor();
  const { measured: none } = await onTrial(page);
  assert.ok(
    none.every((value) => value > 0),
    String(none),
  );
  await accessible(page);
  await shots(page, 'decay-trial');
});

test('the same on MovieLens, with the settings as they come', { timeout: 120_000 }, async (t) => {
  if (!hasRealData(t)) return;
  const viewport = { width: 1280, height: 800 };
  const filter = 'data.min_user=20&data.min_item=20&data.split=random:0.8,0.1,0.1';
  const page = await at.page(t, { viewport, acceptDownloads: true, path: `#room=data&${filter}` });
  await opened(page);
  await page.locator('input[type=file]').first().setInputFiles(FILES);
  await page.getByTestId('data-summary').waitFor();
  await room(page, 'Weight decay & popularity');
  const { measured } = await onTrial(page);
  assert.ok((measured[0] ?? 0) < 0 && (measured.at(-1) ?? 0) > 0, String(measured));
});

test('strengths of weight decay and of PRISM as one queue, from the records into the curves', {
  timeout: 300_000,
}, async (t) => {
  const page = await decay(t, SMALL.replace('epochs=25', 'epochs=8'));
  const start = page.getByTestId('decay-sweep-start');
  await start.and(page.locator(':not([disabled])')).click();
  const phase = (name: string) => page.locator(`[data-testid=decay-sweep][data-phase=${name}]`);
  await phase('running').waitFor();
  await page.getByTestId('decay-sweep-pause').click();
  await phase('paused').waitFor();
  await page.getByTestId('decay-sweep-continue').click();
  await phase('ended').waitFor({ timeout: 200_000 });
  await page.getByTestId('decay-sweep-said').filter({ hasText: '12 of 12 are there' }).waitFor();
  const table = page.getByTestId('decay-strengths').locator('tbody tr');
  assert.equal(await table.count(), 12);

  const rows = async (chart: string) => {
    const { bytes } = await saved(
      page,
      page.getByTestId(chart).getByRole('button', { name: 'CSV' }),
    );
    return bytes.toString().trim().split('\r\n').slice(1);
  };
  // Six strengths for four parts, and two ends for each part without decay; five strengths; eight epochs for six runs.
  assert.equal((await rows('decay-by-lambda')).length, 4 * 6 + 4 * 2);
  assert.equal((await rows('decay-by-strength')).length, 4 * 5);
  assert.equal((await rows('decay-speed')).length, 6 * 8);

  // The same runs are points of the trade-off; the baselines join them.
  await page.locator('[data-testid=decay-bias-start]:not([disabled])').click();
  await page
    .getByTestId('decay-bias-said')
    .filter({ hasText: '10 of 10 are there' })
    .waitFor({ timeout: 200_000 });
  const points = await saved(page, page.getByTestId('decay-trade-off').getByTestId('chart-csv'));
  const listed = points.bytes.toString().trim().split('\r\n').slice(1);
  const series = new Set(listed.map((row) => row.split(',').slice(0, -3).join(',')));
  assert.equal(series.size, 6, [...series].join(' | '));
  assert.equal(listed.length, 12 + 10);
  await page.getByTestId('decay-trade-off').locator('svg.points').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('.point-said').filter({ hasText: 'no decay: ' }).waitFor();

  // Two of the three runs of the comparison are of these already, where λ is among the strengths.
  await compare(page, 'done').waitFor();
  const epochs = page.getByTestId('decay-results').locator('tbody tr td:nth-child(2)');
  assert.deepEqual(await epochs.allInnerTexts(), ['8', '8', '–']);
  await accessible(page);
  await shots(page, 'decay-strengths');
});

test('the room as a picture, and for assistive technology', { timeout: 120_000 }, async (t) => {
  const page = await decay(t);
  await canvas(page).focus();
  await accessible(page);
  await shots(page, 'decay');
  await room(page, 'Weight decay & popularity');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator('[name="decay.quantity"][value=probability]').check({ force: true });
  await page.locator('w-heat-map').getByRole('button', { name: 'Table' }).click();
  await accessible(page);
  for (const width of [380, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} px on a screen of ${width}`);
  }
});
