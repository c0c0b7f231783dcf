// Figures 1 and 4: the strength of weight decay and of PRISM against the quality for popular and unpopular items, and
// how fast either gets there. The runs are a sweep's, one after the other.

import { html, nothing } from 'lit';
import '../charts/line-chart.js';
import './queue-view.js';
import type { Series } from '../charts/line-chart.js';
import { seriesName } from '../charts/palette.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import { fixed, num } from '../format.js';
import { data } from '../session/data.js';
import { runs } from '../session/runs.js';
import { sweep } from '../session/sweep.js';
import { state } from '../state.js';
import { Follow } from '../store.js';
import { type CompareChoice, LAMBDAS, NDCG, STRENGTHS, sweepGrid } from './choice.js';
import type { Comparison } from './compare.js';
import { queuePhase } from './queue-view.js';
import {
  best,
  epochsTo,
  levelSeries,
  type Outcome,
  PARTS,
  partSeries,
  speedSeries,
} from './results.js';

/** Share of the best tuned decay's quality at which a run counts as having got there. */
const NEAR = 0.99;

/** `<w-decay-sweep .comparison .choice>`. */
export class DecaySweep extends WarrenElement {
  static override properties = {
    comparison: { attribute: false },
    choice: { attribute: false },
  };
  declare comparison: Comparison;
  declare choice: CompareChoice;

  constructor() {
    super();
    new Follow(this, () => this.comparison);
    this.watch(data, runs, sweep, state);
  }

  override render() {
    const all = this.comparison.runs();
    const outcome = (value: number, i: number): Outcome => ({
      value,
      record: all[i]?.phase === 'done' ? (all[i]?.record ?? undefined) : undefined,
    });
    const decays = LAMBDAS.map(outcome);
    const prism = STRENGTHS.map((s, i) => outcome(s, LAMBDAS.length + i));
    const grid = sweepGrid(this.choice, state.value.data, state.value.seed);
    return html`<section class="card" aria-label="Strengths" data-testid="decay-sweep" data-phase=${queuePhase(grid)}>
      <header><h3>Strengths</h3>${about(
        'Figures 1 and 4',
        'Weight decay on all rows in seven strengths, and PRISM in five: PRISM gives every vector its length by popularity before training, and then needs no weight decay. Strong decay favours popular items and costs unpopular ones. The runs have the settings above and one seed; for several seeds use the sweep of the room Train.',
        'e ← ê · ( s·ln(r + 2) + (1 − s) )',
      )}</header>
      <w-run-queue .grid=${grid} .comparison=${this.comparison} prefix="decay-sweep"></w-run-queue>
      <div class="decay-arms">
        ${this.#strengths(decays, prism)}
      </div>
      ${this.#speed(decays, prism)}
      ${this.#results(decays, prism)}
    </section>`;
  }

  #strengths(decays: readonly Outcome[], prism: readonly Outcome[]) {
    const [none, ...others] = decays;
    const [low, high] = [LAMBDAS[1] ?? 1e-6, LAMBDAS.at(-1) ?? 1];
    return html`<div><w-line-chart data-testid="decay-by-lambda" heading="${NDCG} by weight decay" x-label="λ" y-label="test ${NDCG}" x-log
        .series=${[...partSeries(others), ...levelSeries(none?.record, low, high, 'λ = 0')]} height="280"
        empty="Each run that is over adds a point: all items, and popular, neutral and unpopular ones."></w-line-chart></div>
      <div><w-line-chart data-testid="decay-by-strength" heading="${NDCG} by PRISM strength" x-label="strength s" y-label="test ${NDCG}"
        .series=${partSeries(prism)} height="280" empty="The same for PRISM without weight decay."></w-line-chart></div>`;
  }

  #speed(decays: readonly Outcome[], prism: readonly Outcome[]) {
    const tuned = best(decays.slice(1));
    const series: Series[] = prism.flatMap((o, i) =>
      speedSeries(o.record?.history ?? [], {
        label: `PRISM, s = ${o.value}`,
        colour: seriesName(i),
      }),
    );
    if (tuned?.record)
      series.push(
        ...speedSeries(tuned.record.history, {
          label: `weight decay, λ = ${num(tuned.value, 2)}`,
          colour: '--series-rest',
          dash: true,
        }),
      );
    return html`<w-line-chart data-testid="decay-speed" heading="How fast it learns" x-label="epoch" y-label="validation ${NDCG}" .series=${series}
      height="300" empty="Validation ${NDCG} by epoch: PRISM’s strengths against the best weight decay."></w-line-chart>`;
  }

  #results(decays: readonly Outcome[], prism: readonly Outcome[]) {
    const known = [
      ...decays.map((o) => ({ ...o, name: o.value === 0 ? 'no decay' : `λ = ${num(o.value, 2)}` })),
      ...prism.map((o) => ({ ...o, name: `PRISM, s = ${o.value}` })),
    ].filter((o) => o.record);
    if (known.length === 0) return nothing;
    const target = NEAR * (best(decays.slice(1))?.record?.metrics.validation[NDCG] ?? Number.NaN);
    return html`<div class="scroll-x" tabindex="0" role="region" aria-label="Results by strength"><table data-testid="decay-strengths">
        <thead><tr><th>setting</th>${PARTS.map((p) => html`<th class="num">${p.label}</th>`)}<th class="num">epochs to ${100 * NEAR} %</th></tr></thead>
        <tbody>${known.map(
          (o) =>
            html`<tr><td class="nowrap">${o.name}</td>${PARTS.map((p) => {
              const value = o.record?.metrics.test[p.metric];
              return html`<td class="num">${value === undefined ? '–' : fixed(value, 3)}</td>`;
            })}<td class="num">${epochsTo(o.record?.history ?? [], target) ?? '–'}</td></tr>`,
        )}</tbody></table></div>
      <p class="small muted">Test ${NDCG}. The last column: epochs until the validation value is ${100 * NEAR} % of that of the best weight decay;
        – if it is never reached.</p>`;
  }
}
define('w-decay-sweep', DecaySweep);
