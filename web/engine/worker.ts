// The worker: holds the engine, alone imports pkg/, and answers the client's messages.
//
// It rejects, never hangs: every request is answered, and a panic or a trap in the module ends the engine
// with one `failed` message, since its memory can no longer be trusted.

import * as baseline from '../../pkg/warren.js';
import { Gpu, type Listener } from './gpu.js';
import type {
  Args,
  CallMessage,
  FromWorker,
  MethodName,
  Result,
  RunEvent,
  Source,
  Started,
  StartMessage,
  ToWorker,
} from './protocol.js';
import type { ErrorData, Progress, RunConfig } from './types.js';

/** What both modules export. */
type Bindings = Pick<typeof baseline, 'Engine' | 'Job'>;
type Engine = baseline.Engine;
type Job = baseline.Job;

/** What the module with threads exports besides. */
interface ThreadBindings extends Bindings {
  default: typeof baseline.default;
  initThreadPool(threads: number): Promise<void>;
  meet(): number;
}

/** What of a worker's global scope is used here; the page's type library describes a window. */
const scope = self as unknown as {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  onmessage: ((e: MessageEvent<ToWorker>) => void) | null;
  addEventListener(type: 'error', f: (e: ErrorEvent) => void): void;
  addEventListener(type: 'unhandledrejection', f: (e: PromiseRejectionEvent) => void): void;
};

let bindings: Bindings = baseline;
let engine: Engine | null = null;
let broken = false;

/** Trains on the GPU, once that is asked for. */
const gpu = new Gpu((message) => fail(message));

/** Jobs of open calls, to cancel and steer them. */
const jobs = new Map<number, Job>();

/**
 * The end of the last call that changes the data. Such calls run one after another, and calls made after
 * them wait for them. All others need no order: each works on the data it found when it began.
 */
let dataReady: Promise<unknown> = Promise.resolve();

const CHANGE_DATA: ReadonlySet<MethodName> = new Set(['load', 'loadBuiltin', 'prepare']);
/** What neither needs the data nor must wait for it. */
const NEED_NO_DATA: ReadonlySet<MethodName> = new Set([
  'catalog',
  'schema',
  'preview',
  'expandSweep',
  'sweepTable',
  'removeRun',
  'barabasiAlbert',
  'randomEdge',
  'perturb',
  'theory',
  'simulate',
  'startGpu',
  'loseGpu',
]);

type Method<M extends MethodName> = (
  engine: Engine,
  job: Job,
  ...args: Args<M>
) => Result<M> | Promise<Result<M>>;

/** How each method is done. The engine's results are typed by the protocol: Rust serialises those types. */
const METHODS: { [M in MethodName]: Method<M> } = {
  catalog: (e) => e.catalog(),
  schema: (e) => e.schema(),
  preview: async (e, _, source, options) => e.preview(source.name, await head(source), options),
  load,
  loadBuiltin: (e, job, name, params, seed) => e.load_builtin(name, params, seed, job),
  prepare: (e, job, data, seed) => e.prepare(data, seed, job),
  sideTable: (e, _, side) => e.side_table(side),
  knnGraph: (e, job, options) => e.knn_graph(options, job),
  embed: (e, job, options) => e.embed(options, job),
  embeddingNeighbours: (e, _, id, row, n) => e.embedding_neighbours(id, row, n),
  exportEmbedding: (e, _, id, format) => bytes(e.export_embedding(id, format)),
  removeEmbedding: (e, _, id) => {
    e.remove_embedding(id);
    return null;
  },
  train: (e, job, config) => e.train(config, job),
  resume: (e, job, checkpoint) => e.resume(new Uint8Array(checkpoint), job),
  expandSweep: (e, _, grid) => e.expand_sweep(grid),
  sweepTable: (e, _, grid, fingerprint, records, format) =>
    e.sweep_table(grid, fingerprint, records, format),
  recommend: (e, _, options) => e.recommend(options),
  history: (e, _, user, run) => e.history(user, run ?? undefined),
  runTable: (e, _, run, side) => e.run_table(run, side),
  exportRun: (e, _, run, format, side) => bytes(e.export_run(run, format, side ?? undefined)),
  checkpoint: async (e, _, run) => bytes((await gpu.checkpoint(run)) ?? (await e.checkpoint(run))),
  removeRun: (e, _, run) => {
    gpu.cancel(run);
    e.remove_run(run);
    return null;
  },
  barabasiAlbert: (e, _, options) => e.barabasi_albert(options),
  randomEdge: (e, _, options) => e.random_edge(options),
  perturb: (e, job, options) => e.perturb(options, job),
  theory: (e, _, options) => e.theory(options),
  simulate: (e, job, options) => e.simulate(options, job),
  startGpu: () => gpu.start(),
  loseGpu: async () => {
    await gpu.lose();
    return null;
  },
};

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case 'start':
      return void answer(data.id, () => start(data));
    case 'call':
      return void call(data);
    case 'cancel':
      return jobs.get(data.id)?.cancel();
    case 'control':
      return jobs.get(data.id)?.[data.action]();
  }
};

// A trap in a task that a promise resumed reaches nobody's `catch`.
scope.addEventListener('error', (e) => fail(e.message));
scope.addEventListener('unhandledrejection', (e) => fail(String(e.reason)));

async function start({ id, wasmUrl, threads }: StartMessage): Promise<Started> {
  if (threads) {
    const { count, module } = threads;
    // The client watches the time from here on: a thread that never comes must not hold up the page.
    bindings = await startThreads(count, module, () => {
      const progress = { stage: 'threads', done: 0, total: count, unit: 'threads', seconds: 0 };
      post({ kind: 'progress', id, progress });
    });
  } else {
    // Without a URL the module lies beside its JavaScript, or where a bundler has put it.
    await baseline.default(wasmUrl === null ? {} : { module_or_path: wasmUrl });
  }
  engine = new bindings.Engine(fail);
  return { version: engine.version(), path: engine.path() };
}

