import { Run, type RunLink } from './run.js';
import type { RunRecord, TrainEvent } from './types.js';

/** How a run reaches its training: {@link TrainRun} is made by `Warren.train` and `Warren.resume` only. */
export type TrainLink = RunLink<TrainEvent, RunRecord>;

/**
 * A training in progress: iterate over it for its events, and steer it while it goes on. A stopped one keeps
 * its best state; `done` then resolves with reason `"stopped"`.
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
export class TrainRun extends Run<TrainEvent, RunRecord> {
  /** The run's number, for `recommend`, `checkpoint` and `exportRun`; known once it has started. */
  readonly id: Promise<number>;

  /** @internal */
  constructor(link: TrainLink) {
    let started!: (id: number) => void;
    const start = new Promise<number>((resolve) => (started = resolve));
    super(link, (event) => {
      if (event.type === 'start') started(event.run);
    });
    // A run always starts before it is done, so `done` settles this one only by failing.
    this.id = Promise.race([start, this.done.then(() => start)]);
    // Who watches the events need not watch the promises too: their failure is not "unhandled".
    this.id.catch(() => {});
  }
}
