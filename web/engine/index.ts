// The public surface of the JavaScript package: everything a host page may import.

export type {
  CallOptions,
  LoadSource,
  RunOptions,
  StartOptions,
  TrainOptions,
} from './client.js';
export { SimulationRun, TrainRun, Warren, WarrenError } from './client.js';
export type {
  Device,
  KnnOptions,
  RandomEdgeOptions,
  RecommendOptions,
  SweepRecord,
} from './protocol.js';
export type * from './types.js';
