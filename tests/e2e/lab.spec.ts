// The perturbation lab as people use it: the live graph by keyboard alone and by mouse, the experiment of figure 2,
// links that give the same numbers, files that hold what the charts show.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { SimulationRecord } from '../../web/engine/types.ts';
import { accessible, shots, site } from './harness.ts';
import { saved } from './rooms.ts';

const at = site();

const SMALL =
  '#room=lab&seed=5&lab.nodes=30&lab.attach=3&lab.dim=12&lab.node=29' +
  '&lab.experiment.graphs=4&lab.experiment.nodes=24&lab.experiment.attach=3&lab.experiment.dim=8' +
  '&lab.experiment.repeats=3&lab.experiment.methods=le,0.5,1';

const live = (page: Page, phase = 'ready') =>
  page.locator(`[data-testid=lab-live][data-phase=${phase}]`);
const experiment = (page: Page, phase: string) =>
  page.locator(`[data-testid=lab-experiment][data-phase=${phase}]`);
const said = (page: Page) => page.getByTestId('lab-said');
const picture = (page: Page) => page.locator('w-node-link svg');

async function lab(t: TestContext, path = `?threads=0${SMALL}`): Promise<Page> {
  const viewport = { width: 1280, height: 800 };
  const page = await at.page(t, { viewport, acceptDownloads: true, path });
  await live(page).waitFor();
  await page.locator('w-node-link .dot').first().waitFor();
  return page;
}

/** The watched node's change under LE and under LEPORID, as they are, not as they are shown. */
async function changes(page: Page): Promise<number[]> {
  await live(page).waitFor();
  const values = page.locator('.versus .value');
  return Promise.all(
    [0, 1].map(async (i) => Number(await values.nth(i).getAttribute('data-value'))),
  );
}

