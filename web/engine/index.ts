// The public surface of the JavaScript package: everything a host page may import.

export type { CallOptions, LoadSource, RunOptions, StartOptions } from './client.js';
export { SimulationRun, TrainRun, Warren, WarrenError } from './client.js';
export type { KnnOptions, RandomEdgeOptions, RecommendOptions, SweepRecord } from './protocol.js';
export type * from './types.js';
