// The room about weight decay: what it writes into the lengths of vectors, by theorem and by training.

import { html } from 'lit';
import { type DecayPatch, patched } from '../decay/choice.js';
import { type DecaySession, newDecay } from '../decay/decay.js';
import { define, WarrenElement } from '../elements/element.js';
import { engine, started } from '../session/engine.js';
import { state } from '../state.js';

/** Kept while the page lasts, from the first visit to the room. */
let session: DecaySession | null = null;

export class DecayRoom extends WarrenElement {
  constructor() {
    super();
    this.watch(engine, state);
  }

  override render() {
    session ??= newDecay(started);
    return html`<div class="room-head"><h2>Weight decay &amp; popularity</h2>
        <p data-part="intro">Losses that see only angles should not care how long a vector is. Yet they need weight decay, and
          lose much without it. The reason: decay pulls every vector towards zero at every step, but only those in the batch
          are pushed out again, and popular items are in more batches. So decay writes popularity into the lengths, and a
          scalar product reads them.</p>
        <p class="formula" data-part="intro"><span>score(u, i) = ‖u‖ ‖i‖ cos(u, i)</span><span>P(i in the batch) = 1 − (1 − r/N)^B</span></p></div>
      <w-decay .session=${session} .choice=${state.value.decay} @choice-change=${this.#change}></w-decay>`;
  }

  readonly #change = (event: CustomEvent<DecayPatch>): void => {
    event.stopPropagation();
    state.update({ decay: patched(state.value.decay, event.detail) });
  };
}
define('w-decay-room', DecayRoom);
