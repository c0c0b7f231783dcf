// The elements for other pages: `<script type="module" src="…/elements.js">` defines them.

import { WarrenPerturbation } from './perturbation.js';

export { WarrenPerturbation };

// A page may load this module twice, from two places; the first one counts.
if (!customElements.get('warren-perturbation'))
  customElements.define('warren-perturbation', WarrenPerturbation);
