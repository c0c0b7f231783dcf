import type { WarrenError } from './errors.js';
import type { Control } from './protocol.js';

/** How a run reaches the work behind it. */
export interface RunLink<Event, Outcome> {
  /** Starts the work and passes its events on. */
  begin(onEvent: (event: Event) => void): Promise<Outcome>;
  control(action: Control): void;
}

/**
 * Work in progress: iterate over it for its events, and steer it while it goes on.
 *
 * Events wait for whoever iterates later, except that of several waiting progress events only the last
 * is kept. Leaving the loop early (`break`) stops the run as {@link stop} does.
 */
export class Run<Event extends { type: string }, Outcome> implements AsyncIterable<Event> {
  /** The outcome once the run has ended; rejects with the {@link WarrenError} that ended it otherwise. */
  readonly done: Promise<Outcome>;

  readonly #link: RunLink<Event, Outcome>;
  readonly #waiting: Event[] = [];
  #over: { error?: WarrenError } | null = null;
  #wake: (() => void)[] = [];

  /** @internal */
  constructor(link: RunLink<Event, Outcome>, onEvent: (event: Event) => void = () => {}) {
    this.#link = link;
    this.done = link.begin((event) => {
      onEvent(event);
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
  }

  /** Holds the work at its next step; the engine goes on answering other calls. */
  pause(): void {
    this.#link.control('pause');
  }

  /** Goes on after {@link pause} or {@link step}. */
  resume(): void {
    this.#link.control('resume');
  }

  /** Goes on to the end of the present epoch (a training) or graph (an experiment) and pauses there. */
  step(): void {
    this.#link.control('step');
  }

  /** Ends the work early and keeps what it has; `done` resolves. */
  stop(): void {
    this.#link.control('stop');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
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
