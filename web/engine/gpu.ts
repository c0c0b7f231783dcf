// The GPU, in the worker: a second module, loaded when it is first wanted, which trains and nothing else.
//
// The main engine keeps the data and all runs. It prepares a run and gives it a number; the module gets a copy of
// the data and trains; the main engine takes the outcome up under that number. So whatever else is asked about runs
// goes to the main engine, and a lost GPU takes nothing with it.

import type * as baseline from '../../pkg/warren.js';
import type { RunEvent } from './protocol.js';
import type { ErrorData, RunConfig, RunRecord, TrainEvent } from './types.js';

/** Where the module with WebGPU lies, seen from the worker's script; `null` in a build without it. */
declare const WARREN_GPU: string | null;
const GPU_MODULE = typeof WARREN_GPU === 'undefined' ? null : WARREN_GPU;

type Engine = baseline.Engine;
type Job = baseline.Job;
export type Listener = (kind: 'progress' | 'event', value: unknown) => void;

/** What this module's engine can besides. */
type GpuEngine = Engine & { startGpu(name: string): Promise<string>; loseGpu(): void };

interface GpuBindings {
  default(): Promise<unknown>;
  Engine: new (onPanic: (message: string) => void) => GpuEngine;
  Job: typeof baseline.Job;
}

interface Loaded {
  bindings: GpuBindings;
  engine: GpuEngine;
  /** What the browser calls the adapter. */
  name: string;
}

/** Of the browser's WebGPU, what is asked here. */
interface Adapter {
  info?: { vendor: string; architecture: string; description: string };
}

/** A run as the client asked for it. */
export interface Training {
  /** A configuration, or a checkpoint to go on from. */
  from: RunConfig | Uint8Array;
  /** It is to wait for its first `resume` or `step`. */
  paused: boolean;
  /** The main engine's job: for what comes before the training. */
  job: Job;
  listener: Listener;
  /** From now on this job is the one to steer. */
  steer(job: Job): void;
}

type StartEvent = Extract<TrainEvent, { type: 'start' }>;

export class Gpu {
  readonly #onPanic: (message: string) => void;
  #loading: Promise<Loaded> | null = null;
  /** Fingerprint of the data that the module has. */
  #data = '';
  /** The main engine's numbers of the runs under way, with their numbers and jobs here. */
  readonly #runs = new Map<number, { number: number; job: Job }>();

  constructor(onPanic: (message: string) => void) {
    this.#onPanic = onPanic;
  }

  /** Loads the module and starts the GPU, if that is not done. Gives the adapter's name, or says why there is none. */
  async start(): Promise<string> {
    this.#loading ??= this.#load();
    const { engine, name } = await this.#loading.catch((e: unknown) => {
      // A network that was away may be back at the next try.
      this.#loading = null;
      throw e;
    });
    return engine.startGpu(name);
  }

  async lose(): Promise<void> {
    (await this.#loading)?.engine.loseGpu();
  }

  async #load(): Promise<Loaded> {
    if (GPU_MODULE === null)
      throw unavailable('this copy of Warren was built without its module with WebGPU');
    // Before the module is fetched for nothing.
    const { gpu } = navigator as unknown as {
      gpu?: { requestAdapter(): Promise<Adapter | null> };
    };
    if (!gpu) throw unavailable('this browser does not offer WebGPU to this page');
    const adapter = await gpu.requestAdapter();
    if (adapter === null)
      throw unavailable('this browser has WebGPU, but no adapter for it on this machine');
    try {
      const here: string = import.meta.url;
      const bindings: GpuBindings = await import(/* @vite-ignore */ new URL(GPU_MODULE, here).href);
      await bindings.default();
      const engine = new bindings.Engine(this.#onPanic);
      return { bindings, engine, name: nameOf(adapter) };
    } catch (e) {
      throw unavailable(`the module with WebGPU did not load: ${String(e)}`);
    }
  }

  /** Trains on the GPU. The run is the main engine's: it has the number, and in the end the outcome. */
  async train(main: Engine, training: Training): Promise<RunRecord> {
    const { from, job, listener } = training;
    await this.start();
    const { bindings, engine } = await (this.#loading as Promise<Loaded>);
    job.check();
    const run =
      from instanceof Uint8Array
        ? await main.resume_away(from, job)
        : await main.begin_away(from, job);
    try {
      this.#bringData(main, engine);
      const done: RunEvent[] = [];
      const own = new bindings.Job((kind: 'progress' | 'event', value: unknown) => {
        if (kind === 'progress') return listener(kind, value);
        const event = value as RunEvent;
        if (event.type === 'start')
          this.#runs.set(run, { number: (event as StartEvent).run, job: own });
        const known = 'run' in event ? { ...event, run } : event;
        // It is over when the main engine has it.
        if (event.type === 'done') done.push(known as RunEvent);
        else listener(kind, known);
      });
      try {
        if (training.paused) own.pause();
        training.steer(own);
        const record: RunRecord = await (from instanceof Uint8Array
          ? engine.resume(from, own)
          : engine.train(from, own));
        const number = this.#runs.get(run)?.number ?? 0;
        main.adopt_run(run, record, await engine.checkpoint(number));
        engine.remove_run(number);
        for (const event of done) listener('event', event);
        return record;
      } finally {
        this.#runs.delete(run);
        training.steer(job);
        own.free();
      }
    } catch (e) {
      main.remove_run(run);
      throw e;
    }
  }

  #bringData(main: Engine, engine: GpuEngine): void {
    const fingerprint = main.data_fingerprint();
    if (fingerprint === this.#data) return;
    engine.import_data(main.export_data());
    this.#data = fingerprint;
  }

  /** The state of a run under way here; `null` if there is no such run. */
  async checkpoint(run: number): Promise<Uint8Array | null> {
    const own = this.#runs.get(run);
    if (!own || !this.#loading) return null;
    return (await this.#loading).engine.checkpoint(own.number);
  }

  /** Cancels a run, if it is under way here. */
  cancel(run: number): void {
    this.#runs.get(run)?.job.cancel();
  }
}

/** `google swiftshader`: browsers give away little. */
function nameOf({ info }: Adapter): string {
  if (!info) return '';
  return info.description || [info.vendor, info.architecture].filter(Boolean).join(' ');
}

function unavailable(message: string): ErrorData {
  return { code: 'bad-state', message, detail: message };
}
