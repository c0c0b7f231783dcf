// Figure 3 live: no weight decay, weight decay on all rows, weight decay on the batch's rows, side by side.

import { html, nothing } from 'lit';
import '../charts/line-chart.js';
import type { Series } from '../charts/line-chart.js';
import { seriesName } from '../charts/palette.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { EpochRecord } from '../engine/types.js';
import { fixed, num } from '../format.js';
import { data } from '../session/data.js';
import { engine } from '../session/engine.js';
import { cancelRun, type Run, runs, stopRun } from '../session/runs.js';
import { state } from '../state.js';
import { Follow } from '../store.js';
import {
  ARM_TEXT,
  ARMS,
  type Arm,
  COMPARE_PARAMS,
  CORRELATION,
  type CompareChoice,
  compareGrid,
  type DecayPatch,
  LOSSES,
  NDCG,
  NDCG_COSINE,
} from './choice.js';
import type { Comparison } from './compare.js';
import type { LengthReader, Lengths } from './lengths.js';

/** `<w-decay-compare .comparison .lengths .choice>` sends `choice-change` with a {@link DecayPatch}. */
export class DecayCompare extends WarrenElement {
  static override properties = {
    comparison: { attribute: false },
    choice: { attribute: false },
    lengths: { attribute: false },
  };
  declare comparison: Comparison;
  declare choice: CompareChoice;
  declare lengths: LengthReader;

  constructor() {
    super();
    new Follow(this, () => this.comparison);
    new Follow(this, () => this.lengths);
    this.watch(engine, data, runs, state);
  }

