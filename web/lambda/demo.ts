// λOpt by itself: one training on built-in data whose strengths are followed. Needs an engine and nothing of the page.

import type { TrainRun } from '../engine/client.js';
import type { EpochRecord, RunConfig, RunRecord } from '../engine/types.js';
import type { EngineSource } from '../lab/live.js';
import { Store } from '../store.js';
import { BUILTIN, DATA, type LambdaChoice, learnedGrid, paperSplit } from './choice.js';

export interface DemoState {
  phase: 'empty' | 'loading' | 'running' | 'paused' | 'done' | 'failed';
  history: readonly EpochRecord[];
  record: RunRecord | null;
  error: unknown;
}

const EMPTY: DemoState = { phase: 'empty', history: [], record: null, error: null };

/** The run's configuration. */
export function demoConfig(choice: LambdaChoice, seed: number): RunConfig {
  const { base, runs } = learnedGrid(choice, { split: paperSplit(true) }, seed);
  return { ...base, ...runs?.[0], seed } as RunConfig;
}

export class DemoRun extends Store<DemoState> {
  readonly #engine: EngineSource;
  #run: TrainRun | null = null;
  #abort: AbortController | null = null;

  constructor(engine: EngineSource) {
    super(EMPTY);
    this.#engine = engine;
  }

  /** Trains from the beginning. Never rejects: the state says what happened. */
  async start(choice: LambdaChoice, seed: number): Promise<void> {
    this.reset();
    const abort = new AbortController();
    this.#abort = abort;
    const current = () => this.#abort === abort;
    this.set({ ...EMPTY, phase: 'loading' });
    try {
      const warren = await this.#engine();
      if (!current()) return;
      const { signal } = abort;
      // Asked for in one go: another element of the page may load other data into the same engine.
      const loaded = warren.loadBuiltin(BUILTIN, { ...DATA }, { seed, signal });
      const run = warren.train(demoConfig(choice, seed), { signal });
      this.#run = run;
      const followed = this.#follow(run, signal);
      followed.catch(() => {});
      await loaded;
      if (current()) this.update({ phase: 'running' });
      const record = await followed;
      if (current()) this.update({ phase: 'done', record });
      // Its model is of no use to anybody: only the strengths are shown.
      await warren.removeRun(await run.id);
    } catch (error) {
      if (!current()) return;
      abort.abort();
      this.update({ phase: 'failed', error });
    }
  }

  async #follow(run: TrainRun, signal: AbortSignal): Promise<RunRecord> {
    for await (const event of run) {
      if (event.type !== 'epoch' || signal.aborted) continue;
      const { type: _, ...epoch } = event;
      this.update({ history: [...this.value.history, epoch] });
    }
    return run.done;
  }

  pause(): void {
    if (this.value.phase !== 'running') return;
    this.#run?.pause();
    this.update({ phase: 'paused' });
  }

  resume(): void {
    if (this.value.phase !== 'paused') return;
    this.#run?.resume();
    this.update({ phase: 'running' });
  }

  /** Gives up what is in progress and forgets the rest. */
  reset(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#run = null;
    if (this.value.phase !== 'empty') this.set(EMPTY);
  }
}
