// The map of theorem 3.1 as the engine computes it; the latest wish alone is followed.

import type { TheoryMap, TheoryOptions } from '../engine/types.js';
import type { EngineSource } from '../lab/live.js';
import { Store } from '../store.js';
import { type TheoryChoice, theoryOptions } from './choice.js';

export interface TheoryState {
  phase: 'empty' | 'working' | 'ready' | 'failed';
  /** What the map answers. */
  options: TheoryOptions | null;
  map: TheoryMap | null;
  error: unknown;
}

export class Theory extends Store<TheoryState> {
  readonly #engine: EngineSource;
  #key = '';

  constructor(engine: EngineSource) {
    super({ phase: 'empty', options: null, map: null, error: null });
    this.#engine = engine;
  }

  /** Brings the state up to the choice; without effect if it is. Never rejects. */
  async show(choice: TheoryChoice): Promise<void> {
    const options = theoryOptions(choice);
    const key = JSON.stringify(options);
    if (key === this.#key) return;
    this.#key = key;
    this.update({ phase: 'working', error: null });
    try {
      const map = await (await this.#engine()).theory(options);
      if (key === this.#key) this.update({ phase: 'ready', options, map });
    } catch (error) {
      if (key === this.#key) this.update({ phase: 'failed', error });
    }
  }
}
