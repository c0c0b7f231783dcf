// The room's content as a whole, loaded when the room is first visited.

import { html } from 'lit';
import '../elements/about.js';
import '../elements/error-box.js';
import '../elements/params-form.js';
import './grid-view.js';
import './run-view.js';
import './tails-view.js';
import { Comparison } from '../decay/compare.js';
import { define, WarrenElement } from '../elements/element.js';
import type { LambdaChoice } from './choice.js';
import { Live } from './live.js';

/** What the room knows of its runs. It outlives the elements that show them. */
export interface LambdaSession {
  live: Live;
  comparison: Comparison;
}

export const newLambda = (): LambdaSession => ({ live: new Live(), comparison: new Comparison() });

/** `<w-lambda .session .choice>` sends `choice-change` with what changes of a {@link LambdaChoice}. */
export class Lambda extends WarrenElement {
  static override properties = { session: { attribute: false }, choice: { attribute: false } };
  declare session: LambdaSession;
  declare choice: LambdaChoice;

  override render() {
    const { session, choice } = this;
    return html`<div class="lab">
      <w-lambda-tails></w-lambda-tails>
      <w-lambda-run .live=${session.live} .choice=${choice}></w-lambda-run>
      <w-lambda-grid .comparison=${session.comparison} .choice=${choice}></w-lambda-grid>
    </div>`;
  }
}
define('w-lambda', Lambda);
