// What somebody has chosen in the room “Learned regularisation”: what a link carries, and the runs that follow from it.

import type { Param, SweepGrid, Values } from '../engine/types.js';

/** What has a strength of its own. */
export const GRANULARITIES = ['dui', 'du', 'di', 'ui', 'u', 'i', 'd', 'd-apart', 'global'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

export const GRANULARITY_TEXT: Record<Granularity, string> = {
  dui: 'each dimension of each user and item',
  du: 'each dimension of each user',
  di: 'each dimension of each item',
  ui: 'each user and each item',
  u: 'each user',
  i: 'each item',
  d: 'each dimension',
  'd-apart': 'each dimension, users and items apart',
  global: 'one for all',
};

/** As the paper writes it. */
export const titleOf = (granularity: Granularity): string =>
  granularity.length <= 3 ? granularity.toUpperCase() : granularity.replace(/^d-/, 'D ');

/** The test metrics between which the pictures choose. */
export const MEASURES = ['ndcg', 'hr', 'auc'] as const;
export type Measure = (typeof MEASURES)[number];

export const HR = "HR@100 (KDD'19)";
export const NDCG = "NDCG@100 (KDD'19)";
/** The metric's name in records. */
export const METRIC: Record<Measure, string> = { ndcg: NDCG, hr: HR, auc: 'AUC' };
export const METRIC_TEXT: Record<Measure, string> = {
  ndcg: 'NDCG@100',
  hr: 'HR@100',
  auc: 'AUC',
};

export interface LambdaChoice {
  granularity: Granularity;
  /** Of Λ. */
  rate: number;
  dim: number;
  learning_rate: number;
  batch_size: number;
  epochs: number;
  measure: Measure;
}

type Real = Extract<Param, { type: 'float' }>;
type Whole = Extract<Param, { type: 'int' }>;

const real = (
  name: string,
  title: string,
  [min, fallback, max]: [number, number, number],
  doc: string,
): Real => ({ type: 'float', name, title, unit: '', min, max, default: fallback, log: true, doc });

const whole = (
  name: string,
  title: string,
  [min, fallback, max]: [number, number, number],
  doc: string,
): Whole => ({ type: 'int', name, title, unit: '', min, max, default: fallback, doc });

export const LAMBDA_PARAMS: readonly (Real | Whole)[] = [
  real(
    'rate',
    'learning rate of λ',
    [1e-5, 0.01, 1],
    'How far a strength moves in one step of its own optimizer (Adam, amsgrad variant). The paper tries 1e-3 to 1e-2.',
  ),
  whole('dim', 'dimensions', [2, 64, 256], 'Numbers in each vector.'),
  real('learning_rate', 'learning rate', [1e-5, 1e-3, 1], 'Of the model’s own optimizer, Adam.'),
  whole(
    'batch_size',
    'batch size',
    [16, 1024, 65_536],
    'Training pairs of one step. λ stands beside the sum of a batch’s losses, as in the paper, so that the same λ means less in a larger batch.',
  ),
  whole(
    'epochs',
    'epochs',
    [1, 100, 1000],
    'Passes over the training data; all are made, and the best epoch by validation is kept.',
  ),
];

const fallback = (name: string) => Number(LAMBDA_PARAMS.find((p) => p.name === name)?.default);

export const LAMBDA: LambdaChoice = {
  granularity: 'dui',
  rate: fallback('rate'),
  dim: fallback('dim'),
  learning_rate: fallback('learning_rate'),
  batch_size: fallback('batch_size'),
  epochs: fallback('epochs'),
  measure: 'ndcg',
};

/** Every value under its key, to be put behind `lambda.`. */
export const writeLambda = (choice: LambdaChoice): Values => ({ ...choice });

/** The eight strengths of the paper's grid (section 5.1). */
export const FIXED: readonly number[] = [10, 1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 0];

/** Epochs between two looks at the validation part. */
const EVERY = 5;

/** What all runs of the room have in common: the paper's model and its measures. */
function base(choice: LambdaChoice, data: Values): NonNullable<SweepGrid['base']> {
  const { dim, learning_rate, batch_size, epochs } = choice;
  return {
    data,
    model: { name: 'mf', dim },
    init: { name: 'xavier' },
    loss: { name: 'bpr' },
    optimizer: { name: 'adam', learning_rate },
    train: {
      epochs,
      batch_size,
      eval_every: Math.min(EVERY, epochs),
      patience: 0,
      monitor: NDCG,
    },
    evaluate: { cutoffs: '50,100', kdd19: true, activity: true },
  };
}

const learned = ({ granularity, rate }: LambdaChoice) => ({
  regularizer: { name: 'lambda-opt', granularity, learning_rate: rate },
});

/** λOpt alone. */
export function learnedGrid(choice: LambdaChoice, data: Values, seed: number): SweepGrid {
  return { base: base(choice, data), runs: [learned(choice)], seeds: [seed], metrics: [NDCG] };
}

/** A run for each of {@link FIXED}, and λOpt last: the same run as {@link learnedGrid}'s. */
export function wholeGrid(choice: LambdaChoice, data: Values, seed: number): SweepGrid {
  const fixed = FIXED.map((lambda) => ({ regularizer: { name: 'fixed', lambda } }));
  return {
    base: base(choice, data),
    runs: [...fixed, learned(choice)],
    seeds: [seed],
    metrics: Object.values(METRIC),
  };
}

/** The built-in set that is offered where there are no data, and what it is asked for. */
export const BUILTIN = 'synthetic';
/** Clustered, with long tails on both sides, and small enough for a browser on a phone. */
export const DATA = { users: 300, items: 300, interactions: 12_000, user_spread: 1.5 } as const;

/** The paper's split by each user's time; at random where times are not known. */
export const paperSplit = (times: boolean): string =>
  times ? 'temporal:0.6,0.2,0.2' : 'random:0.6,0.2,0.2';
