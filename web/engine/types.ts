// The data that crosses the border between the page (or a host page) and the engine in its worker.
// Every type here is what Rust serialises; the engine's methods are in client.ts.

/** A parameter's type, range and default, as the catalogue states it. */
export type ParamKind =
  | { type: 'float'; min: number; max: number; default: number; log: boolean }
  | { type: 'int'; min: number; max: number; default: number }
  | { type: 'bool'; default: boolean }
  | { type: 'choice'; options: string[]; default: string }
  /** `pattern`: a regular expression that the text fits; empty where any may do. */
  | { type: 'text'; pattern: string; default: string };

export type Param = { name: string; title: string; doc: string; unit: string } & ParamKind;

/** One method: a model, initialisation, loss, regulariser, optimizer, metric, format or split. */
export interface Method {
  name: string;
  title: string;
  doc: string;
  formula: string;
  source: string;
  params: Param[];
}

/** The sections of a configuration that not every model reads. */
export type ModelSection = 'init' | 'loss' | 'regularizer' | 'optimizer' | 'train';

/** A model says also whether it is trained over epochs, and which of these sections it reads. */
export interface ModelMethod extends Method {
  /** Trained over epochs, on the CPU or on the GPU. */
  iterative: boolean;
  sections: ModelSection[];
}

/** A whole configuration under a name, e.g. "MF-BPR on MovieLens-latest-small". */
export interface Preset {
  name: string;
  title: string;
  doc: string;
  config: RunConfig;
}

export interface Catalog {
  models: ModelMethod[];
  inits: Method[];
  losses: Method[];
  regularizers: Method[];
  optimizers: Method[];
  metrics: Method[];
  formats: Method[];
  splits: Method[];
  similarities: Method[];
  builtin: Method[];
  /** The sections of a configuration that belong to no method. */
  data: Method;
  train: Method;
  evaluate: Method;
  presets: Preset[];
}

export type Section = { name: string } & Record<string, number | string | boolean>;
export type Values = Record<string, number | string | boolean>;

/** A run's configuration: one format for the page, this API and the CLI. Missing keys take defaults. */
export interface RunConfig {
  seed?: number;
  data?: Values;
  model: Section;
  init?: Section;
  loss?: Section;
  regularizer?: Section;
  optimizer?: Section;
  train?: Values;
  evaluate?: Values;
}

export type Side = 'user' | 'item';

export interface Progress {
  stage: string;
  done: number;
  total?: number;
  unit: string;
  residuals?: number[];
  /** Seconds since the work began. */
  seconds: number;
  /** Estimated seconds left, once there is something to go by. */
  seconds_left?: number;
}

/** How to read a delimited or JSONL file: which column (name, or number from 1) is what. */
export interface ColumnMapping {
  delimiter?: string;
  header?: boolean;
  user: string;
  item: string;
  rating?: string;
  time?: string;
}

export interface LoadOptions {
  /** Name of a format of the catalogue; found from the name and the first lines when absent. */
  format?: string;
  mapping?: ColumnMapping;
}

/** A file's first rows and what the engine makes of it, for the mapping step. */
export interface Preview {
  format: string | null;
  delimiter: string | null;
  header: boolean;
  columns: string[];
  rows: string[][];
  /** The guess at a mapping; `null` where the columns are not clear. */
  mapping: ColumnMapping | null;
}

export interface LoadSummary {
  name: string;
  format: string;
  users: number;
  items: number;
  interactions: number;
  repeated: number;
  has_ratings: boolean;
  has_times: boolean;
  has_titles: boolean;
  genres: string[];
  fingerprint: string;
  seconds: number;
}

/** What filter and split left: `users items interactions train validation test` and the long tail. */
export interface DataSummary {
  users: number;
  items: number;
  interactions: number;
  train: number;
  validation: number;
  test: number;
  density: number;
  items_without_training_interaction: number;
  dropped: { users: number; items: number; interactions: number };
  /** Share of training interactions that fall on the 25 % of users (items) with the fewest. */
  tail_share: { user: number; item: number };
  /** Largest training count of a tail user (item). */
  tail_max: { user: number; item: number };
  strata: { popular: number; neutral: number; unpopular: number };
  time_range: [number, number] | null;
}

