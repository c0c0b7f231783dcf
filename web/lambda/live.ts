// The run whose strengths the room shows while they are learnt: one of the page's runs, found by its configuration.

import type { RunConfig, SweepGrid } from '../engine/types.js';
import { data } from '../session/data.js';
import { beginRun, type Run, runOf, runs } from '../session/runs.js';
import { expand } from '../session/sweep.js';
import { Store } from '../store.js';

export interface LiveState {
  /** What is to be trained, complete; `null` until known. */
  config: RunConfig | null;
  /** Key of the run that was shown last; empty for none. */
  last: string;
  error: unknown;
}

/** What is on the page, and whether it is of other settings or other data than those now. */
export interface Shown {
  run: Run;
  stale: boolean;
}

export class Live extends Store<LiveState> {
  #key = '';

  constructor() {
    super({ config: null, last: '', error: null });
  }

  /** Has the engine complete the configuration; without effect if it has. Never rejects. */
  async plan(grid: SweepGrid): Promise<void> {
    const key = JSON.stringify(grid);
    if (key === this.#key) return;
    this.#key = key;
    try {
      const [found] = await expand(grid);
      if (key === this.#key) this.update({ config: found?.config ?? null, error: null });
    } catch (error) {
      if (key === this.#key) this.update({ config: null, error });
    }
  }

  /** The newest run of this configuration, stopped ones too; else the one that was shown last. */
  shown(): Shown | null {
    const wanted = JSON.stringify(this.value.config);
    const fingerprint = data.value.summary?.fingerprint;
    const run = runs.value.list.findLast(
      (r) =>
        r.phase !== 'cancelled' &&
        r.fingerprint === fingerprint &&
        JSON.stringify(r.config) === wanted,
    );
    if (run) return { run, stale: false };
    const last = runOf(this.value.last);
    return last && last.phase !== 'cancelled' ? { run: last, stale: true } : null;
  }

  /** Starts the run from the beginning. */
  start(): void {
    const { config } = this.value;
    if (config) this.update({ last: beginRun(config, { shown: false }).key });
  }
}
