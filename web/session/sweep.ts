// A sweep in the page: a queue of ordinary runs, and the table of what they gave.

import type { RunConfig, RunRecord, SweepFormat, SweepGrid, SweepTable } from '../engine/types.js';
import { Store } from '../store.js';
import { data } from './data.js';
import { engine, isCancelled, warren } from './engine.js';
import {
  beginRun,
  cancelRun,
  continueRun,
  isLeft,
  pauseRun,
  type Run,
  resumeRun,
  runOf,
  runs,
  stopRun,
} from './runs.js';
import { keepSweep, recallSweep } from './storage.js';

export type EntryPhase = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

export interface Entry {
  label: string;
  config: RunConfig;
  phase: EntryPhase;
  /** Key of its run, once it has one. */
  run: string | null;
  seconds: number;
}

export interface SweepState {
  /** `paused`: runs are left, and nothing happens until one goes on. */
  phase: 'none' | 'running' | 'paused' | 'ended';
  grid: SweepGrid | null;
  /** Fingerprint of the data that it is made for. */
  fingerprint: string;
  entries: Entry[];
  table: SweepTable | null;
  error: unknown;
}

const NONE: SweepState = {
  phase: 'none',
  grid: null,
  fingerprint: '',
  entries: [],
  table: null,
  error: null,
};

export const sweep = new Store<SweepState>(NONE);

/** Checks a grid; its runs in order. Rejects with the engine's own error. */
export const expand = (grid: SweepGrid) => warren().expandSweep(grid);

/** Starts a grid's runs. Those that were made already, here or on an earlier visit, are not made again. */
export async function startSweep(grid: SweepGrid): Promise<void> {
  const fingerprint = data.value.summary?.fingerprint ?? '';
  try {
    await take(grid, fingerprint);
  } catch (error) {
    sweep.set({ ...NONE, error });
    return;
  }
  keepSweep({ grid, fingerprint });
  await goOn();
}

async function take(grid: SweepGrid, fingerprint: string): Promise<void> {
  const expanded = await expand(grid);
  const made = new Map(
    runs.value.list
      .filter((r) => r.record && r.fingerprint === fingerprint && outcome(r) === 'done')
      .map((r) => [JSON.stringify(r.record?.config), r]),
  );
  const entries = expanded.map(({ label, config }): Entry => {
    const run = made.get(JSON.stringify(config));
    return {
      label,
      config,
      phase: run ? 'done' : 'waiting',
      run: run?.key ?? null,
      seconds: 0,
    };
  });
  sweep.set({ phase: 'paused', grid, fingerprint, entries, table: null, error: null });
  await refresh();
}

let working = false;

/** Works on the queue until it is empty or held. */
async function goOn(): Promise<void> {
  sweep.update({ phase: 'running', error: null });
  // Whoever works on the queue already takes what comes next, also of another sweep.
  if (working) return;
  working = true;
  try {
    while (sweep.value.phase === 'running') {
      const at = sweep.value.entries.findIndex((e) => e.phase === 'waiting');
      if (at < 0) sweep.update({ phase: 'ended' });
      else await work(at);
    }
  } finally {
    working = false;
  }
}

async function work(at: number): Promise<void> {
  const entry = sweep.value.entries[at];
  if (!entry) return;
  const { grid } = sweep.value;
  const { key, ended } = goOnOrBegin(entry.config);
  const began = performance.now();
  patch(at, { phase: 'running', run: key });
  await ended;
  // Another sweep, or none, may have taken its place.
  if (sweep.value.grid !== grid) return;
  const run = runOf(key);
  const seconds = (performance.now() - began) / 1000;
  const phase = outcome(run);
  patch(at, { phase, seconds });
  if (phase === 'failed') sweep.update({ error: run?.error ?? null });
  await refresh();
}

