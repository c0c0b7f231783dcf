// What an embedding page says of the demo of learned regularisation by attributes.

import { GRANULARITIES, LAMBDA, LAMBDA_PARAMS, type LambdaChoice } from '../lambda/choice.js';
import { AttributeReader, type Checked, COMMON, type Common } from './settings.js';

export interface Settings extends Common {
  choice: LambdaChoice;
}

export const ATTRIBUTES = [...COMMON, 'granularity', 'rate', 'epochs', 'dim'] as const;

/** Reads the attributes; `base` is what relative addresses start from. */
export function readSettings(
  get: (name: string) => string | null,
  base: string,
): Checked<Settings> {
  const reader = new AttributeReader(get, base);
  const range = (name: 'rate' | 'epochs' | 'dim'): number => {
    const param = LAMBDA_PARAMS.find((p) => p.name === name);
    if (!param) throw new Error(`${name} is no number of the run`);
    return reader.number(name, param.min, param.max, param.type === 'int') ?? LAMBDA[name];
  };
  const settings: Settings = {
    ...reader.common(),
    choice: {
      ...LAMBDA,
      granularity: reader.choice('granularity', GRANULARITIES, LAMBDA.granularity),
      rate: range('rate'),
      epochs: range('epochs'),
      dim: range('dim'),
    },
  };
  return { settings, problems: reader.problems };
}
