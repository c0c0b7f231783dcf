// The lab's part of a link.

import type { Values } from '../engine/types.js';
import type { HashReader } from '../hash-reader.js';
import {
  ALPHA,
  COLOURINGS,
  EXPERIMENT_PARAMS,
  type ExperimentChoice,
  type LabChoice,
  LIVE_PARAMS,
  type LiveChoice,
  MEASURES,
  readMethods,
  SHOWN_METHODS,
  SINCE,
  writeMethods,
} from './choice.js';
import { readEdits, writeEdits } from './edges.js';

/** Every value under its key, to be put behind `lab.`. */
export function writeLab({ live, experiment }: LabChoice): Values {
  const { edits, ...rest } = live;
  const { methods, ...others } = experiment;
  const prefixed = Object.entries(others).map(([key, value]) => [`experiment.${key}`, value]);
  return {
    ...rest,
    ...(edits.length > 0 ? { edits: writeEdits(edits) } : {}),
    ...(Object.fromEntries(prefixed) as Values),
    'experiment.methods': writeMethods(methods),
  };
}

export function readLab(reader: HashReader, base: LabChoice): LabChoice {
  return { live: readLive(reader, base.live), experiment: readExperiment(reader, base.experiment) };
}

function readLive(reader: HashReader, base: LiveChoice): LiveChoice {
  const { nodes, attach, dim, alpha } = base;
  const numbers = reader.values(
    'lab',
    { params: [...LIVE_PARAMS, ALPHA] },
    { nodes, attach, dim, alpha },
  ) as Pick<LiveChoice, 'nodes' | 'attach' | 'dim' | 'alpha'>;
  const last = numbers.nodes - 1;
  return {
    ...numbers,
    normalised: reader.flag('lab.normalised', base.normalised),
    edits: reader.parsed(
      'lab.edits',
      (text) => readEdits(text, numbers.nodes),
      `a list of edges such as 3-17,5-9r between nodes 0 to ${last}`,
      base.edits,
    ),
    node: reader.whole('lab.node', -1, last, base.node),
    measure: reader.oneOf('lab.measure', MEASURES, base.measure),
    since: reader.oneOf('lab.since', SINCE, base.since),
    method: reader.oneOf('lab.method', SHOWN_METHODS, base.method),
    colour: reader.oneOf('lab.colour', COLOURINGS, base.colour),
    column: reader.whole('lab.column', 1, numbers.nodes, base.column),
    sized: reader.flag('lab.sized', base.sized),
    bars: reader.flag('lab.bars', base.bars),
  };
}

function readExperiment(reader: HashReader, base: ExperimentChoice): ExperimentChoice {
  const { nodes, attach, dim, graphs, repeats } = base;
  const numbers = reader.values(
    'lab.experiment',
    { params: [...EXPERIMENT_PARAMS] },
    { nodes, attach, dim, graphs, repeats },
  ) as Pick<ExperimentChoice, 'nodes' | 'attach' | 'dim' | 'graphs' | 'repeats'>;
  return {
    ...numbers,
    normalised: reader.flag('lab.experiment.normalised', base.normalised),
    measure: reader.oneOf('lab.experiment.measure', MEASURES, base.measure),
    methods: reader.parsed(
      'lab.experiment.methods',
      readMethods,
      'at most six of le and numbers from 0 to 1, separated by commas',
      base.methods,
    ),
  };
}
