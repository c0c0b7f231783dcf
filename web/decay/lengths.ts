// Item lengths of runs: from their checkpoints while they go on, from their tables when they are over.

import type { SideTable, Table } from '../engine/types.js';
import { type Magnitudes, magnitudes } from '../magnitudes.js';
import { warren } from '../session/engine.js';
import { type Run, runOf } from '../session/runs.js';
import { Store } from '../store.js';
import { readTable } from './safetensors.js';

export interface Lengths extends Magnitudes {
  /** The last complete epoch; `null` for the state that a finished run has kept. */
  epoch: number | null;
}

export interface LengthsState {
  /** By the key of the run. */
  drawn: ReadonlyMap<string, Lengths>;
  error: unknown;
}

/** A run and how its points look. */
export interface Wanted {
  run: Run;
  label: string;
  colour: string;
}

export class LengthReader extends Store<LengthsState> {
  /** What was read last of each run. */
  readonly #have = new Map<string, string>();
  #working = false;

  constructor() {
    super({ drawn: new Map(), error: null });
  }

  /**
   * Brings the lengths up to the runs, one after another. While it works other calls have no effect; whoever shows
   * this calls again after each change. Never rejects.
   */
  async show(wanted: readonly Wanted[], side: SideTable, version: number): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      for (const one of wanted) {
        const key = stateOf(one.run, version);
        if (key === null || this.#have.get(one.run.key) === key) continue;
        this.#have.set(one.run.key, key);
        await this.#read(one, side);
      }
    } finally {
      this.#working = false;
      // A run may have gone on meanwhile.
      const now = wanted.some(({ run }) => runOf(run.key) !== run);
      if (now) this.touch();
    }
  }

  async #read({ run, label, colour }: Wanted, side: SideTable): Promise<void> {
    const { engineRun, phase, history } = run;
    if (engineRun === null) return;
    try {
      const table =
        phase === 'done' ? await warren().runTable(engineRun, 'item') : await live(engineRun);
      if (table.rows !== side.counts.length) return;
      const epoch = phase === 'done' ? null : (history.at(-1)?.epoch ?? 0);
      const found = { ...magnitudes(table, side, { label, colour }), epoch };
      this.update({ drawn: new Map(this.value.drawn).set(run.key, found), error: null });
    } catch (error) {
      // A run that was cancelled while it was asked has nothing to tell.
      const now = runOf(run.key)?.phase;
      if (now === 'running' || now === 'done') this.update({ error });
    }
  }
}

/** What there is to read of a run; `null` for nothing. A paused run is left in peace: it would have to make a step. */
function stateOf({ phase, history, engineRun }: Run, version: number): string | null {
  if (engineRun === null) return null;
  if (phase === 'done') return `${version} done`;
  const last = history.at(-1)?.epoch;
  return phase === 'running' && last !== undefined ? `${version} ${last}` : null;
}

/** The item table of a run that goes on. */
async function live(engineRun: number): Promise<Table> {
  const checkpoint = await warren().checkpoint(engineRun);
  return { side: 'item', ...readTable(await checkpoint.arrayBuffer(), 'current/item') };
}
