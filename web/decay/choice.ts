// What somebody has chosen in the room “Weight decay & popularity”: what a link carries.

import type { Param, SweepGrid, TheoryOptions, Values } from '../engine/types.js';

/** What the map's colours say. */
export const QUANTITIES = ['change', 'probability'] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** Which rows decay at a step. */
export const ROWS = ['all', 'batch', 'none'] as const;
export type Rows = (typeof ROWS)[number];

export interface TheoryChoice {
  interactions: number;
  learning_rate: number;
  weight_decay: number;
  length: number;
  cosine: number;
  negatives: number;
  items: number;
  rows: Rows;
  quantity: Quantity;
}

/** The losses of the paper: angles alone, but for BPR. */
export const LOSSES = ['directau', 'mawu', 'ssm', 'bpr'] as const;
export type LossName = (typeof LOSSES)[number];

/** What the trained runs have in common, and the weight decay of two of them. */
export interface CompareChoice {
  loss: LossName;
  lambda: number;
  dim: number;
  learning_rate: number;
  batch_size: number;
  epochs: number;
}

export interface DecayChoice {
  theory: TheoryChoice;
  compare: CompareChoice;
}

type Real = Extract<Param, { type: 'float' }>;
type Whole = Extract<Param, { type: 'int' }>;

const real = (
  name: string,
  title: string,
  [min, fallback, max]: [number, number, number],
  log: boolean,
  doc: string,
): Real => ({ type: 'float', name, title, unit: '', min, max, default: fallback, log, doc });

const whole = (
  name: string,
  title: string,
  [min, fallback, max]: [number, number, number],
  doc: string,
): Whole => ({ type: 'int', name, title, unit: '', min, max, default: fallback, doc });

/** Of the step: these have sliders. */
export const STEP_PARAMS: readonly Real[] = [
  real(
    'learning_rate',
    'learning rate η',
    [1e-4, 0.1, 1],
    true,
    'Step length of gradient descent. The gradient of a cosine stands at right angles to the vector, so a step along it makes the vector longer, by η² / ‖i‖² at most.',
  ),
  real(
    'weight_decay',
    'weight decay λ',
    [1e-7, 1e-3, 1],
    true,
    'Every step shortens the vector by the share ηλ: it pulls towards zero.',
  ),
  real(
    'length',
    'length ‖i‖',
    [0.01, 1, 100],
    true,
    'Length of the item’s vector before the step. Long vectors lose more by decay and gain less by the gradient, so each degree has a length at which both are equal.',
  ),
  real(
    'cosine',
    'cosine',
    [-1, 0, 1],
    false,
    'Of the angle between the item and the user of its pair. Once both point the same way (1) the gradient is zero and only decay is left. The paper’s picture keeps this fixed as well.',
  ),
];

/** Of the data and the batches. */
export const DATA_PARAMS: readonly Param[] = [
  whole(
    'interactions',
    'interactions N',
    [100, 1_000_000, 1_000_000_000],
    'Training interactions. A batch is drawn from them, so an item with r of them is in a draw with probability r / N.',
  ),
  real(
    'negatives',
    'negatives a pair',
    [0, 0, 1000],
    false,
    'Items drawn uniformly beside each pair, as SSM does (corollary 2). Drawn as negatives, unpopular items are touched as often as popular ones.',
  ),
  whole('items', 'items n', [1, 10_000, 100_000_000], 'From which the negatives are drawn.'),
];

/** Of the trained runs. */
export const COMPARE_PARAMS: readonly Param[] = [
  real(
    'lambda',
    'weight decay λ',
    [1e-7, 1e-3, 1],
    true,
    'Of the two runs that have weight decay. It enters the gradient before Adam scales it.',
  ),
  whole('dim', 'dimensions', [2, 64, 256], 'Numbers in each vector.'),
  real('learning_rate', 'learning rate', [1e-5, 1e-3, 1], true, 'Of Adam.'),
  whole('batch_size', 'batch size', [16, 1024, 65_536], 'Training pairs of one step.'),
  whole(
    'epochs',
    'epochs',
    [1, 60, 1000],
    'Passes over the training data; all are made, without early stopping, and the best epoch is kept.',
  ),
];

const fallback = (name: string, params: readonly Param[] = [...STEP_PARAMS, ...DATA_PARAMS]) =>
  Number(params.find((p) => p.name === name)?.default);

