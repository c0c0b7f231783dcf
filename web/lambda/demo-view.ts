// λOpt for other people's pages: the strengths of users and items while they are learnt.

import { html, nothing } from 'lit';
import '../charts/error-bars.js';
import '../elements/about.js';
import '../elements/error-box.js';
import '../elements/params-form.js';
import type { ErrorSeries } from '../charts/error-bars.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { Side } from '../engine/types.js';
import { count, fixed, num } from '../format.js';
import { Follow } from '../store.js';
import {
  DATA,
  GRANULARITIES,
  GRANULARITY_TEXT,
  LAMBDA_PARAMS,
  type LambdaChoice,
  NDCG,
  titleOf,
} from './choice.js';
import type { DemoRun } from './demo.js';
import { type Strengths, strengths, trajectories } from './groups.js';
import { Paced } from './paced.js';

/** What can be set here; the rest is as the page's author has it. */
const PARAMS = LAMBDA_PARAMS.filter((p) => ['rate', 'epochs'].includes(p.name));

interface Pictures {
  known: readonly Strengths[];
  user: readonly ErrorSeries[];
  item: readonly ErrorSeries[];
}

/** `<w-lambda-demo .training .choice .seed>` sends `choice-change` with a part of its choice. */
export class LambdaDemo extends WarrenElement {
  static override properties = {
    training: { attribute: false },
    choice: { attribute: false },
    seed: { attribute: false },
  };
  declare training: DemoRun;
  declare choice: LambdaChoice;
  declare seed: number;
  readonly #paced = new Paced<Pictures>(this);

  constructor() {
    super();
    new Follow(this, () => this.training);
  }

  override render() {
    const { phase, error, history } = this.training.value;
    // A new run begins with an empty history, whatever was drawn of the last one.
    const key = `${history[0]?.seconds}:${history.length}`;
    const { known, user, item } = this.#paced.take(key, phase === 'running', () => {
      const now = strengths(history);
      return { known: now, user: trajectories(now, 'user'), item: trajectories(now, 'item') };
    });
    return html`<div class="lab"><section class="card" aria-label="Learned regularisation" data-testid="lambda-demo" data-phase=${phase}>
      <header><h3>How strong should regularisation be?</h3>${about(
        'Learned regularisation',
        'A penalty λ‖Θ‖² keeps a recommender from learning its training data by heart. λOpt (KDD 2019) learns λ while it trains: before each step it computes where the step would lead, and asks pairs kept back for validation whether they would be better off there with a stronger or a weaker penalty. Every strength begins at 0 and never falls below. Lines are means over groups of users (items), shades one standard deviation.',
        'Λ ← max(0, Λ − η_λ ∂L_val(Θ̄)/∂Λ),  Θ̄ = f(Θ, g + 2ΛΘ / B)',
      )}</header>
      ${phase === 'failed' ? html`<w-error .error=${error} heading="The run could not be made"></w-error>` : nothing}
      ${this.#controls()}
      <div class="decay-arms">${this.#lines(user, 'user')}${this.#lines(item, 'item')}</div>
      ${this.#facts(known)}
    </section></div>`;
  }

  #controls() {
    const { phase } = this.training.value;
    const { granularity, rate, epochs } = this.choice;
    const busy = phase === 'loading' || phase === 'running';
    const id = `${this.uid}-granularity`;
    return html`<div class="lab-form">
      <div class="param choice-line"><span class="label"><label for=${id}>granularity</label></span><select id=${id} name="lambda.granularity"
        @change=${(e: Event) => {
          const found = GRANULARITIES.find((g) => g === (e.target as HTMLSelectElement).value);
          if (found) this.#patch({ granularity: found });
        }}>${GRANULARITIES.map((g) => html`<option value=${g} ?selected=${g === granularity} title=${GRANULARITY_TEXT[g]}>${titleOf(g)}</option>`)}</select></div>
      <w-params .params=${PARAMS} .values=${{ rate, epochs }} prefix="lambda" @value-change=${(
        e: CustomEvent<ValueChange>,
      ) => {
        e.stopPropagation();
        this.#patch({ [e.detail.name]: Number(e.detail.value) });
      }}></w-params></div>
      <div class="buttons" role="group" aria-label="Control of the run">
        <button class="button primary" type="button" data-testid="demo-train" @click=${() => void this.training.start(this.choice, this.seed)}>${
          phase === 'empty' ? 'Learn λ' : 'Learn again'
        }</button>
        ${busy ? html`<button class="button" type="button" data-testid="demo-pause" ?disabled=${phase === 'loading'} @click=${() => this.training.pause()}>Pause</button>` : nothing}
        ${phase === 'paused' ? html`<button class="button" type="button" data-testid="demo-resume" @click=${() => this.training.resume()}>Go on</button>` : nothing}
        <span class="small muted" role="status">${this.#said()}</span></div>`;
  }

  #said(): string {
    const { phase } = this.training.value;
    if (phase === 'loading') return 'Making the data …';
    if (phase === 'done') return 'Done.';
    if (phase === 'paused') return 'Held.';
    return phase === 'running'
      ? `Learning from ${count(DATA.interactions)} interactions of ${DATA.users} users and ${DATA.items} items, a strength for ${GRANULARITY_TEXT[this.choice.granularity]}.`
      : '';
  }

  #patch(patch: Partial<LambdaChoice>): void {
    this.send<Partial<LambdaChoice>>('choice-change', patch);
  }

  #lines(series: readonly ErrorSeries[], side: Side) {
    const title = side === 'user' ? 'Users' : 'Items';
    return html`<div><w-error-bars data-testid="demo-${side}s" heading="${title}: λ by training interactions" x-label="epoch" y-label="λ"
      error-label="deviation within the group" .series=${series} height="250"
      empty="How strong regularisation is for ${title.toLowerCase()} with few and with many interactions, epoch by epoch."></w-error-bars></div>`;
  }

  #facts(known: readonly Strengths[]) {
    const { record } = this.training.value;
    const last = known.at(-1);
    const test = record?.metrics.test[NDCG];
    const fact = (name: string, value: string, id: string) =>
      html`<div data-testid=${id}><dt>${name}</dt><dd>${value}</dd></div>`;
    return html`<dl class="facts">
        ${fact('epoch', last ? count(last.epoch) : '–', 'demo-epoch')}
        ${fact('smallest λ', last ? num(last.lambda.range[0], 3) : '–', 'demo-least')}
        ${fact('largest λ', last ? num(last.lambda.range[1], 3) : '–', 'demo-most')}
        ${fact('test NDCG@100', test === undefined ? '–' : fixed(test, 3), 'demo-ndcg')}</dl>
      <p class="small muted">Active users usually end with stronger λ: their vectors are trained in many batches and are the first to
        overfit. The test value is that of the best validation epoch.</p>`;
  }
}
define('w-lambda-demo', LambdaDemo);
