// Learnt strengths by frequency: lines with a shade (figure 7), a map over epochs (figure 8), and how long the tails of
// the data are (figure 5).

import type { ErrorSeries } from '../charts/error-bars.js';
import type { HeatTable } from '../charts/heat-frame.js';
import type { Point } from '../charts/point-chart.js';
import type { EpochRecord, LambdaGroup, LambdaGroups, Side } from '../engine/types.js';
import { count } from '../format.js';

/** An epoch at whose end the strengths are known. */
export interface Strengths {
  epoch: number;
  lambda: LambdaGroups;
}

/** Lines of figure 7: twelve would lie on top of each other. */
export const LINES = 4;

export function strengths(history: readonly EpochRecord[]): Strengths[] {
  return history.flatMap(({ epoch, lambda }) => (lambda ? [{ epoch, lambda }] : []));
}

/** `groups` in `n` parts, each of neighbours: sizes add up, the deviation is that of all their members. */
export function merged(groups: readonly LambdaGroup[], n: number): LambdaGroup[] {
  const parts = Math.min(n, groups.length);
  return Array.from({ length: parts }, (_, i) => {
    const [from, to] = [i, i + 1].map((k) => Math.round((k * groups.length) / parts));
    return pooled(groups.slice(from, to));
  });
}

function pooled(groups: readonly LambdaGroup[]): LambdaGroup {
  const members = groups.reduce((sum, g) => sum + g.count, 0);
  const each = (value: (g: LambdaGroup) => number) =>
    groups.reduce((sum, g) => sum + g.count * value(g), 0) / members;
  const mean = each((g) => g.mean);
  const variance = each((g) => g.deviation ** 2 + (g.mean - mean) ** 2);
  return {
    from: groups[0]?.from ?? 0,
    to: groups.at(-1)?.to ?? 0,
    count: members,
    mean,
    deviation: Math.sqrt(variance),
  };
}

/** `12–40`, or `12` where all have as many. */
export const span = ({ from, to }: Pick<LambdaGroup, 'from' | 'to'>): string =>
  from === to ? count(from) : `${count(from)}–${count(to)}`;

const MANY: Record<Side, string> = { user: 'users', item: 'items' };

/** Figure 7: a line for each part of the users (items), with the deviation within it. */
export function trajectories(known: readonly Strengths[], side: Side): ErrorSeries[] {
  const last = known.at(-1);
  if (!last) return [];
  const by = known.map(({ lambda }) => merged(lambda[side], LINES));
  return merged(last.lambda[side], LINES).map((group, i, all) => ({
    label:
      all.length === 1
        ? `all ${count(group.count)} ${MANY[side]}`
        : `${span(group)} interactions (${count(group.count)} ${MANY[side]})`,
    colour: `--series-${i + 1}`,
    band: true,
    x: known.map((k) => k.epoch),
    y: by.map((groups) => groups[i]?.mean ?? Number.NaN),
    error: by.map((groups) => groups[i]?.deviation ?? null),
  }));
}

/** Figure 8: epochs across, groups upwards, the mean strength as colour; `null` before the first epoch. */
export function strengthMap(known: readonly Strengths[], side: Side): HeatTable | null {
  const groups = known.at(-1)?.lambda[side];
  if (!groups) return null;
  return {
    xs: known.map((k) => k.epoch),
    ys: groups.map((_, i) => i + 1),
    names: groups.map(span),
    values: known.flatMap(({ lambda }) => lambda[side].map((g) => g.mean)),
  };
}

/** The deviations beside {@link strengthMap}'s values. */
export const deviations = (known: readonly Strengths[], side: Side): number[] =>
  known.flatMap(({ lambda }) => lambda[side].map((g) => g.deviation));

/** Figure 5: how many have 1, 2 to 3, 4 to 7, … training interactions. Those without any are left out. */
export function tail(counts: ArrayLike<number>): Point[] {
  const bins: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i] ?? 0;
    if (n > 0) bins[Math.floor(Math.log2(n))] = (bins[Math.floor(Math.log2(n))] ?? 0) + 1;
  }
  const points = Array.from(bins, (y = 0, k): Point => {
    const [from, to] = [2 ** k, 2 ** (k + 1) - 1];
    return { x: Math.sqrt(from * to), y, name: span({ from, to }) };
  });
  return points.filter((p) => p.y > 0);
}
