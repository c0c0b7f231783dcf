// The running demo, loaded with the first start: the lab of the page inside an element's shadow tree.

import { type LabPatch, patched } from '../lab/choice.js';
import { type Lab, newLab } from '../lab/lab.js';
import base from '../styles/base.css?inline';
import charts from '../styles/charts.css?inline';
import controls from '../styles/controls.css?inline';
import lab from '../styles/lab.css?inline';
import parts from '../styles/parts.css?inline';
import type { Running } from './demo.js';
import type { Settings } from './perturbation-settings.js';
import { sheet } from './sheets.js';
import { withEngine } from './with-engine.js';

let made: CSSStyleSheet | null = null;

/** The lab's styles, made once and shared by all elements. */
export function styles(): CSSStyleSheet {
  made ??= sheet(base, controls, parts, charts, lab);
  return made;
}

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
