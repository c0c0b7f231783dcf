// What a first visit does without and gets later: rooms come ahead of their first visit, or with it, and if one does
// not come the page says so and can be asked again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { accessible, site } from './harness.ts';
import { opened, room } from './rooms.ts';

const at = site();

const GRAPH = '**/assets/graph-*.js';
/** A place of the server that starts no page; browsers ask for its icon. */
const EMPTY = { path: 'isolate.js', expectErrors: /404/ };
const TITLES = [
  'Graph & embedding',
  'Perturbation lab',
  'Weight decay & popularity',
  'Train',
  'Recommend',
];

/** Scripts that the page has fetched so far, without the hashes in their names. */
async function scripts(page: Page): Promise<string[]> {
  const names = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname),
  );
  return names.flatMap((path) => /assets\/([a-z-]+)-[\w-]{8}\.js$/.exec(path)?.[1] ?? []);
}

const came = (page: Page, name: string) =>
  page.waitForFunction(
    (start) => performance.getEntriesByType('resource').some((e) => e.name.includes(start)),
    `/assets/${name}-`,
  );

test('rooms come while nothing else is to do, and open without the network', async (t) => {
  const page = await at.page(t, { path: '?threads=0' });
  await opened(page);
  for (const name of ['summary', 'graph', 'train', 'recommend', 'lab', 'decay'])
    await came(page, name);
  await page.waitForLoadState('networkidle');
  await page.context().setOffline(true);
  for (const title of TITLES) {
    await room(page, title);
    // Drawn within the same task's microtasks: no frame shows that something is loading.
    assert.equal(await page.locator('.piece-loading').count(), 0, title);
    await page.locator('main h2, main .empty').first().waitFor();
  }
});

test('who wants to save data fetches a room with the first visit to it', async (t) => {
  const page = await at.page(t, { ...EMPTY });
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'connection', { value: { saveData: true } });
  });
  await page.goto(`${at.url}?threads=0`);
  await opened(page);
  await page.waitForTimeout(500);
  assert.deepEqual(
    (await scripts(page)).filter((name) => ['graph', 'train', 'lab', 'line-chart'].includes(name)),
    [],
  );
  await room(page, 'Train');
  await page.getByRole('button', { name: 'Go to Data' }).waitFor();
  assert.ok((await scripts(page)).includes('train'));
});

test('a frame without tabs fetches its own room alone', async (t) => {
  const page = await at.page(t, { path: '?embed&hide=tabs,status#room=decay' });
  await page.locator('[data-testid=decay-theory][data-phase=ready]').waitFor();
  await page.waitForTimeout(500);
  const found = await scripts(page);
  assert.ok(found.includes('decay') && !found.includes('train'), found.join(' '));
});

test('a link opens in a room that is still on its way', async (t) => {
  const page = await at.page(t, { ...EMPTY });
  let let_go = () => {};
  const held = new Promise<void>((resolve) => {
    let_go = resolve;
  });
  await page.route(GRAPH, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(
    `${at.url}?threads=0#room=graph&source=builtin&source.name=southern-women&graph.dim=6`,
  );
  await page.getByText('Loading this part of the page').waitFor();
  await accessible(page);
  let_go();
  await page.locator('[data-testid="panel-b"][data-phase="ready"]').waitFor();
});

test('a room that does not come says so, and comes when it is asked for again', async (t) => {
  const page = await at.page(t, { ...EMPTY, expectErrors: /ERR_FAILED|404/ });
  let broken = true;
  await page.route(GRAPH, (route) => (broken ? route.abort() : route.continue()));
  await page.goto(`${at.url}?threads=0#room=graph`);
  await opened(page);
  await page.getByRole('heading', { name: 'This part of the page could not be loaded' }).waitFor();
  await accessible(page);
  // The other rooms do not mind.
  await room(page, 'Train');
  await page.getByRole('button', { name: 'Go to Data' }).waitFor();
  await room(page, 'Graph & embedding');
  broken = false;
  await page.getByTestId('load-again').click();
  await page.getByText('then its graph can be embedded here').waitFor();
});
