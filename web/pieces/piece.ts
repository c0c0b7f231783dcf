// A part of the page that a first visit can do without: fetched when it is first shown, or before, while nothing
// else is to do.

import { Store } from '../store.js';

export interface PieceState {
  phase: 'absent' | 'loading' | 'here' | 'failed';
  error: unknown;
}

/** What a dynamic `import()` brings. Its elements are defined once the phase is `here`. */
export class Piece extends Store<PieceState> {
  readonly #bring: () => Promise<unknown>;

  constructor(bring: () => Promise<unknown>) {
    super({ phase: 'absent', error: null });
    this.#bring = bring;
  }

  /** Fetches the piece unless it is here or on its way. Never rejects: the state says what happened. */
  async load(): Promise<void> {
    const { phase } = this.value;
    if (phase === 'absent' || phase === 'failed') await this.#fetch('failed');
  }

  /** As {@link load}, but nobody has asked for it: what fails is forgotten, and tried again when it is shown. */
  async prefetch(): Promise<void> {
    if (this.value.phase === 'absent') await this.#fetch('absent');
  }

  async #fetch(otherwise: 'failed' | 'absent'): Promise<void> {
    this.set({ phase: 'loading', error: null });
    try {
      await this.#bring();
      this.set({ phase: 'here', error: null });
    } catch (error) {
      this.set({ phase: otherwise, error });
    }
  }
}

/** How long the page must have had nothing to do, where browsers do not say when that is. */
const SETTLED_MS = 300;

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve());
    else setTimeout(resolve, SETTLED_MS);
  });
}

/** Fetches the pieces one after another whenever the page is idle, unless the visitor wants to save data. */
export async function prefetch(pieces: readonly Piece[]): Promise<void> {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  if (connection?.saveData) return;
  for (const piece of pieces) {
    await idle();
    await piece.prefetch();
  }
}