/** Training counts of every user and item, and labels, as typed arrays in the engine's numbering. */
export interface SideTable {
  side: Side;
  ids: string[];
  titles: string[];
  /** Index into `genre_names` of the first genre; -1 where unknown. */
  genres: Int32Array;
  genre_names: string[];
  counts: Uint32Array;
}

export interface GraphSummary {
  nodes: number;
  edges: number;
  weight_sum: number;
  d_max: number;
  d_min: number;
  isolated: number;
  components: number;
}

/** A KNN graph in numbers, with the degree Σ W of every node. */
export interface KnnGraph extends GraphSummary {
  degrees: Float64Array;
}

export interface EmbedOptions {
  side: Side;
  init: Section;
  dim: number;
  seed?: number;
}

export interface Embedding {
  /** Handle for exports and neighbours; valid until other data is loaded. */
  id: number;
  side: Side;
  init: Section;
  rows: number;
  dim: number;
  /** rows × dim, row-major. */
  vectors: Float32Array;
  /** Eigenvalues (ascending; the zero columns of isolated nodes under LE come last) or singular values (descending); empty for random tables. */
  values: number[];
  residuals: number[];
  products: number;
  graph: GraphSummary | null;
  degrees: Float64Array | null;
  seconds: Record<string, number>;
}

export type Metrics = Record<string, number>;

/** Users or items of like frequency, and the strengths of L2 that were learnt for them (KDD 2019, figures 7 and 8). */
export interface LambdaGroup {
  /** Fewest and most training interactions in the group. */
  from: number;
  to: number;
  /** How many users or items. */
  count: number;
  /** Mean over the group of each one's mean over the dimensions. */
  mean: number;
  /** Standard deviation within the group. */
  deviation: number;
}

/** Λ of the regularisers `lambda-opt` and `sgda` at the end of an epoch. */
export interface LambdaGroups {
  /** Twelve groups of like size, the least active first; one group of all where users have no strengths of their own. */
  user: LambdaGroup[];
  /** The same for items, the least popular first. */
  item: LambdaGroup[];
  /** Smallest and largest strength of all; never below 0. */
  range: [number, number];
}

export interface EpochRecord {
  epoch: number;
  loss: number;
  seconds: number;
  pairs_per_second: number;
  validation?: Metrics;
  /** Only where strengths are learnt. */
  lambda?: LambdaGroups;
}

export type TrainEvent =
  | {
      type: 'start';
      run: number;
      config: RunConfig;
      epochs: number;
      steps_per_epoch: number;
      resumed_epoch: number;
    }
  | ({ type: 'progress' } & Progress)
  | ({ type: 'epoch' } & EpochRecord)
  /** The GPU failed; a new `start` follows, from the last state that was brought to safety. */
  | { type: 'fallback'; reason: string }
  | { type: 'paused' }
  | { type: 'resumed' }
  | {
      type: 'done';
      run: number;
      reason: 'epochs' | 'patience' | 'stopped';
      best_epoch: number;
      record: RunRecord;
    };

/** A run's record: what the CLI's `--report` writes and the page downloads. */
export interface RunRecord {
  warren: string;
  config: RunConfig;
  data: { name: string; fingerprint: string } & Record<string, unknown>;
  metrics: { test: Metrics; validation: Metrics };
  history: EpochRecord[];
  best_epoch: number;
  reason: string;
  seconds: Record<string, number>;
  /** What trained it, for models that any device can train; with a reason if the GPU failed on the way. */
  device?: { name: 'cpu' | 'webgpu'; adapter?: string; fallback?: string };
}

/** A grid of settings × seeds, as `warren sweep --grid` reads it; `Sweep::parse` of the crate says what it means. */
export interface SweepGrid {
  /** What all runs share; without a model each run has to name one. */
  base?: Partial<RunConfig>;
  /** `SECTION.NAME` and its values: the full product. */
  grid?: Record<string, (number | string | boolean)[]>;
  /** Combinations that are no full product; each meets the whole grid. */
  runs?: Record<string, number | string | boolean | Values>[];
  seeds?: number[];
  /** Leaves keys out where a combination's methods do not take them; otherwise they are errors. */
  skip_unknown?: boolean;
  /** Metrics of the table: `HR@10` of the test part, `validation HR@10` of the validation part. */
  metrics?: string[];
}

