// Runs kept in IndexedDB, with their records and saved models; and the grid of the last sweep.

import type { EpochRecord, Progress, RunConfig, RunRecord, SweepGrid } from '../engine/types.js';

export interface Kept {
  key: string;
  number: number;
  label: string;
  /** Of a finished run. */
  record: RunRecord | null;
  /** Of a run that was paused; `checkpoint` is where it stood. */
  unfinished?: Unfinished;
  fingerprint: string;
  startedAt: number;
  checkpoint: Blob | null;
}

/** What a page that opens later shows of a paused run. */
export interface Unfinished {
  config: RunConfig;
  epochs: number;
  stepsPerEpoch: number;
  history: EpochRecord[];
  progress: Progress | null;
}

const NAME = 'warren';
const TABLE = 'runs';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: 'key' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB did not open'));
    request.onblocked = () => reject(new Error('another tab holds an older version of the store'));
  });
}

async function within<T>(
  mode: IDBTransactionMode,
  work: (table: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(TABLE, mode);
      const request = work(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error ?? new Error('the store refused'));
      transaction.onabort = () => reject(transaction.error ?? new Error('the store is full'));
    });
  } finally {
    db.close();
  }
}

export async function keep(run: Kept): Promise<void> {
  await within('readwrite', (table) => table.put(run));
}

export async function recall(): Promise<Kept[]> {
  return within('readonly', (table) => table.getAll() as IDBRequest<Kept[]>);
}

export async function forgetOne(key: string): Promise<void> {
  await within('readwrite', (table) => table.delete(key));
}

export async function forgetAll(): Promise<void> {
  await within('readwrite', (table) => table.clear());
}

/** A sweep as it is kept: its results are those of the runs. */
export interface KeptSweep {
  grid: SweepGrid;
  fingerprint: string;
}

const SWEEP = 'warren.sweep';

/** Keeps the grid, or forgets it. Where the browser refuses, the sweep lasts until the tab is closed. */
export function keepSweep(kept: KeptSweep | null): void {
  try {
    if (kept) localStorage.setItem(SWEEP, JSON.stringify(kept));
    else localStorage.removeItem(SWEEP);
  } catch {
    // Runs, which matter more, say so when they cannot be kept.
  }
}

export function recallSweep(): KeptSweep | null {
  try {
    return JSON.parse(localStorage.getItem(SWEEP) ?? 'null') as KeptSweep | null;
  } catch {
    return null;
  }
}
