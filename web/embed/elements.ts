// The elements for other pages: `<script type="module" src="…/elements.js">` defines them.

import { WarrenLambda } from './lambda.js';
import { WarrenPerturbation } from './perturbation.js';
import { WarrenWeightDecay } from './weight-decay.js';

export { WarrenLambda, WarrenPerturbation, WarrenWeightDecay };

// A page may load this module twice, from two places; the first one counts.
for (const [name, element] of [
  ['warren-perturbation', WarrenPerturbation],
  ['warren-weight-decay', WarrenWeightDecay],
  ['warren-lambda', WarrenLambda],
] as const) {
  if (!customElements.get(name)) customElements.define(name, element);
}
