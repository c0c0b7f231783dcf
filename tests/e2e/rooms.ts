/** The page as a person uses it: rooms, fields, downloads. */
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';

/** Waits until the engine runs and the address has been followed. */
export const opened = (page: Page) =>
  page.locator('[data-testid=compute-path] + w-about').waitFor();

export const room = (page: Page, name: string) => page.getByRole('tab', { name }).click();
export const field = (page: Page, name: string) => page.locator(`main [name="${name}"]`);
export const fact = (page: Page, name: string) => page.getByTestId(`fact-${name}`).locator('dd');

export async function set(page: Page, values: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const input = field(page, name);
    // Sections of the configuration are folded until one wants to change them.
    const has = page.locator(`[name="${name}"]`);
    const folded = page.locator('main details:not([open])', { has }).locator('> summary');
    while ((await folded.count()) > 0) await folded.first().click();
    if ((await input.evaluate((e) => e.tagName)) === 'SELECT') await input.selectOption(value);
    else {
      await input.fill(value);
      await input.blur();
    }
  }
}

export async function saved(page: Page, button: Locator): Promise<{ name: string; bytes: Buffer }> {
  const coming = page.waitForEvent('download');
  await button.click();
  const download = await coming;
  return {
    name: download.suggestedFilename(),
    bytes: await readFile(await download.path()),
  };
}

export const EMBEDDING = {
  'graph.dim': '32',
  'graph.both.k': '50',
  'graph.both.scale': 'raw',
  'graph.both.tolerance': '1e-8',
  'graph.b': 'leporid',
  'graph.b.alpha': '0.5',
};

/** Computes both embeddings, unless the page does so by itself, and returns the second one's `.npy`. */
export async function embed(page: Page): Promise<Buffer> {
  const ready = page.locator('[data-testid="panel-b"][data-phase="ready"]');
  // A link computes what it shows by itself; otherwise one asks for it.
  const compute = page.getByTestId('compute');
  await Promise.race([ready.waitFor(), compute.click()]);
  await ready.waitFor();
  await page.locator('[data-testid="panel-a"][data-phase="ready"]').waitFor();
  return (await saved(page, page.getByTestId('download-b-npy'))).bytes;
}
