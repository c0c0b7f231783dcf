// A sweep: values to vary and seeds, the queue of their runs, and the table of means.

import { html, nothing } from 'lit';
import { download } from '../downloads.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { Catalog, SweepFormat, SweepGrid } from '../engine/types.js';
import { counted, fixed } from '../format.js';
import { data } from '../session/data.js';
import { engine } from '../session/engine.js';
import { runs } from '../session/runs.js';
import {
  cancelSweep,
  clearSweep,
  continueSweep,
  expand,
  pauseSweep,
  resultsAs,
  type SweepState,
  secondsLeft,
  skipRun,
  startSweep,
  stopSweep,
  sweep,
} from '../session/sweep.js';
import { state } from '../state.js';
import { type Axis, gridOf, keysOf, suggestion } from '../sweep-grid.js';

export class TrainSweep extends WarrenElement {
  static override properties = {
    axes: { state: true },
    seeds: { state: true },
    metrics: { state: true },
    checked: { state: true },
    said: { state: true },
  };
  declare axes: Axis[];
  declare seeds: string;
  declare metrics: string;
  /** What the engine says of the grid as it stands: its number of runs, or why it is none. */
  declare checked: { runs: number } | { error: unknown } | null;
  declare said: string;
  #asked = '';

  constructor() {
    super();
    this.axes = [{ key: 'init.name', values: 'svd, leporid' }];
    this.seeds = '1, 2, 3';
    this.metrics = '';
    this.checked = null;
    this.said = '';
    this.watch(engine, state, data, sweep, runs);
  }

  override updated(): void {
    void this.#check();
  }

