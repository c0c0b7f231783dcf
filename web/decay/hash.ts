// The room's part of a link.

import type { HashReader } from '../hash-reader.js';
import {
  COMPARE_PARAMS,
  type CompareChoice,
  DATA_PARAMS,
  type DecayChoice,
  LOSSES,
  QUANTITIES,
  ROWS,
  STEP_PARAMS,
  type TheoryChoice,
  TRIAL_PARAMS,
  type TrialChoice,
} from './choice.js';

export function readDecay(reader: HashReader, base: DecayChoice): DecayChoice {
  return {
    theory: readTheory(reader, base.theory),
    trial: readTrial(reader, base.trial),
    compare: readCompare(reader, base.compare),
  };
}

function readTrial(reader: HashReader, base: TrialChoice): TrialChoice {
  const { rows, ...numbers } = base;
  const params = [...TRIAL_PARAMS];
  const read = reader.values('decay.trial', { params }, numbers) as unknown as typeof numbers;
  return { ...read, rows: reader.oneOf('decay.trial.rows', ROWS, rows) };
}

function readTheory(reader: HashReader, base: TheoryChoice): TheoryChoice {
  const { rows, quantity, ...numbers } = base;
  const params = [...STEP_PARAMS, ...DATA_PARAMS];
  const read = reader.values('decay', { params }, numbers) as unknown as typeof numbers;
  return {
    ...read,
    rows: reader.oneOf('decay.rows', ROWS, rows),
    quantity: reader.oneOf('decay.quantity', QUANTITIES, quantity),
  };
}

function readCompare(reader: HashReader, base: CompareChoice): CompareChoice {
  const { loss, ...numbers } = base;
  const params = [...COMPARE_PARAMS];
  const read = reader.values('decay.compare', { params }, numbers) as unknown as typeof numbers;
  return { ...read, loss: reader.oneOf('decay.compare.loss', LOSSES, loss) };
}
