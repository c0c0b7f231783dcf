import type { WarrenError } from './errors.js';
import type { Control } from './protocol.js';
import type { RunRecord, TrainEvent } from './types.js';

/** How a run reaches its training: {@link TrainRun} is made by `Warren.train` and `Warren.resume` only. */
export interface TrainLink {
  /** Starts the training and passes its events on. */
  begin(onEvent: (event: TrainEvent) => void): Promise<RunRecord>;
  control(action: Control): void;
}

/**
 * A training in progress: iterate over it for its events, and steer it while it goes on.
 *
 * Events wait for whoever iterates later, except that of several waiting progress events only the last
 * is kept. Leaving the loop early (`break`) stops the run as {@link stop} does.
 *
 * @example
 * ```ts
 * const run = warren.train({ seed: 1, model: { name: "mf", dim: 32 } });
 * for await (const event of run) {
 *   if (event.type === "epoch") console.log(event.epoch, event.loss, event.validation);
 * }
 * const record = await run.done;
 * ```
 */
export class TrainRun implements AsyncIterable<TrainEvent> {
  /** The record once the run has ended; rejects with the {@link WarrenError} that ended it otherwise. */
  readonly done: Promise<RunRecord>;
  /** The run's number, for `recommend`, `checkpoint` and `exportRun`; known once it has started. */
  readonly id: Promise<number>;

  readonly #link: TrainLink;
  readonly #waiting: TrainEvent[] = [];
  #over: { error?: WarrenError } | null = null;
  #wake: (() => void)[] = [];

  /** @internal */
  constructor(link: TrainLink) {
    this.#link = link;
    let started!: (id: number) => void;
    const start = new Promise<number>((resolve) => (started = resolve));
    this.done = link.begin((event) => {
      if (event.type === 'start') started(event.run);
      const last = this.#waiting.length - 1;
      if (event.type === 'progress' && this.#waiting[last]?.type === 'progress')
        this.#waiting[last] = event;
      else this.#waiting.push(event);
      this.#notify();
    });
    this.done.then(
      () => this.#finish({}),
      (error: WarrenError) => this.#finish({ error }),
    );
    // A run always starts before it is done, so `done` settles this one only by failing.
    this.id = Promise.race([start, this.done.then(() => start)]);
    // Who watches the events need not watch the promises too: their failure is not "unhandled".
    this.id.catch(() => {});
  }

  /** Holds the training at its next step; the engine goes on answering other calls. */
  pause(): void {
    this.#link.control('pause');
  }

  /** Goes on after {@link pause} or {@link step}. */
  resume(): void {
    this.#link.control('resume');
  }

  /** Goes on to the end of the present epoch and pauses there. */
  step(): void {
    this.#link.control('step');
  }

  /** Ends the training early and keeps its best state; `done` resolves with reason `"stopped"`. */
  stop(): void {
    this.#link.control('stop');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainEvent, void, undefined> {
    try {
      for (;;) {
        const event = this.#waiting.shift();
        if (event) {
          yield event;
        } else if (this.#over) {
          if (this.#over.error) throw this.#over.error;
          return;
        } else {
          await new Promise<void>((resolve) => this.#wake.push(resolve));
        }
      }
    } finally {
      if (!this.#over) this.stop();
    }
  }

  #finish(end: { error?: WarrenError }): void {
    this.#over = end;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
