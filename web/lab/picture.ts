// From the live graph's numbers to its picture: colours, sizes, bars.

import type { NodeLink } from '../charts/node-link.js';
import type { Perturbation } from '../engine/types.js';
import type { LiveChoice } from './choice.js';
import { difference, neighbours } from './edges.js';
import type { LiveState } from './live.js';

/** Columns whose values stand as bars on every node, as in the paper's figure 1. */
export const BARS = 4;

export function resultOf({ results }: LiveState, name: string): Perturbation | undefined {
  return results.find((r) => r.method.name === name);
}

/** The picture of what `state` holds, as `choice` wants it shown. */
export function picture(state: LiveState, choice: LiveChoice): NodeLink | null {
  const { graph, before, after } = state;
  if (!graph) return null;
  const { nodes } = graph;
  const degrees = neighbours(nodes, after).map((list) => list.length);
  const result = resultOf(state, choice.method);
  const { added, removed } = difference(before, after);
  const most = Math.max(...degrees, 1);
  return {
    nodes,
    layout: graph.edges,
    edges: after,
    added,
    removed,
    // Bars have colours of their own, which must not lie on others.
    fills: choice.bars ? degrees.map(() => 'var(--card)') : fills(nodes, degrees, result, choice),
    radii: degrees.map((d) => (choice.sized ? 3.5 + 9 * Math.sqrt(d / most) : 6.5)),
    bars: choice.bars && result ? bars(nodes, result) : null,
  };
}

function fills(
  nodes: number,
  degrees: readonly number[],
  result: Perturbation | undefined,
  { colour, column, measure }: LiveChoice,
): string[] {
  const list = Array.from({ length: nodes }, (_, i) => i);
  if (colour === 'degree') {
    const [low, high] = [Math.max(1, Math.min(...degrees)), Math.max(2, ...degrees)];
    const share = (d: number) => Math.log(Math.max(d, low) / low) / Math.log(high / low || 2);
    return list.map((i) => tint('--accent', share(degrees[i] ?? 0)));
  }
  if (!result) return list.map(() => 'var(--card)');
  if (colour === 'change') {
    const changes = result[measure];
    const most = Math.max(...changes);
    // The square root: beside one node that jumps, those that move a little are still seen to move.
    return list.map((i) => tint('--series-2', most > 0 ? Math.sqrt((changes[i] ?? 0) / most) : 0));
  }
  const values = columnOf(result, column);
  const most = Math.max(...values.map(Math.abs)) || 1;
  return values.map((v) => tint(v < 0 ? '--series-1' : '--series-2', Math.abs(v) / most));
}

/** Column `column` (from 1) of the embedding after the change; the last one where there are fewer. */
export function columnOf({ after, values_after }: Perturbation, column: number): number[] {
  const dim = values_after.length;
  const at = Math.min(column, dim) - 1;
  return Array.from({ length: after.length / dim }, (_, i) => after[i * dim + at] ?? 0);
}

function tint(colour: string, share: number): string {
  return `color-mix(in srgb, var(${colour}) ${Math.round(100 * Math.min(1, share))}%, var(--card))`;
}

function bars(nodes: number, result: Perturbation): number[][] {
  const count = Math.min(BARS, result.values_after.length);
  const columns = Array.from({ length: count }, (_, k) => columnOf(result, k + 1));
  const most = columns.map((c) => Math.max(...c.map(Math.abs)) || 1);
  return Array.from({ length: nodes }, (_, i) =>
    columns.map((c, k) => (c[i] ?? 0) / (most[k] ?? 1)),
  );
}

/** The nodes whose rows have changed most, largest change first. */
export function movers(result: Perturbation, measure: LiveChoice['measure'], most: number) {
  const changes = result[measure];
  return [...changes.keys()]
    .filter((i) => (changes[i] ?? 0) > 1e-9)
    .sort((a, b) => (changes[b] ?? 0) - (changes[a] ?? 0) || a - b)
    .slice(0, most)
    .map((node) => ({ node, change: changes[node] ?? 0 }));
}
