// The public API: `Warren` starts the engine in a worker and asks it for things.
//
// Nothing here knows the page, so this is the package's API as well as the page's.

import { Channel, type Listeners } from './channel.js';
import { WarrenError } from './errors.js';
import type {
  Args,
  Device,
  KnnOptions,
  MethodName,
  RandomEdgeOptions,
  RecommendOptions,
  Result,
  RunEvent,
  Source,
  Started,
  SweepRecord,
} from './protocol.js';
import type { RunLink } from './run.js';
import { SimulationRun } from './simulation-run.js';
import { planThreads, THREADS_MODULE, type ThreadsOption } from './threads.js';
import { TrainRun } from './train-run.js';
import type {
  BarabasiAlbertOptions,
  Catalog,
  ComputePath,
  DataSummary,
  Embedding,
  EmbedOptions,
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

export { SimulationRun, TrainRun, WarrenError };

/** The seed of a configuration that gives none. */
const DEFAULT_SEED = 123;

/** Options of every call that can take long. */
export interface CallOptions {
  /** Cancels the call: it rejects at once with code `"cancelled"`. */
  signal?: AbortSignal;
  /** Told how far the work has come, 10 to 20 times a second. */
  onProgress?: (progress: Progress) => void;
}

/** Options of a call that can be steered. */
export interface RunOptions extends CallOptions {
  /**
   * The run begins with a pause: `step()` then does its first epoch or graph and no more. A `step()` of a run
   * that is already going may come after several short ones.
   */
  paused?: boolean;
}

/** Options of a training. */
export interface TrainOptions extends RunOptions {
  /**
   * What trains a model that learns over epochs (`iterative` in the catalogue): the CPU (the default), or
   * the GPU as {@link Warren.startGpu} finds it. If the GPU fails, the run goes on on the CPU with nothing lost; an
   * event `fallback` and the record's `device` say so.
   */
  device?: Device;
}

/** Where the engine's files are; by default beside this module. */
export interface StartOptions {
  /** URL of `worker.js`. It may be of another origin if the page's CSP lets `blob:` workers start. */
  workerUrl?: string | URL;
  /** URL of `warren_bg.wasm`. */
  wasmUrl?: string | URL;
  /**
   * Threads to compute with: `false` (the default) for the baseline module with one, a number, or `"auto"`
   * for as many as are of use. They need a page that is cross-origin isolated and the folder `threads/` beside
   * the worker; where they cannot be had or do not start, the baseline module is used and
   * {@link Warren.path} says why.
   */
  threads?: ThreadsOption;
  /** Gives up starting. */
  signal?: AbortSignal;
}

/** How long the threads of a module that is loaded may take to start. */
const THREADS_LIMIT_MS = 15_000;

/** What {@link Warren.load} reads: a file, several that belong together, a response, or a URL to fetch. */
export type LoadSource = Blob | Response | URL | readonly File[];

/**
 * The recommender engine, in a worker of its own.
 *
 * Calls that change the data (`load`, `loadBuiltin`, `prepare`) run one after another in the order in
 * which they were made; all others wait for those made before them and then work on the data as it was
 * then. Long calls beside each other (two trainings, an embedding during a training) take turns on the
 * engine's thread, so nothing has to be awaited for another call to be answered.
 *
 * Every method rejects with a {@link WarrenError}. None waits for ever: if the engine breaks down, all
 * open calls reject with code `"engine-failed"`, and so do later ones; then start another.
 *
 * @example
 * ```ts
 * const warren = await Warren.start();
 * await warren.load(file);                                   // a File from an <input> or a drop
 * await warren.prepare({ min_user: 5, split: "random:0.8,0.1,0.1" }, 123);
 * const users = await warren.embed({ side: "user", init: { name: "leporid", k: 50 }, dim: 32 });
 * console.log(users.values, users.residuals, users.vectors.length);
 * warren.close();
 * ```
 */
export class Warren {
  /** Version of the engine. */
  readonly version: string;
  /** The compute path taken, and why not a faster one. */
  readonly path: ComputePath;
  /** Resolves, with the reason, when the engine has broken down or was closed. Never rejects. */
  readonly ended: Promise<WarrenError>;

  readonly #channel: Channel;

  private constructor(channel: Channel, started: Started, reasons: string[]) {
    this.#channel = channel;
    this.version = started.version;
    this.path = { ...started.path, reasons };
    this.ended = channel.ended;
  }

  /**
   * Starts an engine in a new worker.
   *
   * @throws {@link WarrenError} `engine-failed` if the worker or the module does not load.
   */
  static async start(options: StartOptions = {}): Promise<Warren> {
    const { threads, why } = planThreads(options.threads ?? false);
    if (threads === 0) return Warren.#start(options, 0, [why]);
    try {
      return await Warren.#start(options, threads, []);
    } catch (e) {
      if (options.signal?.aborted) throw e;
      // Another worker: nobody knows what is left in the one that failed.
      const reason = e instanceof Error ? e.message : String(e);
      return Warren.#start(options, 0, [
        `One thread: ${threads} threads failed to start (${reason}).`,
      ]);
    }
  }

  static async #start(options: StartOptions, threads: number, reasons: string[]): Promise<Warren> {
    const { workerUrl, wasmUrl, signal } = options;
    const url = wasmUrl === undefined ? null : new URL(wasmUrl, document.baseURI).href;
    const name = `warren-${Math.random().toString(36).slice(2)}`;
    const channel = new Channel(spawn(workerUrl, name));
    const module = threads > 0 ? THREADS_MODULE : null;
    if (module !== null) listenForAlarm(channel, name);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onProgress = () => {
      const late = `they took more than ${THREADS_LIMIT_MS / 1000} s`;
      timer = setTimeout(() => channel.end(late), THREADS_LIMIT_MS);
    };
    try {
      const pool = module === null ? null : { count: threads, module };
      const started = await channel.start<Started>(url, pool, { signal, onProgress });
      return new Warren(channel, started, reasons);
    } catch (e) {
      channel.end('the engine did not start');
      throw e;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Every model, initialisation, loss, …, with its parameters, their ranges and its formula. */
  catalog(): Promise<Catalog> {
    return this.#call('catalog', []);
  }

  /** The JSON schema of a {@link RunConfig}. */
  schema(): Promise<object> {
    return this.#call('schema', []);
  }

  /** A file's first rows and a guess at its columns, without loading it. */
  preview(file: Blob & { readonly name?: string }, options: LoadOptions = {}): Promise<Preview> {
    return this.#call('preview', [blobSource(file), options]);
  }

  /**
   * Loads interactions; replaces what was loaded before once it has succeeded.
   *
   * Several files are read together: one with interactions and others with the items' titles (such as
   * `movies.csv`). Files are streamed, not truncated; gzip and MovieLens' zips are unpacked.
   *
   * @example
   * ```ts
   * const summary = await warren.load(file, { onProgress: (p) => (bar.value = p.done / (p.total ?? p.done)) });
   * ```
   * @throws {@link WarrenError} with `file`, `line`, `column` and `value` where the data is at fault.
   */
  async load(source: LoadSource, options: LoadOptions & CallOptions = {}): Promise<LoadSummary> {
    const { signal, onProgress, ...how } = options;
    const sources = await toSources(source, signal);
    const streams = sources
      .map((s) => s.body)
      .filter((b): b is ReadableStream<Uint8Array> => !(b instanceof Blob));
    return this.#call('load', [sources, how], { signal, onProgress }, streams);
  }

  /**
   * Loads a built-in data set of the catalogue, such as `southern-women` or the generator `synthetic`;
   * `seed` (123 if absent) is for those that are generated.
   */
  loadBuiltin(
    name: string,
    params: Values = {},
    call: CallOptions & { seed?: number } = {},
  ): Promise<LoadSummary> {
    return this.#call('loadBuiltin', [name, params, call.seed ?? DEFAULT_SEED], call);
  }

  /**
   * Filters and splits the loaded data; embeddings and recommendations work on the outcome. `train` does
   * it by itself from its configuration.
   *
   * @param data the `data` section of a {@link RunConfig}
   * @param seed a whole number below 2⁵³
   */
  prepare(data: Values = {}, seed = DEFAULT_SEED, call: CallOptions = {}): Promise<DataSummary> {
    return this.#call('prepare', [data, seed], call);
  }

  /** Ids, titles, first genres and training counts of all users or items. */
  sideTable(side: Side): Promise<SideTable> {
    return this.#call('sideTable', [side]);
  }

  /** Builds the K-nearest-neighbour graph of users or items and describes it. */
  knnGraph(options: KnnOptions, call: CallOptions = {}): Promise<KnnGraph> {
    return this.#call('knnGraph', [options], call);
  }

  /**
   * Computes the initial embeddings of users or items.
   *
   * @example
   * ```ts
   * const items = await warren.embed(
   *   { side: "item", init: { name: "leporid", alpha: 0.5 }, dim: 64, seed: 7 },
   *   { signal: AbortSignal.timeout(60_000), onProgress: (p) => console.log(p.stage, p.residuals) },
   * );
   * const firstItem = items.vectors.subarray(0, items.dim);
   * ```
   */
  embed(options: EmbedOptions, call: CallOptions = {}): Promise<Embedding> {
    return this.#call('embed', [options], call);
  }

  /** The `n` rows of an embedding nearest to `row` by cosine, best first, `row` itself left out. */
  embeddingNeighbours(id: number, row: number, n: number): Promise<Neighbour[]> {
    return this.#call('embeddingNeighbours', [id, row, n]);
  }

  /** An embedding as a file; rows in the engine's numbering, ids beside them where the format can. */
  async exportEmbedding(id: number, format: TableFormat): Promise<Blob> {
    return toBlob(await this.#call('exportEmbedding', [id, format]), format);
  }

  /** Forgets an embedding and frees its memory. */
  async removeEmbedding(id: number): Promise<void> {
    await this.#call('removeEmbedding', [id]);
  }

  /**
   * Starts training a model; see {@link TrainRun} for its events and its buttons.
   *
   * @example
   * ```ts
   * const stop = new AbortController();
   * const run = warren.train({ seed: 1, model: { name: "mf" }, loss: { name: "bpr" } }, { signal: stop.signal });
   * for await (const e of run) if (e.type === "epoch" && e.loss < 0.1) run.stop();
   * console.log((await run.done).metrics.test);
   * ```
   */
  train(config: RunConfig, call: TrainOptions = {}): TrainRun {
    const args = (): Args<'train'> => [config, call.device ?? 'cpu'];
    return new TrainRun(this.#run<'train', TrainEvent, RunRecord>('train', args, call));
  }

  /** Goes on with a run from its {@link checkpoint}; the data it was made from must be loaded. */
  resume(checkpoint: Blob | ArrayBuffer, call: TrainOptions = {}): TrainRun {
    const bytes = checkpoint instanceof Blob ? checkpoint.arrayBuffer() : checkpoint;
    const args = async (): Promise<Args<'resume'>> => [await bytes, call.device ?? 'cpu'];
    return new TrainRun(this.#run<'resume', TrainEvent, RunRecord>('resume', args, call));
  }

  /**
   * Loads the module with WebGPU, if that is not done, and starts the GPU. Training with `device: "gpu"` does it by
   * itself; call it to know beforehand.
   *
   * @returns the adapter's name
   * @throws {@link WarrenError} `bad-state` with the reason why there is no GPU.
   */
  startGpu(): Promise<string> {
    return this.#call('startGpu', []);
  }

  /** Loses the GPU on purpose, to see what runs make of it. The next {@link startGpu} asks for it anew. */
  async loseGpu(): Promise<void> {
    await this.#call('loseGpu', []);
  }

  /**
   * Checks a grid of settings × seeds and expands it to its runs, in order: arguments for {@link train}.
   *
   * @example
   * ```ts
   * const grid = { base: { model: { name: "mf" } }, grid: { "init.name": ["svd", "leporid"] }, seeds: [1, 2, 3] };
   * const records = [];
   * for (const { config } of await warren.expandSweep(grid)) records.push(await warren.train(config).done);
   * console.log(await warren.sweepTable(grid, records, "md"));
   * ```
   * @throws {@link WarrenError} naming the key, the value and the combination at fault.
   */
  expandSweep(grid: SweepGrid): Promise<SweepRun[]> {
    return this.#call('expandSweep', [grid]);
  }

  /**
   * The results of a grid's runs as text: mean ± sample deviation over the seeds, one row a configuration.
   * Records of other runs, or of other data than the first record's (or `fingerprint`'s), are passed over.
   */
  sweepTable(
    grid: SweepGrid,
    records: readonly SweepRecord[],
    format: SweepFormat,
    fingerprint = records[0]?.data.fingerprint ?? '',
  ): Promise<string> {
    // The rest of a record, its history above all, need not cross to the worker.
    const slim = records.map(({ config, data, metrics }) => ({ config, data, metrics }));
    return this.#call('sweepTable', [grid, fingerprint, slim, format]);
  }

  /** The best items for a user of the data or for anybody with a history, and why. */
  recommend(options: RecommendOptions): Promise<Recommendation[]> {
    return this.#call('recommend', [options]);
  }

  /** The training items of a user, in order of time; of a run's data if `run` is given. */
  history(user: number, run?: number): Promise<Item[]> {
    return this.#call('history', [user, run ?? null]);
  }

  /** A run's learned table of users or items, for models that have one. */
  runTable(run: number, side: Side): Promise<Table> {
    return this.#call('runTable', [run, side]);
  }

  /**
   * A run as a file: its record (`json`), both tables (`safetensors` without `side`), or one side's
   * table (any {@link TableFormat}).
   */
  async exportRun(run: number, format: RunFormat, side?: Side): Promise<Blob> {
    return toBlob(await this.#call('exportRun', [run, format, side ?? null]), format);
  }

  /** A run's whole state, to {@link resume} from: safetensors with configuration and history inside. */
  async checkpoint(run: number): Promise<Blob> {
    return toBlob(await this.#call('checkpoint', [run]), 'safetensors');
  }

  /** Forgets a run and frees its memory; if it is in progress it ends first, with code `"cancelled"`. */
  async removeRun(run: number): Promise<void> {
    await this.#call('removeRun', [run]);
  }

  /** A seeded graph by preferential attachment: the first of an experiment with the same seed. Needs no data. */
  barabasiAlbert(options: BarabasiAlbertOptions = {}): Promise<SmallGraph> {
    return this.#call('barabasiAlbert', [options]);
  }

  /**
   * A new edge at `node`, `[smaller, larger]`, its other end uniform among the nodes it is not joined to; `null`
   * if it is joined to all. `count` is the number of edges drawn before, so that the same steps can be repeated.
   */
  randomEdge(options: RandomEdgeOptions): Promise<[number, number] | null> {
    return this.#call('randomEdge', [options]);
  }

  /**
   * Embeds two graphs on the same nodes by each method, and measures how far every node moves. Needs no data.
   *
   * @example
   * ```ts
   * const { nodes, edges } = await warren.barabasiAlbert({ nodes: 60, attach: 4, seed: 7 });
   * const edge = await warren.randomEdge({ nodes, edges, node: 5, seed: 7, count: 0 });
   * const after = Uint32Array.from([...edges, ...edge]);
   * const [le] = await warren.perturb({ nodes, before: edges, after, dim: 20, methods: [{ name: "le" }] });
   * console.log(le.aligned[5]);
   * ```
   */
  perturb(options: PerturbOptions, call: CallOptions = {}): Promise<Perturbation[]> {
    return this.#call('perturb', [options], call);
  }

  /**
   * How likely items of these degrees are to be in batches of these sizes, and how one step with weight decay is
   * expected to change their squared lengths (KDD 2025, theorem 3.1 and figure 7). Needs no data.
   *
   * @example
   * ```ts
   * const map = await warren.theory({ degrees: [1, 10, 100], batch_sizes: [256, 4096], interactions: 1e6 });
   * console.log(map.change[2 * map.columns + 0]); // of an item with 100 interactions, in batches of 256
   * ```
   */
  theory(options: TheoryOptions): Promise<TheoryMap> {
    return this.#call('theory', [options]);
  }

  /** Starts the perturbation experiment; see {@link SimulationRun} for its events and buttons. Needs no data. */
  simulate(options: SimulateOptions = {}, call: RunOptions = {}): SimulationRun {
    return new SimulationRun(
      this.#run<'simulate', SimulationEvent, SimulationRecord>('simulate', () => [options], call),
    );
  }

  /** Ends the engine and frees its memory; open calls reject with `engine-failed`. */
  close(): void {
    this.#channel.end('the engine was closed');
  }

  #call<M extends MethodName>(
    method: M,
    args: Args<M>,
    listeners: Listeners = {},
    transfer: Transferable[] = [],
  ): Promise<Result<M>> {
    return this.#channel.call(method, args, listeners, transfer).answer;
  }

  /** What a {@link Run} needs of a method that sends events. */
  #run<M extends 'train' | 'resume' | 'simulate', Event extends RunEvent, Outcome>(
    method: M,
    args: () => Args<M> | Promise<Args<M>>,
    call: RunOptions,
  ): RunLink<Event, Outcome & Result<M>> {
    let id: number | null = null;
    return {
      begin: async (onEvent) => {
        const listeners: Listeners = {
          signal: call.signal,
          onEvent(event) {
            if (event.type === 'progress') call.onProgress?.(event);
            // Each method sends events of its own type only.
            onEvent(event as Event);
          },
        };
        const given = args();
        const started = this.#channel.call(
          method,
          given instanceof Promise ? await given : given,
          listeners,
          [],
          call.paused,
        );
        id = started.id;
        return started.answer as Promise<Outcome & Result<M>>;
      },
      control: (action) => {
        if (id !== null) this.#channel.control(id, action);
      },
    };
  }
}

/** A thread that breaks down leaves the engine's worker waiting; it says so to the page, by the worker's name. */
function listenForAlarm(channel: Channel, name: string): void {
  const alarm = new BroadcastChannel(name);
  alarm.onmessage = (e) => channel.end(`the engine failed: a thread broke down: ${e.data}`);
  void channel.ended.then(() => alarm.close());
}

/** A worker from `url`, or from the file beside this module. */
function spawn(url: string | URL | undefined, name: string): Worker {
  // Written out so that bundlers see it, follow it and put the worker beside the bundle.
  if (url === undefined)
    return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name });
  const absolute = new URL(url, document.baseURI);
  if (absolute.origin === location.origin) return new Worker(absolute, { type: 'module', name });
  // A worker must be of the page's origin, but what it imports need not be.
  const stub = new Blob([`import ${JSON.stringify(absolute.href)};`], { type: 'text/javascript' });
  return new Worker(URL.createObjectURL(stub), { type: 'module', name });
}

