// The running weight decay demo, loaded with the first start: it begins to train at once.

import { Arms } from '../decay/arms.js';
import type { DecayDemo } from '../decay/arms-view.js';
import '../decay/arms-view.js';
import type { CompareChoice } from '../decay/choice.js';
import type { Running } from './demo.js';
import type { Settings } from './weight-decay-settings.js';
import { withEngine } from './with-engine.js';

export { styles } from './demo-styles.js';

/** Starts the engine, or takes a share of it, and the three trainings; `onEnd` if it breaks down later. */
export async function run(
  settings: Settings,
  onEnd: (why: Error) => void,
): Promise<Running<Settings>> {
  return withEngine(settings, onEnd, (engine) => {
    const arms = new Arms(engine);
    const element = document.createElement('w-decay-demo') as DecayDemo;
    const apply = ({ choice, seed }: Settings) => {
      Object.assign(element, { choice, seed });
    };
    element.arms = arms;
    apply(settings);
    element.addEventListener('choice-change', (event) => {
      event.stopPropagation();
      element.choice = {
        ...element.choice,
        ...(event as CustomEvent<Partial<CompareChoice>>).detail,
      };
    });
    void arms.start(settings.choice, settings.seed);
    return { element, apply, end: () => arms.reset() };
  });
}