/** Reaches a control as people without a mouse do. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    if (await target.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${target}`);
}

async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

async function type(page: Page, name: string, value: string): Promise<void> {
  await tabTo(page, page.locator(`main [name="${name}"]`).and(page.locator('[type=text]')));
  await page.keyboard.press('Control+a');
  await page.keyboard.type(value);
  await page.keyboard.press('Tab');
}

test('the live graph by keyboard alone', async (t) => {
  const viewport = { width: 1280, height: 800 };
  const page = await at.page(t, { viewport, path: '?threads=0' });
  await tabTo(page, page.getByRole('tab', { name: 'Data' }));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await live(page).waitFor();
  await page.locator('w-node-link .dot').first().waitFor();
  await type(page, 'lab.nodes', '30');
  await type(page, 'lab.attach', '3');
  await type(page, 'lab.dim', '12');
  await page.getByRole('application', { name: /^Graph of 30 nodes and 81 edges/ }).waitFor();

  // The picture: from the watched node to another one, which Enter joins to it.
  await tabTo(page, picture(page));
  const before = await changes(page);
  assert.deepEqual(before, [0, 0]);
  for (const key of ['ArrowLeft', 'ArrowUp', 'ArrowLeft', 'ArrowDown']) {
    await page.keyboard.press(key);
  }
  await page.keyboard.press('Enter');
  await said(page)
    .filter({ hasText: /^Edge \d+–\d+ (added|removed)\. Node 29 has moved by/ })
    .waitFor();
  const [le = 0, leporid = 0] = await changes(page);
  assert.ok(le > 0 && leporid > 0);

  // R draws an edge, U takes it back, Escape lets go of the node.
  await page.keyboard.press('r');
  await page.getByRole('application', { name: /2 edits/ }).waitFor();
  await page.keyboard.press('u');
  await page.getByRole('application', { name: /1 edit,/ }).waitFor();
  assert.deepEqual(await changes(page), [le, leporid], 'undo gives other numbers');
  await page.keyboard.press('Escape');
  await page.getByText('No node is watched').waitFor();

  // The same from lists and buttons.
  await press(page, page.locator('[name="lab.node"]'), 'ArrowDown');
  await said(page)
    .filter({ hasText: /Node 0 has moved/ })
    .waitFor();
  await press(page, page.locator('[name="lab.other"]'), 'End');
  await press(page, page.getByTestId('toggle-edge'));
  await said(page).filter({ hasText: 'Edge 0–29' }).waitFor();
  await press(page, page.getByTestId('reset-live'));
  await page.getByRole('application', { name: /81 edges, node 0/ }).waitFor();
  assert.deepEqual(await changes(page), [0, 0]);

  // A slider, a measure, the table.
  await page.locator('[name="lab.alpha"]').waitFor();
  await press(page, page.locator('w-lab-numbers input[type=range]'), 'Home');
  await page.getByText('LEPORID, α = 0', { exact: true }).waitFor();
  await press(page, page.getByTestId('live-table'));
  assert.equal(await page.getByTestId('nodes-table').locator('tbody tr').count(), 30);
});

test('a click joins two nodes; the link and the seed give the same numbers again', async (t) => {
  const page = await lab(t);
  const node = (i: number) => page.locator(`[data-node="${i}"] .dot`);
  const joined = await page.locator('.links line.near').count();
  const far = await page.evaluate(() => {
    const lines = [...document.querySelectorAll('.links line.near')];
    const ends = new Set(
      lines.flatMap((l) => [
        `${l.getAttribute('x1')} ${l.getAttribute('y1')}`,
        `${l.getAttribute('x2')} ${l.getAttribute('y2')}`,
      ]),
    );
    const nodes = [...document.querySelectorAll('[data-node]')];
    return nodes.findIndex((n) => !ends.has(n.getAttribute('transform')?.slice(10, -1) ?? ''));
  });
  await node(far).click({ force: true });
  await said(page)
    .filter({ hasText: `Edge 29–${far} added.` })
    .waitFor();
  assert.equal(await page.locator('.links line.near').count(), joined + 1);
  await page.getByTestId('random-edge').click();
  await page.getByRole('application', { name: /2 edits/ }).waitFor();
  await page.locator('[name="lab.bars"]').check();
  assert.equal(await page.locator('w-node-link rect').count(), 30 * 4);
  const shown = await changes(page);
  assert.ok(shown.every((v) => v > 0));
  await page.waitForFunction(
    () => /lab\.edits=.*r/.test(location.hash) && /lab\.bars=true/.test(location.hash),
  );
  const places = () =>
    page.locator('[data-node]').evaluateAll((all) => all.map((e) => e.getAttribute('transform')));
  const laid = await places();

  const other = await lab(t, page.url().replace(at.url, ''));
  assert.deepEqual(await changes(other), shown);
  assert.deepEqual(
    await other
      .locator('[data-node]')
      .evaluateAll((all) => all.map((e) => e.getAttribute('transform'))),
    laid,
    'the graph lies elsewhere',
  );

  // Reset and the same random edge again: the seed has not moved.
  const drawn = async () => /Edge \d+–\d+/.exec(await said(page).innerText())?.[0];
  await page.getByTestId('reset-live').click();
  await page.getByTestId('random-edge').click();
  await said(page)
    .filter({ hasText: /has moved/ })
    .waitFor();
  const first = [await drawn(), await changes(page)];
  await page.getByTestId('reset-live').click();
  await said(page).filter({ hasText: 'is watched' }).waitFor();
  await page.getByTestId('random-edge').click();
  await said(page)
    .filter({ hasText: /has moved/ })
    .waitFor();
  assert.deepEqual([await drawn(), await changes(page)], first);

  // At α = 0 both are one method.
  await page.getByRole('slider', { name: 'α of LEPORID' }).press('Home');
  await page.getByText('At α = 0 LEPORID is LE.').waitFor();
  const [le = 0, leporid = 1] = await changes(page);
  assert.ok(Math.abs(le - leporid) < 1e-5, `${le} and ${leporid}`);
});

test('nodes can be dragged, the picture zoomed and fitted', async (t) => {
  const page = await lab(t);
  const places = () =>
    page.locator('[data-node]').evaluateAll((all) => all.map((e) => e.getAttribute('transform')));
  const start = await places();
  const dot = page.locator('[data-node="29"] .dot');
  await dot.scrollIntoViewIfNeeded();
  const box = await dot.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 4, box.y + 4);
  await page.mouse.down();
  await page.mouse.move(box.x + 60, box.y + 50, { steps: 5 });
  await page.mouse.up();
  assert.notDeepEqual(await places(), start);
  assert.equal(await page.locator('.added line').count(), 0, 'a drag is no click');
  const zoomed = await places();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  assert.notDeepEqual(await places(), zoomed);
  await page.getByRole('button', { name: 'Fit' }).click();
});

/** Runs the experiment to its end and returns its record without what the clock decides. */
async function recordOf(page: Page): Promise<Omit<SimulationRecord, 'seconds'>> {
  await experiment(page, 'done').waitFor();
  const { bytes, name } = await saved(page, page.getByTestId('lab-json'));
  assert.equal(name, 'warren-perturbation-n24-m3-seed5.json');
  const { seconds: _, ...rest } = JSON.parse(bytes.toString()) as SimulationRecord;
  return rest;
}

