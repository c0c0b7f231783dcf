// What an embedding page says by attributes, checked once.

import { ALPHA, conflict, LAB, type LabChoice, LIVE_PARAMS } from '../lab/choice.js';

export const VIEWS = ['both', 'graph', 'experiment'] as const;
export const THEMES = ['auto', 'light', 'dark'] as const;

export interface Settings {
  /** Absolute addresses; `null` for the files beside the module. */
  wasmUrl: string | null;
  workerUrl: string | null;
  seed: number;
  view: (typeof VIEWS)[number];
  theme: (typeof THEMES)[number];
  choice: LabChoice;
}

export const ATTRIBUTES = [
  'wasm-url',
  'worker-url',
  'nodes',
  'attach',
  'seed',
  'alpha',
  'view',
  'theme',
] as const;
type Attribute = (typeof ATTRIBUTES)[number];

export interface Checked {
  settings: Settings;
  /** One sentence for each attribute that cannot be used, naming it and its value. */
  problems: string[];
}

const DEFAULT_SEED = 123;
/** Eigenvectors for each node: 40 of 100 in the paper. */
const SHARE = 0.4;

/** Reads the attributes; `base` is what relative addresses start from. */
export function readSettings(get: (name: Attribute) => string | null, base: string): Checked {
  const problems: string[] = [];
  const bad = (name: Attribute, value: string, permitted: string) => {
    problems.push(`${name}="${value}" is not ${permitted}.`);
    return null;
  };
  const number = (name: Attribute, low: number, high: number, whole: boolean) => {
    const text = get(name);
    if (text === null) return null;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const fits = value >= low && value <= high && (!whole || Number.isInteger(value));
    return fits
      ? value
      : bad(name, text, `a ${whole ? 'whole ' : ''}number from ${low} to ${high}`);
  };
  const choice = <T extends string>(name: Attribute, options: readonly T[], otherwise: T): T => {
    const text = get(name);
    if (text === null) return otherwise;
    const found = options.find((o) => o === text);
    return found ?? bad(name, text, `one of ${options.join(', ')}`) ?? otherwise;
  };
  const address = (name: Attribute) => {
    const text = get(name);
    if (text === null) return null;
    return URL.canParse(text, base) ? new URL(text, base).href : bad(name, text, 'an address');
  };
  const range = (name: 'nodes' | 'attach') => {
    const param = LIVE_PARAMS.find((p) => p.name === name);
    return number(name, param?.min ?? 1, param?.max ?? 1, true);
  };
  const nodes = range('nodes');
  const attach = range('attach');
  const settings: Settings = {
    wasmUrl: address('wasm-url'),
    workerUrl: address('worker-url'),
    seed: number('seed', 0, Number.MAX_SAFE_INTEGER, true) ?? DEFAULT_SEED,
    view: choice('view', VIEWS, 'both'),
    theme: choice('theme', THEMES, 'auto'),
    choice: chosen(nodes, attach, number('alpha', ALPHA.min, ALPHA.max, false)),
  };
  const wrong = conflict(settings.choice.live) ?? conflict(settings.choice.experiment);
  if (wrong !== null) problems.push(`nodes="${nodes ?? ''}" attach="${attach ?? ''}": ${wrong}`);
  return { settings, problems };
}

/** The lab's own choice where the page says nothing; what it does not say follows what it says. */
function chosen(nodes: number | null, attach: number | null, alpha: number | null): LabChoice {
  const sized = <T extends { nodes: number; attach: number; dim: number }>(base: T): T => {
    const n = nodes ?? base.nodes;
    const m = attach ?? Math.min(base.attach, n - 1);
    const dim = nodes === null ? base.dim : Math.max(1, Math.round(SHARE * n));
    return { ...base, nodes: n, attach: m, dim };
  };
  const live = sized(LAB.live);
  const experiment = sized(LAB.experiment);
  return {
    live: { ...live, node: live.nodes - 1, ...(alpha === null ? {} : { alpha }) },
    experiment: { ...experiment, ...(alpha === null ? {} : { methods: [null, alpha] }) },
  };
}
