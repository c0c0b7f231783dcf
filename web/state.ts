// What the user has chosen, in one typed store: everything that a shared link carries. What was computed
// from it lives in session/.

import { DECAY, type DecayChoice } from './decay/choice.js';
import type {
  Catalog,
  ColumnMapping,
  Method,
  RunConfig,
  Section,
  Side,
  Values,
} from './engine/types.js';
import { LAB, type LabChoice } from './lab/choice.js';
import { LAMBDA, type LambdaChoice } from './lambda/choice.js';
import { nestedPair, section } from './params.js';
import { Store } from './store.js';

export const ROOMS = ['data', 'graph', 'lab', 'decay', 'lambda', 'train', 'recommend'] as const;
export type Room = (typeof ROOMS)[number];

export const COLOURS = ['popularity', 'degree', 'genre'] as const;
export type Colour = (typeof COLOURS)[number];

/** Where the interactions come from. A local file can only be named: a link cannot carry it. */
export type Source =
  | { kind: 'none' }
  | { kind: 'builtin'; name: string; params: Values }
  | { kind: 'url'; url: string; mapping: ColumnMapping | null }
  | { kind: 'files'; names: string[]; mapping: ColumnMapping | null };

/** The two embeddings that are compared, and how they are shown. */
export interface GraphChoice {
  side: Side;
  dim: number;
  a: Section;
  b: Section;
  /** Columns drawn, counted from 1. */
  x: number;
  y: number;
  colour: Colour;
  /** Id of the node whose neighbours are listed; empty for none. */
  focus: string;
}

export type TrainChoice = Required<Omit<RunConfig, 'seed' | 'data'>>;
/** The sections of a run that choose a method by name. */
export const CHOSEN = ['model', 'init', 'loss', 'regularizer', 'optimizer'] as const;
export type ChosenSection = (typeof CHOSEN)[number];

export interface RecommendChoice {
  /** Id of a user of the data; empty when the user is made up. */
  user: string;
  /** Ids of the items of a made-up user. */
  made: string[];
  n: number;
}

export interface State {
  room: Room;
  seed: number;
  source: Source;
  /** Fingerprint of the data that the link's sender saw; empty when unknown. */
  fingerprint: string;
  /** Filter and split. */
  data: Values;
  graph: GraphChoice;
  lab: LabChoice;
  decay: DecayChoice;
  lambda: LambdaChoice;
  train: TrainChoice;
  recommend: RecommendChoice;
}

/** The parameter of the catalogue's `data` section whose value names one of its splits. */
export const SPLIT = 'split';

export const MAX_SEED = 2 ** 53 - 1;
export const MAX_DIM = 512;
export const MAX_N = 100;
const DEFAULT_SEED = 123;

/** The methods from which each section of a run chooses. */
export function methodsOf(catalog: Catalog, name: ChosenSection): readonly Method[] {
  switch (name) {
    case 'model':
      return catalog.models;
    case 'init':
      return catalog.inits;
    case 'loss':
      return catalog.losses;
    case 'regularizer':
      return catalog.regularizers;
    case 'optimizer':
      return catalog.optimizers;
  }
}

/** The entry called `name`, or the table's first one, which is its default. */
export function find<M extends Method>(methods: readonly M[], name: string): M {
  const found = methods.find((m) => m.name === name) ?? methods[0];
  if (!found) throw new Error('the catalogue has an empty table');
  return found;
}

const EMPTY: Section = { name: '' };

function values(method: Method): Values {
  const { name: _, ...rest } = section(method);
  return rest;
}