/** One run of a grid. */
export interface SweepRun {
  label: string;
  /** Complete, with its seed: an argument of `train`. */
  config: RunConfig;
}

export type SweepFormat = 'txt' | 'csv' | 'md' | 'tex' | 'json';

/** A sweep's results in the format `json`. */
export interface SweepTable {
  keys: string[];
  metrics: string[];
  /** Seeds of each row. */
  seeds: number;
  rows: {
    /** The value of each key as text; `–` where it does not apply. */
    settings: string[];
    /** How many of the row's runs are done. */
    runs: number;
    metrics: Record<string, { mean: number | null; deviation: number | null; values: number[] }>;
  }[];
}

export interface Recommendation extends Item {
  score: number;
  /** Items of the user's history nearest to this one: why it was recommended. */
  because: (Item & { similarity: number })[];
}

export type TableFormat = 'npy' | 'safetensors' | 'csv';

/** A table of vectors: `rows × dim`, row-major. */
export interface Table {
  side: Side;
  rows: number;
  dim: number;
  vectors: Float32Array;
}

/** What can be exported of a run: its record, both tables, or one side's table. */
export type RunFormat = 'json' | TableFormat;

/** A node of an embedding and how near it lies (cosine, −1 to 1). */
export interface Neighbour {
  row: number;
  similarity: number;
}

/** An item in the engine's numbering with its id in the file and, where known, its title. */
export interface Item {
  item: number;
  id: string;
  title: string;
}

/** A seeded Barabási–Albert graph: `attach` nodes without edges, each further node joins `attach` earlier ones. */
export interface BarabasiAlbertOptions {
  /** 2 to 2,000; 100 when absent. */
  nodes?: number;
  /** Fewer than `nodes`; 10 when absent. */
  attach?: number;
  /** A whole number below 2⁵³; 123 when absent. */
  seed?: number;
}

/** An undirected graph without weights. */
export interface SmallGraph {
  nodes: number;
  /** Pairs a0, b0, a1, b1, … with a < b, ascending. */
  edges: Uint32Array;
}

/** A Laplacian whose eigenvectors embed a graph's nodes. */
export interface SpectralMethod {
  name: 'le' | 'leporid';
  /** Only for LEPORID: 0 to 1; 0.5 when absent. */
  alpha?: number;
  /** The normalised Laplacian; `false` when absent, as in figure 2. */
  normalised?: boolean;
}

/** The experiment of figure 2: `repeats` new edges at every node of `graphs` graphs. */
export interface SimulateOptions extends BarabasiAlbertOptions {
  /** 50 when absent. */
  graphs?: number;
  /** New edges tried at every node; 30 when absent. */
  repeats?: number;
  /** Eigenvectors, at most `nodes`; 40 when absent. */
  dim?: number;
  /** One to six; LE when absent. All are measured on the same graphs and edges. */
  methods?: SpectralMethod[];
}

/** Mean over the nodes of one degree (before the insertion), with the standard error over nodes. */
export interface DegreePoint {
  degree: number;
  nodes: number;
  /** ‖u′ − u‖ with the signs of a dense solver. */
  raw: number;
  raw_se: number;
  /** ‖u′ − u‖ with every eigenvector turned to agree with the one before. */
  aligned: number;
  aligned_se: number;
  /** | ‖u′‖ − ‖u‖ |. */
  norm: number;
  norm_se: number;
}

export interface PerturbationCurve {
  method: Required<SpectralMethod>;
  /** Ascending by degree. */
  by_degree: DegreePoint[];
}

export type SimulationEvent =
  | { type: 'start'; config: Required<SimulateOptions> }
  | ({ type: 'progress' } & Progress)
  /** After each graph, with the curves so far. */
  | { type: 'graph'; graphs_done: number; graphs: number; curves: PerturbationCurve[] }
  | { type: 'paused' }
  | { type: 'resumed' }
  | { type: 'done'; reason: 'graphs' | 'stopped'; record: SimulationRecord };