/** Loads the module with threads and sees all of them at work; `onLoaded` comes between the two. */
async function startThreads(
  count: number,
  module: string,
  onLoaded: () => void,
): Promise<Bindings> {
  const here: string = import.meta.url;
  const shared: ThreadBindings = await import(/* @vite-ignore */ new URL(module, here).href);
  await shared.default();
  onLoaded();
  await shared.initThreadPool(count);
  const met = shared.meet();
  if (met !== count) throw new Error(`${met} of ${count} threads came to work`);
  return shared;
}

async function call(message: CallMessage): Promise<void> {
  const { id, method, args } = message;
  const listener: Listener = (kind, value) => {
    if (kind === 'progress') post({ kind, id, progress: value as Progress });
    else post({ kind, id, event: value as RunEvent });
  };
  const job = new bindings.Job(listener);
  const from = onGpu(message);
  jobs.set(id, job);
  // Now, not by a message: work of a few milliseconds would be over before that is heard.
  if (message.paused && from === null) job.pause();
  const before = NEED_NO_DATA.has(method) ? undefined : dataReady;
  const answered = answer(id, async () => {
    await before;
    job.check();
    if (!engine) throw failure('bad-state', 'the engine has not started');
    if (from !== null) {
      const steer = (other: Job) => jobs.set(id, other);
      return gpu.train(engine, { from, paused: message.paused ?? false, job, listener, steer });
    }
    // TypeScript cannot see that `method` and `args` belong together.
    return (METHODS[method] as Method<MethodName>)(engine, job, ...(args as Args<MethodName>));
  });
  if (CHANGE_DATA.has(method)) dataReady = answered;
  await answered;
  jobs.delete(id);
  if (!broken) job.free();
}

/** What a training on the GPU begins with; `null` for all other calls. */
function onGpu(message: CallMessage): RunConfig | Uint8Array | null {
  if (message.method !== 'train' && message.method !== 'resume') return null;
  const [from, device] = message.args;
  if (device !== 'gpu') return null;
  return from instanceof ArrayBuffer ? new Uint8Array(from) : from;
}

/** Runs `work` and posts its result or its error; never rejects. */
async function answer(id: number, work: () => unknown): Promise<void> {
  try {
    const value = await work();
    post({ kind: 'result', id, value }, buffersOf(value));
  } catch (e) {
    if (isErrorData(e)) post({ kind: 'error', id, error: e });
    else if (engine === null)
      post({
        kind: 'error',
        id,
        error: failure('engine-failed', `the module did not load: ${text(e)}`),
      });
    else fail(text(e));
  }
}

async function load(
  engine: Engine,
  job: Job,
  ...[sources, options]: Args<'load'>
): Promise<Result<'load'>> {
  const known = sources.every((s) => s.size !== undefined);
  const total = known ? sources.reduce((sum, s) => sum + (s.size ?? 0), 0) : undefined;
  const loading = engine.begin_load(options, total);
  try {
    for (const source of sources) {
      loading.begin_file(source.name);
      for await (const chunk of chunks(source)) {
        job.check();
        loading.push(chunk, job);
      }
    }
    return await engine.finish_load(loading, job);
  } finally {
    if (!broken) loading.free();
  }
}

/** A source's bytes piece by piece. What reading itself has to say is an error of code `io`. */
async function* chunks(source: Source): AsyncGenerator<Uint8Array> {
  const { body } = source;
  const reader = (body instanceof Blob ? body.stream() : body).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((e: unknown) => {
        throw {
          ...failure('io', `${source.name} could not be read: ${text(e)}`),
          file: source.name,
        };
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Also when the loop is left early: stops a download that nobody reads any more.
    reader.cancel().catch(() => {});
  }
}

/** Enough of a file for its first rows. */
const HEAD_BYTES = 1 << 20;

async function head(source: Source): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks(source)) {
    parts.push(chunk);
    length += chunk.length;
    // A zip's list of contents is at its end: only a whole one can be looked into.
    if (length >= HEAD_BYTES && !source.name.toLowerCase().endsWith('.zip')) break;
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/** Tells the client that the engine has broken down: once, and nothing after it. */
function fail(message: string): void {
  if (broken) return;
  post({ kind: 'failed', message: `the engine failed: ${message}` });
  broken = true;
}

function post(message: FromWorker, transfer: Transferable[] = []): void {
  if (!broken) scope.postMessage(message, transfer);
}

/** The buffers of a result's typed arrays, which were made for it and can be given away. */
function buffersOf(value: unknown): Transferable[] {
  if (Array.isArray(value)) return value.flatMap(buffersOf);
  if (typeof value !== 'object' || value === null) return [];
  const members = ArrayBuffer.isView(value) ? [value] : Object.values(value);
  return members.filter((m) => ArrayBuffer.isView(m)).map((m) => m.buffer as ArrayBuffer);
}

/** The bindings' types do not say that their bytes never lie in shared memory. */
function bytes(array: Uint8Array): Uint8Array<ArrayBuffer> {
  return array as Uint8Array<ArrayBuffer>;
}

function failure(code: ErrorData['code'], message: string): ErrorData {
  return { code, message, detail: message };
}

function isErrorData(e: unknown): e is ErrorData {
  return typeof e === 'object' && e !== null && !(e instanceof Error) && 'code' in e;
}

function text(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}
