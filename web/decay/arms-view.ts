// Three trainings side by side for other people's pages: lengths against popularity while they go on, and what that
// does to popular and unpopular items.

import { html, nothing } from 'lit';
import '../charts/error-bars.js';
import '../charts/point-chart.js';
import '../elements/about.js';
import '../elements/error-box.js';
import '../elements/params-form.js';
import type { ErrorSeries } from '../charts/error-bars.js';
import { seriesName } from '../charts/palette.js';
import type { Point, PointSeries } from '../charts/point-chart.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import { fixed, num } from '../format.js';
import { Follow } from '../store.js';
import { type ArmState, type Arms, DATA } from './arms.js';
import {
  ARM_TEXT,
  ARMS,
  type Arm,
  COMPARE_PARAMS,
  CORRELATION,
  type CompareChoice,
  LOSSES,
  type LossName,
  NDCG,
  RATIO,
} from './choice.js';

const LOSS_TEXT: Record<LossName, string> = {
  directau: 'DirectAU',
  mawu: 'MAWU',
  ssm: 'SSM',
  bpr: 'BPR',
};

/** What can be set here; the rest is as the page's author has it. */
const PARAMS = COMPARE_PARAMS.filter((p) => ['lambda', 'epochs'].includes(p.name));

/** `<w-decay-demo .arms .choice .seed>` sends `choice-change` with a part of its choice. */
export class DecayDemo extends WarrenElement {
  static override properties = {
    arms: { attribute: false },
    choice: { attribute: false },
    seed: { attribute: false },
  };
  declare arms: Arms;
  declare choice: CompareChoice;
  declare seed: number;

  constructor() {
    super();
    new Follow(this, () => this.arms);
  }

  override render() {
    const { phase, error, arms } = this.arms.value;
    const clouds = this.#clouds();
    const all = clouds.flat();
    return html`<div class="lab"><section class="card" aria-label="Weight decay" data-testid="decay-demo" data-phase=${phase}>
      <header><h3>Who decays?</h3>${about(
        'Weight decay and popularity',
        'Three models learn from the same data and the same start, and differ only in which vectors weight decay shortens at each step. On all rows, it pulls at rare items all the time while popular ones are pushed out again by every batch they are in: so their lengths follow popularity. On the batch’s rows alone it does not, nor without.',
        'score(u, i) = ‖u‖ ‖i‖ cos(u, i)',
      )}</header>
      ${phase === 'failed' ? html`<w-error .error=${error} heading="The runs could not be made"></w-error>` : nothing}
      ${this.#controls(phase)}
      <div class="decay-arms">${clouds.map((points, i) => this.#cloud(i, points, all))}</div>
      <w-error-bars data-testid="demo-correlation" heading="Do lengths follow popularity?" x-label="epoch" y-label="Spearman" signed
        .series=${arms.flatMap((arm, i) => correlation(ARMS[i] ?? 'none', seriesName(i), arm))} height="200"
        empty="Spearman’s rank correlation of item lengths and training counts, after every epoch."></w-error-bars>
      ${this.#results()}
    </section></div>`;
  }

