// The experiment of figure 2 as it runs: curves that grow with every graph.

import type { SimulationRun } from '../engine/client.js';
import type {
  PerturbationCurve,
  Progress,
  SimulateOptions,
  SimulationEvent,
  SimulationRecord,
} from '../engine/types.js';
import { Store } from '../store.js';
import { conflict, type ExperimentChoice, experimentMethods } from './choice.js';
import type { EngineSource } from './live.js';

export interface ExperimentState {
  phase: 'idle' | 'running' | 'paused' | 'done' | 'failed';
  curves: readonly PerturbationCurve[];
  graphsDone: number;
  graphs: number;
  progress: Progress | null;
  record: SimulationRecord | null;
  error: unknown;
  /** What the curves were computed from; `''` while there are none. */
  key: string;
  /** Seconds of computing so far; pauses do not count. */
  seconds: number;
}

const IDLE: ExperimentState = {
  phase: 'idle',
  curves: [],
  graphsDone: 0,
  graphs: 0,
  progress: null,
  record: null,
  error: null,
  key: '',
  seconds: 0,
};

export function optionsOf(choice: ExperimentChoice, seed: number): Required<SimulateOptions> {
  const { nodes, attach, dim, graphs, repeats } = choice;
  return { nodes, attach, dim, graphs, repeats, seed, methods: experimentMethods(choice) };
}

export function keyOf(choice: ExperimentChoice, seed: number): string {
  return JSON.stringify(optionsOf(choice, seed));
}

/** Milliseconds between two drawings of progress. */
const REDRAW = 120;

export class Experiment extends Store<ExperimentState> {
  readonly #engine: EngineSource;
  #run: SimulationRun | null = null;
  #abort: AbortController | null = null;
  #drawn = 0;

  constructor(engine: EngineSource) {
    super(IDLE);
    this.#engine = engine;
  }

  get active(): boolean {
    return this.value.phase === 'running' || this.value.phase === 'paused';
  }

  /** Starts anew; resolves when it has ended, however it did. With `step` it pauses after the first graph. */
  async start(choice: ExperimentChoice, seed: number, step = false): Promise<void> {
    this.reset();
    const wrong = conflict(choice);
    if (wrong !== null) {
      this.update({ phase: 'failed', error: new RangeError(wrong) });
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    const { graphs } = choice;
    this.update({ phase: 'running', graphs, key: keyOf(choice, seed) });
    try {
      const warren = await this.#engine();
      if (abort.signal.aborted) return;
      const { signal } = abort;
      const run = warren.simulate(optionsOf(choice, seed), { signal, paused: step });
      this.#run = run;
      if (step) run.step();
      for await (const event of run) if (!abort.signal.aborted) this.#take(event);
    } catch (error) {
      if (!abort.signal.aborted) this.update({ phase: 'failed', progress: null, error });
    } finally {
      if (this.#abort === abort) this.#run = null;
    }
  }

  pause(): void {
    this.#run?.pause();
  }

  resume(): void {
    this.#run?.resume();
  }

  /** One more graph, then a pause. */
  step(): void {
    this.#run?.step();
  }

  /** Ends the experiment and keeps what it has. */
  stop(): void {
    this.#run?.stop();
  }

  /** Ends the experiment and forgets what it has. */
  reset(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#run = null;
    this.set(IDLE);
  }

  #take(event: SimulationEvent): void {
    switch (event.type) {
      case 'start':
        this.update({ graphs: event.config.graphs });
        break;
      case 'progress': {
        const now = performance.now();
        if (now - this.#drawn < REDRAW) return;
        this.#drawn = now;
        this.update({ progress: event, seconds: event.seconds });
        break;
      }
      case 'graph':
        this.update({ curves: event.curves, graphsDone: event.graphs_done });
        break;
      case 'paused':
        this.update({ phase: 'paused' });
        break;
      case 'resumed':
        this.update({ phase: 'running' });
        break;
      case 'done': {
        const { record } = event;
        this.update({
          phase: 'done',
          progress: null,
          record,
          curves: record.curves,
          graphsDone: record.graphs_done,
          seconds: Object.values(record.seconds).reduce((sum, s) => sum + s, 0),
        });
        break;
      }
    }
  }
}
