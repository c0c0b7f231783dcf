/** What every end-to-end test needs: the built page on a server of its own, and Chromium. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { after, before, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCREENSHOTS = fileURLToPath(new URL('../screenshots/', import.meta.url));

const AXE = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // WebGPU in software: the same on every machine, and there without a graphics card.
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

export interface PageOptions extends BrowserContextOptions {
  /** Path and query after the server's address, or a whole address of another server. */
  path?: string;
  /** Console errors that the test provokes on purpose. */
  expectErrors?: RegExp;
}

export interface Site {
  /** The server's address, with a closing slash; known once the tests run. */
  readonly url: string;
  readonly browser: Browser;
  /** A fresh page with the site opened. The test fails if it logs an error or throws one. */
  page(test: TestContext, options?: PageOptions): Promise<Page>;
}

/** Serves dist/ and starts Chromium around all tests of the file that calls this. */
export function site(): Site {
  let server: ChildProcess | undefined;
  let browser: Browser | undefined;
  let url = '';

  before(async () => {
    [server, url] = await serve();
    const executablePath = process.env.CHROME;
    assert.ok(executablePath, 'CHROME must name Chromium; `cargo xtask test --e2e` sets it');
    browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  });
  after(async () => {
    await browser?.close();
    server?.kill();
  });

  return {
    get url() {
      return url;
    },
    get browser() {
      assert.ok(browser, 'the browser runs only during tests');
      return browser;
    },
    async page(test, { path = '', expectErrors, ...options } = {}) {
      const context = await this.browser.newContext(options);
      const page = await context.newPage();
      const errors = watch(page).filter;
      test.after(async () => {
        await context.close();
        assert.deepEqual(
          errors((e) => !expectErrors?.test(e)),
          [],
          'the page reported errors',
        );
      });
      await page.goto(new URL(path, url).href);
      return page;
    },
  };
}

/** Collects what goes wrong on a page from now on. */
function watch(page: Page): { filter(keep: (error: string) => boolean): string[] } {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`thrown: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) errors.push(`${response.status()}: ${response.url()}`);
  });
  return { filter: (keep) => errors.filter(keep) };
}

/** Starts the server on a free port and waits for the address that it prints. */
async function serve(): Promise<[ChildProcess, string]> {
  const program = process.env.WARREN_XTASK;
  const [command, args] = program ? [program, []] : ['cargo', ['xtask']];
  const server = spawn(command, [...args, 'serve', '--no-build', '--port', '0'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout?.once('data', (line: Buffer) => resolve(line.toString().trim()));
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the server ended at once (${code})`)));
  });
  return [server, url];
}

/** Fails if the accessibility checker finds anything serious on the page as it is. */
export async function accessible(page: Page): Promise<void> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  const found = await page.evaluate(async () => {
    const axe = (window as unknown as { axe: typeof import('axe-core') }).axe;
    const { violations } = await axe.run();
    return violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')})`);
  });
  assert.deepEqual(found, [], 'the accessibility checker found');
}

/**
 * Watches the main thread from now on; the function returned gives the longest tasks in milliseconds since
 * the last call. A figure to report, not to assert: it depends on what else the machine is doing.
 */
export async function longTasks(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const lengths: number[] = [];
    Object.assign(window, { longTasks: lengths });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) lengths.push(Math.round(entry.duration));
    }).observe({ type: 'longtask' });
  });
  return () =>
    page.evaluate(() => {
      const { longTasks } = window as unknown as { longTasks: number[] };
      return longTasks.splice(0).sort((a, b) => b - a);
    });
}

/** Pictures of the whole page, on a phone, a laptop and a wide screen, light and dark, for a person to look at. */
export async function shots(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  const sizes = [
    [380, 760],
    [1280, 800],
    [2560, 1300],
  ] as const;
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      // Charts redraw after a change of size or colours: two frames and a moment.
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
      await page.waitForTimeout(150);
      await page.screenshot({
        path: `${SCREENSHOTS}${name}-${width}-${colorScheme}.png`,
        fullPage: true,
      });
    }
  }
  await page.emulateMedia({ colorScheme: null });
}