function blobSource(blob: Blob & { readonly name?: string }): Source {
  return { name: blob.name ?? 'data', body: blob, size: blob.size };
}

async function toSources(source: LoadSource, signal?: AbortSignal): Promise<Source[]> {
  if (source instanceof Blob) return [blobSource(source)];
  if (source instanceof URL) return [await responseSource(await get(source, signal))];
  if (source instanceof Response) return [await responseSource(source)];
  return source.map(blobSource);
}

async function get(url: URL, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, signal ? { signal } : {});
  } catch (e) {
    if (signal?.aborted) throw WarrenError.cancelled();
    throw new WarrenError({
      code: 'io',
      message: `${url.href} could not be fetched: ${String(e)}`,
      file: url.href,
    });
  }
}

async function responseSource(response: Response): Promise<Source> {
  const name =
    decodeURIComponent(
      new URL(response.url || 'data:', location.href).pathname.split('/').pop() ?? '',
    ) || 'data';
  if (!response.ok || !response.body) {
    throw new WarrenError({
      code: 'io',
      message: `${name}: the server answered ${response.status} ${response.statusText}`,
      file: name,
    });
  }
  const length = response.headers.get('content-length');
  // A compressed answer's length is not that of what we read.
  const size = length && !response.headers.has('content-encoding') ? Number(length) : undefined;
  try {
    return withSize(name, streamForTransfer(response.body), size);
  } catch {
    const blob = await response.blob();
    return withSize(name, blob, blob.size);
  }
}

function withSize(name: string, body: Source['body'], size: number | undefined): Source {
  return size === undefined ? { name, body } : { name, body, size };
}

/** `stream` if this browser can transfer streams to a worker; throws otherwise. */
function streamForTransfer(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const probe = new ReadableStream();
  structuredClone(probe, { transfer: [probe] });
  return stream;
}

const MIME: Record<RunFormat, string> = {
  json: 'application/json',
  csv: 'text/csv',
  npy: 'application/octet-stream',
  safetensors: 'application/octet-stream',
};

function toBlob(bytes: Uint8Array<ArrayBuffer>, format: RunFormat): Blob {
  return new Blob([bytes], { type: MIME[format] });
}
