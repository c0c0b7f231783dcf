// λOpt against the grid: how much depends on a fixed λ (figure 1), who gains (figure 6), and what either costs.

import { html, nothing } from 'lit';
import '../charts/group-bars.js';
import '../charts/point-chart.js';
import '../decay/queue-view.js';
import type { Bars } from '../charts/group-bars.js';
import type { PointSeries } from '../charts/point-chart.js';
import type { Comparison } from '../decay/compare.js';
import { queuePhase } from '../decay/queue-view.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { Side } from '../engine/types.js';
import { count, fixed, num, seconds } from '../format.js';
import { data } from '../session/data.js';
import { runs } from '../session/runs.js';
import { sweep } from '../session/sweep.js';
import { state } from '../state.js';
import { Follow } from '../store.js';
import {
  FIXED,
  type LambdaChoice,
  MEASURES,
  METRIC,
  METRIC_TEXT,
  NDCG,
  wholeGrid,
} from './choice.js';
import { Paced } from './paced.js';
import {
  best,
  type Done,
  gains,
  QUARTER_TEXT,
  sensitivity,
  type Tried,
  trainingSeconds,
  unlike,
} from './results.js';

/** Where the pictures draw λ = 0. */
const ZERO = Math.min(...FIXED.filter((lambda) => lambda > 0)) / 10;

/** An AUC that no ranking has, only a model without one. */
const COLLAPSED = 0.1;

/** What the charts draw, made anew with each run that ends. */
interface Pictures {
  points: readonly PointSeries[];
  user: readonly Bars[];
  item: readonly Bars[];
}

/** `<w-lambda-grid .comparison .choice>` sends `choice-change` with what changes of a {@link LambdaChoice}. */
export class LambdaGrid extends WarrenElement {
  static override properties = { comparison: { attribute: false }, choice: { attribute: false } };
  declare comparison: Comparison;
  declare choice: LambdaChoice;
  readonly #paced = new Paced<Pictures>(this);

  constructor() {
    super();
    new Follow(this, () => this.comparison);
    this.watch(data, runs, sweep, state);
  }

