// Theorem 3.1 as a map over degree and batch size (figure 7), and the lengths at which vectors settle.

import { html, nothing } from 'lit';
import '../charts/heat-map.js';
import '../charts/line-chart.js';
import type { Series } from '../charts/line-chart.js';
import { seriesName } from '../charts/palette.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { TheoryMap, TheoryOptions } from '../engine/types.js';
import { count, num, percent } from '../format.js';
import { data } from '../session/data.js';
import { Follow } from '../store.js';
import {
  DATA_PARAMS,
  type DecayPatch,
  QUANTITIES,
  type Quantity,
  ROWS,
  type Rows,
  STEP_PARAMS,
  type TheoryChoice,
} from './choice.js';
import type { Theory } from './theory.js';

const QUANTITY_TEXT: Record<Quantity, { title: string; label: string }> = {
  change: { title: 'change of length', label: 'change of ‖i‖² in a step' },
  probability: { title: 'in the batch', label: 'probability to be in the batch' },
};

const ROWS_TEXT: Record<Rows, string> = {
  all: 'all rows',
  batch: 'the batch’s rows',
  none: 'no row',
};

/** Batch sizes of the curves below the map, as shares of its columns. */
const CURVES = [0.3, 0.5, 0.7];

/** `<w-decay-theory .theory .choice>` sends `choice-change` with a {@link DecayPatch}. */
export class DecayTheory extends WarrenElement {
  static override properties = { theory: { attribute: false }, choice: { attribute: false } };
  declare theory: Theory;
  declare choice: TheoryChoice;

  constructor() {
    super();
    new Follow(this, () => this.theory);
    this.watch(data);
  }

