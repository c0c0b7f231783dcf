import { WarrenError } from './errors.js';
import type {
  Args,
  CallMessage,
  Control,
  FromWorker,
  MethodName,
  Result,
  RunEvent,
  StartMessage,
  ToWorker,
} from './protocol.js';
import type { Progress } from './types.js';

/** What somebody who waits for an answer listens to. */
export interface Listeners {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  onEvent?: ((event: RunEvent) => void) | undefined;
}

interface Pending extends Listeners {
  resolve: (value: never) => void;
  reject: (error: WarrenError) => void;
  onAbort: () => void;
}

/**
 * Requests to one worker and their answers. Every request is settled exactly once: by its answer, by its
 * signal, or by the end of the worker, whichever comes first.
 */
export class Channel {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #end: WarrenError | null = null;
  #announceEnd!: (reason: WarrenError) => void;

  /** Resolves with the reason once the worker has failed or was closed. */
  readonly ended = new Promise<WarrenError>((resolve) => (this.#announceEnd = resolve));

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = (e: MessageEvent<FromWorker>) => this.#receive(e.data);
    worker.onmessageerror = () => this.end('a message from the engine could not be read');
    // A module that does not load gives an event without a message.
    worker.onerror = (e) => this.end(e.message || "the engine's worker could not be loaded");
  }

  /** Starts the engine inside the worker: the baseline one, or one with `threads`. */
  start<T>(
    wasmUrl: string | null,
    threads: StartMessage['threads'],
    listeners: Listeners = {},
  ): Promise<T> {
    const message = (id: number) => ({ kind: 'start' as const, id, wasmUrl, threads });
    return this.#request<T>(message, [], listeners).answer;
  }

  /** Sends one request. The id is for {@link control}. */
  call<M extends MethodName>(
    method: M,
    args: Args<M>,
    listeners: Listeners = {},
    transfer: Transferable[] = [],
    paused = false,
  ): { id: number; answer: Promise<Result<M>> } {
    const how = paused ? { paused } : {};
    // The cast states what TypeScript cannot see: `method` and `args` belong together.
    return this.#request<Result<M>>(
      (id) => ({ kind: 'call', id, method, args, ...how }) as unknown as CallMessage,
      transfer,
      listeners,
    );
  }

  /** Asks something of a run; without effect once it is over. */
  control(id: number, action: Control): void {
    if (this.#pending.has(id)) this.#post({ kind: 'control', id, action });
  }

  /** Ends the worker; whoever waits is rejected with the reason. */
  end(reason: string): void {
    if (this.#end) return;
    this.#end = WarrenError.failed(reason);
    this.#worker.terminate();
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(this.#end);
    this.#announceEnd(this.#end);
  }

  #request<T>(
    message: (id: number) => ToWorker,
    transfer: Transferable[],
    listeners: Listeners,
  ): { id: number; answer: Promise<T> } {
    const id = this.#next++;
    const answer = new Promise<T>((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      if (listeners.signal?.aborted) return reject(WarrenError.cancelled());
      // The caller learns of the cancel at once; the worker stops at its next checkpoint.
      const onAbort = () => {
        this.#settle(id)?.reject(WarrenError.cancelled());
        this.#post({ kind: 'cancel', id });
      };
      this.#pending.set(id, { ...listeners, resolve, reject, onAbort });
      listeners.signal?.addEventListener('abort', onAbort);
      try {
        this.#post(message(id), transfer);
      } catch (e) {
        // Something in the arguments cannot be copied, such as a function.
        this.#settle(id)?.reject(new WarrenError({ code: 'bad-value', message: String(e) }));
      }
    });
    return { id, answer };
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#end) this.#worker.postMessage(message, transfer);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.signal?.removeEventListener('abort', pending.onAbort);
    return pending;
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'failed') this.end(message.message);
    else if (message.kind === 'result') this.#settle(message.id)?.resolve(message.value as never);
    else if (message.kind === 'error')
      this.#settle(message.id)?.reject(new WarrenError(message.error));
    else if (message.kind === 'progress')
      this.#pending.get(message.id)?.onProgress?.(message.progress);
    else this.#pending.get(message.id)?.onEvent?.(message.event);
  }
}
