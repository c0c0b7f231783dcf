// The messages between the client (any page) and the worker (which holds the engine).
//
// Every request carries an id, and every id is answered exactly once by `result` or `error`; progress and
// a run's events may come before that. A `failed` message answers all open requests at once.

import type {
  BarabasiAlbertOptions,
  Catalog,
  ComputePath,
  DataSummary,
  Embedding,
  EmbedOptions,
  ErrorData,
  Item,
  KnnGraph,
  LoadOptions,
  LoadSummary,
  Neighbour,
  Perturbation,
  PerturbOptions,
  Preview,
  Progress,
  Recommendation,
  RunConfig,
  RunFormat,
  RunRecord,
  Side,
  SideTable,
  SimulateOptions,
  SimulationEvent,
  SimulationRecord,
  SmallGraph,
  SweepFormat,
  SweepGrid,
  SweepRun,
  Table,
  TableFormat,
  TheoryMap,
  TheoryOptions,
  TrainEvent,
  Values,
} from './types.js';

/** A file as it crosses to the worker: a Blob is cloned by reference, a stream is transferred. */
export interface Source {
  name: string;
  body: Blob | ReadableStream<Uint8Array>;
  /** Bytes in all, where known. */
  size?: number;
}

export interface KnnOptions {
  side: Side;
  /** Neighbours of each node; 50 when absent. */
  k?: number;
  /** A similarity of the catalogue; `jaccard` when absent. */
  similarity?: string;
}

export interface RecommendOptions {
  run: number;
  /** A user of the data. */
  user?: number;
  /** Items of somebody new, or in place of the user's own. */
  history?: number[];
  n: number;
}

/** Asks for a new edge at `node`. */
export interface RandomEdgeOptions extends SmallGraph {
  node: number;
  seed: number;
  /** How many were drawn before: the same seed and count draw the same among the same free nodes. */
  count: number;
}

/** What a sweep's table reads of a run's record. */
export type SweepRecord = Pick<RunRecord, 'config' | 'data' | 'metrics'>;

/** The worker's methods: arguments and result. Those marked long take a signal and report progress. */
export interface Methods {
  catalog: { args: []; result: Catalog };
  schema: { args: []; result: object };
  preview: { args: [source: Source, options: LoadOptions]; result: Preview };
  /** Long. */
  load: { args: [sources: Source[], options: LoadOptions]; result: LoadSummary };
  /** Long. */
  loadBuiltin: { args: [name: string, params: Values, seed: number]; result: LoadSummary };
  /** Long. */
  prepare: { args: [data: Values, seed: number]; result: DataSummary };
  sideTable: { args: [side: Side]; result: SideTable };
  /** Long. */
  knnGraph: { args: [options: KnnOptions]; result: KnnGraph };
  /** Long. */
  embed: { args: [options: EmbedOptions]; result: Embedding };
  embeddingNeighbours: { args: [id: number, row: number, n: number]; result: Neighbour[] };
  exportEmbedding: { args: [id: number, format: TableFormat]; result: Uint8Array<ArrayBuffer> };
  removeEmbedding: { args: [id: number]; result: null };
  /** Long; sends events. */
  train: { args: [config: RunConfig, device: Device]; result: RunRecord };
  /** Long; sends events. */
  resume: { args: [checkpoint: ArrayBuffer, device: Device]; result: RunRecord };
  expandSweep: { args: [grid: SweepGrid]; result: SweepRun[] };
  sweepTable: {
    args: [grid: SweepGrid, fingerprint: string, records: SweepRecord[], format: SweepFormat];
    result: string;
  };
  recommend: { args: [options: RecommendOptions]; result: Recommendation[] };
  history: { args: [user: number, run: number | null]; result: Item[] };
  runTable: { args: [run: number, side: Side]; result: Table };
  exportRun: {
    args: [run: number, format: RunFormat, side: Side | null];
    result: Uint8Array<ArrayBuffer>;
  };
  checkpoint: { args: [run: number]; result: Uint8Array<ArrayBuffer> };
  removeRun: { args: [run: number]; result: null };
  barabasiAlbert: { args: [options: BarabasiAlbertOptions]; result: SmallGraph };
  randomEdge: { args: [options: RandomEdgeOptions]; result: [number, number] | null };
  /** Long. */
  perturb: { args: [options: PerturbOptions]; result: Perturbation[] };
  theory: { args: [options: TheoryOptions]; result: TheoryMap };
  /** Gives the adapter's name. */
  startGpu: { args: []; result: string };
  loseGpu: { args: []; result: null };
  /** Long; sends events. */
  simulate: { args: [options: SimulateOptions]; result: SimulationRecord };
}

/** What trains a model that is trained over epochs. */
export type Device = 'cpu' | 'gpu';

export type MethodName = keyof Methods;
export type Args<M extends MethodName> = Methods[M]['args'];
export type Result<M extends MethodName> = Methods[M]['result'];

/** What a run tells while it goes on. */
export type RunEvent = TrainEvent | SimulationEvent;

/** What a listener can ask of a running training or experiment. */
export type Control = 'pause' | 'resume' | 'step' | 'stop';

/** A request with its method's arguments. */
export type CallMessage = {
  [M in MethodName]: {
    kind: 'call';
    id: number;
    method: M;
    args: Args<M>;
    /** A run that is to wait for its first `resume` or `step`. */
    paused?: boolean;
  };
}[MethodName];

/** The first request of all. With threads it is followed by one `progress` once the module is loaded. */
export interface StartMessage {
  kind: 'start';
  id: number;
  /** Where the baseline module is; `null` for its usual place. */
  wasmUrl: string | null;
  /** Threads of the pool, and their module as seen from the worker's script; `null` for the baseline module. */
  threads: { count: number; module: string } | null;
}

/** From the client to the worker. */
export type ToWorker =
  | StartMessage
  | CallMessage
  | { kind: 'cancel'; id: number }
  | { kind: 'control'; id: number; action: Control };

/** From the worker to the client. */
export type FromWorker =
  | { kind: 'result'; id: number; value: unknown }
  | { kind: 'error'; id: number; error: ErrorData }
  | { kind: 'progress'; id: number; progress: Progress }
  | { kind: 'event'; id: number; event: RunEvent }
  | { kind: 'failed'; message: string };

/** The result of `start`. */
export interface Started {
  version: string;
  /** Why no faster path was taken is for the client to say, which chose it. */
  path: Omit<ComputePath, 'reasons'>;
}
