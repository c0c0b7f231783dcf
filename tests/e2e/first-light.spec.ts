// The whole way on a real file, as a person goes it: drop MovieLens' ratings.csv, see the data, compute a
// LEPORID embedding, train a recommender with live curves, take the results away, share the link.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { accessible, longTasks, shots, site } from './harness.ts';
import { readNpy, worstAngle } from './npy.ts';
import { FILES, hasRealData } from './real.ts';
import { EMBEDDING, embed, fact, field, opened, room, saved, set } from './rooms.ts';

const at = site();

const GOLDEN = new URL('golden/leporid-users.npy', import.meta.url);

/** Trains as configured and returns the row's NDCG@20 and the record. */
async function train(page: Page): Promise<{ ndcg: string; record: Record<string, unknown> }> {
  await page.getByTestId('run').click();
  await page.getByTestId('active-run').waitFor();
  const row = page.locator('[data-testid="run-row"][data-phase="done"]').last();
  await row.waitFor({ timeout: 120_000 });
  const { bytes } = await saved(page, row.getByTestId('run-json'));
  return {
    ndcg: await row.locator('td[data-column="NDCG@20"]').innerText(),
    record: JSON.parse(bytes.toString()),
  };
}

test('a real file in, an embedding and a trained recommender out', {
  timeout: 300_000,
}, async (t) => {
  if (!hasRealData(t)) return;
  const page = await at.page(t, { viewport: { width: 1280, height: 800 }, acceptDownloads: true });

  // Data.
  await page.getByTestId('try-it').waitFor();
  await accessible(page);
  await shots(page, 'data-empty');
  const blocked = await longTasks(page);
  const report = async (what: string) =>
    t.diagnostic(
      `tasks over 50 ms on the main thread, ${what}: ${(await blocked()).join(', ') || 'none'}`,
    );
  await page.getByTestId('file-input').setInputFiles(FILES);
  await page.getByTestId('data-summary').waitFor();
  await set(page, { 'data.min_user': '20', 'data.min_item': '20' });
  await fact(page, 'users').filter({ hasText: '625' }).waitFor();
  assert.match(await fact(page, 'items').innerText(), /^1,283/);
  assert.match(await fact(page, 'interactions').innerText(), /^68,017/);
  for (const [part, count] of [
    ['training', '47,332'],
    ['validation', '6,829'],
    ['test', '13,856'],
  ]) {
    assert.match(await page.getByTestId(`split-${part}`).innerText(), new RegExp(`${count}`));
  }
  await report('reading');
  await accessible(page);
  await shots(page, 'data');
  await blocked();

  // Graph & embedding: what is downloaded spans what SciPy's eigenvectors span.
  await room(page, 'Graph & embedding');
  await field(page, 'graph.side').and(page.locator('[value=user]')).check({ force: true });
  await set(page, EMBEDDING);
  const npy = await embed(page);
  await report('embedding');
  await accessible(page);
  const angle = worstAngle(readNpy(npy), readNpy(await readFile(GOLDEN)));
  assert.ok(angle <= 1e-4, `the subspaces differ by ${angle}`);
  const csv = await saved(page, page.getByTestId('download-b-csv'));
  assert.equal(csv.bytes.toString().trim().split('\n').length, 625 + 1);
  const tensors = await saved(page, page.getByTestId('download-b-safetensors'));
  assert.match(tensors.name, /\.safetensors$/);
  assert.ok(tensors.bytes.length > 625 * 32 * 4);
  await shots(page, 'graph');
  const graphLink = page.url();

  // Train: the curve grows while the run goes on.
  await room(page, 'Train');
  await page.locator('[name=preset]').selectOption({ index: 1 });
  await set(page, { 'train.epochs': '30', 'train.eval_every': '5' });
  await blocked();
  const first = await train(page);
  await report('training');
  await accessible(page);
  const history = first.record.history as { epoch: number; loss: number }[];
  assert.equal(history.length, 30);
  assert.ok((history[29]?.loss ?? 1) < (history[0]?.loss ?? 0));
  assert.match(first.ndcg, /^0\.[12]\d+/);
  const model = await saved(page, page.getByTestId('run-model').last());
  assert.ok(model.bytes.length > (625 + 1283) * 64 * 4);
  const table = await saved(page, page.getByTestId('runs-csv'));
  assert.match(table.bytes.toString(), /NDCG@20/);
  await shots(page, 'train');
  const trainLink = page.url();

  // Recommend: ten titles for somebody.
  await room(page, 'Recommend');
  const list = page.getByTestId(/^recommendations-/).first();
  await page.getByRole('combobox', { name: 'User id' }).fill('15');
  await page.locator('[role=listbox] [role=option]').first().click();
  await list.locator('li').nth(9).waitFor();
  assert.match(await list.innerText(), /\(\d{4}\)/);
  await accessible(page);
  await shots(page, 'recommend');

  // The shared links, opened by somebody else who has the file, give the same numbers.
  const other = await at.page(t, { acceptDownloads: true, path: graphLink.replace(at.url, '') });
  await opened(other);
  await room(other, 'Data');
  await other.getByTestId('file-wanted').waitFor();
  await other.getByTestId('file-input').setInputFiles(FILES);
  await fact(other, 'users').filter({ hasText: '625' }).waitFor();
  await room(other, 'Graph & embedding');
  assert.ok(npy.equals(await embed(other)), 'the embedding differs after a reload');

  const third = await at.page(t, { acceptDownloads: true, path: trainLink.replace(at.url, '') });
  await opened(third);
  await room(third, 'Data');
  await third.getByTestId('file-input').setInputFiles(FILES);
  await fact(third, 'users').filter({ hasText: '625' }).waitFor();
  await room(third, 'Train');
  const again = await train(third);
  assert.deepEqual(withoutTimes(again.record), withoutTimes(first.record));
});

