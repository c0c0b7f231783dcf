// From the records of runs to the curves of figures 1 and 4.

import type { Series } from '../charts/line-chart.js';
import type { EpochRecord, RunRecord } from '../engine/types.js';
import { NDCG } from './choice.js';

type Record = Pick<RunRecord, 'metrics' | 'history'>;

/** One setting and what it gave; `undefined` while it is not done. */
export interface Outcome {
  value: number;
  record: Record | undefined;
}

/** All items and the three strata, as the metrics name them. */
export const PARTS: readonly { metric: string; label: string; colour: string }[] = [
  { metric: NDCG, label: 'all items', colour: '--series-1' },
  { metric: `${NDCG} popular`, label: 'popular', colour: '--series-2' },
  { metric: `${NDCG} neutral`, label: 'neutral', colour: '--series-3' },
  { metric: `${NDCG} unpopular`, label: 'unpopular', colour: '--series-4' },
];

/** A curve of the test metric for each part, over the settings that are done. */
export function partSeries(outcomes: readonly Outcome[]): Series[] {
  return PARTS.flatMap(({ metric, label, colour }) => {
    const known = outcomes.filter((o) => o.record?.metrics.test[metric] !== undefined);
    if (known.length === 0) return [];
    return [
      {
        label,
        x: known.map((o) => o.value),
        y: known.map((o) => o.record?.metrics.test[metric] ?? Number.NaN),
        colour,
        points: true,
      },
    ];
  });
}

/** The same values from `low` to `high`, dashed: what a run gave that has no place on a logarithmic axis. */
export function levelSeries(record: Record | undefined, low: number, high: number, what: string) {
  return PARTS.flatMap(({ metric, label, colour }): Series[] => {
    const value = record?.metrics.test[metric];
    if (value === undefined) return [];
    return [{ label: `${label}, ${what}`, x: [low, high], y: [value, value], colour, dash: true }];
  });
}

/** The setting with the best validation value, which is how a setting is to be chosen; `null` while none is done. */
export function best(outcomes: readonly Outcome[]): Outcome | null {
  let found: Outcome | null = null;
  let most = Number.NEGATIVE_INFINITY;
  for (const outcome of outcomes) {
    const value = outcome.record?.metrics.validation[NDCG];
    if (value === undefined || value <= most) continue;
    [found, most] = [outcome, value];
  }
  return found;
}

/** The first epoch whose validation value reaches `target`; `null` if none does. */
export function epochsTo(history: readonly EpochRecord[], target: number): number | null {
  return (
    history.find((e) => (e.validation?.[NDCG] ?? Number.NEGATIVE_INFINITY) >= target)?.epoch ?? null
  );
}

/** Validation NDCG by epoch. */
export function speedSeries(
  history: readonly EpochRecord[],
  look: Pick<Series, 'label' | 'colour' | 'dash'>,
): Series[] {
  const known = history.filter((e) => e.validation?.[NDCG] !== undefined);
  if (known.length === 0) return [];
  const y = known.map((e) => e.validation?.[NDCG] ?? Number.NaN);
  return [{ ...look, x: known.map((e) => e.epoch), y }];
}

/** The settings that have both the ratio and the quality, in their order. */
export function tradeOff(
  outcomes: readonly Outcome[],
  ratio: string,
): { outcome: Outcome; x: number; y: number }[] {
  return outcomes.flatMap((outcome) => {
    const { [ratio]: x, [NDCG]: y } = outcome.record?.metrics.test ?? {};
    return x === undefined || y === undefined ? [] : [{ outcome, x, y }];
  });
}
