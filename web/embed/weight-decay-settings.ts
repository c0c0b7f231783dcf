// What an embedding page says of the weight decay demo by attributes.

import { COMPARE_PARAMS, type CompareChoice, DECAY, LOSSES } from '../decay/choice.js';
import { AttributeReader, type Checked, COMMON, type Common } from './settings.js';

export interface Settings extends Common {
  choice: CompareChoice;
}

export const ATTRIBUTES = [...COMMON, 'loss', 'lambda', 'epochs', 'dim'] as const;

/** Small and quick enough for the built-in data, strong enough to be seen in half a minute. */
const CHOICE: CompareChoice = {
  ...DECAY.compare,
  dim: 16,
  batch_size: 128,
  learning_rate: 5e-3,
  lambda: 1e-2,
  epochs: 40,
};

/** Reads the attributes; `base` is what relative addresses start from. */
export function readSettings(
  get: (name: string) => string | null,
  base: string,
): Checked<Settings> {
  const reader = new AttributeReader(get, base);
  const range = (name: 'lambda' | 'epochs' | 'dim'): number => {
    const param = COMPARE_PARAMS.find((p) => p.name === name);
    if (!param || (param.type !== 'int' && param.type !== 'float'))
      throw new Error(`${name} is no number of the comparison`);
    return reader.number(name, param.min, param.max, param.type === 'int') ?? CHOICE[name];
  };
  const settings: Settings = {
    ...reader.common(),
    choice: {
      ...CHOICE,
      loss: reader.choice('loss', LOSSES, CHOICE.loss),
      lambda: range('lambda'),
      epochs: range('epochs'),
      dim: range('dim'),
    },
  };
  return { settings, problems: reader.problems };
}
