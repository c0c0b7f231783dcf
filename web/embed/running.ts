// The running demo, loaded with the first start: the lab of the page inside an element's shadow tree.

import { type LabPatch, patched } from '../lab/choice.js';
import { type Lab, newLab } from '../lab/lab.js';
import type { Running } from './demo.js';
import type { Settings } from './perturbation-settings.js';
import { withEngine } from './with-engine.js';

export { styles } from './demo-styles.js';

/** Starts the engine, or takes a share of it, and builds the lab; `onEnd` if it breaks down later. */
export async function run(
  settings: Settings,
  onEnd: (why: Error) => void,
): Promise<Running<Settings>> {
  return withEngine(settings, onEnd, (engine) => {
    const session = newLab(engine);
    const element = document.createElement('w-lab') as Lab;
    const apply = ({ choice, seed, view }: Settings) => {
      Object.assign(element, { choice, seed, view });
    };
    element.session = session;
    apply(settings);
    element.addEventListener('choice-change', (event) => {
      event.stopPropagation();
      const { seed, ...rest } = (event as CustomEvent<LabPatch>).detail;
      element.choice = patched(element.choice, rest);
      if (seed !== undefined) element.seed = seed;
    });
    const end = () => {
      session.live.stop();
      session.experiment.reset();
    };
    return { element, apply, end };
  });
}
