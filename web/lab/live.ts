// The live graph: generated once for its seed, then compared with what the edits make of it.

import type { Warren } from '../engine/client.js';
import type { Perturbation, SmallGraph } from '../engine/types.js';
import { Store } from '../store.js';
import { conflict, type LiveChoice, liveMethods } from './choice.js';
import { type Edit, edited } from './edges.js';

/** The running engine; starts it where that has not happened yet. */
export type EngineSource = () => Promise<Warren>;

export interface LiveState {
  phase: 'empty' | 'working' | 'ready' | 'failed';
  /** As generated. */
  graph: SmallGraph | null;
  /** The edges that the numbers compare. */
  before: Uint32Array;
  after: Uint32Array;
  /** LE, then LEPORID. */
  results: readonly Perturbation[];
  error: unknown;
}

const EMPTY: LiveState = {
  phase: 'empty',
  graph: null,
  before: new Uint32Array(),
  after: new Uint32Array(),
  results: [],
  error: null,
};

/** Computes what a {@link LiveChoice} asks for; the latest wish alone is followed. */
export class LiveGraph extends Store<LiveState> {
  readonly #engine: EngineSource;
  #abort: AbortController | null = null;
  #graphKey = '';
  #key = '';

  constructor(engine: EngineSource) {
    super(EMPTY);
    this.#engine = engine;
  }

  /** Brings the state up to the choice; without effect if it is. Never rejects. */
  async show(choice: LiveChoice, seed: number): Promise<void> {
    const { nodes, attach, dim, alpha, normalised, edits, since } = choice;
    const graphKey = JSON.stringify([nodes, attach, seed]);
    const key = JSON.stringify([graphKey, dim, alpha, normalised, edits, since]);
    if (key === this.#key) return;
    this.#key = key;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const wrong = conflict(choice);
    if (wrong !== null) {
      this.update({ phase: 'failed', error: new RangeError(wrong) });
      return;
    }
    this.update({ phase: 'working', error: null });
    try {
      const warren = await this.#engine();
      const graph =
        this.#graphKey === graphKey && this.value.graph
          ? this.value.graph
          : await warren.barabasiAlbert({ nodes, attach, seed });
      if (abort.signal.aborted) return;
      const { before, after } = compared(graph.edges, choice);
      const results = await warren.perturb(
        { nodes, before, after, dim, methods: liveMethods(choice) },
        { signal: abort.signal },
      );
      if (abort.signal.aborted) return;
      this.#graphKey = graphKey;
      this.update({ phase: 'ready', graph, before, after, results });
    } catch (error) {
      if (!abort.signal.aborted) this.update({ phase: 'failed', error });
    }
  }

  /** Computes again after a failure. */
  async again(choice: LiveChoice, seed: number): Promise<void> {
    this.#key = '';
    await this.show(choice, seed);
  }

  /** An edge from `node` to one that it is not yet joined to; `null` when there is none. */
  async draw(choice: LiveChoice, seed: number): Promise<Edit | null> {
    const { nodes, node, edits } = choice;
    const { graph } = this.value;
    if (!graph || node < 0) return null;
    const count = edits.filter((e) => e.drawn).length;
    const edges = edited(graph.edges, edits);
    const warren = await this.#engine();
    const found = await warren.randomEdge({ nodes, edges, node, seed, count });
    return found && { a: found[0], b: found[1], drawn: true };
  }

  stop(): void {
    this.#abort?.abort();
    this.#key = '';
  }
}

function compared(edges: Uint32Array, { edits, since }: LiveChoice) {
  return {
    before: since === 'start' ? edges : edited(edges, edits.slice(0, -1)),
    after: edited(edges, edits),
  };
}