  override render() {
    const all = this.comparison.runs();
    const record = (i: number) =>
      all[i]?.phase === 'done' ? (all[i]?.record ?? undefined) : undefined;
    const tried: Tried[] = FIXED.map((lambda, i) => ({ lambda, record: record(i) }));
    const learnt = record(FIXED.length);
    const whole = tried.every((t) => t.record);
    const records = all.map((run) => (run?.phase === 'done' ? run.key : ''));
    const drawn = this.#paced.take(
      [this.choice.measure, ...records].join(),
      false,
      (): Pictures => ({
        points: sensitivity(tried, learnt, this.choice.measure).filter((s) => s.points.length > 0),
        user: whole ? gains(best(tried)?.record, learnt, 'user') : [],
        item: whole ? gains(best(tried)?.record, learnt, 'item') : [],
      }),
    );
    const grid = wholeGrid(this.choice, state.value.data, state.value.seed);
    return html`<section class="card" aria-label="Against the grid" data-testid="lambda-grid" data-phase=${queuePhase(grid)}>
      <header><h3>One run against the grid</h3>${about(
        'Figures 1 and 6',
        'Usually one strength is fixed before training, for everything, and found by trying: here the paper’s eight, each a whole run, of which validation chooses the best. λOpt is one run: the paper counts about twice the time of a fixed one, below stands what it took here. All nine have the settings above, the same split and the same seed.',
        'L = Σ ℓ_BPR + λ Σ ‖Θ‖²,  λ ∈ {10, 1, 0.1, …, 1e-5, 0}',
      )}</header>
      <w-run-queue .grid=${grid} .comparison=${this.comparison} prefix="lambda-grid"></w-run-queue>
      ${this.#cost(tried, learnt)}
      ${this.#sensitivity(drawn.points)}
      <div class="decay-arms">${this.#gains(drawn.user, 'user')}${this.#gains(drawn.item, 'item')}</div>
      <p class="small muted">Both pictures: what λOpt has above the best fixed strength, in per cent of that, on the test part. An item’s
        value is the mean of those of the users who have it in the test part, as in the paper. A quarter in which the fixed
        strength has no hit has no bar.</p>
      ${this.#results(tried, learnt)}
    </section>`;
  }

  #cost(tried: readonly Tried[], learnt: Done | undefined) {
    const done = tried.filter((t) => t.record);
    const total = done.reduce((sum, t) => sum + trainingSeconds(t.record), 0);
    const own = trainingSeconds(learnt);
    const chosen = done.length === tried.length ? best(tried) : null;
    const times = learnt && done.length > 0 ? own / (total / done.length) : undefined;
    const gain =
      learnt && chosen
        ? percentGain(learnt.metrics.test[NDCG], chosen.record.metrics.test[NDCG])
        : '–';
    const fact = (name: string, value: string, id: string) =>
      html`<div data-testid=${id}><dt>${name}</dt><dd>${value}</dd></div>`;
    return html`<dl class="facts">
      ${fact(`training, ${done.length || 'eight'} fixed`, done.length > 0 ? seconds(total) : '–', 'lambda-cost-grid')}
      ${fact('training, λOpt', learnt ? seconds(own) : '–', 'lambda-cost-learnt')}
      ${fact('λOpt to a fixed run', times === undefined ? '–' : `${num(times, 2)} ×`, 'lambda-cost-ratio')}
      ${fact('best fixed λ', chosen ? num(chosen.lambda, 2) : '–', 'lambda-chosen')}
      ${fact('λOpt’s gain in test NDCG@100', gain, 'lambda-gain')}</dl>
      ${done.some((t) => t.record && unlike(t.record, learnt)) ? html`<p class="small muted">Fixed strengths were trained on the GPU and λOpt on the CPU: these times do not compare.</p>` : nothing}`;
  }

  #sensitivity(series: readonly PointSeries[]) {
    const { measure } = this.choice;
    return html`<div class="buttons"><span class="segmented" role="radiogroup" aria-label="Measure">${MEASURES.map(
      (
        m,
      ) => html`<label><input type="radio" name="lambda.measure" value=${m} .checked=${m === measure}
        @change=${() => this.send<Partial<LambdaChoice>>('choice-change', { measure: m })} />${METRIC_TEXT[m]}</label>`,
    )}</span></div>
      <w-points data-testid="lambda-sensitivity" heading="Test ${METRIC_TEXT[measure]} by fixed λ" x-label="λ" y-label="test ${METRIC_TEXT[measure]}"
        x-log x-zero=${ZERO} .series=${series} height="320" empty="Each run that is over adds a point; λOpt adds the dashed line."></w-points>
      <p class="small muted">The ring marks the fixed strength that validation chooses.</p>`;
  }

  #gains(bars: readonly Bars[], side: Side) {
    const many = side === 'user' ? 'users' : 'items';
    return html`<div><w-group-bars data-testid="lambda-gain-${many}" heading="Gain by quarter of the ${many}"
      x-label="quarter by training interactions" y-label="gain, %" .categories=${QUARTER_TEXT}
      .series=${bars}
      empty="Once all nine runs are there: λOpt against the best fixed λ, for ${many} with few and with many interactions."></w-group-bars></div>`;
  }

  #results(tried: readonly Tried[], learnt: Done | undefined) {
    const chosen = best(tried)?.lambda;
    const known = [
      ...tried.map((t) => ({
        name: `λ = ${num(t.lambda, 2)}${t.lambda === chosen ? ', chosen' : ''}`,
        record: t.record,
      })),
      { name: 'λOpt', record: learnt },
    ].filter((o) => o.record);
    if (known.length === 0) return nothing;
    const cell = (v: number | undefined) =>
      html`<td class="num">${v === undefined ? '–' : fixed(v, 3)}</td>`;
    return html`<div class="scroll-x" tabindex="0" role="region" aria-label="Results by strength"><table data-testid="lambda-results">
        <thead><tr><th>strength</th>${MEASURES.map((m) => html`<th class="num">test ${METRIC_TEXT[m]}</th>`)}<th class="num">validation NDCG@100</th>
          <th class="num">training</th></tr></thead>
        <tbody>${known.map(
          ({ name, record }) =>
            html`<tr><td class="nowrap">${name}</td>${MEASURES.map((m) => cell(record?.metrics.test[METRIC[m]]))}
              ${cell(record?.metrics.validation[NDCG])}<td class="num">${seconds(trainingSeconds(record))}</td></tr>`,
        )}</tbody></table></div>
      ${known.some((o) => (o.record?.metrics.test.AUC ?? 1) < COLLAPSED) ? html`<p class="small muted">An AUC near 0: so strong a penalty pulls all vectors to zero, and items with equal scores count as lost.</p>` : nothing}
      <p class="small muted">Compare on the test part alone. λOpt’s validation values flatter it: Λ has learnt from those very pairs, so
        they are no longer unseen. ${count(known.length)} of ${count(FIXED.length + 1)} runs are here, of one seed; differences of a few
        per cent may be chance: the sweep of the room Train takes several seeds.</p>`;
  }
}
define('w-lambda-grid', LambdaGrid);

function percentGain(after: number | undefined, before: number | undefined): string {
  if (after === undefined || !before) return '–';
  const gain = 100 * (after / before - 1);
  return `${gain > 0 ? '+' : ''}${num(gain, 2)} %`;
}
