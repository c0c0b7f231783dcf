// The runs of this session and those kept from earlier ones.

import type { TrainRun } from '../engine/client.js';
import type { Device } from '../engine/protocol.js';
import type {
  EpochRecord,
  Progress,
  RunConfig,
  RunRecord,
  TrainEvent,
  Values,
} from '../engine/types.js';
import { SPLIT, state } from '../state.js';
import { Store } from '../store.js';
import { data } from './data.js';
import { engine, isCancelled, notify, warren } from './engine.js';
import { gpu, gpuFailed, trainsOnGpu } from './gpu.js';
import { forgetAll, forgetOne, type Kept, keep, recall, type Unfinished } from './storage.js';

export type RunPhase = 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

export interface Run {
  /** Key on this page and in storage. */
  key: string;
  /** Number by which people and legends name it. */
  number: number;
  label: string;
  config: RunConfig;
  phase: RunPhase;
  /** Epochs planned; 0 until known. */
  epochs: number;
  /** Steps of one epoch; 0 until known. */
  stepsPerEpoch: number;
  history: EpochRecord[];
  progress: Progress | null;
  record: RunRecord | null;
  error: unknown;
  /** The engine's number, while the engine holds the run's model; `null` for runs only kept in storage. */
  engineRun: number | null;
  /** What trains it. */
  device: Device;
  /** Why the GPU no longer does, if it failed on the way. */
  fallback: string | null;
  /** Fingerprint of the data it was trained on. */
  fingerprint: string;
  /** Drawn in the charts. */
  shown: boolean;
  startedAt: number;
  /** The saved model, for runs kept from earlier. */
  checkpoint: Blob | null;
}

export const runs = new Store<{ list: Run[] }>({ list: [] });

interface Handle {
  train: TrainRun;
  abort: AbortController;
}
const handles = new Map<string, Handle>();

function nextNumber(): number {
  return Math.max(0, ...runs.value.list.map((r) => r.number)) + 1;
}

function patch(key: string, change: Partial<Run>): void {
  runs.update({ list: runs.value.list.map((r) => (r.key === key ? { ...r, ...change } : r)) });
}

export function runOf(key: string): Run | undefined {
  return runs.value.list.find((r) => r.key === key);
}

/**
 * Runs whose model the engine holds and that were trained on the data in hand, filtered alike: users and
 * items are numbered after the filter.
 */
export function comparable(): Run[] {
  return atHand().filter((r) => sameFilter(r.config.data, state.value.data));
}

/** Runs whose model the engine holds and that were trained on the data in hand, however filtered. */
export function atHand(): Run[] {
  const { fingerprint } = data.value.summary ?? {};
  return runs.value.list.filter(
    (r) => r.phase === 'done' && r.engineRun !== null && r.fingerprint === fingerprint,
  );
}

function sameFilter(a: Values | undefined, b: Values): boolean {
  return a !== undefined && Object.keys(b).every((key) => key === SPLIT || a[key] === b[key]);
}

/** A short name made of the methods' titles: what distinguishes one run from the next. */
export function labelOf(config: RunConfig): string {
  const { catalog } = engine.value;
  const title = (
    methods: { name: string; title: string }[] | undefined,
    name: string | undefined,
  ) => methods?.find((m) => m.name === name)?.title ?? name;
  const parts = [title(catalog?.models, config.model.name)];
  if (config.loss) parts.push(title(catalog?.losses, config.loss.name));
  if (config.init) parts.push(title(catalog?.inits, config.init.name));
  if (config.regularizer) parts.push(title(catalog?.regularizers, config.regularizer.name));
  return parts.filter(Boolean).join(' · ');
}

/** Regularisers that look a step ahead: only the optimizers on the CPU can. */
const LOOK_AHEAD = ['lambda-opt', 'sgda'];

/** The GPU if it is on and can train this. */
function deviceFor({ model: { name }, regularizer }: RunConfig): Device {
  const model = engine.value.catalog?.models.find((m) => m.name === name);
  if (!model || !trainsOnGpu(model) || gpu.value.status !== 'on') return 'cpu';
  return LOOK_AHEAD.includes(regularizer?.name ?? '') ? 'cpu' : 'gpu';
}

function newRun(config: RunConfig, shown = true): Run {
  return {
    key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    number: nextNumber(),
    label: labelOf(config),
    config,
    phase: 'running',
    epochs: 0,
    stepsPerEpoch: 0,
    history: [],
    progress: null,
    record: null,
    error: null,
    engineRun: null,
    device: deviceFor(config),
    fallback: null,
    fingerprint: data.value.summary?.fingerprint ?? '',
    shown,
    startedAt: Date.now(),
    checkpoint: null,
  };
}

/** Starts a run with this configuration; resolves when it has ended, however it did. */
export async function startRun(config: RunConfig): Promise<void> {
  await beginRun(config).ended;
}

/** Starts a run: its key at once, and a promise that resolves when it has ended, however it did. */
export function beginRun(
  config: RunConfig,
  { shown = true } = {},
): { key: string; ended: Promise<void> } {
  const run = newRun(config, shown);
  runs.update({ list: [...runs.value.list, run] });
  const abort = new AbortController();
  const train = warren().train(config, { signal: abort.signal, device: run.device });
  return { key: run.key, ended: follow(run.key, { train, abort }) };
}

/** Loads a saved model back into the engine; a run that was not finished goes on. */
export async function resumeRun(key: string): Promise<void> {
  const run = runOf(key);
  if (!run?.checkpoint) return;
  const device = deviceFor(run.config);
  patch(key, { phase: 'running', error: null, device, fallback: null });
  const abort = new AbortController();
  const train = warren().resume(run.checkpoint, { signal: abort.signal, device });
  await follow(key, { train, abort });
}

