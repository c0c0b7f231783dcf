// The room's part of a link.

import type { HashReader } from '../hash-reader.js';
import { GRANULARITIES, LAMBDA_PARAMS, type LambdaChoice, MEASURES } from './choice.js';

export function readLambda(reader: HashReader, base: LambdaChoice): LambdaChoice {
  const { granularity, measure, ...numbers } = base;
  const params = [...LAMBDA_PARAMS];
  const read = reader.values('lambda', { params }, numbers) as unknown as typeof numbers;
  return {
    ...read,
    granularity: reader.oneOf('lambda.granularity', GRANULARITIES, granularity),
    measure: reader.oneOf('lambda.measure', MEASURES, measure),
  };
}
