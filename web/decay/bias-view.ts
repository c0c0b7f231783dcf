// Figures 5 and 9: what is gained in all against what unpopular items get of it, for strengths of weight decay and of
// PRISM and for three ways to fight popularity bias.

import { html, nothing } from 'lit';
import '../charts/point-chart.js';
import './queue-view.js';
import { seriesName } from '../charts/palette.js';
import type { Point, PointSeries } from '../charts/point-chart.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { RunRecord } from '../engine/types.js';
import { num } from '../format.js';
import { data } from '../session/data.js';
import { engine } from '../session/engine.js';
import { runs } from '../session/runs.js';
import { sweep } from '../session/sweep.js';
import { state } from '../state.js';
import { Follow } from '../store.js';
import {
  BASELINES,
  type CompareChoice,
  debiasingGrid,
  LAMBDAS,
  NDCG,
  RATIO,
  STRENGTHS,
} from './choice.js';
import type { Comparison } from './compare.js';
import { queuePhase } from './queue-view.js';
import { best, type Outcome, tradeOff } from './results.js';

/** `<w-decay-bias .strengths .debiasing .choice>`; the runs of `strengths` are planned elsewhere. */
export class DecayBias extends WarrenElement {
  static override properties = {
    strengths: { attribute: false },
    debiasing: { attribute: false },
    choice: { attribute: false },
  };
  declare strengths: Comparison;
  declare debiasing: Comparison;
  declare choice: CompareChoice;

  constructor() {
    super();
    new Follow(this, () => this.strengths);
    new Follow(this, () => this.debiasing);
    this.watch(data, engine, runs, sweep, state);
  }

  override render() {
    const grid = debiasingGrid(this.choice, state.value.data, state.value.seed);
    const series = [...this.#strengths(), ...this.#baselines()];
    return html`<section class="card" aria-label="Popularity bias" data-testid="decay-bias" data-phase=${queuePhase(grid)}>
      <header><h3>Accuracy against bias</h3>${about(
        'Figures 5 and 9',
        'To the top is better in all; to the right, unpopular items have more of it. PRISM’s strength moves a model along such a curve: s = 0 knows nothing of popularity, s = 1 gives every vector its length by it. IPL, ReSN and MACR are ways to fight popularity bias, the first two on top of BPR; each is tried with several strengths. Rings mark the best of each by validation.',
        'ratio = NDCG of unpopular items / NDCG of popular items',
      )}</header>
      <p class="small muted">Weight decay and PRISM come from the runs of Strengths; the buttons here train BPR, IPL, ReSN and MACR with the
        same settings.</p>
      <w-run-queue .grid=${grid} .comparison=${this.debiasing} prefix="decay-bias"></w-run-queue>
      <w-points data-testid="decay-trade-off" heading="Accuracy against popularity bias" x-label="${NDCG}, unpopular / popular"
        y-label="test ${NDCG}" x-log .series=${series} height="380"
        empty="Each run that is over adds a point."></w-points>
      ${
        series.some((s) => s.points.length > 0)
          ? html`<p class="small muted">A line joins the strengths in their order. Runs without a hit among popular items have no ratio and no point.</p>`
          : nothing
      }
    </section>`;
  }

  #strengths(): PointSeries[] {
    const all = this.strengths.runs();
    const outcome = (value: number, i: number) => ({ value, record: recordOf(all[i]) });
    const decays = LAMBDAS.map(outcome);
    const prism = STRENGTHS.map((s, i) => outcome(s, LAMBDAS.length + i));
    const title = this.#lossTitle(this.choice.loss);
    return [
      curve(`${title}, weight decay`, seriesName(0), decays, (v) =>
        v === 0 ? 'no decay' : `λ = ${num(v, 2)}`,
      ),
      curve(`${title}, PRISM`, seriesName(1), prism, (v) => `s = ${v}`),
    ];
  }

  #baselines(): PointSeries[] {
    const all = this.debiasing.runs();
    let next = 0;
    return BASELINES.map(({ loss, key, values }, n) => {
      const outcomes = values.map((value) => ({ value, record: recordOf(all[next++]) }));
      const named = (v: number) =>
        key === null ? 'λ = 1e-5' : `${key === 'gamma' ? 'γ' : 'c'} = ${v}`;
      return curve(this.#lossTitle(loss), seriesName(2 + n), outcomes, named);
    });
  }

  #lossTitle(name: string): string {
    return engine.value.catalog?.losses.find((l) => l.name === name)?.title ?? name;
  }
}
define('w-decay-bias', DecayBias);

type Found = ReturnType<Comparison['runs']>[number];

function recordOf(run: Found): RunRecord | undefined {
  return run?.phase === 'done' ? (run.record ?? undefined) : undefined;
}

function curve(
  label: string,
  colour: string,
  outcomes: readonly Outcome[],
  named: (value: number) => string,
): PointSeries {
  const known = tradeOff(outcomes, RATIO);
  const chosen = best(known.map((k) => k.outcome));
  const points = known.map(({ outcome, x, y }): Point => ({ x, y, name: named(outcome.value) }));
  const at = known.findIndex((k) => k.outcome === chosen);
  return {
    label,
    colour,
    points,
    line: true,
    ...(at < 0 || points.length < 2 ? {} : { chosen: at }),
  };
}
