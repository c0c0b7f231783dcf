// The two embeddings that the graph room compares.

import type { Embedding, EmbedOptions, GraphSummary, Progress } from '../engine/types.js';
import { state } from '../state.js';
import { Store } from '../store.js';
import { data, table } from './data.js';
import { isCancelled, warren } from './engine.js';

export const PANELS = ['a', 'b'] as const;
export type Panel = (typeof PANELS)[number];

/** One solve as it went: the largest residual of the wanted pairs after so many seconds. */
export interface Convergence {
  seconds: number[];
  residual: number[];
}

export interface PanelState {
  phase: 'empty' | 'waiting' | 'solving' | 'ready' | 'failed';
  progress: Progress | null;
  convergence: Convergence;
  embedding: Embedding | null;
  /** What the embedding was computed from; differs from the choice when that has changed since. */
  key: string;
  seconds: number;
  error: unknown;
}

export const EMPTY_PANEL: PanelState = {
  phase: 'empty',
  progress: null,
  convergence: { seconds: [], residual: [] },
  embedding: null,
  key: '',
  seconds: 0,
  error: null,
};

export const embeddings = new Store<Record<Panel, PanelState>>({ a: EMPTY_PANEL, b: EMPTY_PANEL });

/** The engine's own name for the number of neighbours in the graph (`KnnOptions`). */
const NEIGHBOURS = 'k';

/** What is computed for a panel: the choice, with no more dimensions or neighbours than the nodes allow. */
export function optionsOf(panel: Panel): EmbedOptions {
  const { seed, graph } = state.value;
  const { side, dim } = graph;
  const nodes = table(side)?.ids.length ?? 0;
  const init = graph[panel];
  if (nodes < 2) return { side, dim, init, seed };
  const k = init[NEIGHBOURS];
  const fits = typeof k === 'number' ? { ...init, [NEIGHBOURS]: Math.min(k, nodes - 1) } : init;
  return { side, dim: Math.min(dim, nodes), init: fits, seed };
}

/** Where the data allow less than was chosen: one sentence each. */
export function lowered(): string[] {
  const { graph } = state.value;
  const said = PANELS.flatMap((panel) => {
    const { dim, init } = optionsOf(panel);
    const [k, wanted] = [init[NEIGHBOURS], graph[panel][NEIGHBOURS]];
    return [
      ...(dim < graph.dim ? [`${dim} dimensions are used, not ${graph.dim}.`] : []),
      ...(k !== wanted ? [`${k} neighbours are used, not ${wanted}.`] : []),
    ];
  });
  return [...new Set(said)];
}

function keyOf(panel: Panel): string {
  return `${data.value.version} ${JSON.stringify(optionsOf(panel))}`;
}

/** True if the panel shows exactly what is chosen now. */
export function isCurrent(panel: Panel): boolean {
  const { embedding, key } = embeddings.value[panel];
  return embedding !== null && key === keyOf(panel);
}

export function graphOf(): GraphSummary | null {
  return embeddings.value.b.embedding?.graph ?? embeddings.value.a.embedding?.graph ?? null;
}

/** Milliseconds between two drawings of progress. */
const REDRAW = 120;

let abort: AbortController | null = null;

export function cancelEmbeddings(): void {
  abort?.abort();
  abort = null;
  for (const panel of PANELS) {
    const { phase, embedding } = embeddings.value[panel];
    if (phase === 'solving' || phase === 'waiting')
      put(panel, { phase: embedding ? 'ready' : 'empty', progress: null });
  }
}

function put(panel: Panel, patch: Partial<PanelState>): void {
  embeddings.update({ [panel]: { ...embeddings.value[panel], ...patch } });
}

/** Computes the panels that are out of date, one after the other. */
export async function computeEmbeddings(): Promise<void> {
  cancelEmbeddings();
  abort = new AbortController();
  const { signal } = abort;
  const wanted = PANELS.filter(
    (panel) => !isCurrent(panel) || embeddings.value[panel].phase === 'failed',
  );
  for (const panel of wanted) put(panel, { phase: 'waiting', error: null, progress: null });
  for (const panel of wanted) {
    if (signal.aborted) return;
    await compute(panel, signal);
  }
}

async function compute(panel: Panel, signal: AbortSignal): Promise<void> {
  const key = keyOf(panel);
  const convergence: Convergence = { seconds: [], residual: [] };
  const started = performance.now();
  let drawn = 0;
  put(panel, { phase: 'solving', convergence });
  const onProgress = (progress: Progress) => {
    if (signal.aborted) return;
    if (progress.residuals?.length) {
      convergence.seconds.push(progress.seconds);
      convergence.residual.push(Math.max(...progress.residuals));
    }
    // A solver reports faster than anybody reads; drawing each report would only hold up the page.
    const now = performance.now();
    if (now - drawn < REDRAW) return;
    drawn = now;
    put(panel, { progress, convergence: { ...convergence } });
  };
  try {
    const embedding = await warren().embed(optionsOf(panel), { signal, onProgress });
    if (signal.aborted) return;
    const seconds = (performance.now() - started) / 1000;
    put(panel, { phase: 'ready', progress: null, convergence, embedding, key, seconds });
  } catch (error) {
    if (signal.aborted || isCancelled(error)) return;
    put(panel, { phase: 'failed', progress: null, error });
  }
}

// A handle dies with the data it was made from: other data, other split, nothing left to show.
let version = 0;
data.subscribe(({ version: now }) => {
  if (now === version) return;
  version = now;
  cancelEmbeddings();
  embeddings.set({ a: EMPTY_PANEL, b: EMPTY_PANEL });
});

/** A link that opens in the graph room shows its embeddings without being asked. */
export function embedsOnLink(): void {
  if (state.value.room === 'graph' && data.value.phase === 'ready') void computeEmbeddings();
}
