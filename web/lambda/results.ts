// From the records of the grid and of λOpt to figures 1 and 6 and to what either of them took.

import type { Bars } from '../charts/group-bars.js';
import type { PointSeries } from '../charts/point-chart.js';
import type { RunRecord, Side } from '../engine/types.js';
import { num } from '../format.js';
import { FIXED, HR, METRIC, METRIC_TEXT, type Measure, NDCG } from './choice.js';

export type Done = Pick<RunRecord, 'metrics' | 'seconds' | 'device'>;

/** A fixed strength and what it gave; `undefined` while it is not done. */
export interface Tried {
  lambda: number;
  record: Done | undefined;
}

/** The fixed strength with the best validation value, as one would choose it; `null` while none is done. */
export function best(tried: readonly Tried[]): (Tried & { record: Done }) | null {
  let found: (Tried & { record: Done }) | null = null;
  for (const { lambda, record } of tried) {
    if (!record) continue;
    const value = record.metrics.validation[NDCG] ?? Number.NEGATIVE_INFINITY;
    const most = found?.record.metrics.validation[NDCG] ?? Number.NEGATIVE_INFINITY;
    if (!found || value > most) found = { lambda, record };
  }
  return found;
}

/** Figure 1: the test metric over fixed λ, 0 at the left, and λOpt's as a level. */
export function sensitivity(
  tried: readonly Tried[],
  learnt: Done | undefined,
  measure: Measure,
): PointSeries[] {
  const metric = METRIC[measure];
  const known = tried
    .flatMap(({ lambda, record }) => {
      const y = record?.metrics.test[metric];
      return y === undefined ? [] : [{ x: lambda, y, name: `λ = ${num(lambda, 2)}` }];
    })
    .sort((a, b) => a.x - b.x);
  const chosen = known.findIndex((p) => p.x === best(tried)?.lambda);
  const level = learnt?.metrics.test[metric];
  const ends = [0, Math.max(...FIXED)];
  return [
    {
      label: 'fixed λ',
      colour: '--series-1',
      line: true,
      points: known,
      ...(chosen < 0 || known.length < 2 ? {} : { chosen }),
    },
    {
      label: 'λOpt',
      colour: '--series-2',
      dash: true,
      points: level === undefined ? [] : ends.map((x) => ({ x, y: level, name: 'learnt' })),
    },
  ];
}

/** A quarter's name in the metrics, and in the picture. */
const QUARTERS = [1, 2, 3, 4] as const;
const MANY: Record<Side, string> = { user: 'users', item: 'items' };
export const QUARTER_TEXT = ['fewest', '2nd', '3rd', 'most'] as const;

/** What a metric is for a quarter of the users (items). */
export const ofQuarter = (metric: string, side: Side, quarter: number): string =>
  `${metric} ${MANY[side]} ${quarter}/4`;

/** Figure 6: λOpt's gain over the best fixed strength in per cent, by quarter; `null` where that has no hit. */
export function gains(fixed: Done | undefined, learnt: Done | undefined, side: Side): Bars[] {
  if (!fixed || !learnt) return [];
  return [HR, NDCG].map((metric, i) => ({
    label: METRIC_TEXT[metric === HR ? 'hr' : 'ndcg'],
    colour: `--series-${i + 1}`,
    values: QUARTERS.map((quarter) => {
      const name = ofQuarter(metric, side, quarter);
      const [before, after] = [fixed.metrics.test[name], learnt.metrics.test[name]];
      if (before === undefined || after === undefined || before === 0) return null;
      return 100 * (after / before - 1);
    }),
  }));
}

/** True where one time is a GPU's and the other a CPU's. */
export const unlike = (a: Done, b: Done | undefined): boolean =>
  b !== undefined && (a.device?.name ?? 'cpu') !== (b.device?.name ?? 'cpu');

/** Seconds of training; those of reading and of evaluating are the same for all. */
export const trainingSeconds = (record: Done | undefined): number => record?.seconds.train ?? 0;
