// A demo and its share of the page's engine: both begin and end together.

import type { EngineSource } from '../lab/live.js';
import type { Running } from './demo.js';
import type { Common } from './settings.js';
import { share } from './shared-engine.js';

/** Starts the engine, or takes a share of it, for what `build` makes; `onEnd` if the engine breaks down later. */
export async function withEngine<S extends Common>(
  { wasmUrl, workerUrl }: S,
  onEnd: (why: Error) => void,
  build: (engine: EngineSource) => Running<S>,
): Promise<Running<S>> {
  const { warren: starting, release } = share(wasmUrl, workerUrl);
  try {
    const warren = await starting;
    let over = false;
    void warren.ended.then((why) => {
      if (!over) onEnd(why);
    });
    const running = build(() => starting);
    const end = () => {
      over = true;
      running.end();
      release();
    };
    return { ...running, end };
  } catch (error) {
    release();
    throw error;
  }
}
