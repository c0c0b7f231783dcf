// The public surface of the JavaScript package: everything a host page may import.

export type { CallOptions, LoadSource, StartOptions } from './client.js';
export { TrainRun, Warren, WarrenError } from './client.js';
export type { KnnOptions, RecommendOptions, SweepRecord } from './protocol.js';
export type * from './types.js';