/** Takes up a checkpoint file as a new run. */
export async function openCheckpoint(file: File): Promise<void> {
  const run = {
    ...newRun({ model: { name: file.name } }),
    label: file.name,
    checkpoint: file as Blob,
  };
  runs.update({ list: [...runs.value.list, run] });
  await resumeRun(run.key);
}

async function follow(key: string, handle: Handle): Promise<void> {
  handles.set(key, handle);
  try {
    for await (const event of handle.train) take(key, event);
    await handle.train.done;
    await save(key);
  } catch (error) {
    if (isCancelled(error)) await discard(key);
    else patch(key, { phase: 'failed', progress: null, error });
  } finally {
    handles.delete(key);
  }
}

function take(key: string, event: TrainEvent): void {
  const run = runOf(key);
  if (!run) return;
  switch (event.type) {
    case 'start': {
      const kept = run.history.filter((e) => e.epoch <= event.resumed_epoch);
      patch(key, {
        engineRun: event.run,
        config: event.config,
        label: labelOf(event.config),
        epochs: event.epochs,
        stepsPerEpoch: event.steps_per_epoch,
        history: kept,
      });
      break;
    }
    case 'progress':
      patch(key, { progress: event });
      break;
    case 'epoch': {
      const { type: _, ...epoch } = event;
      patch(key, { history: [...run.history, epoch] });
      break;
    }
    case 'fallback':
      patch(key, { device: 'cpu', fallback: event.reason });
      gpuFailed(event.reason);
      notify(`Run ${run.number} goes on on the CPU: ${event.reason}.`, [
        'It went back to the last state that was brought to safety and computes the steps since then again. Nothing is lost.',
      ]);
      break;
    case 'paused':
      patch(key, { phase: 'paused' });
      void save(key);
      break;
    case 'resumed':
      patch(key, { phase: 'running' });
      break;
    case 'done':
      // A resumed run's record holds the whole history; a page that joined late has only the end.
      patch(key, {
        phase: 'done',
        progress: null,
        record: event.record,
        history: event.record.history,
      });
      break;
  }
}

export const pauseRun = (key: string): void => handles.get(key)?.train.pause();
/** Goes on with a paused run: the engine's, or one that an earlier visit left. */
export function continueRun(key: string): void {
  const handle = handles.get(key);
  if (handle) handle.train.resume();
  else void resumeRun(key);
}
export const stepRun = (key: string): void => handles.get(key)?.train.step();
export const stopRun = (key: string): void => handles.get(key)?.train.stop();

export function cancelRun(key: string): void {
  handles.get(key)?.abort.abort();
  void discard(key);
}

/** A cancelled run leaves nothing to go on from. */
async function discard(key: string): Promise<void> {
  patch(key, { phase: 'cancelled', progress: null, checkpoint: null });
  await forgetOne(key).catch(storageRefused);
}

/** True for a paused run that the engine does not hold: an earlier visit left it. */
export const isLeft = (run: Run): boolean => run.phase === 'paused' && run.engineRun === null;

export function showRun(key: string, shown: boolean): void {
  patch(key, { shown });
}

export async function removeRun(key: string): Promise<void> {
  const run = runOf(key);
  if (!run) return;
  handles.get(key)?.abort.abort();
  runs.update({ list: runs.value.list.filter((r) => r.key !== key) });
  await forgetOne(key).catch(storageRefused);
  if (run.engineRun !== null)
    await warren()
      .removeRun(run.engineRun)
      .catch(() => {});
}

/** Removes every run from the page, the engine and storage. */
export async function clearRuns(): Promise<void> {
  for (const run of [...runs.value.list]) await removeRun(run.key);
  await forgetAll().catch(storageRefused);
}

/** Keeps a run that has ended, or one that is paused, for a later visit. */
async function save(key: string): Promise<void> {
  const before = runOf(key);
  if (!before || before.engineRun === null) return;
  try {
    const checkpoint = await warren()
      .checkpoint(before.engineRun)
      .catch(() => null);
    const run = runOf(key);
    // Meanwhile it may have gone on, or be cancelled: then there is nothing to keep, or something newer.
    if (!run || run.phase !== before.phase || (!run.record && !checkpoint)) return;
    const { number, record, fingerprint, startedAt, label } = run;
    const kept = { key, number, label, record, fingerprint, startedAt, checkpoint };
    try {
      await keep(record ? kept : { ...kept, unfinished: unfinished(run) });
    } finally {
      patch(key, { checkpoint });
    }
  } catch (error) {
    storageRefused(error);
  }
}

function unfinished({ config, epochs, stepsPerEpoch, history, progress }: Run): Unfinished {
  return { config, epochs, stepsPerEpoch, history, progress };
}

let refused = false;
function storageRefused(error: unknown): void {
  if (refused) return;
  refused = true;
  notify('This browser does not let the page store runs; they last until the tab is closed.', [
    String(error),
  ]);
}

function ended({ config, history }: RunRecord): Unfinished {
  return { config, epochs: history.length, stepsPerEpoch: 0, history, progress: null };
}

/** Brings back the runs that an earlier visit kept. */
export async function recallRuns(): Promise<void> {
  const kept = await recall().catch((error: unknown) => {
    storageRefused(error);
    return [] as Kept[];
  });
  const list = kept.flatMap((k): Run[] => {
    const { unfinished: rest, ...run } = k;
    const of = rest ?? (k.record && ended(k.record));
    if (!of) return [];
    const phase = k.record ? 'done' : 'paused';
    const open = { device: 'cpu' as const, fallback: null, error: null, engineRun: null };
    return [{ ...run, ...of, ...open, phase, shown: true }];
  });
  list.sort((a, b) => a.number - b.number);
  runs.update({ list: [...list, ...runs.value.list] });
}
