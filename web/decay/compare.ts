// The runs of figure 3: which configurations they are, and which of the page's runs have them.

import type { RunConfig, SweepGrid } from '../engine/types.js';
import { data } from '../session/data.js';
import { beginRun, type Run, runs } from '../session/runs.js';
import { expand } from '../session/sweep.js';
import { Store } from '../store.js';

export interface ComparisonState {
  /** Complete configurations in the grid's order; empty until known. */
  configs: RunConfig[];
  error: unknown;
}

/** Runs belong to it by their configuration alone: those of an earlier visit count, and nothing is run twice. */
export class Comparison extends Store<ComparisonState> {
  #key = '';

  constructor() {
    super({ configs: [], error: null });
  }

  /** Has the engine complete the grid's configurations; without effect if it has. Never rejects. */
  async plan(grid: SweepGrid): Promise<void> {
    const key = JSON.stringify(grid);
    if (key === this.#key) return;
    this.#key = key;
    try {
      const list = await expand(grid);
      if (key === this.#key) this.set({ configs: list.map((run) => run.config), error: null });
    } catch (error) {
      if (key === this.#key) this.set({ configs: [], error });
    }
  }

  /** The newest run of each configuration on the data in hand; `undefined` where there is none. */
  runs(): (Run | undefined)[] {
    const fingerprint = data.value.summary?.fingerprint;
    const at = new Map<string, Run>();
    for (const run of runs.value.list) {
      const counts = run.phase !== 'cancelled' && run.record?.reason !== 'stopped';
      if (counts && run.fingerprint === fingerprint) at.set(JSON.stringify(run.config), run);
    }
    return this.value.configs.map((config) => at.get(JSON.stringify(config)));
  }

  /** Starts what is not there yet, side by side. */
  start(): void {
    const have = this.runs();
    for (const [i, config] of this.value.configs.entries()) {
      const run = have[i];
      if (!run || run.phase === 'failed') beginRun(config, { shown: false });
    }
  }
}
