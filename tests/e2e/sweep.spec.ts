// A sweep in the page: two initialisations, two seeds, on generated data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { SweepTable } from '../../web/engine/types.ts';
import { accessible, shots, site } from './harness.ts';
import { fact, field, opened, room, saved, set } from './rooms.ts';

const at = site();

const panel = (page: Page) => page.getByTestId('sweep');
const phase = (page: Page, name: string) =>
  page.locator(`[data-testid="sweep"][data-phase="${name}"]`);

async function results(page: Page): Promise<SweepTable> {
  const { bytes } = await saved(page, page.getByTestId('sweep-json'));
  return JSON.parse(bytes.toString());
}

/** A grid that the queue needs some seconds for. */
async function prepare(page: Page): Promise<void> {
  await page.getByTestId('try-it').click();
  await page.getByTestId('data-summary').waitFor();
  await fact(page, 'users').waitFor();
  await room(page, 'Train');
  await set(page, { 'model.dim': '8', 'train.epochs': '4' });
  // Folded until somebody wants it.
  assert.ok(!(await field(page, 'sweep.seeds').isVisible()));
  await panel(page).locator('summary').click();
  await set(page, { 'sweep.values.0': 'random, svd', 'sweep.seeds': '1, 2' });
}

test('a queue of runs with pause, skip, a reload in between, and a table at its end', {
  timeout: 180_000,
}, async (t) => {
  const page = await at.page(t, { viewport: { width: 1280, height: 800 }, acceptDownloads: true });
  await page.getByTestId('try-it').waitFor();
  await room(page, 'Train');
  assert.equal(await panel(page).count(), 0, 'nothing to sweep over without data');
  await room(page, 'Data');
  await prepare(page);
  await page.getByTestId('sweep-count').filter({ hasText: '4 runs' }).waitFor();

  // What the engine does not take is said in its own words, and cannot be run.
  await set(page, { 'sweep.values.0': 'random, svdd' });
  const error = panel(page).getByTestId('error');
  await error.filter({ hasText: 'did you mean "svd"?' }).waitFor();
  assert.ok(await page.getByTestId('sweep-run').isDisabled());
  await set(page, { 'sweep.values.0': 'random, svd' });
  await error.waitFor({ state: 'detached' });
  await accessible(page);
  await shots(page, 'sweep-form');

  // Held after the first run, reloaded, gone on with: the first is not made again.
  await set(page, { 'train.epochs': '400', 'train.patience': '0' });
  await page.getByTestId('sweep-run').click();
  await page.locator('[data-testid="run-row"][data-phase="done"]').first().waitFor();
  await page.getByTestId('sweep-pause').click();
  await phase(page, 'paused').waitFor();
  const before = await page.locator('[data-testid="run-row"][data-phase="done"]').count();
  assert.ok(before >= 1 && before < 4, `${before} runs were done when the sweep was held`);
  await page.reload();
  await opened(page);
  await fact(page, 'users').or(panel(page)).first().waitFor();
  await room(page, 'Train');
  await phase(page, 'paused').waitFor();
  await page.getByTestId('sweep-continue').click();
  await phase(page, 'ended').waitFor({ timeout: 120_000 });
  assert.equal(await page.locator('[data-testid="run-row"][data-phase="done"]').count(), 4);

  const table = await results(page);
  assert.deepEqual(table.keys, ['init.name']);
  assert.deepEqual(
    table.rows.map((r) => [r.settings[0], r.runs]),
    [
      ['random', 2],
      ['svd', 2],
    ],
  );
  for (const row of table.rows) {
    const cell = row.metrics['NDCG@20'];
    assert.ok(cell);
    const [a = 0, b = 0] = cell.values;
    assert.ok(Math.abs((cell.mean ?? 0) - (a + b) / 2) < 1e-12);
    assert.ok(Math.abs((cell.deviation ?? 0) - Math.abs(a - b) / Math.SQRT2) < 1e-12);
    const shown = await page
      .getByTestId('sweep-row')
      .filter({ hasText: row.settings[0] ?? '' })
      .innerText();
    assert.ok(shown.includes((cell.mean ?? 0).toFixed(4)), shown);
  }
  const csv = await saved(page, page.getByTestId('sweep-csv'));
  assert.match(csv.bytes.toString(), /^init\.name,runs,HR@20,HR@20 deviation/);
  await accessible(page);
  await shots(page, 'sweep');

  // The same grid again finds everything done; one seed more makes only the new runs, of which one is skipped.
  await set(page, {
    'train.epochs': '400',
    'sweep.values.0': 'random, svd',
    'sweep.seeds': '1, 2',
  });
  await set(page, { 'train.patience': '0', 'sweep.seeds': '1, 2, 3' });
  await page.getByTestId('sweep-run').click();
  await phase(page, 'running').waitFor();
  // By keyboard: while a run draws its curves the button may move under a pointer.
  await page.getByTestId('sweep-skip').press('Enter');
  await phase(page, 'ended').waitFor({ timeout: 120_000 });
  // On a fast machine the first of the two may have ended before the click: then the second is skipped.
  const done = (await results(page)).rows.map((r) => r.runs);
  assert.deepEqual(done.sort(), [2, 3]);
  await page.getByTestId('sweep-clear').click();
  await phase(page, 'none').waitFor();
  assert.equal(await field(page, 'sweep.seeds').inputValue(), '1, 2, 3');
});
