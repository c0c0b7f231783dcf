// What somebody has chosen in the perturbation lab: what a link carries and what an embedding page sets.

import type { Param, SpectralMethod } from '../engine/types.js';
import { fixed, num } from '../format.js';
import type { Edit } from './edges.js';

/** How the change of a node's row u → u′ is measured. */
export const MEASURES = ['aligned', 'raw', 'norm'] as const;
export type Measure = (typeof MEASURES)[number];

export const MEASURE_TEXT: Record<Measure, { title: string; formula: string; doc: string }> = {
  aligned: {
    title: 'aligned',
    formula: '‖S u′ − u‖₂',
    doc: 'Each eigenvector after the change is flipped (S, a diagonal of ±1) to agree with the one before; only what then differs counts.',
  },
  raw: {
    title: 'raw',
    formula: '‖u′ − u‖₂',
    doc: 'With signs that flip as often as those of LAPACK’s dense solver, with which figure 2 of the paper was made. A flipped eigenvector counts as a change: a mean to look at, not a number to rely on for one edge.',
  },
  norm: {
    title: 'norm',
    formula: '| ‖u′‖₂ − ‖u‖₂ |',
    doc: 'How much longer or shorter the row has become. Signs do not matter.',
  },
};

export const COLOURINGS = ['vector', 'change', 'degree'] as const;
export type Colouring = (typeof COLOURINGS)[number];

/** The graph before the change: as generated, or as it was before the last edit. */
export const SINCE = ['start', 'last'] as const;
export type Since = (typeof SINCE)[number];

export const SHOWN_METHODS = ['le', 'leporid'] as const;
export type ShownMethod = (typeof SHOWN_METHODS)[number];

export interface LiveChoice {
  nodes: number;
  attach: number;
  dim: number;
  alpha: number;
  normalised: boolean;
  edits: readonly Edit[];
  /** The node that is watched; −1 for none. */
  node: number;
  measure: Measure;
  since: Since;
  /** Whose embedding colours the picture. */
  method: ShownMethod;
  colour: Colouring;
  /** The eigenvector that colours the nodes, counted from 1. */
  column: number;
  sized: boolean;
  bars: boolean;
}

export interface ExperimentChoice {
  nodes: number;
  attach: number;
  dim: number;
  graphs: number;
  repeats: number;
  normalised: boolean;
  measure: Measure;
  /** `null` is LE, a number LEPORID with this α; ascending, LE first. */
  methods: readonly (number | null)[];
}

export interface LabChoice {
  live: LiveChoice;
  experiment: ExperimentChoice;
}

type WholeParam = Extract<Param, { type: 'int' }>;
type RealParam = Extract<Param, { type: 'float' }>;

const whole = (
  name: string,
  title: string,
  [min, fallback, max]: [number, number, number],
  doc: string,
): WholeParam => ({ type: 'int', name, title, unit: '', min, max, default: fallback, doc });

const NODES_DOC = 'Nodes of the Barabási–Albert graph when it is complete.';
const ATTACH_DOC =
  'The graph starts from m nodes without edges; each further node joins m existing ones, chosen in proportion to their degree. Fewer than the nodes.';
const DIM_DOC = 'Columns of the embedding: the eigenvectors of the smallest eigenvalues.';

export const LIVE_PARAMS: readonly WholeParam[] = [
  whole('nodes', 'nodes n', [4, 72, 200], NODES_DOC),
  whole('attach', 'edges m', [1, 3, 50], ATTACH_DOC),
  whole('dim', 'dimensions', [1, 28, 100], DIM_DOC),
];
export const ALPHA: RealParam = {
  type: 'float',
  name: 'alpha',
  title: 'α of LEPORID',
  unit: '',
  min: 0,
  max: 1,
  default: 0.5,
  log: false,
  doc: 'How far the degrees are evened out: D_reg = (1 − α) D + α d_max I. At 0 LEPORID is LE, at 1 every node counts as well connected.',
};

export const EXPERIMENT_PARAMS: readonly WholeParam[] = [
  whole('graphs', 'graphs', [1, 50, 500], 'Random graphs; every curve is a mean over all of them.'),
  whole('nodes', 'nodes n', [4, 100, 500], NODES_DOC),
  whole('attach', 'edges m', [1, 10, 100], ATTACH_DOC),
  whole(
    'repeats',
    'insertions',
    [1, 30, 200],
    'How often an edge to a random other node is added, and taken away again, at every node.',
  ),
  whole('dim', 'dimensions', [1, 40, 200], DIM_DOC),
];

