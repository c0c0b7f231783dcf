// Networks trained on the GPU, which Chromium computes in software here: chosen in the page, used, and lost in the
// middle of a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunRecord } from '../../web/engine/types.ts';
import { accessible, shots, site } from './harness.ts';
import { fact, field, opened, room, saved, set } from './rooms.ts';

const at = site();

/** 18 women, 14 events, and a network of two channels: the adapter is slow. */
async function smallNetwork(page: Page): Promise<void> {
  await opened(page);
  await field(page, 'builtin').selectOption('southern-women');
  await page.getByTestId('load-builtin').click();
  await fact(page, 'users').waitFor();
  await room(page, 'Train');
  await set(page, { model: 'dlr2', init: 'random' });
  await set(page, {
    'model.dim': '8',
    'model.channels': '2',
    'model.epoch_steps': '4',
    'train.epochs': '3',
    'train.batch_size': '4',
    'train.patience': '0',
  });
}

const device = (page: Page, status: string) =>
  page.locator(`[data-testid="device"][data-status="${status}"]`);
const rows = (page: Page, phase: string) =>
  page.locator(`[data-testid="run-row"][data-phase="${phase}"]`);

async function record(page: Page, row: number): Promise<RunRecord> {
  const button = rows(page, 'done').nth(row).getByTestId('run-json');
  return JSON.parse((await saved(page, button)).bytes.toString());
}

const losses = ({ history }: RunRecord) => history.map((epoch) => epoch.loss);

/** Within 1e-3 of each other, as results on the GPU and the CPU are to be. */
function near(found: number[], expected: number[]): void {
  assert.equal(found.length, expected.length);
  found.forEach((loss, i) => {
    const other = expected[i] ?? Number.NaN;
    assert.ok(Math.abs(loss - other) < 1e-3 * Math.abs(other), `${found} and ${expected}`);
  });
}

test('a network is trained on the GPU when one asks for it', { timeout: 240_000 }, async (t) => {
  const page = await at.page(t, { viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  await smallNetwork(page);
  await page.getByTestId('run').click();
  await rows(page, 'done').first().waitFor({ timeout: 120_000 });
  assert.ok(
    !fetched.some((url) => url.includes('/gpu-')),
    'the module is fetched when it is wanted',
  );

  await page.getByTestId('device').getByText('GPU', { exact: true }).click();
  await device(page, 'on').waitFor({ timeout: 120_000 });
  assert.ok(fetched.some((url) => url.includes('/gpu-')));
  assert.match(await page.getByTestId('device-said').innerText(), /SwiftShader/i);
  assert.match(await page.getByTestId('compute-path').innerText(), /WebGPU/);
  await page.getByTestId('run').click();
  await page.getByTestId('run-device').filter({ hasText: 'GPU' }).waitFor();
  await rows(page, 'done').nth(1).waitFor({ timeout: 120_000 });
  await accessible(page);
  await shots(page, 'gpu');
  const [cpu, gpu] = [await record(page, 0), await record(page, 1)];
  assert.deepEqual(cpu.device, { name: 'cpu' });
  assert.equal(gpu.device?.name, 'webgpu');
  assert.match(gpu.device?.adapter ?? '', /SwiftShader/i);
  near(losses(gpu), losses(cpu));

  // The page's engine has the run, as any other.
  await room(page, 'Recommend');
  await page.getByRole('combobox', { name: 'User id' }).fill('E');
  await page.locator('[role=listbox] [role=option]').first().click();
  await page.locator('[data-testid="recommendations-0"] li').first().waitFor();
});

test('factorisations learn on the GPU what they learn on the CPU, whatever the loss', {
  timeout: 240_000,
}, async (t) => {
  const page = await at.page(t, { viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  await opened(page);
  await field(page, 'builtin').selectOption('southern-women');
  await page.getByTestId('load-builtin').click();
  await fact(page, 'users').waitFor();
  await room(page, 'Train');
  const wanted = [
    { model: 'mf', loss: 'bpr' },
    { model: 'mf', loss: 'directau' },
    { model: 'nonlinear-mf', loss: 'macr' },
    { model: 'lightgcn', loss: 'mawu' },
  ];
  const common = {
    'model.dim': '8',
    'train.epochs': '2',
    'train.batch_size': '16',
    'train.patience': '0',
  };
  const train = async (choice: { model: string; loss: string }, done: number) => {
    await set(page, { ...choice, init: 'random' });
    await set(page, common);
    await page.getByTestId('run').click();
    await rows(page, 'done')
      .nth(done - 1)
      .waitFor({ timeout: 60_000 });
  };
  let done = 0;
  for (const choice of wanted) await train(choice, ++done);
  await page.getByTestId('device').getByText('GPU', { exact: true }).click();
  await device(page, 'on').waitFor({ timeout: 120_000 });
  for (const choice of wanted) await train(choice, ++done);
  for (const [i, choice] of wanted.entries()) {
    const [cpu, gpu] = [await record(page, i), await record(page, wanted.length + i)];
    assert.equal(gpu.device?.name, 'webgpu', JSON.stringify(choice));
    near(losses(gpu), losses(cpu));
  }
  // Those that are computed directly have nothing to choose.
  await set(page, { model: 'slim' });
  assert.equal(await page.getByTestId('device').count(), 0);
});

test('a run goes on on the CPU when the GPU is lost', { timeout: 240_000 }, async (t) => {
  const page = await at.page(t, { viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  await smallNetwork(page);
  await page.getByTestId('run').click();
  await rows(page, 'done').first().waitFor({ timeout: 120_000 });

  // Whoever destroys the device from outside is as good as a driver that restarts.
  const [worker] = page.workers();
  assert.ok(worker, 'the engine runs in a worker');
  await worker.evaluate(() => {
    const { prototype } = (self as unknown as { GPUAdapter: { prototype: object } }).GPUAdapter;
    const known = prototype as { requestDevice(...args: unknown[]): Promise<unknown> };
    const original = known.requestDevice;
    known.requestDevice = async function (...args) {
      const device = await original.apply(this, args);
      Object.assign(self, { device });
      return device;
    };
  });
  await page.getByTestId('device').getByText('GPU', { exact: true }).click();
  await device(page, 'on').waitFor({ timeout: 120_000 });
  await page.getByTestId('run').click();
  await page.getByTestId('run-device').filter({ hasText: 'GPU' }).waitFor();
  await worker.evaluate(() =>
    (self as unknown as { device: { destroy(): void } }).device.destroy(),
  );

  await page.getByText(/goes on on the CPU: the GPU was lost/).waitFor({ timeout: 60_000 });
  await rows(page, 'done').nth(1).waitFor({ timeout: 120_000 });
  await device(page, 'failed').waitFor();
  await shots(page, 'gpu-lost');
  const [whole, survivor] = [await record(page, 0), await record(page, 1)];
  assert.match(survivor.device?.fallback ?? '', /^the GPU was lost/);
  near(losses(survivor), losses(whole));

  // It can be had again.
  await page.getByTestId('device').getByText('GPU', { exact: true }).click();
  await device(page, 'on').waitFor({ timeout: 120_000 });
});
