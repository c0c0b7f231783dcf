// One engine for all elements of a page that name the same files.

import { Warren } from '../engine/client.js';

export interface Share {
  warren: Promise<Warren>;
  /** Ends the engine when nobody else has a share. */
  release(): void;
}

interface Engine {
  warren: Promise<Warren>;
  shares: number;
}

const engines = new Map<string, Engine>();

/** A share of the page's engine, started with the first one. Never with threads: those need special headers. */
export function share(wasmUrl: string | null, workerUrl: string | null): Share {
  const key = JSON.stringify([wasmUrl, workerUrl]);
  const engine = engines.get(key) ?? begin(key, wasmUrl, workerUrl);
  engine.shares++;
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    engine.shares--;
    if (engine.shares > 0) return;
    forget(key, engine);
    engine.warren.then(
      (warren) => warren.close(),
      () => {},
    );
  };
  return { warren: engine.warren, release };
}

function begin(key: string, wasmUrl: string | null, workerUrl: string | null): Engine {
  const worker = workerUrl ?? workerElsewhere();
  const warren = Warren.start({
    threads: false,
    ...(wasmUrl === null ? {} : { wasmUrl }),
    ...(worker === null ? {} : { workerUrl: worker }),
  });
  const engine: Engine = { warren, shares: 0 };
  engines.set(key, engine);
  // Whoever comes after a failure starts another one.
  warren.then(
    ({ ended }) => ended.then(() => forget(key, engine)),
    () => forget(key, engine),
  );
  return engine;
}

function forget(key: string, engine: Engine): void {
  if (engines.get(key) === engine) engines.delete(key);
}

/**
 * The worker's address where this module comes from another origin, else `null`: a browser starts no worker
 * from elsewhere by itself, but the engine can if it is told the address. Bundlers must not follow it.
 */
function workerElsewhere(): string | null {
  const here: string = import.meta.url;
  return new URL(here).origin === location.origin ? null : new URL('worker.js', here).href;
}
