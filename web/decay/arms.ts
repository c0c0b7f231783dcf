// Figure 3 by itself: three trainings on built-in data that differ only in which rows decay, with the items' lengths
// read after every epoch. Needs an engine and nothing of the page.

import type { TrainRun, Warren } from '../engine/client.js';
import type { EpochRecord, RunConfig, RunRecord, SideTable } from '../engine/types.js';
import type { EngineSource } from '../lab/live.js';
import { Store } from '../store.js';
import { ARMS, type CompareChoice, compareGrid } from './choice.js';
import { read, squaredLengths } from './reading.js';

export interface ArmState {
  history: readonly EpochRecord[];
  /** Length of each item's vector, at the end of epoch `measured` or a little later; `null` before the first. */
  lengths: Float64Array | null;
  measured: number;
  record: RunRecord | null;
}

export interface ArmsState {
  phase: 'empty' | 'loading' | 'running' | 'paused' | 'done' | 'failed';
  /** The items of the data; `null` until they are there. */
  items: SideTable | null;
  /** In the order of `ARMS`. */
  arms: readonly ArmState[];
  error: unknown;
}

/** The data: long-tailed and clustered, small enough for a browser on a phone. */
export const DATA = { users: 300, items: 200, interactions: 6000 } as const;
/** As in the paper: whatever a user has done may be asked for. */
const SPLIT = 'random:0.8,0.1,0.1';

const ARM: ArmState = { history: [], lengths: null, measured: 0, record: null };
const EMPTY: ArmsState = { phase: 'empty', items: null, arms: ARMS.map(() => ARM), error: null };

/** The three runs' whole configurations. */
export function armConfigs(choice: CompareChoice, seed: number): RunConfig[] {
  const { base, runs } = compareGrid(choice, { split: SPLIT }, seed);
  return (runs ?? []).map((own) => ({ ...base, ...own, seed }) as RunConfig);
}

export class Arms extends Store<ArmsState> {
  readonly #engine: EngineSource;
  #runs: TrainRun[] = [];
  #abort: AbortController | null = null;

  constructor(engine: EngineSource) {
    super(EMPTY);
    this.#engine = engine;
  }

  /** Trains all three from the beginning. Never rejects: the state says what happened. */
  async start(choice: CompareChoice, seed: number): Promise<void> {
    this.reset();
    const abort = new AbortController();
    this.#abort = abort;
    const current = () => this.#abort === abort;
    this.set({ ...EMPTY, phase: 'loading' });
    try {
      const warren = await this.#engine();
      if (!current()) return;
      const { signal } = abort;
      const configs = armConfigs(choice, seed);
      // Asked for in one go: another element of the page may load other data into the same engine.
      const loaded = warren.loadBuiltin('synthetic', { ...DATA }, { seed, signal });
      const prepared = warren.prepare(configs[0]?.data, seed, { signal });
      const items = warren.sideTable('item');
      this.#runs = configs.map((config) => warren.train(config, { signal }));
      const followed = this.#runs.map((run, i) => this.#follow(warren, run, i, signal));
      const all = Promise.all([loaded, prepared, ...followed]);
      all.catch(() => {});
      const table = await items;
      if (current()) this.update({ items: table, phase: 'running' });
      await all;
      if (current()) this.update({ phase: 'done' });
    } catch (error) {
      if (!current()) return;
      abort.abort();
      this.update({ phase: 'failed', error });
    }
  }

  async #follow(warren: Warren, run: TrainRun, at: number, signal: AbortSignal): Promise<void> {
    let perEpoch = 0;
    let id = 0;
    let reading: Promise<void> | null = null;
    const measure = async (): Promise<void> => {
      const { items, epochs } = await read(warren, id, perEpoch);
      const lengths = squaredLengths(items).map(Math.sqrt);
      if (!signal.aborted) this.#patch(at, { lengths, measured: epochs });
    };
    for await (const event of run) {
      if (signal.aborted) return;
      if (event.type === 'start') [id, perEpoch] = [event.run, event.steps_per_epoch];
      if (event.type !== 'epoch') continue;
      const { type: _, ...epoch } = event;
      this.#patch(at, { history: [...(this.value.arms[at]?.history ?? []), epoch] });
      // A held run would have to go on for a reading; one reading at a time is enough for the eye.
      if (this.value.phase !== 'paused')
        reading ??= measure()
          // A run that ends meanwhile is read below.
          .catch(() => {})
          .finally(() => {
            reading = null;
          });
    }
    const record = await run.done;
    await reading;
    await measure();
    if (!signal.aborted) this.#patch(at, { record });
    await warren.removeRun(id);
  }

  #patch(at: number, change: Partial<ArmState>): void {
    const arms = this.value.arms.map((arm, i) => (i === at ? { ...arm, ...change } : arm));
    this.update({ arms });
  }

  pause(): void {
    if (this.value.phase !== 'running') return;
    for (const run of this.#runs) run.pause();
    this.update({ phase: 'paused' });
  }

  resume(): void {
    if (this.value.phase !== 'paused') return;
    for (const run of this.#runs) run.resume();
    this.update({ phase: 'running' });
  }

  /** Gives up what is in progress and forgets the rest. */
  reset(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#runs = [];
    if (this.value.phase !== 'empty') this.set(EMPTY);
  }
}