  #controls(phase: Arms['value']['phase']) {
    const { loss, lambda, epochs } = this.choice;
    const busy = phase === 'loading' || phase === 'running';
    const id = `${this.uid}-loss`;
    return html`<div class="lab-form">
      <div class="param choice-line"><span class="label"><label for=${id}>loss</label></span><select id=${id} name="decay.loss"
        @change=${(e: Event) => {
          const found = LOSSES.find((l) => l === (e.target as HTMLSelectElement).value);
          if (found) this.#patch({ loss: found });
        }}>${LOSSES.map((l) => html`<option value=${l} ?selected=${l === loss}>${LOSS_TEXT[l]}</option>`)}</select></div>
      <w-params .params=${PARAMS} .values=${{ lambda, epochs }} prefix="decay" @value-change=${(
        e: CustomEvent<ValueChange>,
      ) => {
        e.stopPropagation();
        this.#patch({ [e.detail.name]: Number(e.detail.value) });
      }}></w-params></div>
      <div class="buttons" role="group" aria-label="Control of the three runs">
        <button class="button primary" type="button" data-testid="demo-train" @click=${() => void this.arms.start(this.choice, this.seed)}>${
          phase === 'empty' ? 'Train' : 'Train again'
        }</button>
        ${busy ? html`<button class="button" type="button" data-testid="demo-pause" ?disabled=${phase === 'loading'} @click=${() => this.arms.pause()}>Pause</button>` : nothing}
        ${phase === 'paused' ? html`<button class="button" type="button" data-testid="demo-resume" @click=${() => this.arms.resume()}>Go on</button>` : nothing}
        <span class="small muted" role="status">${this.#said(phase)}</span></div>`;
  }

  #said(phase: Arms['value']['phase']): string {
    if (phase === 'loading') return 'Making the data …';
    if (phase === 'done') return 'All three are done.';
    if (phase === 'paused') return 'Held.';
    return phase === 'running'
      ? `Learning from ${num(DATA.interactions)} interactions of ${DATA.users} users and ${DATA.items} items.`
      : '';
  }

  #patch(patch: Partial<CompareChoice>): void {
    this.send<Partial<CompareChoice>>('choice-change', patch);
  }

  /** Every arm's items. A logarithmic axis has no place for what never occurs in training. */
  #clouds(): Point[][] {
    const { items, arms } = this.arms.value;
    return arms.map(({ lengths }) =>
      items && lengths
        ? Array.from(lengths, (y, i) => ({
            x: items.counts[i] ?? 0,
            y,
            name: items.ids[i] ?? '',
          })).filter((p) => p.x > 0 && p.y > 0)
        : [],
    );
  }

  #cloud(i: number, points: readonly Point[], span: readonly Point[]) {
    const arm = ARMS[i] ?? 'none';
    const state = this.arms.value.arms[i];
    const series: PointSeries[] = [
      { label: ARM_TEXT[arm], colour: seriesName(i), cloud: true, points },
    ];
    return html`<div><w-points data-testid="demo-lengths-${arm}" heading="Lengths: ${ARM_TEXT[arm]}" x-label="training interactions"
      y-label="item length" x-log y-log .series=${series} .span=${span} height="230" empty="Every item’s length against how often it occurs."></w-points>
      <p class="small muted point-said">${state?.measured ? `Epoch ${state.measured}.` : nothing}</p></div>`;
  }

  #results() {
    const value = (v: number | undefined) => (v === undefined ? '–' : fixed(v, 3));
    return html`<div class="scroll-x" tabindex="0" role="region" aria-label="Results of the three runs"><table data-testid="demo-results"><caption class="visually-hidden">Results of the three runs</caption>
      <thead><tr><th>decay of</th><th class="num">epoch</th><th class="num">${NDCG}</th><th class="num">unpopular / popular</th><th class="num">Spearman</th></tr></thead>
      <tbody>${ARMS.map((arm, i) => {
        const state = this.arms.value.arms[i];
        const last = state?.history.at(-1);
        const metrics = state?.record?.metrics.test ?? last?.validation;
        return html`<tr><td class="nowrap">${ARM_TEXT[arm]}</td><td class="num">${last?.epoch ?? '–'}</td><td class="num">${value(metrics?.[NDCG])}</td>
          <td class="num">${value(metrics?.[RATIO])}</td><td class="num">${value(last?.validation?.[CORRELATION])}</td></tr>`;
      })}</tbody></table></div>
      <p class="small muted">${NDCG} and its parts by popularity on the validation part while the runs go on; at the end of the best epoch on the test
        part. Spearman’s correlation is of the last epoch.</p>`;
  }
}
define('w-decay-demo', DecayDemo);

function correlation(arm: Arm, colour: string, { history }: ArmState): ErrorSeries[] {
  const known = history.filter((e) => e.validation?.[CORRELATION] !== undefined);
  if (known.length === 0) return [];
  return [
    {
      label: ARM_TEXT[arm],
      colour,
      x: known.map((e) => e.epoch),
      y: known.map((e) => e.validation?.[CORRELATION] ?? Number.NaN),
      error: known.map(() => null),
    },
  ];
}
