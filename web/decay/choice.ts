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

/** A training that does what the theorem is about. */
export interface TrialChoice {
  rows: Rows;
  learning_rate: number;
  weight_decay: number;
  batch_size: number;
  dim: number;
  epochs: number;
}

export interface DecayChoice {
  theory: TheoryChoice;
  trial: TrialChoice;
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

/** Of the trial: small batches, since the theorem counts an item once in a batch, however often it is there. */
export const TRIAL_PARAMS: readonly Param[] = [
  real(
    'learning_rate',
    'learning rate η′',
    [1e-4, 0.05, 10],
    true,
    'Of gradient descent on the mean of 2 − 2 cos over a batch of B pairs: the theorem’s η is 2η′/B.',
  ),
  real(
    'weight_decay',
    'weight decay λ′',
    [1e-7, 1e-4, 0.01],
    true,
    'Added to that gradient: the theorem’s λ is λ′B/2.',
  ),
  whole(
    'batch_size',
    'batch size B',
    [4, 64, 1024],
    'The theorem counts an item once in a batch. In large batches popular items are there several times, and grow faster than it says.',
  ),
  whole('dim', 'dimensions', [2, 64, 256], 'Numbers in each vector.'),
  whole(
    'epochs',
    'epochs',
    [1, 3, 50],
    'Passes over the training data. Without a part of the loss that spreads vectors all angles close in the end; then only decay is left.',
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
  trial: {
    rows: 'all',
    learning_rate: fallback('learning_rate', TRIAL_PARAMS),
    weight_decay: fallback('weight_decay', TRIAL_PARAMS),
    batch_size: fallback('batch_size', TRIAL_PARAMS),
    dim: fallback('dim', TRIAL_PARAMS),
    epochs: fallback('epochs', TRIAL_PARAMS),
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
  trial?: Partial<TrialChoice>;
  compare?: Partial<CompareChoice>;
}

export function patched(choice: DecayChoice, { theory, trial, compare }: DecayPatch): DecayChoice {
  return {
    theory: { ...choice.theory, ...theory },
    trial: { ...choice.trial, ...trial },
    compare: { ...choice.compare, ...compare },
  };
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
export function writeDecay({ theory, trial, compare }: DecayChoice): Values {
  const prefixed = (prefix: string, values: object) =>
    Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]);
  const nested = [...prefixed('trial', trial), ...prefixed('compare', compare)];
  return { ...theory, ...(Object.fromEntries(nested) as Values) };
}

/** The runs of figure 3, in the order of {@link compareGrid}. */
export const ARMS = ['none', 'full', 'batch'] as const;
export type Arm = (typeof ARMS)[number];
export const ARM_TEXT: Record<Arm, string> = {
  none: 'no weight decay',
  full: 'all rows',
  batch: 'the batch’s rows',
};

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

/** The ratio of figures 5 and 9: how the unpopular items' part of the quality compares with the popular ones'. */
export const RATIO = `${NDCG} unpopular/popular`;
/** The same quality with every vector scaled to length 1: by the angle alone (figure 6). */
export const NDCG_COSINE = `${NDCG} cosine`;

/** Weight decay of the debiasing baselines, which see scalar products and want little of it. */
const BASELINE_DECAY = 1e-5;

/** The baselines of figure 9, each with its own strengths; BPR is what the first two start from. */
export const BASELINES: readonly { loss: string; key: string | null; values: readonly number[] }[] =
  [
    { loss: 'bpr', key: null, values: [0] },
    { loss: 'ipl', key: 'gamma', values: [0.1, 1, 10] },
    { loss: 'resn', key: 'gamma', values: [0.01, 0.1, 1] },
    { loss: 'macr', key: 'reference', values: [0, 1, 5] },
  ];

/** Figure 9's baselines, in the order of {@link BASELINES} and their values. */
export function debiasingGrid(choice: CompareChoice, data: Values, seed: number): SweepGrid {
  const regularizer = { name: 'weight-decay', mode: 'full', lambda: BASELINE_DECAY };
  return {
    base: base(choice, data),
    runs: BASELINES.flatMap(({ loss, key, values }) =>
      values.map((value) => ({
        loss: key === null ? { name: loss } : { name: loss, [key]: value },
        regularizer,
      })),
    ),
    seeds: [seed],
    metrics: [NDCG, RATIO],
  };
}
