// The runs in progress: their buttons, and the curves of all runs shown.

import { html, nothing } from 'lit';
import type { Series } from '../charts/line-chart.js';
import { seriesName } from '../charts/palette.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { Progress } from '../engine/types.js';
import { count, fixed, seconds } from '../format.js';
import { briefs, cutoffs } from '../run-tables.js';
import { data } from '../session/data.js';
import {
  cancelRun,
  continueRun,
  isLeft,
  pauseRun,
  type Run,
  runs,
  stepRun,
  stopRun,
} from '../session/runs.js';

export class TrainLive extends WarrenElement {
  static override properties = { metric: { state: true }, axis: { state: true } };
  declare metric: string;
  declare axis: 'epoch' | 'seconds';

  constructor() {
    super();
    this.metric = '';
    this.axis = 'epoch';
    this.watch(runs, data);
  }

  override render() {
    const { list } = runs.value;
    const active = list.filter((r) => r.phase === 'running' || r.phase === 'paused');
    const failed = list.filter((r) => r.phase === 'failed');
    const shown = list.filter((r) => r.shown);
    const metrics = [
      ...new Set(shown.flatMap((r) => r.history.flatMap((e) => Object.keys(e.validation ?? {})))),
    ];
    const metric = metrics.includes(this.metric) ? this.metric : preferred(metrics);
    return html`<h3 class="visually-hidden">Curves</h3>${active.map((run) => this.#active(run))}
      ${failed.map((run) => html`<w-error .error=${run.error} heading="Run ${run.number} failed: ${run.label}"></w-error>`)}
      <div class="buttons" style="justify-content: space-between">
        <div class="segmented" role="radiogroup" aria-label="Horizontal axis">${(
          ['epoch', 'seconds'] as const
        ).map(
          (a) => html`<label>
          <input type="radio" name="curves.axis" .checked=${a === this.axis} @change=${() => {
            this.axis = a;
          }} />by ${a}</label>`,
        )}</div>
        <label style="display: inline-flex; gap: 0.5rem; align-items: center; font-size: 0.9rem">${about('Validation metric', 'Measured on the validation split while training, every few epochs; early stopping and the best epoch go by the monitored one. The test split is used once, at the end.')}Validation metric
          <select name="curves.metric" style="width: auto" ?disabled=${metrics.length === 0}
            @change=${(e: Event) => {
              this.metric = (e.target as HTMLSelectElement).value;
            }}>
            ${metrics.length === 0 ? html`<option>none yet</option>` : metrics.map((m) => html`<option value=${m} ?selected=${m === metric}>${m}</option>`)}
          </select></label>
      </div>
      <div class="pair">
        <section class="card"><w-line-chart last data-testid="chart-loss" heading="Training loss" x-label=${this.axis} y-label="mean loss of a batch"
          .series=${this.#curves(shown, (e) => e.loss)} height="280" empty="The loss of each epoch, live."></w-line-chart></section>
        <section class="card"><w-line-chart last data-testid="chart-validation" heading="Validation ${metric}" x-label=${this.axis} y-label=${metric || 'metric'}
          .series=${this.#curves(shown, (e) => e.validation?.[metric])} height="280"
          empty="The validation metric, whenever it is measured."></w-line-chart></section>
      </div>`;
  }

