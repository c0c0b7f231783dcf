// `<warren-perturbation>` in other people's pages: nothing before the click, one engine for all, no special
// headers, no style or script that a strict policy would stop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { accessible, shots, site } from './harness.ts';
import { hosts, LATER, opener } from './hosts.ts';
import { saved } from './rooms.ts';

const at = site();
const host = hosts();

const open = opener(at);

const demo = (page: Page, n = 0) => page.locator('warren-perturbation').nth(n);
const start = (page: Page, n = 0) =>
  demo(page, n).getByRole('button', { name: 'Start', exact: true });
const graphReady = (page: Page, n = 0) =>
  demo(page, n).locator('[data-testid=lab-live][data-phase=ready]').waitFor();
const root = (page: Page, n = 0) => demo(page, n).locator('.warren');
const wasm = (files: string[]) => files.filter((name) => name.endsWith('.wasm')).length;

/** The change that the watched node shows under LE. */
const change = (page: Page): Locator => demo(page).locator('[data-testid=change-le] .value');

for (const name of ['plain.html', 'mdbook.html', 'docusaurus.html', 'sphinx/index.html']) {
  test(`${name}: a picture first, the demo after a click`, async (t) => {
    const { page, files } = await open(t, host.url(name));
    await demo(page).getByRole('img').waitFor();
    await page.waitForLoadState('networkidle');
    assert.deepEqual(
      files.filter((file) => LATER.test(`/warren/${file}`)),
      [],
      'loaded before the click',
    );
    assert.equal(page.workers().length, 0);
    assert.equal(await page.evaluate(() => crossOriginIsolated), false);
    await start(page).click();
    await graphReady(page);
    assert.equal(wasm(files), 1);
    assert.equal(
      await demo(page).locator('.node-link .dot').count(),
      name === 'plain.html' ? 30 : 40,
    );
    await demo(page).getByTestId('random-edge').click();
    await demo(page)
      .getByTestId('lab-said')
      .filter({ hasText: /Edge \d+–\d+ added/ })
      .waitFor();
    await change(page).filter({ hasText: /[1-9]/ }).waitFor();
    const wide = await demo(page).evaluate((e) => [e.scrollWidth, e.clientWidth]);
    assert.ok((wide[0] ?? 0) <= (wide[1] ?? 0), `the demo overflows: ${wide}`);
  });
}

test('two demos share one engine, which ends with the last of them', async (t) => {
  const { page, files } = await open(t, host.url('plain.html'));
  await start(page, 0).click();
  await graphReady(page);
  await start(page, 1).click();
  await demo(page, 1).getByTestId('lab-run').waitFor();
  assert.equal(page.workers().length, 1);
  assert.equal(wasm(files), 1);
  assert.equal(files.filter((name) => name === 'worker.js').length, 1);
  // Moved, not removed: it goes on.
  await page.evaluate(() => {
    document.querySelector('main')?.prepend(document.querySelector('#first') ?? '');
  });
  assert.equal(await root(page, 0).getAttribute('data-phase'), 'running');
  await page.evaluate(() => document.querySelector('#first')?.remove());
  await demo(page, 0).getByTestId('lab-step').click();
  await demo(page, 0).locator('[data-testid=lab-experiment][data-phase=paused]').waitFor();
  assert.equal(page.workers().length, 1);
  const closed = page.workers()[0]?.waitForEvent('close');
  await page.evaluate(() => document.querySelector('#second')?.remove());
  await closed;
  assert.equal(page.workers().length, 0);
});

test('a strict policy without unsafe-inline stops nothing', async (t) => {
  const { page } = await open(t, 'about:blank');
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) =>
      console.error(`${e.violatedDirective} stops ${e.blockedURI}`),
    );
  });
  await page.goto(host.url('plain.html', true));
  await start(page, 0).click();
  await graphReady(page);
  await demo(page).getByTestId('random-edge').click();
  await change(page).filter({ hasText: /[1-9]/ }).waitFor();
  await demo(page).getByRole('button', { name: 'About the measures' }).click();
  await demo(page)
    .getByRole('note', { name: 'the measures' })
    .locator('.formula')
    .first()
    .waitFor();
  await page.keyboard.press('Escape');
  await start(page, 1).click();
  const second = demo(page, 1);
  await second.getByTestId('lab-step').click();
  await second.locator('[data-testid=lab-experiment][data-phase=paused]').waitFor();
  // Sizes that are set from script count under the policy as well.
  const bar = second.locator('.progress .bar > i');
  assert.ok(((await bar.boundingBox())?.width ?? 0) > 0, 'the bar has no width');
  const { bytes } = await saved(page, second.getByTestId('chart-svg'));
  assert.match(bytes.toString(), /^<svg /);
});

