// The running demo of learned regularisation, loaded with the first start: it begins to train at once.

import { DemoRun } from '../lambda/demo.js';
import '../lambda/demo-view.js';
import type { LambdaChoice } from '../lambda/choice.js';
import type { LambdaDemo } from '../lambda/demo-view.js';
import type { Running } from './demo.js';
import type { Settings } from './lambda-settings.js';
import { withEngine } from './with-engine.js';

export { styles } from './demo-styles.js';

/** Starts the engine, or takes a share of it, and the training; `onEnd` if it breaks down later. */
export async function run(
  settings: Settings,
  onEnd: (why: Error) => void,
): Promise<Running<Settings>> {
  return withEngine(settings, onEnd, (engine) => {
    const training = new DemoRun(engine);
    const element = document.createElement('w-lambda-demo') as LambdaDemo;
    const apply = ({ choice, seed }: Settings) => {
      Object.assign(element, { choice, seed });
    };
    element.training = training;
    apply(settings);
    element.addEventListener('choice-change', (event) => {
      event.stopPropagation();
      element.choice = {
        ...element.choice,
        ...(event as CustomEvent<Partial<LambdaChoice>>).detail,
      };
    });
    void training.start(settings.choice, settings.seed);
    return { element, apply, end: () => training.reset() };
  });
}
