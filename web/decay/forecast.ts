// Theorem 3.1 along a training: what it expects of the squared lengths of items, class by class of training count, and
// what became of them.

import type { TheoryMap, TheoryOptions } from '../engine/types.js';

/** Most counts that one question to the engine may have. */
const MOST = 512;

/** Items with (nearly) the same training count. */
export interface DegreeClass {
  degree: number;
  items: number[];
}

/** The items that occur in training, by their counts; neighbouring counts share a class where there are too many. */
export function degreeClasses(counts: ArrayLike<number>): DegreeClass[] {
  const at = new Map<number, number[]>();
  for (let item = 0; item < counts.length; item++) {
    const count = counts[item] as number;
    if (count > 0) at.set(count, [...(at.get(count) ?? []), item]);
  }
  const exact = [...at].sort(([a], [b]) => a - b);
  const size = Math.ceil(exact.length / MOST);
  const classes: DegreeClass[] = [];
  for (let from = 0; from < exact.length; from += Math.max(1, size)) {
    const part = exact.slice(from, from + size);
    const items = part.flatMap(([, list]) => list);
    const total = part.reduce((sum, [count, list]) => sum + count * list.length, 0);
    classes.push({ degree: total / items.length, items });
  }
  return classes;
}

/** A step as the theorem has it. */
export interface Law {
  interactions: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
  rows: 'all' | 'batch' | 'none';
}

/** The two questions whose answers together are the law of a step: at length 1, with decay and without. */
export function questions(
  classes: readonly DegreeClass[],
  { interactions, batchSize, learningRate, weightDecay, rows }: Law,
  cosine: number,
): [TheoryOptions, TheoryOptions] {
  const common = {
    degrees: classes.map((c) => c.degree),
    batch_sizes: [batchSize],
    interactions,
    learning_rate: learningRate,
    length: 1,
    cosine,
    rows: rows === 'batch' ? ('batch' as const) : ('all' as const),
  };
  const decay = rows === 'none' ? 0 : weightDecay;
  return [
    { ...common, weight_decay: decay },
    { ...common, weight_decay: 0 },
  ];
}

/**
 * Carries the squared lengths on by `steps` steps. At length 1 the expected change is decay and growth together; at
 * another one the decay goes with ‖i‖², the growth with 1/‖i‖².
 */
export function carried(
  squared: Float64Array,
  [both, growth]: readonly [Pick<TheoryMap, 'change'>, Pick<TheoryMap, 'change'>],
  steps: number,
): Float64Array {
  return squared.map((start, n) => {
    const up = growth.change[n] as number;
    const down = (both.change[n] as number) - up;
    let now = start;
    for (let step = 0; step < steps; step++) now += down * now + up / now;
    return now;
  });
}

/** Means over the items of each class. */
export function byClass(classes: readonly DegreeClass[], values: Float64Array): Float64Array {
  return Float64Array.from(classes, ({ items }) => {
    let sum = 0;
    for (const item of items) sum += values[item] as number;
    return sum / items.length;
  });
}

export interface Bin {
  /** Mean training count of the items. */
  degree: number;
  items: number;
  /** Mean change of ‖i‖² in a step. */
  measured: number;
  /** Standard error of that mean; `null` for a single item. */
  error: number | null;
  expected: number;
}

/** Bins of about equal width on a logarithmic axis, each with at least `least` items but for the last. */
export function bins(
  classes: readonly DegreeClass[],
  [before, after]: readonly [Float64Array, Float64Array],
  expected: Float64Array,
  expectedBefore: Float64Array,
  steps: number,
  { most, least }: { most: number; least: number } = { most: 18, least: 4 },
): Bin[] {
  const [low, high] = [classes[0]?.degree ?? 1, classes.at(-1)?.degree ?? 1];
  const ratio = (high / low) ** (1 / most);
  const found: Bin[] = [];
  let open: { degree: number; change: number; expected: number }[] = [];
  let end = low * ratio;
  const close = () => {
    if (open.length > 0) found.push(bin(open));
    open = [];
  };
  for (const [n, { degree, items }] of classes.entries()) {
    if (degree > end && open.length >= least) {
      close();
      while (end < degree) end *= ratio;
    }
    const share = ((expected[n] as number) - (expectedBefore[n] as number)) / steps;
    for (const item of items) {
      const change = ((after[item] as number) - (before[item] as number)) / steps;
      open.push({ degree, change, expected: share });
    }
  }
  close();
  return found;
}

function bin(items: readonly { degree: number; change: number; expected: number }[]): Bin {
  const n = items.length;
  const mean = (of: (i: (typeof items)[number]) => number) =>
    items.reduce((sum, i) => sum + of(i), 0) / n;
  const measured = mean((i) => i.change);
  const variance = items.reduce((sum, i) => sum + (i.change - measured) ** 2, 0) / (n - 1);
  return {
    degree: mean((i) => i.degree),
    items: n,
    measured,
    error: n > 1 ? Math.sqrt(variance / n) : null,
    expected: mean((i) => i.expected),
  };
}