/** What a first visit shows, from the catalogue's defaults. */
export function initial(catalog: Catalog): State {
  const pair = nestedPair(catalog.inits);
  const first = catalog.inits[0];
  const trained = catalog.models.find((m) => m.iterative) ?? catalog.models[0];
  const chosen = Object.fromEntries(
    CHOSEN.map((name) => {
      const method = name === 'model' ? trained : methodsOf(catalog, name)[0];
      return [name, method ? section(method) : EMPTY];
    }),
  ) as Record<ChosenSection, Section>;
  const plain = pair?.plain ?? first;
  const general = pair?.general ?? catalog.inits[1] ?? first;
  return {
    room: 'data',
    seed: DEFAULT_SEED,
    source: { kind: 'none' },
    fingerprint: '',
    data: values(catalog.data),
    graph: {
      side: 'item',
      dim: 16,
      a: plain ? section(plain) : EMPTY,
      b: general ? section(general) : EMPTY,
      x: 2,
      y: 3,
      colour: 'popularity',
      focus: '',
    },
    lab: LAB,
    decay: DECAY,
    lambda: LAMBDA,
    train: overlaid(
      catalog,
      { ...chosen, train: values(catalog.train), evaluate: values(catalog.evaluate) },
      catalog.presets[0]?.config,
    ),
    recommend: { user: '', made: [], n: 10 },
  };
}

/** The state before the catalogue is there; nothing reads its sections until then. */
const BLANK: State = {
  room: 'data',
  seed: DEFAULT_SEED,
  source: { kind: 'none' },
  fingerprint: '',
  data: {},
  graph: { side: 'item', dim: 16, a: EMPTY, b: EMPTY, x: 2, y: 3, colour: 'popularity', focus: '' },
  lab: LAB,
  decay: DECAY,
  lambda: LAMBDA,
  train: {
    model: EMPTY,
    init: EMPTY,
    loss: EMPTY,
    regularizer: EMPTY,
    optimizer: EMPTY,
    train: {},
    evaluate: {},
  },
  recommend: { user: '', made: [], n: 10 },
};

export const state = new Store<State>(BLANK);

export function updateGraph(patch: Partial<GraphChoice>): void {
  state.update({ graph: { ...state.value.graph, ...patch } });
}

export function updateTrain(patch: Partial<TrainChoice>): void {
  state.update({ train: { ...state.value.train, ...patch } });
}

export function updateRecommend(patch: Partial<RecommendChoice>): void {
  state.update({ recommend: { ...state.value.recommend, ...patch } });
}

/** The whole configuration of a run as chosen now. Sections that the model does not read are left out. */
export function runConfig(catalog: Catalog): RunConfig {
  const { seed, data, train } = state.value;
  const { model, evaluate } = train;
  const { sections } = find(catalog.models, model.name);
  const read = Object.fromEntries(sections.map((name) => [name, train[name]]));
  return { seed, data, model, ...read, evaluate };
}

/** `base` with what `config` states; a section that names another method is replaced as a whole. */
function overlaid(catalog: Catalog, base: TrainChoice, config: RunConfig | undefined): TrainChoice {
  if (!config) return base;
  const train: TrainChoice = { ...base };
  for (const name of CHOSEN) {
    const given = config[name];
    if (given) train[name] = section(find(methodsOf(catalog, name), given.name), given);
  }
  train.train = { ...base.train, ...config.train };
  train.evaluate = { ...base.evaluate, ...config.evaluate };
  return train;
}

/** Takes over a run's configuration: a preset's, or a finished run's. */
export function adopt(catalog: Catalog, config: RunConfig): void {
  const base = initial(catalog);
  const defaults: TrainChoice = {
    ...base.train,
    train: values(catalog.train),
    evaluate: values(catalog.evaluate),
  };
  state.update({
    train: overlaid(catalog, defaults, config),
    data: config.data ? { ...base.data, ...config.data } : state.value.data,
    seed: config.seed ?? state.value.seed,
  });
}

/** Everything back to the defaults, but for the seed, the data and the room. */
export function reset(catalog: Catalog): void {
  const { seed, source, room, fingerprint } = state.value;
  state.set({ ...initial(catalog), seed, source, room, fingerprint });
}
