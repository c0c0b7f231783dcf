import type { Param } from '../engine/types.js';

/** The seed as a field of a form: the page's own, or that of an element in somebody else's page. */
export const SEED: Param = {
  type: 'int',
  name: 'seed',
  title: 'seed',
  unit: '',
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  default: 123,
  doc: 'One number from which graphs and random edges are drawn. The same seed gives the same numbers.',
};