export const DECAY: DecayChoice = {
  theory: {
    interactions: fallback('interactions'),
    learning_rate: fallback('learning_rate'),
    weight_decay: fallback('weight_decay'),
    length: fallback('length'),
    cosine: fallback('cosine'),
    negatives: fallback('negatives'),
    items: fallback('items'),
    rows: 'all',
    quantity: 'change',
  },
  compare: {
    loss: 'directau',
    lambda: fallback('lambda', COMPARE_PARAMS),
    dim: fallback('dim', COMPARE_PARAMS),
    learning_rate: fallback('learning_rate', COMPARE_PARAMS),
    batch_size: fallback('batch_size', COMPARE_PARAMS),
    epochs: fallback('epochs', COMPARE_PARAMS),
  },
};

/** What a change in the room means. */
export interface DecayPatch {
  theory?: Partial<TheoryChoice>;
  compare?: Partial<CompareChoice>;
}

export function patched(choice: DecayChoice, { theory, compare }: DecayPatch): DecayChoice {
  return { theory: { ...choice.theory, ...theory }, compare: { ...choice.compare, ...compare } };
}

/** Degrees and batch sizes of one map. */
export const DEGREES = 72;
export const BATCH_SIZES = 54;

/** `count` numbers from 1 to `high` in equal ratios; ends exactly there. */
export function logSpaced(high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    i === count - 1 ? high : high ** (i / (count - 1)),
  );
}

/** The question to the engine: degrees up to a tenth of all interactions, batches up to all. */
export function theoryOptions(choice: TheoryChoice): TheoryOptions {
  const { rows, quantity: _, weight_decay, ...rest } = choice;
  return {
    ...rest,
    weight_decay: rows === 'none' ? 0 : weight_decay,
    rows: rows === 'batch' ? 'batch' : 'all',
    degrees: logSpaced(choice.interactions / 10, DEGREES),
    batch_sizes: logSpaced(choice.interactions, BATCH_SIZES),
  };
}

/** Every value under its key, to be put behind `decay.`. */
export function writeDecay({ theory, compare }: DecayChoice): Values {
  const prefixed = Object.entries(compare).map(([key, value]) => [`compare.${key}`, value]);
  return { ...theory, ...(Object.fromEntries(prefixed) as Values) };
}

/** The runs of figure 3, in the order of {@link compareGrid}. */
export const ARMS = ['none', 'full', 'batch'] as const;
export type Arm = (typeof ARMS)[number];

/** What the runs of one loss have in common. */
function base(choice: CompareChoice, data: Values): NonNullable<SweepGrid['base']> {
  const { loss, dim, learning_rate, batch_size, epochs } = choice;
  return {
    data,
    model: { name: 'mf', dim },
    init: { name: 'xavier' },
    loss: { name: loss },
    optimizer: { name: 'adam', learning_rate },
    train: { epochs, batch_size, eval_every: 1, patience: 0, monitor: NDCG },
    evaluate: { cutoffs: '20', cosine: true },
  };
}

/** Three runs that differ in nothing but which rows decay. */
export function compareGrid(choice: CompareChoice, data: Values, seed: number): SweepGrid {
  const { lambda } = choice;
  return {
    base: base(choice, data),
    runs: ARMS.map((arm) => ({
      regularizer: arm === 'none' ? { name: 'none' } : { name: 'weight-decay', mode: arm, lambda },
    })),
    seeds: [seed],
    metrics: [NDCG, CORRELATION],
  };
}

/** Name of the metric: Spearman's rank correlation of items' lengths and training counts. */
export const CORRELATION = 'Spearman magnitude/popularity';

/** The metric by which runs are compared. */
export const NDCG = 'NDCG@20';

/** The strengths of weight decay of figure 1; 0 is none. */
export const LAMBDAS: readonly number[] = [0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];
/** The strengths of PRISM of figure 4. */
export const STRENGTHS: readonly number[] = [0, 0.25, 0.5, 0.75, 1];

/** Figures 1 and 4: first weight decay on all rows with each of {@link LAMBDAS}, then PRISM with each of {@link STRENGTHS}. */
export function sweepGrid(choice: CompareChoice, data: Values, seed: number): SweepGrid {
  const decayed = LAMBDAS.map((lambda) => ({
    regularizer: lambda === 0 ? { name: 'none' } : { name: 'weight-decay', mode: 'full', lambda },
  }));
  const prism = STRENGTHS.map((prism_strength) => ({
    regularizer: { name: 'none' },
    init: { name: 'xavier', prism: true, prism_strength },
  }));
  return {
    base: base(choice, data),
    runs: [...decayed, ...prism],
    seeds: [seed],
    metrics: [NDCG, `${NDCG} popular`, `${NDCG} neutral`, `${NDCG} unpopular`],
  };
}
