// The room's part of a link.

import type { HashReader } from '../hash-reader.js';
import {
  DATA_PARAMS,
  type DecayChoice,
  QUANTITIES,
  ROWS,
  STEP_PARAMS,
  type TheoryChoice,
} from './choice.js';

export function readDecay(reader: HashReader, base: DecayChoice): DecayChoice {
  const { rows, quantity, ...numbers } = base.theory;
  const params = [...STEP_PARAMS, ...DATA_PARAMS];
  const read = reader.values('decay', { params }, numbers) as unknown as Omit<
    TheoryChoice,
    'rows' | 'quantity'
  >;
  return {
    theory: {
      ...read,
      rows: reader.oneOf('decay.rows', ROWS, rows),
      quantity: reader.oneOf('decay.quantity', QUANTITIES, quantity),
    },
  };
}
