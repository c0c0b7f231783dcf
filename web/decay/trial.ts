// A training that does just what theorem 3.1 is about, watched step by step: gradient descent on cosines alone.

import type { Warren } from '../engine/client.js';
import type { RunConfig, Values } from '../engine/types.js';
import type { EngineSource } from '../lab/live.js';
import { Store } from '../store.js';
import type { TrialChoice } from './choice.js';
import {
  type Bin,
  bins,
  byClass,
  carried,
  type DegreeClass,
  degreeClasses,
  type Law,
  questions,
} from './forecast.js';
import { type Reading, read, squaredLengths } from './reading.js';

export interface TrialState {
  phase: 'empty' | 'running' | 'done' | 'failed';
  /** What was asked for, so that a change of settings shows. */
  key: string;
  /** Steps between the first reading and the last one. */
  steps: number;
  /** Share of all steps that are done. */
  done: number;
  bins: readonly Bin[];
  /** Mean cosine of the training pairs since the last reading but one. */
  cosine: number;
  error: unknown;
}

/** On what a trial is made. */
export interface TrialData {
  /** Filter and split. */
  data: Values;
  seed: number;
  interactions: number;
  /** Training interactions of each item. */
  counts: ArrayLike<number>;
  /** Differs between any two data sets in hand. */
  version: number;
}

const EMPTY: TrialState = {
  phase: 'empty',
  key: '',
  steps: 0,
  done: 0,
  bins: [],
  cosine: 0,
  error: null,
};

/** Milliseconds between readings, at least. */
const LEAST_WAIT = 10;

/**
 * A reading copies the model's tables: so many times as long as one took, the training has to itself. Between two
 * readings the theorem is carried on with one mean cosine, so that few readings of a fast run would be too few.
 */
const SHARE = 3;

/**
 * The law of the trial's steps. DirectAU's alignment is the mean of 2 − 2 cos over the batch's B pairs: a step with
 * learning rate η′ along its gradient is the theorem's with η = 2η′/B, and weight decay λ′ then is its λ = λ′B/2.
 */
export function lawOf(choice: TrialChoice, interactions: number): Law {
  return {
    interactions,
    batchSize: choice.batch_size,
    learningRate: (2 * choice.learning_rate) / choice.batch_size,
    weightDecay: (choice.weight_decay * choice.batch_size) / 2,
    rows: choice.rows,
  };
}

/** The trial as a run: matrix factorisation, gradient descent, DirectAU without its uniformity. */
export function trialConfig(choice: TrialChoice, { data, seed }: TrialData): RunConfig {
  const { rows, learning_rate, weight_decay, dim, batch_size, epochs } = choice;
  const mode = rows === 'all' ? 'full' : 'batch';
  return {
    seed,
    data,
    model: { name: 'mf', dim },
    init: { name: 'xavier' },
    loss: { name: 'directau', gamma: 0 },
    regularizer:
      rows === 'none' ? { name: 'none' } : { name: 'weight-decay', mode, lambda: weight_decay },
    optimizer: { name: 'sgd', learning_rate },
    train: { epochs, batch_size, eval_every: epochs, patience: 0, monitor: 'NDCG@20' },
    evaluate: { cutoffs: '20' },
  };
}

export const trialKey = (choice: TrialChoice, { data, seed, version }: TrialData): string =>
  JSON.stringify([choice, data, seed, version]);

export class Trial extends Store<TrialState> {
  readonly #engine: EngineSource;
  #abort: AbortController | null = null;

  constructor(engine: EngineSource) {
    super(EMPTY);
    this.#engine = engine;
  }

  /** Makes the trial; one in progress is given up. Never rejects: the state says what happened. */
  async start(choice: TrialChoice, on: TrialData): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const current = () => this.#abort === abort;
    this.set({ ...EMPTY, phase: 'running', key: trialKey(choice, on) });
    try {
      const warren = await this.#engine();
      if (current()) await this.#follow(warren, choice, on, abort);
      if (current()) this.update({ phase: 'done', done: 1 });
    } catch (error) {
      if (current()) this.update({ phase: 'failed', error });
    }
  }

  /** Gives up a trial in progress and forgets what was measured. */
  reset(): void {
    this.#abort?.abort();
    this.#abort = null;
    if (this.value.phase !== 'empty') this.set(EMPTY);
  }

  async #follow(
    warren: Warren,
    choice: TrialChoice,
    on: TrialData,
    { signal }: AbortController,
  ): Promise<void> {
    const run = warren.train(trialConfig(choice, on), { signal });
    let over = false;
    let perEpoch = 0;
    const ended = (async () => {
      for await (const event of run) if (event.type === 'start') perEpoch = event.steps_per_epoch;
    })().finally(() => {
      over = true;
    });
    // Also rejects where nobody has come to wait for it yet.
    ended.catch(() => {});
    const id = await run.id;
    const watch = new Watch(warren, choice, on);
    try {
      for (;;) {
        const last = over;
        const began = performance.now();
        const found = await read(warren, id, perEpoch);
        const wait = Math.max(LEAST_WAIT, SHARE * (performance.now() - began));
        if (signal.aborted) return;
        const total = perEpoch * choice.epochs;
        const seen = await watch.take(found);
        if (seen && !signal.aborted) this.update({ ...seen, done: found.steps / total });
        if (last) break;
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, wait))]);
      }
      await ended;
    } finally {
      await warren.removeRun(id).catch(() => {});
    }
  }
}

/** From readings to bins: what was measured, and beside it the theorem carried on from the first reading. */
class Watch {
  readonly #classes: DegreeClass[];
  readonly #law: Law;
  #first: { steps: number; squared: Float64Array; means: Float64Array } | null = null;
  #last: { reading: Reading; expected: Float64Array } | null = null;

  constructor(
    readonly warren: Warren,
    choice: TrialChoice,
    { counts, interactions }: TrialData,
  ) {
    this.#classes = degreeClasses(counts);
    this.#law = lawOf(choice, interactions);
  }

  /** What is known with this reading; `null` while there is nothing to compare it with. */
  async take(reading: Reading): Promise<Pick<TrialState, 'bins' | 'cosine' | 'steps'> | null> {
    const squared = squaredLengths(reading.items);
    if (!this.#first || !this.#last) {
      const means = byClass(this.#classes, squared);
      this.#first = { steps: reading.steps, squared, means };
      this.#last = { reading, expected: means };
      return null;
    }
    const { reading: before } = this.#last;
    const steps = reading.steps - before.steps;
    if (steps === 0) return null;
    const loss = (reading.lossSum - before.lossSum) / steps;
    const cosine = Math.min(1, Math.max(-1, 1 - loss / 2));
    const [both, growth] = questions(this.#classes, this.#law, cosine);
    const maps = await Promise.all([this.warren.theory(both), this.warren.theory(growth)]);
    const expected = carried(this.#last.expected, maps, steps);
    this.#last = { reading, expected };
    const { steps: from, squared: at, means } = this.#first;
    const all = reading.steps - from;
    return { bins: bins(this.#classes, [at, squared], expected, means, all), cosine, steps: all };
  }
}
