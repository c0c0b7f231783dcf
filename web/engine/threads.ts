// Whether the engine can have threads here, and how many; if not, why not, in a sentence for people.

/**
 * Where the module with threads lies, seen from the worker's script; `null` in a build without it. The bundler
 * puts it in; where no bundler has been (unit tests) there is none.
 */
declare const WARREN_THREADS: string | null;
export const THREADS_MODULE = typeof WARREN_THREADS === 'undefined' ? null : WARREN_THREADS;

/** What is asked for: none, a number, or as many as are of use. */
export type ThreadsOption = false | 'auto' | number;

export interface ThreadsPlan {
  /** Threads of the pool; 0 for the baseline module. */
  threads: number;
  /** Why there are none. */
  why: string;
}

/** More share the memory's bandwidth without gaining, and each costs a worker. */
const AUTO_MOST = 8;
/** The most that can be asked for. */
export const MOST_THREADS = 64;

/** A module with one function: `i8x16.relaxed_swizzle(splat(1), splat(2))`. */
const RELAXED_SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15,
  65, 2, 253, 15, 253, 128, 2, 11,
]);

export function planThreads(option: ThreadsOption): ThreadsPlan {
  const why = missing(option);
  if (why !== null) return { threads: 0, why: `One thread: ${why}.` };
  const cores = navigator.hardwareConcurrency;
  return {
    threads:
      option === 'auto' ? Math.min(cores, AUTO_MOST) : Math.min(Number(option), MOST_THREADS),
    why: '',
  };
}

/** What hinders threads, as the rest of a sentence; `null` if nothing does. */
function missing(option: ThreadsOption): string | null {
  if (option === false || option === 0) return 'no more were asked for';
  if (THREADS_MODULE === null)
    return 'this copy of Warren was built without its module with threads';
  const unable = lacking();
  if (unable !== null) return unable;
  if (!globalThis.crossOriginIsolated || typeof SharedArrayBuffer === 'undefined')
    return 'the page is not cross-origin isolated, so browsers do not let threads share memory';
  if (option === 'auto' && !severalCores()) return 'this machine shows one processor core';
  return null;
}

/** What this browser lacks for threads whatever the page's headers are; `null` if nothing. */
export function lacking(): string | null {
  if (!WebAssembly.validate(RELAXED_SIMD))
    return "this browser does not know WebAssembly's relaxed SIMD, which the module with threads uses";
  if (typeof BroadcastChannel === 'undefined')
    return 'this browser has no BroadcastChannel, by which threads report failures';
  return null;
}

export function severalCores(): boolean {
  return navigator.hardwareConcurrency > 1;
}
