import { Run } from './run.js';
import type { SimulationEvent, SimulationRecord } from './types.js';

/**
 * An experiment in progress, made by `Warren.simulate`: iterate over it for its events, and steer it while it
 * goes on. {@link Run.step} goes on to the end of the present graph; a stopped one keeps the graphs that are done.
 *
 * @example
 * ```ts
 * const run = warren.simulate({ graphs: 10, methods: [{ name: "le" }, { name: "leporid" }] });
 * for await (const event of run) {
 *   if (event.type === "graph") draw(event.curves);
 * }
 * const record = await run.done;
 * ```
 */
export class SimulationRun extends Run<SimulationEvent, SimulationRecord> {}
