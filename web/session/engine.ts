// The engine that the page runs, its catalogue, and what the page has to tell the user about both.

import { Warren } from '../engine/client.js';
import type { ThreadsOption } from '../engine/threads.js';
import type { Catalog } from '../engine/types.js';
import { Store } from '../store.js';

export interface EngineState {
  status: 'starting' | 'ready' | 'failed';
  warren: Warren | null;
  catalog: Catalog | null;
  /** Why the page could not be isolated, where that keeps threads away. */
  notIsolated: string | null;
  error: unknown;
}

export const engine = new Store<EngineState>({
  status: 'starting',
  warren: null,
  catalog: null,
  notIsolated: null,
  error: null,
});

/** Starts the worker and reads the catalogue. Never rejects: the state says what happened. */
export async function startEngine(
  threads: ThreadsOption,
  notIsolated: string | null,
): Promise<Catalog | null> {
  engine.set({ status: 'starting', warren: null, catalog: null, notIsolated, error: null });
  try {
    const warren = await Warren.start({ threads });
    const catalog = await warren.catalog();
    engine.update({ status: 'ready', warren, catalog });
    void warren.ended.then((error) => engine.update({ status: 'failed', error }));
    return catalog;
  } catch (error) {
    engine.update({ status: 'failed', error });
    return null;
  }
}

/** The running engine. Only what is shown when it runs may ask for it. */
export function warren(): Warren {
  const { warren } = engine.value;
  if (!warren) throw new Error('the engine is not running');
  return warren;
}

/** The engine once it runs: for what a person may ask for while it starts. */
export function started(): Promise<Warren> {
  return new Promise((resolve, reject) => {
    const settled = () => {
      const { status, warren, error } = engine.value;
      if (status === 'ready' && warren) resolve(warren);
      if (status === 'failed') reject(error);
      return status !== 'starting';
    };
    if (settled()) return;
    const stop = engine.subscribe(() => {
      if (settled()) stop();
    });
  });
}

/** Messages above the room: what a link could not restore, what storage refused. */
export interface Notice {
  id: number;
  text: string;
  details: string[];
}

let notices_given = 0;
export const notices = new Store<{ list: Notice[] }>({ list: [] });

export function notify(text: string, details: string[] = []): void {
  notices.update({ list: [...notices.value.list, { id: ++notices_given, text, details }] });
}

export function dismiss(id: number): void {
  notices.update({ list: notices.value.list.filter((n) => n.id !== id) });
}

/** True for the error of work that the user cancelled. */
export function isCancelled(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { code?: unknown }).code === 'cancelled'
  );
}