test('the experiment runs, steps, pauses, resumes, stops and resets to the same numbers', async (t) => {
  const page = await lab(t);
  const graphs = page.getByTestId('lab-graphs');
  await press(page, page.getByTestId('lab-run'));
  const whole = await recordOf(page);
  assert.equal(whole.graphs_done, 4);
  assert.equal(whole.curves.length, 3);
  assert.equal(whole.config.seed, 5);

  await press(page, page.getByTestId('lab-reset'));
  await experiment(page, 'idle').waitFor();
  await press(page, page.getByTestId('lab-step'));
  await experiment(page, 'paused').waitFor();
  await graphs.filter({ hasText: /^1 of 4/ }).waitFor();
  await press(page, page.getByTestId('lab-step'));
  await graphs.filter({ hasText: /^2 of 4/ }).waitFor();
  await experiment(page, 'paused').waitFor();
  await press(page, page.getByTestId('lab-resume'));
  assert.deepEqual(await recordOf(page), whole, 'steps and pauses change the numbers');

  // A long one is held and ended early; what it has stays.
  await type(page, 'experiment.graphs', '500');
  await type(page, 'experiment.nodes', '60');
  await press(page, page.getByTestId('lab-run'));
  await graphs.filter({ hasText: /^[1-9]/ }).waitFor();
  await press(page, page.getByTestId('lab-pause'));
  await experiment(page, 'paused').waitFor();
  await press(page, page.getByTestId('lab-stop'));
  await experiment(page, 'done').waitFor();
  assert.doesNotMatch(await graphs.innerText(), /^(0|500) /);
  assert.ok((await page.locator('.error-bars .curve path').count()) > 0);
  await press(page, page.getByTestId('lab-run'));
  await experiment(page, 'running').waitFor();
  await press(page, page.getByTestId('lab-reset'));
  await experiment(page, 'idle').waitFor();
  assert.equal(await page.locator('.error-bars .curve path').count(), 0);
});

test('what is taken away is what is shown', async (t) => {
  const page = await lab(t);
  await page.getByTestId('lab-run').click();
  const record = await recordOf(page);
  const points = record.curves.reduce((sum, c) => sum + c.by_degree.length, 0);

  const csv = await saved(page, page.getByTestId('chart-csv'));
  const [head, ...rows] = csv.bytes.toString().trim().split('\r\n');
  assert.equal(head, 'series,degree before the insertion,change (raw),standard error,nodes');
  // Three points more: the paper's.
  assert.equal(rows.length, points + 3);
  const first = record.curves[0]?.by_degree[0];
  assert.ok(rows[0]?.startsWith(`LE,${first?.degree},${first?.raw},`), rows[0]);
  assert.match(rows.at(-1) ?? '', /^"?paper, LE .*,30,0\.137,/);

  const svg = await saved(page, page.getByTestId('chart-svg'));
  const drawn = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    return {
      failed: parsed.querySelector('parsererror') !== null,
      circles: parsed.querySelectorAll('circle').length,
      words: parsed.documentElement.textContent ?? '',
      left: /var\(|light-dark|color-mix/.test(text),
    };
  }, svg.bytes.toString());
  assert.deepEqual([drawn.failed, drawn.left], [false, false]);
  assert.equal(drawn.circles, points + 3);
  for (const word of ['LE', 'LEPORID, α = 0.5', 'degree before the insertion'])
    assert.ok(drawn.words.includes(word), word);

  // The other measures have no points of the paper.
  await page.locator('[name="experiment.measure"][value=norm]').check({ force: true });
  const norm = await saved(page, page.getByTestId('chart-csv'));
  assert.equal(norm.bytes.toString().trim().split('\r\n').length, points + 1);
  await page.getByRole('button', { name: 'Table' }).last().click();
  assert.equal(await page.locator('w-error-bars tbody tr').count(), points);
});

test('what cannot be computed is said, and a link with mistakes is not guessed at', async (t) => {
  const page = await at.page(t, {
    path: '?threads=0#room=lab&lab.nodes=10&lab.attach=12&lab.edits=3-3&lab.measure=size',
  });
  const error = page.getByTestId('lab-live').getByTestId('error');
  await error.filter({ hasText: 'cannot join 12 others in a graph of 10 nodes' }).waitFor();
  const notice = await page.getByTestId('notice').innerText();
  assert.match(notice, /lab\.edits: “3-3” is not a list of edges/);
  assert.match(notice, /lab\.measure: “size” is not one of aligned, raw, norm/);
  await page.locator('main [name="lab.attach"]').fill('2');
  await page.locator('main [name="lab.attach"]').blur();
  await page.locator('main [name="lab.dim"]').fill('6');
  await page.locator('main [name="lab.dim"]').blur();
  await live(page).waitFor();
});

test('the lab in a frame, as the README has it', async (t) => {
  const page = await lab(t, '?embed&hide=tabs,status#room=lab&seed=7');
  assert.equal(await page.getByRole('tab').count(), 0);
  assert.equal(await page.locator('[name="lab.seed"]').inputValue(), '7');
  await page.getByTestId('random-edge').click();
  await said(page)
    .filter({ hasText: /has moved/ })
    .waitFor();
});

test('the lab as a picture, and for assistive technology', { timeout: 120_000 }, async (t) => {
  const page = await lab(t, '?threads=0#room=lab&lab.experiment.graphs=6&lab.experiment.repeats=4');
  await page.getByTestId('random-edge').click();
  await said(page)
    .filter({ hasText: /has moved/ })
    .waitFor();
  await page.getByTestId('lab-run').click();
  await experiment(page, 'done').waitFor({ timeout: 90_000 });
  await accessible(page);
  await shots(page, 'lab');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator('[name="lab.bars"]').check();
  await page.locator('[name="lab.sized"]').check();
  await page.getByTestId('live-table').click();
  await accessible(page);
  await shots(page, 'lab-bars');
  for (const width of [380, 2560]) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} pixels wide at ${width}`);
  }
});
