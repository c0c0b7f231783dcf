// The perturbation lab as a whole: the room of the page and the embedded element show this.

import { html, nothing } from 'lit';
import '../elements/about.js';
import '../elements/error-box.js';
import '../elements/params-form.js';
import '../elements/progress.js';
import './experiment-view.js';
import './live-view.js';
import { define, WarrenElement } from '../elements/element.js';
import type { LabChoice } from './choice.js';
import { Experiment } from './experiment.js';
import { type EngineSource, LiveGraph } from './live.js';

export const VIEWS = ['both', 'graph', 'experiment'] as const;
export type LabView = (typeof VIEWS)[number];

/** What the lab has computed. It outlives the elements that show it. */
export interface LabSession {
  live: LiveGraph;
  experiment: Experiment;
}

export function newLab(engine: EngineSource): LabSession {
  return { live: new LiveGraph(engine), experiment: new Experiment(engine) };
}

/** `<w-lab .session .choice .seed view="both">` sends `choice-change` with a `LabPatch`. */
export class Lab extends WarrenElement {
  static override properties = {
    session: { attribute: false },
    choice: { attribute: false },
    seed: { attribute: false },
    view: {},
  };
  declare session: LabSession;
  declare choice: LabChoice;
  declare seed: number;
  declare view: LabView;

  constructor() {
    super();
    this.view = 'both';
  }

  override render() {
    const { session, choice, seed, view } = this;
    return html`<div class="lab">
      ${view === 'experiment' ? nothing : html`<w-lab-live .live=${session.live} .choice=${choice.live} .seed=${seed}></w-lab-live>`}
      ${view === 'graph' ? nothing : html`<w-lab-experiment .experiment=${session.experiment} .choice=${choice.experiment} .seed=${seed}></w-lab-experiment>`}
    </div>`;
  }
}
define('w-lab', Lab);