  #grid(): SweepGrid | null {
    const { catalog } = engine.value;
    if (!catalog) return null;
    const base = { data: state.value.data, ...state.value.train };
    return gridOf(catalog, base, this.axes, this.seeds, this.metrics);
  }

  /** Asks the engine about the grid whenever it has changed. */
  async #check(): Promise<void> {
    const grid = this.#grid();
    const asked = JSON.stringify(grid);
    if (!grid || asked === this.#asked) return;
    this.#asked = asked;
    const found = await expand(grid).then(
      (list) => ({ runs: list.length }),
      (error: unknown) => ({ error }),
    );
    if (asked === this.#asked) this.checked = found;
  }

  override render() {
    const { catalog } = engine.value;
    if (!catalog) return nothing;
    const now = sweep.value;
    const busy = now.phase === 'running' || now.phase === 'paused';
    return html`<section class="card" aria-label="Sweep" data-testid="sweep" data-phase=${now.phase}>
      <details class="section" ?open=${now.phase !== 'none'}>
        <summary>Sweep <span class="muted">${busy || now.phase === 'ended' ? progressText(now) : 'several settings × several seeds, one after the other'}</span></summary>
        ${busy ? nothing : this.#form(catalog)}
        ${now.error ? html`<w-error .error=${now.error} heading="A run of the sweep failed"></w-error>` : nothing}
        ${now.phase === 'none' ? nothing : this.#queue(now)}
        ${now.table ? this.#table(now) : nothing}
      </details></section>`;
  }

  #form(catalog: Catalog) {
    const keys = keysOf(catalog);
    const { checked } = this;
    const ready = checked !== null && 'runs' in checked && data.value.prepared;
    return html`<form class="sweep-form" aria-label="Sweep" @submit=${this.#start}>
      ${this.axes.map(
        (axis, i) => html`<div class="sweep-axis">
          <select name="sweep.key.${i}" aria-label="Parameter ${i + 1}" @change=${(e: Event) => {
            const key = (e.target as HTMLSelectElement).value;
            this.#axis(i, { key, values: suggestion(catalog, key) });
          }}>${keys.map((k) => html`<option value=${k} ?selected=${k === axis.key} ?disabled=${this.axes.some((a) => a !== axis && a.key === k)}>${k}</option>`)}</select>
          <input type="text" name="sweep.values.${i}" aria-label="Values of ${axis.key}" autocomplete="off" .value=${axis.values}
            @change=${(e: Event) => this.#axis(i, { ...axis, values: (e.target as HTMLInputElement).value })} />
          <button class="button small quiet" type="button" aria-label="Remove ${axis.key}" @click=${() => {
            this.axes = this.axes.filter((_, other) => other !== i);
          }}>✕</button></div>`,
      )}
      <div class="buttons"><button class="button small" type="button" data-testid="sweep-add" @click=${() => this.#add(catalog, keys)}>Add a parameter</button>
        ${about('Sweep', 'All combinations of the values, each with every seed; what is not varied is as in the form. Values are separated by commas (texts that hold commas by semicolons). A method that the form does not have chosen starts from its defaults. Where a method does not take a parameter, the parameter is left out and repetitions are dropped.')}</div>
      <label class="sweep-line">Seeds <input type="text" name="sweep.seeds" autocomplete="off" .value=${this.seeds}
        @change=${(e: Event) => {
          this.seeds = (e.target as HTMLInputElement).value;
        }} /></label>
      <label class="sweep-line">Metrics <input type="text" name="sweep.metrics" autocomplete="off" placeholder="HR, F1 and NDCG at the largest cutoff" .value=${this.metrics}
        @change=${(e: Event) => {
          this.metrics = (e.target as HTMLInputElement).value;
        }} /></label>
      ${checked && 'error' in checked ? html`<w-error .error=${checked.error} heading="This grid cannot be run"></w-error>` : nothing}
      <div class="buttons"><button class="button primary" type="submit" data-testid="sweep-run" ?disabled=${!ready}>Run the sweep</button>
        <span class="small muted" data-testid="sweep-count" aria-live="polite">${checked && 'runs' in checked ? counted(checked.runs, 'run') : ''}</span></div>
    </form>`;
  }

  #axis(i: number, axis: Axis): void {
    this.axes = this.axes.map((old, other) => (other === i ? axis : old));
  }

  #add(catalog: Catalog, keys: readonly string[]): void {
    const key = keys.find((k) => !this.axes.some((a) => a.key === k));
    if (key) this.axes = [...this.axes, { key, values: suggestion(catalog, key) }];
  }

  #start(event: Event): void {
    event.preventDefault();
    const grid = this.#grid();
    if (grid) void startSweep(grid);
  }

  #queue(now: SweepState) {
    const { entries, phase } = now;
    const done = entries.filter((e) => e.phase !== 'waiting' && e.phase !== 'running').length;
    const running = entries.findIndex((e) => e.phase === 'running');
    const left = secondsLeft(now);
    const progress = {
      stage: 'sweep',
      done,
      total: entries.length,
      unit: 'runs',
      seconds: 0,
      ...(left === undefined ? {} : { seconds_left: left }),
    };
    const here = now.fingerprint === data.value.summary?.fingerprint;
    const held = phase === 'paused';
    return html`${
      phase === 'ended'
        ? nothing
        : html`<w-progress .progress=${progress} label=${held ? 'Sweep, held' : 'Sweep'} .cancellable=${false}></w-progress>
      <p class="small muted">${running < 0 ? (here ? 'No run is in progress.' : 'Load the data of this sweep to go on.') : html`Run ${running + 1} of ${entries.length}: ${entries[running]?.label}`}</p>`
    }
    <div class="buttons" role="group" aria-label="Control of the sweep">${
      phase === 'ended'
        ? nothing
        : html`${
            held
              ? html`<button class="button small" type="button" data-testid="sweep-continue" ?disabled=${!here} @click=${() => continueSweep()}>Go on</button>`
              : html`<button class="button small" type="button" data-testid="sweep-pause" @click=${() => pauseSweep()}>Pause</button>`
          }
        <button class="button small" type="button" data-testid="sweep-skip" ?disabled=${running < 0} title="Leave this run out and go on with the next" @click=${() => skipRun()}>Skip</button>
        <button class="button small" type="button" data-testid="sweep-stop" title="End the sweep, and this run with its best state; the table leaves it out" @click=${() => stopSweep()}>Stop</button>
        <button class="button small quiet" type="button" data-testid="sweep-cancel" title="End at once; what is done stays" @click=${() => cancelSweep()}>Cancel</button>`
    }
      ${phase === 'running' ? nothing : html`<button class="button small quiet" type="button" data-testid="sweep-clear" @click=${() => clearSweep()}>Clear the sweep</button>`}
    </div>`;
  }

  #table({ table }: SweepState) {
    if (!table) return nothing;
    const cell = (m: { mean: number | null; deviation: number | null } | undefined) =>
      m?.mean == null
        ? '–'
        : html`${fixed(m.mean)}${m.deviation === null ? nothing : html` <span class="muted">± ${fixed(m.deviation)}</span>`}`;
    return html`<div class="scroll-x" tabindex="0" role="region" aria-label="Results of the sweep">
        <table class="runs" data-testid="sweep-table"><caption class="visually-hidden">Mean and sample deviation over the seeds</caption>
          <thead><tr>${table.keys.map((k) => html`<th scope="col">${k}</th>`)}<th scope="col" class="num">runs</th>${table.metrics.map((m) => html`<th scope="col" class="num">${m}</th>`)}</tr></thead>
          <tbody>${table.rows.map(
            (
              row,
            ) => html`<tr data-testid="sweep-row">${row.settings.map((s) => html`<td>${s}</td>`)}
              <td class="num">${row.runs === table.seeds ? row.runs : `${row.runs} of ${table.seeds}`}</td>
              ${table.metrics.map((m) => html`<td class="num nowrap">${cell(row.metrics[m])}</td>`)}</tr>`,
          )}</tbody></table></div>
      <div class="buttons"><span class="small muted">This table as</span>
        <button class="button small" type="button" data-testid="sweep-csv" @click=${() => this.#save('csv')}>CSV</button>
        <button class="button small" type="button" data-testid="sweep-json" @click=${() => this.#save('json')}>JSON</button>
        <button class="button small" type="button" data-testid="sweep-md" @click=${() => this.#copy('md', 'Markdown')}>Copy Markdown</button>
        <button class="button small" type="button" @click=${() => this.#copy('tex', 'LaTeX')}>Copy LaTeX</button>
        <span class="small muted" aria-live="polite">${this.said}</span></div>`;
  }

  async #save(format: SweepFormat): Promise<void> {
    const type = format === 'json' ? 'application/json' : 'text/csv';
    download(await resultsAs(format), `warren-sweep.${format}`, type);
  }

  async #copy(format: SweepFormat, what: string): Promise<void> {
    const text = await resultsAs(format);
    try {
      await navigator.clipboard.writeText(text);
      this.said = `${what} copied.`;
    } catch {
      download(text, `warren-sweep.${format}`, 'text/plain');
      this.said = `${what} downloaded: this browser did not allow copying.`;
    }
  }
}
define('w-train-sweep', TrainSweep);

function progressText({ entries, phase }: SweepState): string {
  const done = entries.filter((e) => e.phase === 'done').length;
  const words = { none: '', running: 'running', paused: 'held', ended: 'ended' };
  return `${words[phase]} · ${done} of ${counted(entries.length, 'run')} done`;
}
