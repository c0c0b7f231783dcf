// The two embeddings that the graph room compares.

import type { Embedding, EmbedOptions, GraphSummary, Progress, Section } from '../engine/types.js';
import { counted } from '../format.js';
import { state, updateGraph } from '../state.js';
import { Store } from '../store.js';
import { data, table } from './data.js';
import { isCancelled, notify, warren } from './engine.js';

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

export function optionsOf(panel: Panel): EmbedOptions {
  const { seed, graph } = state.value;
  return { side: graph.side, dim: graph.dim, init: graph[panel], seed };
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
  fitToData();
});

let side = state.value.graph.side;
state.subscribe(({ graph }) => {
  if (graph.side === side) return;
  side = graph.side;
  fitToData();
});

/** The engine's own name for the number of neighbours in the graph (`KnnOptions`). */
const NEIGHBOURS = 'k';

/** No more dimensions than nodes and no more neighbours than other nodes; says so where it changes something. */
function fitToData(): void {
  const { graph } = state.value;
  const nodes = table(graph.side)?.ids.length ?? 0;
  if (nodes < 2) return;
  const changes: string[] = [];
  const fit = (name: string, now: number, most: number) => {
    if (now > most) changes.push(`${name}: ${now} were asked for, ${most} are used.`);
    return Math.min(now, most);
  };
  const fitted = (init: Section, panel: string): Section => {
    const k = init[NEIGHBOURS];
    return typeof k === 'number'
      ? { ...init, [NEIGHBOURS]: fit(`${panel}, ${NEIGHBOURS}`, k, nodes - 1) }
      : init;
  };
  const dim = fit('dimensions', graph.dim, nodes);
  const next = {
    dim,
    x: Math.min(graph.x, dim),
    y: Math.min(graph.y, dim),
    a: fitted(graph.a, 'A'),
    b: fitted(graph.b, 'B'),
  };
  if (changes.length === 0) return;
  updateGraph(next);
  notify(
    `With only ${counted(nodes, graph.side)}, some settings of the graph had to be lowered.`,
    changes,
  );
}
/** A link that opens in the graph room shows its embeddings without being asked. */
export function embedsOnLink(): void {
  if (state.value.room === 'graph' && data.value.phase === 'ready') void computeEmbeddings();
}
