// The room's content as a whole, loaded when the room is first visited.

import { html } from 'lit';
import '../elements/about.js';
import '../elements/error-box.js';
import '../elements/params-form.js';
import './bias-view.js';
import './compare-view.js';
import './sweep-view.js';
import './theory-view.js';
import './trial-view.js';
import { define, WarrenElement } from '../elements/element.js';
import type { EngineSource } from '../lab/live.js';
import type { DecayChoice } from './choice.js';
import { Comparison } from './compare.js';
import { LengthReader } from './lengths.js';
import { Theory } from './theory.js';
import { Trial } from './trial.js';

/** What the room has computed. It outlives the elements that show it. */
export interface DecaySession {
  theory: Theory;
  trial: Trial;
  comparison: Comparison;
  lengths: LengthReader;
  strengths: Comparison;
  debiasing: Comparison;
}

export function newDecay(engine: EngineSource): DecaySession {
  return {
    theory: new Theory(engine),
    trial: new Trial(engine),
    comparison: new Comparison(),
    lengths: new LengthReader(),
    strengths: new Comparison(),
    debiasing: new Comparison(),
  };
}

/** `<w-decay .session .choice>` sends `choice-change` with a `DecayPatch`. */
export class Decay extends WarrenElement {
  static override properties = { session: { attribute: false }, choice: { attribute: false } };
  declare session: DecaySession;
  declare choice: DecayChoice;

  override render() {
    const { session, choice } = this;
    return html`<div class="lab">
      <w-decay-theory .theory=${session.theory} .choice=${choice.theory}></w-decay-theory>
      <w-decay-trial .trial=${session.trial} .choice=${choice.trial}></w-decay-trial>
      <w-decay-compare .comparison=${session.comparison} .lengths=${session.lengths} .choice=${choice.compare}></w-decay-compare>
      <w-decay-sweep .comparison=${session.strengths} .choice=${choice.compare}></w-decay-sweep>
      <w-decay-bias .strengths=${session.strengths} .debiasing=${session.debiasing} .choice=${choice.compare}></w-decay-bias>
    </div>`;
  }
}
define('w-decay', Decay);
