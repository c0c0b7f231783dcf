// The room about regularisation that learns itself: what λOpt does, live, and against a grid of fixed strengths.

import { html } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import type { LambdaChoice } from '../lambda/choice.js';
import { type LambdaSession, newLambda } from '../lambda/lambda.js';
import { engine } from '../session/engine.js';
import { state } from '../state.js';

/** Kept while the page lasts, from the first visit to the room. */
let session: LambdaSession | null = null;

export class LambdaRoom extends WarrenElement {
  constructor() {
    super();
    this.watch(engine, state);
  }

  override render() {
    session ??= newLambda();
    return html`<div class="room-head"><h2>Learned regularisation</h2>
        <p data-part="intro">A penalty λ‖Θ‖² keeps a recommender from learning its training data by heart. How strong it should be is
          usually found by training again and again, and one strength has to do for everybody. λOpt finds strengths while it
          trains, one for every number of the model if you like, by asking at each step:</p>
        <ol data-part="intro">
          <li><strong>Where would the next step lead?</strong> It computes where the optimizer would take the vectors with the strengths
            as they are. This step is only assumed: it is not made.</li>
          <li><strong>Would validation pairs like it there?</strong> The loss of a batch of them is measured at the assumed place. As that
            place depends on λ, the loss has a slope along λ. Where the penalty pulled a vector to a worse place the slope is
            upwards, and λ gets smaller; where it held one back from a mistake, λ gets larger. Never below 0: less than no
            penalty would reward long vectors.</li>
          <li><strong>Then the real step</strong>, from where the vectors were, with the new strengths.</li>
        </ol>
        <p data-part="intro">Active users usually end with stronger λ: their vectors are trained in many batches and are the first to overfit.
          Sparse users have hardly had time to learn anything, and are left freer.</p>
        <p class="formula" data-part="intro"><span>Ω = Σ Λ ∘ Θ²</span><span>Θ̄ = f(Θ, g + 2ΛΘ)</span><span>Λ ← max(0, Λ − η<sub>λ</sub> ∂L<sub>val</sub>(Θ̄)/∂Λ)</span></p></div>
      <w-lambda .session=${session} .choice=${state.value.lambda} @choice-change=${this.#change}></w-lambda>`;
  }

  readonly #change = (event: CustomEvent<Partial<LambdaChoice>>): void => {
    event.stopPropagation();
    state.update({ lambda: { ...state.value.lambda, ...event.detail } });
  };
}
define('w-lambda-room', LambdaRoom);