/** The α that can be ticked; others may come with a link. */
export const ALPHAS: readonly number[] = [0.1, 0.3, 0.5, 0.7, 1];
/** The engine takes no more in one experiment. */
export const MOST_METHODS = 6;

const fallback = (params: readonly WholeParam[], name: string): number =>
  params.find((p) => p.name === name)?.default ?? 0;

export const LAB: LabChoice = {
  live: {
    nodes: fallback(LIVE_PARAMS, 'nodes'),
    attach: fallback(LIVE_PARAMS, 'attach'),
    dim: fallback(LIVE_PARAMS, 'dim'),
    alpha: ALPHA.default,
    normalised: false,
    edits: [],
    // The youngest node has joined m others and hardly been joined since.
    node: fallback(LIVE_PARAMS, 'nodes') - 1,
    measure: 'aligned',
    since: 'start',
    method: 'le',
    colour: 'vector',
    column: 2,
    sized: false,
    bars: false,
  },
  experiment: {
    nodes: fallback(EXPERIMENT_PARAMS, 'nodes'),
    attach: fallback(EXPERIMENT_PARAMS, 'attach'),
    dim: fallback(EXPERIMENT_PARAMS, 'dim'),
    graphs: fallback(EXPERIMENT_PARAMS, 'graphs'),
    repeats: fallback(EXPERIMENT_PARAMS, 'repeats'),
    normalised: false,
    measure: 'raw',
    methods: [null, 0.5],
  },
};

/** What a change of the form means: `seed` beside the two halves, since the page has it anyway. */
export interface LabPatch {
  live?: Partial<LiveChoice>;
  experiment?: Partial<ExperimentChoice>;
  seed?: number;
}

export function patched(choice: LabChoice, { live, experiment }: LabPatch): LabChoice {
  return {
    live: { ...choice.live, ...live },
    experiment: { ...choice.experiment, ...experiment },
  };
}

/** LE and LEPORID as the live graph compares them. */
export function liveMethods({ alpha, normalised }: LiveChoice): SpectralMethod[] {
  return [
    { name: 'le', normalised },
    { name: 'leporid', alpha, normalised },
  ];
}

export function experimentMethods(choice: ExperimentChoice): SpectralMethod[] {
  const { normalised } = choice;
  return choice.methods.map((alpha) =>
    alpha === null ? { name: 'le', normalised } : { name: 'leporid', alpha, normalised },
  );
}

/** `le`, `0.5`: one method as a link writes it. */
export function writeMethods(methods: readonly (number | null)[]): string {
  return methods.map((alpha) => (alpha === null ? 'le' : String(alpha))).join(',');
}

export function readMethods(text: string): (number | null)[] | null {
  if (text === '') return [];
  const methods = text
    .split(',')
    .map((part) => (part === 'le' ? null : Number(part || Number.NaN)));
  const wrong = methods.some((alpha) => alpha !== null && !(alpha >= 0 && alpha <= 1));
  const twice = new Set(methods).size < methods.length;
  return wrong || twice || methods.length > MOST_METHODS ? null : inOrder(methods);
}

export function inOrder(methods: readonly (number | null)[]): (number | null)[] {
  return [...methods].sort((a, b) => (a ?? -1) - (b ?? -1));
}

/** A change with as many decimals as its neighbours in a column; more where it would else read as none. */
export function changeText(change: number): string {
  return change === 0 || change >= 0.01 ? fixed(change, 3) : num(change, 2);
}

export function methodTitle({ name, alpha }: SpectralMethod): string {
  return name === 'le' ? 'LE' : `LEPORID, α = ${alpha ?? ALPHA.default}`;
}

/** What cannot go together, in a sentence with the values; `null` if all is well. */
export function conflict({ nodes, attach, dim }: { nodes: number; attach: number; dim: number }) {
  if (attach >= nodes)
    return `A new node cannot join ${attach} others in a graph of ${nodes} nodes: m must be less than n.`;
  if (dim > nodes)
    return `A graph of ${nodes} nodes has no ${dim} eigenvectors: choose at most ${nodes} dimensions.`;
  return null;
}