test('the package may come from another origin', async (t) => {
  const { page } = await open(t, host.url('elsewhere.html'));
  const asked: string[] = [];
  page.on('request', (r) => asked.push(r.url()));
  await start(page).click();
  await graphReady(page);
  assert.ok(asked.some((url) => url.startsWith(host.elsewhere) && url.endsWith('.wasm')));
  assert.equal(page.workers().length, 1);
});

test('started by a script, it waits until it is seen', async (t) => {
  const { page, files } = await open(t, host.url('docusaurus.html'));
  await start(page).waitFor();
  await page.evaluate(() => {
    const element = document.querySelector('warren-perturbation');
    if (!element) throw new Error('no demo');
    element.style.marginBlockStart = '300vh';
    void (element as HTMLElement & { start(): Promise<void> }).start();
  });
  await demo(page).getByRole('button', { name: 'Starting…' }).waitFor();
  await page.waitForLoadState('networkidle');
  assert.equal(wasm(files), 0);
  await demo(page).scrollIntoViewIfNeeded();
  await graphReady(page);
});

test('an attribute that cannot be used is named with its value', async (t) => {
  const { page, files } = await open(t, host.url('plain.html'));
  const set = (name: string, value: string) =>
    page.evaluate(
      ([n = '', v = '']) => document.querySelector('#first')?.setAttribute(n, v),
      [name, value],
    );
  const said = demo(page).getByRole('alert');
  for (const [name, value, good] of [
    ['nodes', '1.5', '30'],
    ['attach', '30', '2'],
    ['seed', '-1', '5'],
    ['alpha', 'half', '0.25'],
    ['view', 'all', 'graph'],
    ['theme', 'sepia', 'dark'],
    ['wasm-url', 'http://', 'warren/warren_bg.wasm'],
  ] as const) {
    await set(name, value);
    await said.filter({ hasText: `${name}="${value}"` }).waitFor();
    assert.equal(await start(page).count(), 0, 'it can be started all the same');
    await set(name, good);
    await said.waitFor({ state: 'detached' });
  }
  assert.equal(wasm(files), 0);
  await start(page).click();
  await graphReady(page);
  await demo(page).locator('[name="lab.alpha"]').and(page.locator('[type=text]')).waitFor();
  assert.equal(await demo(page).locator('[name="lab.alpha"]').inputValue(), '0.25');
  assert.equal(await demo(page).locator('[name="lab.seed"]').inputValue(), '5');
});

test('an engine that does not start says why, and can be tried again', async (t) => {
  const { page } = await open(t, host.url('mdbook.html'), { expectErrors: /404|Failed to load/ });
  await page.evaluate(() =>
    document.querySelector('warren-perturbation')?.setAttribute('wasm-url', 'nowhere.wasm'),
  );
  await start(page).click();
  const again = demo(page).getByRole('button', { name: 'Try again' });
  await again.waitFor();
  assert.match(await demo(page).getByRole('alert').innerText(), /module did not load/);
  await page.evaluate(() =>
    document.querySelector('warren-perturbation')?.removeAttribute('wasm-url'),
  );
  await start(page).click();
  await graphReady(page);
});

test('it is light or dark as its page is, and keeps its own type', async (t) => {
  const { page } = await open(t, host.url('docusaurus.html'), { colorScheme: 'dark' });
  await start(page).waitFor();
  assert.equal(await root(page).getAttribute('data-theme'), 'light');
  await page.getByRole('button', { name: 'Switch theme' }).click();
  await page.waitForFunction(() =>
    document.querySelector('warren-perturbation')?.shadowRoot?.querySelector('[data-theme=dark]'),
  );
  await page.goto(host.url('mdbook.html'));
  await start(page).waitFor();
  assert.equal(await root(page).getAttribute('data-theme'), 'dark');
  const button = await start(page).evaluate((e) => {
    const { fontSize, textTransform, letterSpacing } = getComputedStyle(e);
    return [fontSize, textTransform, letterSpacing];
  });
  assert.deepEqual(button, ['16px', 'none', 'normal']);
});

test('loading the module twice is harmless', async (t) => {
  const { page } = await open(t, host.url('plain.html'));
  await page.evaluate(async () => {
    const path = '/warren/elements.js?again';
    await import(path);
  });
  await start(page).click();
  await graphReady(page);
});

test('in a narrow column and for assistive technology', async (t) => {
  const { page } = await open(t, host.url('mdbook.html'));
  await accessible(page);
  await shots(page, 'embed-poster');
  await start(page).click();
  await graphReady(page);
  await demo(page).getByTestId('random-edge').click();
  await change(page).filter({ hasText: /[1-9]/ }).waitFor();
  await demo(page).getByTestId('lab-step').click();
  await demo(page).locator('[data-testid=lab-experiment][data-phase=paused]').waitFor();
  await accessible(page);
  await shots(page, 'embed');
  await page.setViewportSize({ width: 320, height: 700 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});