/** An experiment's record: what the CLI's `--report` writes and the page downloads. */
export interface SimulationRecord {
  warren: string;
  config: Required<SimulateOptions>;
  graphs_done: number;
  /** New edges measured, over all nodes and methods. */
  updates: number;
  curves: PerturbationCurve[];
  seconds: Record<string, number>;
}

/** Two graphs on the same nodes. */
export interface PerturbOptions {
  /** At most 2,000. */
  nodes: number;
  /** Edges as pairs a0, b0, a1, b1, …; none twice. */
  before: Uint32Array;
  after: Uint32Array;
  /** Eigenvectors, at most `nodes`; 40 when absent. */
  dim?: number;
  /** One to six. */
  methods: SpectralMethod[];
}

/** What one method makes of both graphs. */
export interface Perturbation {
  method: Required<SpectralMethod>;
  /** The `dim` smallest eigenvalues, ascending. */
  values_before: Float64Array;
  values_after: Float64Array;
  /** nodes × dim, row-major; in each column the entry of largest magnitude is positive. */
  before: Float32Array;
  /** The same after, each column turned to agree with `before`. */
  after: Float32Array;
  /** Change of each node's row: ‖u′ − u‖ with a dense solver's signs, with aligned signs, | ‖u′‖ − ‖u‖ |. */
  raw: Float64Array;
  aligned: Float64Array;
  norm: Float64Array;
}

/** Theorem 3.1 of the KDD 2025 paper and its corollaries, over degree × batch size. */
export interface TheoryOptions {
  /** Training counts r of items, 1 to 512 of them, none above `interactions`. */
  degrees: readonly number[];
  /** Pairs of a batch, 1 to 512 sizes. */
  batch_sizes: readonly number[];
  /** Training interactions N; 1,000,000 when absent. */
  interactions?: number;
  /** η of gradient descent, 0 to 10; 0.1 when absent. */
  learning_rate?: number;
  /** λ, 0 to 10; 0.001 when absent. */
  weight_decay?: number;
  /** Length ‖i‖ of the item's vector before the step, above 0; 1 when absent. */
  length?: number;
  /** Cosine of the angle between item and user, −1 to 1; 0 when absent. */
  cosine?: number;
  /** Which rows decay: `all` (theorem 3.1; when absent) or those of the `batch` (corollary 1). */
  rows?: 'all' | 'batch';
  /** Negatives of each pair (corollary 2); 0 when absent. */
  negatives?: number;
  /** Items n from which the negatives are drawn; 10,000 when absent. */
  items?: number;
}

/** Tables of degrees (rows) × batch sizes (columns), row-major. */
export interface TheoryMap {
  rows: number;
  columns: number;
  /** That the item is in a batch. */
  probability: Float64Array;
  /** Expected change of ‖i‖² in one step. */
  change: Float64Array;
  /** The length that is expected to stay; NaN where there is none. */
  balanced_length: Float64Array;
}

/** Which compute path the engine took on the CPU, and why not a faster one. */
export interface ComputePath {
  /** Which module: only `baseline` gives the same bits in every browser. */
  build: 'baseline' | 'threads';
  simd: true;
  /** Threads that compute. */
  threads: number;
  /** One sentence for each faster path that was not taken. */
  reasons: string[];
}

/** A `WarrenError`'s fields, as they cross the border. */
export interface ErrorData {
  code: ErrorCode;
  /** What is wrong, and where. */
  message: string;
  /** What is wrong, without the place. */
  detail: string;
  file?: string;
  /** Line of the file, from 1. */
  line?: number;
  /** Column of the file: its name, or its number from 1. */
  column?: string;
  /** Dotted key of the configuration, e.g. `optimizer.learning_rate`. */
  key?: string;
  /** The offending value as text. */
  value?: string;
}

/** What `WarrenError.code` can be. */
export type ErrorCode =
  | 'empty-file'
  | 'not-text'
  | 'unknown-format'
  | 'missing-column'
  | 'bad-value'
  | 'bad-archive'
  | 'too-large'
  | 'no-data'
  | 'unknown-name'
  | 'unknown-key'
  | 'out-of-range'
  | 'cancelled'
  | 'not-converged'
  | 'io'
  | 'bad-state'
  | 'engine-failed';