  #curves(
    shown: readonly Run[],
    value: (e: Run['history'][number]) => number | undefined,
  ): Series[] {
    const labels = briefs(shown);
    return shown.map((run, i) => {
      const known = run.history.filter((e) => value(e) !== undefined);
      return {
        label: labels[i] ?? '',
        x: known.map((e) => (this.axis === 'epoch' ? e.epoch : e.seconds)),
        y: known.map((e) => value(e) ?? Number.NaN),
        colour: seriesName(run.number - 1),
        dash: run.number > 7,
      };
    });
  }

  #active(run: Run) {
    const last = run.history.at(-1);
    const paused = run.phase === 'paused';
    const done = last?.epoch ?? 0;
    const { progress, left } = inSteps(run);
    const away = isLeft(run);
    const here = run.fingerprint === data.value.summary?.fingerprint;
    return html`<section class="card" aria-label="Run ${run.number}" data-testid="active-run" data-phase=${run.phase} ?data-kept=${paused && run.checkpoint !== null}>
      <header><h3>Run ${run.number} <span class="muted small" style="font-family: var(--sans); font-weight: 400">${run.label}</span></h3>
        <div class="buttons" role="group" aria-label="Control of run ${run.number}">
          ${
            paused
              ? html`<button class="button small" type="button" data-testid="resume-run" ?disabled=${away && !here} @click=${() => continueRun(run.key)}>Resume</button>
                ${away ? nothing : html`<button class="button small" type="button" title="One epoch" @click=${() => stepRun(run.key)}>Step</button>`}`
              : html`<button class="button small" type="button" data-testid="pause-run" @click=${() => pauseRun(run.key)}>Pause</button>`
          }
          ${away ? nothing : html`<button class="button small" type="button" title="End here and keep the best state" @click=${() => stopRun(run.key)}>Stop</button>`}
          <button class="button small quiet" type="button" data-testid="cancel-run" title="End at once and discard the model" @click=${() => cancelRun(run.key)}>Cancel</button>
        </div></header>
      ${away && !here ? html`<p class="small muted">This run was left in the middle on an earlier visit. Load the data it learns from, and it goes on where it stood.</p>` : nothing}
      <w-progress .progress=${progress} label=${paused ? 'Paused' : 'Training'} .cancellable=${false}></w-progress>
      <dl class="facts">
        <div><dt>epoch</dt><dd>${count(done)}${run.epochs ? html`<span class="muted small"> of ${count(run.epochs)}</span>` : nothing}</dd></div>
        ${run.stepsPerEpoch > 1 ? html`<div><dt>step</dt><dd data-testid="run-step">${count(stepsDone(run))}<span class="muted small"> of ${count(run.epochs * run.stepsPerEpoch)}</span></dd></div>` : nothing}
        ${run.device === 'gpu' || run.fallback !== null ? html`<div><dt>on the</dt><dd data-testid="run-device">${run.device === 'gpu' ? 'GPU' : html`CPU <span class="muted small">the GPU failed</span>`}</dd></div>` : nothing}
        <div><dt>loss</dt><dd>${last ? fixed(last.loss) : '–'}</dd></div>
        <div><dt>pairs a second</dt><dd>${last ? count(last.pairs_per_second) : '–'}</dd></div>
        <div><dt>training time</dt><dd>${last ? seconds(last.seconds) : '–'}</dd></div>
        <div><dt>left at most</dt><dd>${left === undefined ? '–' : seconds(left)}</dd></div>
      </dl>
    </section>`;
  }
}
define('w-train-live', TrainLive);

/** Steps made since the run's start. */
function stepsDone(run: Run): number {
  const { progress, history, stepsPerEpoch } = run;
  const epochs = progress?.stage === 'train' ? progress.done : history.length;
  return Math.round(epochs * stepsPerEpoch);
}

/** How far a run is, counted in steps: an epoch may be minutes long. */
function inSteps(run: Run): { progress: Progress; left: number | undefined } {
  const { progress, history, epochs, stepsPerEpoch } = run;
  const last = history.at(-1);
  // Other stages (graphs, evaluation) say nothing about the whole.
  const byHistory = last ? (last.seconds / last.epoch) * (epochs - last.epoch) : undefined;
  const left = progress?.stage === 'train' ? (progress.seconds_left ?? byHistory) : byHistory;
  if (progress && (progress.stage !== 'train' || stepsPerEpoch === 0)) return { progress, left };
  const rest = {
    ...(epochs > 0 ? { total: epochs * stepsPerEpoch } : {}),
    ...(left === undefined ? {} : { seconds_left: left }),
  };
  const seconds = progress?.seconds ?? last?.seconds ?? 0;
  return {
    progress: { stage: 'train', done: stepsDone(run), unit: 'steps', seconds, ...rest },
    left,
  };
}

/** The metric shown first: NDCG of the whole at the largest cutoff, or the first there is. */
function preferred(metrics: readonly string[]): string {
  const whole = metrics.filter((m) => !m.includes(' '));
  const ranked = whole.filter((m) => m.startsWith('NDCG'));
  const at = cutoffs(ranked).at(-1);
  return ranked.find((m) => m.endsWith(`@${at}`)) ?? whole[0] ?? metrics[0] ?? '';
}