/** A run's record without what the clock decides. */
function withoutTimes({ seconds: _, history, ...rest }: Record<string, unknown>): unknown {
  const epochs = (history as Record<string, unknown>[]).map(
    ({ seconds: _s, pairs_per_second: _p, ...epoch }) => epoch,
  );
  return { ...rest, history: epochs };
}

test('the same on generated data, one click from an empty page', {
  timeout: 180_000,
}, async (t) => {
  const page = await at.page(t, { viewport: { width: 1280, height: 800 }, acceptDownloads: true });
  await page.getByTestId('try-it').click();
  await page.getByTestId('data-summary').waitFor();
  await room(page, 'Graph & embedding');
  await set(page, { ...EMBEDDING, 'graph.dim': '8', 'graph.both.k': '20' });
  const npy = await embed(page);
  assert.equal(readNpy(npy).columns, 8);
  const graphLink = page.url();
  await room(page, 'Train');
  await set(page, { 'train.epochs': '10', 'train.eval_every': '2' });
  const first = await train(page);
  const trainLink = page.url();

  const other = await at.page(t, { acceptDownloads: true, path: graphLink.replace(at.url, '') });
  assert.ok(npy.equals(await embed(other)), 'the embedding differs after a reload');
  const third = await at.page(t, { acceptDownloads: true, path: trainLink.replace(at.url, '') });
  assert.deepEqual(withoutTimes((await train(third)).record), withoutTimes(first.record));
});

test('a broken file is refused with its place and value', async (t) => {
  const page = await at.page(t);
  const lines = ['userId,movieId,rating,timestamp', '1,10,4,1000', '1,11,3,soon', ''].join('\n');
  await page
    .getByTestId('file-input')
    .setInputFiles({ name: 'ratings.csv', mimeType: 'text/csv', buffer: Buffer.from(lines) });
  const error = page.getByTestId('error');
  await error.waitFor();
  const said = await error.innerText();
  for (const part of ['ratings.csv', '3', 'timestamp', 'soon'])
    assert.ok(said.includes(part), said);
  await accessible(page);
  await shots(page, 'data-error');
});