/** Takes up the run that an earlier visit left paused in the middle, or starts one. */
function goOnOrBegin(config: RunConfig): { key: string; ended: Promise<void> } {
  const wanted = JSON.stringify(config);
  const { fingerprint } = sweep.value;
  const left = runs.value.list.find(
    (r) => isLeft(r) && r.fingerprint === fingerprint && JSON.stringify(r.config) === wanted,
  );
  return left ? { key: left.key, ended: resumeRun(left.key) } : beginRun(config, { shown: false });
}

/** A run that was stopped early has other numbers than its configuration gives: the table leaves it out. */
function outcome(run: Run | undefined): EntryPhase {
  if (run?.phase === 'failed') return 'failed';
  return run?.phase === 'done' && run.record?.reason !== 'stopped' ? 'done' : 'skipped';
}

function patch(at: number, change: Partial<Entry>): void {
  const entries = sweep.value.entries.map((e, i) => (i === at ? { ...e, ...change } : e));
  sweep.update({ entries });
}

const current = (): string | null =>
  sweep.value.entries.find((e) => e.phase === 'running')?.run ?? null;

/** Holds the run in progress, and the queue with it. */
export function pauseSweep(): void {
  const key = current();
  sweep.update({ phase: 'paused' });
  if (key) pauseRun(key);
}

export function continueSweep(): void {
  const key = current();
  if (key) continueRun(key);
  void goOn();
}

/** Leaves the run in progress out and goes on with the next. */
export function skipRun(): void {
  const key = current();
  if (key) cancelRun(key);
}

/** Ends the run in progress with its best state so far, and the queue with it. */
export function stopSweep(): void {
  const key = current();
  sweep.update({ phase: 'ended', entries: withoutWaiting() });
  if (key) {
    continueRun(key);
    stopRun(key);
  }
}

/** Ends at once; what is done stays. */
export function cancelSweep(): void {
  const key = current();
  sweep.update({ phase: 'ended', entries: withoutWaiting() });
  if (key) cancelRun(key);
}

const withoutWaiting = (): Entry[] =>
  sweep.value.entries.map((e) => (e.phase === 'waiting' ? { ...e, phase: 'skipped' } : e));

/** Forgets the sweep; its runs stay among the others. */
export function clearSweep(): void {
  const key = current();
  sweep.set(NONE);
  if (key) cancelRun(key);
  keepSweep(null);
}

/** Estimated seconds for what is left, once a run has been made. */
export function secondsLeft({ entries }: SweepState): number | undefined {
  const timed = entries.filter((e) => e.phase === 'done' && e.seconds > 0);
  const left = entries.filter((e) => e.phase === 'waiting' || e.phase === 'running').length;
  if (timed.length === 0 || left === 0) return undefined;
  return (timed.reduce((sum, e) => sum + e.seconds, 0) / timed.length) * left;
}

function records(): RunRecord[] {
  const keys = new Set(sweep.value.entries.filter((e) => e.phase === 'done').map((e) => e.run));
  return runs.value.list.flatMap((r) => (r.record && keys.has(r.key) ? [r.record] : []));
}

/** The results so far in this format. */
export async function resultsAs(format: SweepFormat): Promise<string> {
  const { grid, fingerprint } = sweep.value;
  if (!grid) return '';
  return warren().sweepTable(grid, records(), format, fingerprint);
}

async function refresh(): Promise<void> {
  const { grid } = sweep.value;
  try {
    const table = JSON.parse(await resultsAs('json')) as SweepTable;
    if (sweep.value.grid === grid) sweep.update({ table });
  } catch (error) {
    if (!isCancelled(error)) sweep.update({ error });
  }
}

/** Brings back the sweep of an earlier visit, held: its runs have been recalled before. */
export async function recallSweepOfBefore(): Promise<void> {
  const kept = recallSweep();
  if (!kept || engine.value.status !== 'ready') return;
  try {
    await take(kept.grid, kept.fingerprint);
    if (sweep.value.entries.every((e) => e.phase !== 'waiting')) sweep.update({ phase: 'ended' });
  } catch {
    // A grid that this version of the engine does not take any more.
    keepSweep(null);
  }
}