  #patch(compare: Partial<CompareChoice>): void {
    this.send<DecayPatch>('choice-change', { compare });
  }

  override updated(): void {
    if (!data.value.prepared) return;
    void this.comparison.plan(compareGrid(this.choice, state.value.data, state.value.seed));
    this.#measure();
  }

  #measure(): void {
    const side = data.value.items;
    if (!side) return;
    const wanted = this.comparison.runs().flatMap((run, i) => {
      const label = ARM_TEXT[ARMS[i] ?? 'none'];
      return run ? [{ run, label, colour: seriesName(i) }] : [];
    });
    void this.lengths.show(wanted, side, data.value.version);
  }

  override render() {
    const { prepared } = data.value;
    const all = this.comparison.runs();
    const going = all.filter((r) => r?.phase === 'running' || r?.phase === 'paused');
    const phase = going.length > 0 ? 'running' : all.some((r) => r) ? 'done' : 'idle';
    const { error } = this.comparison.value;
    return html`<section class="card" aria-label="Training" data-testid="decay-compare" data-phase=${phase}>
      <header><h3>Training</h3>${about(
        'Figure 3: who decays',
        'Three runs of matrix factorisation from the same start that differ only in which rows decay. If weight decay helped by keeping vectors short, it should help in either way. If it helps by writing popularity into their lengths, it must not help where only the batch’s rows decay.',
        'g ← g + λΘ  for all rows, for the batch’s rows, for none',
      )}</header>
      ${prepared ? nothing : html`<p>This needs data to learn from. <button class="button small" type="button" @click=${() => state.update({ room: 'data' })}>Go to Data</button></p>`}
      ${error ? html`<w-error .error=${error} heading="These runs cannot be made"></w-error>` : nothing}
      ${this.lengths.value.error ? html`<w-error .error=${this.lengths.value.error} heading="A run’s table could not be read"></w-error>` : nothing}
      ${all.map((r) => (r?.phase === 'failed' ? html`<w-error .error=${r.error} heading="Run ${r.number} failed"></w-error>` : nothing))}
      <div class="lab-split">
        <div class="lab-chart">${this.#curves(all)}</div>
        <div class="lab-run">${this.#controls(all, going)}${this.#facts(all)}${this.#form()}</div>
      </div>
      <div class="decay-arms">${ARMS.map((arm, i) => this.#scatter(arm, all[i]))}</div>
    </section>`;
  }

  #curves(all: readonly (Run | undefined)[]) {
    const series = (value: (e: EpochRecord) => number | undefined): Series[] =>
      ARMS.flatMap((arm, i) => {
        const known = (all[i]?.history ?? []).filter((e) => value(e) !== undefined);
        if (known.length === 0) return [];
        return [
          {
            label: ARM_TEXT[arm],
            x: known.map((e) => e.epoch),
            y: known.map((e) => value(e) ?? Number.NaN),
            colour: seriesName(i),
          },
        ];
      });
    return html`<w-line-chart last data-testid="decay-correlation" heading="Do lengths follow popularity?" x-label="epoch"
        y-label="rank correlation" .series=${series((e) => e.validation?.[CORRELATION])} height="260"
        empty="Spearman’s correlation of item lengths and training counts, after every epoch."></w-line-chart>
      <w-line-chart last data-testid="decay-ndcg" heading="Validation ${NDCG}" x-label="epoch" y-label=${NDCG}
        .series=${[
          ...series((e) => e.validation?.[NDCG]),
          ...series((e) => e.validation?.[NDCG_COSINE]).map(byAngle),
        ]} height="240"
        empty="The quality of the rankings, after every epoch."></w-line-chart>
      <p class="small muted">Dashed: the same models by the angle alone, all lengths set to 1. What a solid line has above its dashed one
        comes from lengths, and with weight decay it keeps coming when the angles have long been learned (figure 6).</p>`;
  }

  #controls(all: readonly (Run | undefined)[], going: readonly (Run | undefined)[]) {
    const ready = data.value.prepared && this.comparison.value.configs.length > 0;
    const whole = all.length > 0 && all.every((r) => r && r.phase !== 'failed');
    const each = (act: (key: string) => void) => () => {
      for (const run of going) if (run) act(run.key);
    };
    return html`<div class="buttons" role="group" aria-label="Control of the three runs">
      <button class="button primary" type="button" data-testid="decay-start" ?disabled=${!ready || whole}
        @click=${() => this.comparison.start()}>${whole ? 'All three are there' : 'Train all three'}</button>
      ${
        going.length > 0
          ? html`<button class="button" type="button" data-testid="decay-stop" title="End here and keep the best states" @click=${each(stopRun)}>Stop</button>
            <button class="button quiet" type="button" data-testid="decay-cancel" @click=${each(cancelRun)}>Cancel</button>`
          : nothing
      }</div>`;
  }

  #facts(all: readonly (Run | undefined)[]) {
    return html`<table data-testid="decay-results"><caption class="visually-hidden">Results of the three runs</caption>
      <thead><tr><th>decay of</th><th class="num">epoch</th><th class="num">test ${NDCG}</th><th class="num">correlation</th></tr></thead>
      <tbody>${ARMS.map((arm, i) => {
        const run = all[i];
        const test = run?.record?.metrics.test;
        const value = (v: number | undefined) => (v === undefined ? '–' : fixed(v, 3));
        return html`<tr><td>${ARM_TEXT[arm]}</td><td class="num">${run?.history.at(-1)?.epoch ?? '–'}</td>
          <td class="num">${value(test?.[NDCG])}</td><td class="num">${value(test?.[CORRELATION])}</td></tr>`;
      })}</tbody></table>
      <p class="small muted">Results are those of the best validation epoch. The runs are also in the room Train.</p>`;
  }

  #form() {
    const { loss, ...values } = this.choice;
    const id = `${this.uid}-loss`;
    const losses = engine.value.catalog?.losses ?? [];
    return html`<div class="param choice-line"><span class="label"><label for=${id}>loss</label>${about(
      'Loss',
      'DirectAU, MAWU and SSM see only the angles between vectors; BPR sees scalar products and can learn lengths by itself.',
    )}</span><select id=${id} name="decay.compare.loss" @change=${(e: Event) => {
      const found = LOSSES.find((l) => l === (e.target as HTMLSelectElement).value);
      if (found) this.#patch({ loss: found });
    }}>${LOSSES.map((l) => html`<option value=${l} ?selected=${l === loss}>${losses.find((m) => m.name === l)?.title ?? l}</option>`)}</select></div>
      <w-params .params=${COMPARE_PARAMS} .values=${{ ...values }} prefix="decay.compare" @value-change=${(
        e: CustomEvent<ValueChange>,
      ) => {
        e.stopPropagation();
        this.#patch({ [e.detail.name]: Number(e.detail.value) });
      }}></w-params>`;
  }

  #scatter(arm: Arm, run: Run | undefined) {
    const drawn = run && this.lengths.value.drawn.get(run.key);
    const kept = run?.phase === 'done' && run.engineRun === null;
    return html`<div><w-line-chart data-testid="decay-lengths-${arm}" heading="Lengths: ${ARM_TEXT[arm]}" x-label="training interactions"
      y-label="item length" x-log y-log .series=${drawn?.series ?? []} height="220"
      empty=${
        kept
          ? 'This run is of an earlier visit: load its model in the room Train.'
          : 'Every item’s length against how often it occurs, while the run goes on.'
      }></w-line-chart><p class="small muted">${drawn ? remark(drawn) : nothing}</p></div>`;
  }
}
define('w-decay-compare', DecayCompare);

const byAngle = (s: Series): Series => ({ ...s, label: `${s.label}, angle alone`, dash: true });

function remark({ epoch, correlation }: Lengths): string {
  const when = epoch === null ? 'Best epoch.' : `Epoch ${epoch}.`;
  return Number.isNaN(correlation)
    ? `${when} The lengths do not vary with popularity.`
    : `${when} Correlation of the logarithms: ${num(correlation, 2)}.`;
}
