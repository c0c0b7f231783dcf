// What an embedding page says of the perturbation lab by attributes.

import { ALPHA, conflict, LAB, type LabChoice, LIVE_PARAMS } from '../lab/choice.js';
import { AttributeReader, type Checked, COMMON, type Common } from './settings.js';

export const VIEWS = ['both', 'graph', 'experiment'] as const;

export interface Settings extends Common {
  view: (typeof VIEWS)[number];
  choice: LabChoice;
}

export const ATTRIBUTES = [...COMMON, 'nodes', 'attach', 'alpha', 'view'] as const;

/** Eigenvectors for each node: 40 of 100 in the paper. */
const SHARE = 0.4;

/** Reads the attributes; `base` is what relative addresses start from. */
export function readSettings(
  get: (name: string) => string | null,
  base: string,
): Checked<Settings> {
  const reader = new AttributeReader(get, base);
  const range = (name: 'nodes' | 'attach') => {
    const param = LIVE_PARAMS.find((p) => p.name === name);
    return reader.number(name, param?.min ?? 1, param?.max ?? 1, true);
  };
  const nodes = range('nodes');
  const attach = range('attach');
  const settings: Settings = {
    ...reader.common(),
    view: reader.choice('view', VIEWS, 'both'),
    choice: chosen(nodes, attach, reader.number('alpha', ALPHA.min, ALPHA.max, false)),
  };
  const wrong = conflict(settings.choice.live) ?? conflict(settings.choice.experiment);
  if (wrong !== null)
    reader.problems.push(`nodes="${nodes ?? ''}" attach="${attach ?? ''}": ${wrong}`);
  return { settings, problems: reader.problems };
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