  #patch(theory: Partial<TheoryChoice>): void {
    this.send<DecayPatch>('choice-change', { theory });
  }

  override willUpdate(): void {
    void this.theory.show(this.choice);
  }

  override render() {
    const { phase, error } = this.theory.value;
    return html`<section class="card" aria-label="Theorem" data-testid="decay-theory" data-phase=${phase}>
      <header><h3>Theorem</h3>${about(
        'Theorem 3.1 and figure 7',
        'One step of gradient descent on −cos(u, i) with weight decay. Decay shortens every vector by the same share; the gradient lengthens those in the batch. An item with r of N interactions is in a batch of B with probability 1 − (1 − r/N)^B: so popular items gain, and the rest lose. The dashed line is where both are equal. Your optimizer is probably Adam, which scales steps: the theorem says which way lengths go, not how far yours go.',
        'E‖i′‖² − ‖i‖² = (η²λ² − 2ηλ) ‖i‖² + P(i in the batch) · η² (1 − cos²) / ‖i‖²',
      )}</header>
      ${phase === 'failed' ? html`<w-error .error=${error} heading="The map could not be computed"></w-error>` : nothing}
      <div class="lab-split">
        <div class="lab-chart">${this.#map()}${this.#settled()}</div>
        <div class="lab-run">${this.#form()}</div>
      </div>
    </section>`;
  }

  #map() {
    const { map, options } = this.theory.value;
    const { quantity } = this.choice;
    const signed = quantity === 'change';
    const heat = map &&
      options && { xs: options.degrees, ys: options.batch_sizes, values: map[quantity] };
    return html`<div class="buttons"><span class="segmented" role="radiogroup" aria-label="Colours">${QUANTITIES.map(
      (
        q,
      ) => html`<label><input type="radio" name="decay.quantity" value=${q} .checked=${q === quantity}
        @change=${() => this.#patch({ quantity: q })} />${QUANTITY_TEXT[q].title}</label>`,
    )}</span>
      <span class="segmented" role="radiogroup" aria-label="Rows that decay">${ROWS.map(
        (
          r,
        ) => html`<label><input type="radio" name="decay.rows" value=${r} .checked=${r === this.choice.rows}
        @change=${() => this.#patch({ rows: r })} />${ROWS_TEXT[r]}</label>`,
      )}</span>${about(
        'Which rows decay',
        'all: every vector at every step, as PyTorch’s optimizers do it. The batch’s rows: only vectors that are trained in the step anyway; then decay and gradient come equally often, and whether a vector grows does not depend on its popularity (corollary 1). None: lengths can only grow.',
      )}</div>
      <w-heat-map heading=${signed ? 'Expected change of an item’s squared length' : 'Probability of being in a batch'}
        x-label="training interactions r" y-label="batch size B" value-label=${QUANTITY_TEXT[quantity].label} ?signed=${signed}
        .heat=${heat} .further=${map ? { probability: map.probability, change: map.change, 'balanced length': map.balanced_length } : {}}
        .describe=${(row: number, column: number) => (map && options ? said(map, options, row, column) : '')}
        empty="The map is being computed."></w-heat-map>
      <p class="small muted">${this.#remark()}</p>`;
  }

  #remark(): string {
    const { rows, quantity } = this.choice;
    if (quantity === 'probability')
      return 'The same number of interactions is in nearly every large batch and in hardly any small one. Between the two lies the range where popularity decides.';
    if (rows === 'all')
      return 'Blue loses length, orange gains. Left of the dashed line an item is seen too rarely to make up for its decay.';
    if (rows === 'batch')
      return 'One sign everywhere: popular items move faster, but not another way than the others, and all settle at one length. Nothing of popularity is written there.';
    return 'Without decay nothing shortens a vector: every item grows, popular ones faster.';
  }

  /** The length that stays, for some batch sizes. */
  #settled() {
    const { map, options } = this.theory.value;
    if (!map || !options || this.choice.rows !== 'all') return nothing;
    const series = CURVES.map((share, n): Series => {
      const column = Math.round(share * (map.columns - 1));
      return {
        label: `B = ${count(options.batch_sizes[column] ?? 0)}`,
        x: options.degrees,
        y: options.degrees.map(
          (_, r) => map.balanced_length[r * map.columns + column] ?? Number.NaN,
        ),
        colour: seriesName(n),
      };
    });
    return html`<w-line-chart data-testid="decay-settled" heading="The length that stays" x-label="training interactions r" y-label="‖i‖"
        x-log y-log .series=${series} height="240"></w-line-chart>
      <p class="small muted">Where growth and decay are equal: ‖i‖⁴ = η P (1 − cos²) / (2λ − ηλ²). With small batches the length goes with
        the fourth root of the number of interactions; in large ones everything is in every batch, and the curve is flat.</p>`;
  }

  #form() {
    const { interactions, items, negatives, ...step } = this.choice;
    const { prepared } = data.value;
    const same = prepared?.train === interactions && prepared.items === items;
    return html`<h4>The step</h4>
      <w-params .params=${STEP_PARAMS} .values=${{ ...step }} prefix="decay" .sliders=${'all'} @value-change=${this.#set}></w-params>
      <h4>Data and batch</h4>
      <w-params .params=${DATA_PARAMS} .values=${{ interactions, items, negatives }} prefix="decay" @value-change=${this.#set}></w-params>
      ${
        prepared && prepared.train >= 100
          ? html`<p><button class="button small" type="button" data-testid="decay-data" ?disabled=${same}
            @click=${() => this.#patch({ interactions: prepared.train, items: prepared.items })}>Use the loaded data’s ${count(prepared.train)}</button></p>`
          : nothing
      }`;
  }

  readonly #set = (event: CustomEvent<ValueChange>): void => {
    event.stopPropagation();
    const { name, value } = event.detail;
    this.#patch({ [name]: Number(value) });
  };
}
define('w-decay-theory', DecayTheory);

/** A cell in a sentence. */
function said(map: TheoryMap, options: TheoryOptions, row: number, column: number): string {
  const at = row * map.columns + column;
  const [degree, size] = [options.degrees[row] ?? 0, options.batch_sizes[column] ?? 0];
  const [p, change] = [map.probability[at] ?? 0, map.change[at] ?? 0];
  const length = map.balanced_length[at] ?? Number.NaN;
  const stays = Number.isNaN(length) ? '' : ` Its length stays at ${num(length, 3)}.`;
  return `${num(degree, 3)} interactions, batches of ${num(size, 3)}: in ${percent(p)} of batches; ‖i‖² is expected to change by ${num(change, 3)} in a step.${stays}`;
}
