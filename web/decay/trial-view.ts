// Figure 7 measured: how the squared lengths of a live run change with the items' counts, against what the theorem expects.

import { html, nothing } from 'lit';
import '../charts/error-bars.js';
import '../elements/progress.js';
import type { ErrorSeries } from '../charts/error-bars.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import { count, num } from '../format.js';
import { data } from '../session/data.js';
import { state } from '../state.js';
import { Follow } from '../store.js';
import { type DecayPatch, ROWS, type Rows, TRIAL_PARAMS, type TrialChoice } from './choice.js';
import { lawOf, type Trial, type TrialData, trialKey } from './trial.js';

const ROWS_TEXT: Record<Rows, string> = {
  all: 'all rows',
  batch: 'the batch’s rows',
  none: 'no row',
};

/** The changes of this many steps are stated: those of one have too many zeros. */
const STEPS = 1000;

/** `<w-decay-trial .trial .choice>` sends `choice-change` with a {@link DecayPatch}. */
export class DecayTrial extends WarrenElement {
  static override properties = { trial: { attribute: false }, choice: { attribute: false } };
  declare trial: Trial;
  declare choice: TrialChoice;

  constructor() {
    super();
    new Follow(this, () => this.trial);
    this.watch(data, state);
  }

  #patch(trial: Partial<TrialChoice>): void {
    this.send<DecayPatch>('choice-change', { trial });
  }

  #on(): TrialData | null {
    const { prepared, items, version } = data.value;
    const { data: filter, seed } = state.value;
    if (!prepared || !items) return null;
    return { data: filter, seed, interactions: prepared.train, counts: items.counts, version };
  }

  override render() {
    const { phase, bins, error, key } = this.trial.value;
    const on = this.#on();
    const stale = phase !== 'empty' && (on === null || key !== trialKey(this.choice, on));
    return html`<section class="card" aria-label="Trial" data-testid="decay-trial" data-phase=${phase}>
      <header><h3>The theorem on trial</h3>${about(
        'Figure 7, measured',
        'A training that is what the theorem assumes: gradient descent on cosines alone, with weight decay. While it runs, the squared length of every item is read again and again. Dots are the mean change over items of about the same number of interactions, with standard errors; the dashed line is the theorem’s expectation, carried on step by step from the first reading with the pairs’ mean cosine.',
        'E‖i′‖² − ‖i‖² = (η²λ² − 2ηλ) ‖i‖² + P(i in the batch) · η² (1 − cos²) / ‖i‖²,  η = 2η′/B,  λ = λ′B/2',
      )}</header>
      ${phase === 'failed' ? html`<w-error .error=${error} heading="The trial could not be made"></w-error>` : nothing}
      <div class="lab-split">
        <div class="lab-chart">
          <w-error-bars data-testid="decay-measured" heading="Change of ‖i‖² in ${count(STEPS)} steps" x-label="training interactions r"
            y-label="change of ‖i‖²" x-log signed .series=${series(bins)} height="320" empty="The measured change by number of interactions, while the trial runs."></w-error-bars>
          <p class="small muted lab-stale" role="status">${stale && bins.length > 0 ? 'This is of other settings or other data than those now.' : nothing}</p>
        </div>
        <div class="lab-run">${this.#controls(on)}${this.#facts(on)}${this.#form()}</div>
      </div>
    </section>`;
  }

  #controls(on: TrialData | null) {
    const { phase, done } = this.trial.value;
    const running = phase === 'running';
    return html`<div class="buttons">
      ${
        running
          ? html`<button class="button" type="button" data-testid="trial-cancel" @click=${() => this.trial.reset()}>Cancel</button>`
          : html`<button class="button primary" type="button" data-testid="trial-start" ?disabled=${on === null}
            @click=${() => on && void this.trial.start(this.choice, on)}>Put it on trial</button>`
      }
      ${on === null ? html`<span class="small muted">This needs data: see the room Data.</span>` : nothing}</div>
      ${
        running
          ? html`<w-progress label="Training and measuring" .cancellable=${false}
            .progress=${{ stage: 'train', done: Math.round(100 * done), total: 100, unit: '%', seconds: 0 }}></w-progress>`
          : nothing
      }`;
  }

  #facts(on: TrialData | null) {
    const { steps, cosine, bins } = this.trial.value;
    const law = lawOf(this.choice, on?.interactions ?? 1);
    const fact = (name: string, value: string) =>
      html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
    return html`<dl class="facts">
      ${fact('the theorem’s η', num(law.learningRate, 3))}${fact('the theorem’s λ', num(law.weightDecay, 3))}
      ${fact('steps measured', bins.length > 0 ? count(steps) : '–')}${fact('mean cosine', bins.length > 0 ? num(cosine, 2) : '–')}</dl>`;
  }

  #form() {
    const { rows, ...values } = this.choice;
    return html`<span class="segmented" role="radiogroup" aria-label="Rows that decay in the trial">${ROWS.map(
      (
        r,
      ) => html`<label><input type="radio" name="decay.trial.rows" value=${r} .checked=${r === rows}
        @change=${() => this.#patch({ rows: r })} />${ROWS_TEXT[r]}</label>`,
    )}</span>
      <w-params .params=${TRIAL_PARAMS} .values=${{ ...values }} prefix="decay.trial" @value-change=${(
        e: CustomEvent<ValueChange>,
      ) => {
        e.stopPropagation();
        this.#patch({ [e.detail.name]: Number(e.detail.value) });
      }}></w-params>`;
  }
}
define('w-decay-trial', DecayTrial);

function series(bins: Trial['value']['bins']): ErrorSeries[] {
  if (bins.length === 0) return [];
  const x = bins.map((b) => b.degree);
  return [
    {
      label: 'measured',
      colour: '--series-1',
      x,
      y: bins.map((b) => STEPS * b.measured),
      error: bins.map((b) => (b.error === null ? null : STEPS * b.error)),
      columns: { items: bins.map((b) => b.items) },
    },
    {
      label: 'theorem',
      colour: '--series-2',
      dash: true,
      x,
      y: bins.map((b) => STEPS * b.expected),
      error: bins.map(() => null),
      columns: { items: bins.map((b) => b.items) },
    },
  ];
}
