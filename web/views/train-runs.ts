// All runs in one table: compare, take away, save and load.

import { html, nothing } from 'lit';
import { seriesName } from '../charts/palette.js';
import { download, fileName } from '../downloads.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import { counted } from '../format.js';
import {
  bests,
  columnsShown,
  cutoffsOf,
  EVERYTHING,
  runTable,
  type Shown,
  toCsv,
  toLatex,
  toMarkdown,
} from '../run-tables.js';
import { data } from '../session/data.js';
import { engine, notify, warren } from '../session/engine.js';
import {
  clearRuns,
  openCheckpoint,
  type Run,
  removeRun,
  resumeRun,
  runs,
  showRun,
} from '../session/runs.js';
import { adopt } from '../state.js';

/** Why a run ended, in words. */
const REASONS: Record<string, string> = {
  epochs: 'finished',
  patience: 'stopped early',
  stopped: 'stopped',
};

export class TrainRuns extends WarrenElement {
  static override properties = {
    said: { state: true },
    cutoff: { state: true },
    strata: { state: true },
  };
  declare said: string;
  /** The metrics' cutoff that is shown; empty for the largest, `all` for all. */
  declare cutoff: string;
  declare strata: boolean;

  constructor() {
    super();
    this.said = '';
    this.cutoff = '';
    this.strata = false;
    this.watch(runs, data);
  }

  override render() {
    const { list } = runs.value;
    return html`<section class="card" aria-labelledby="${this.uid}-h" data-testid="runs">
      <header><h3 id="${this.uid}-h">Runs</h3>
        <span class="buttons">
          ${about('Runs', 'Each row is one run. “Model” saves its whole state, from which “Load a model” goes on; “Use” takes its settings into the form. Runs are kept in this browser until they are cleared.')}
          <label class="button small" for="${this.uid}-file">Load a model</label>
          <input class="visually-hidden" id="${this.uid}-file" type="file" accept=".safetensors" data-testid="checkpoint-input" @change=${this.#open} />
          <button class="button small quiet" type="button" ?disabled=${list.length === 0} @click=${() => clearRuns()}>Clear all runs</button>
        </span></header>
      ${list.length === 0 ? html`<p class="muted small">Finished runs are listed here with their test metrics. They are kept in this browser until you clear them.</p>` : this.#table(list)}
      <span class="visually-hidden" aria-live="polite">${this.said}</span>
    </section>`;
  }

  #table(list: readonly Run[]) {
    const known = cutoffsOf(list);
    const cutoff =
      this.cutoff === '' ? (known.at(-1) ?? null) : this.cutoff === 'all' ? null : this.cutoff;
    const shown: Shown = { cutoff, strata: this.strata };
    const table = runTable(list, shown);
    const best = bests(table);
    const columns = columnsShown(table);
    return html`${known.length > 0 ? this.#choice(known, cutoff) : nothing}
      <div class="scroll-x" tabindex="0" role="region" aria-label="Comparison of runs">
        <table class="runs"><caption class="visually-hidden">Test metrics of ${counted(list.length, 'run')}</caption>
          <thead><tr>${columns.map((i) => html`<th scope="col" class=${i === 1 ? '' : 'num'}>${table.columns[i]}</th>`)}</tr></thead>
          <tbody>${table.rows.map(
            ({
              run,
              cells,
              values,
              differs,
            }) => html`<tr data-testid="run-row" data-phase=${run.phase}>
            ${columns.map((i) => {
              const cell = cells[i];
              return i === 0
                ? html`<td><label class="nowrap"><input type="checkbox" .checked=${run.shown} aria-label="Draw run ${run.number}"
                  @change=${(e: Event) => showRun(run.key, (e.target as HTMLInputElement).checked)} />
                  <i class="swatch" style="background: var(${seriesName(run.number - 1)})"></i>${cell}</label></td>`
                : i === 1
                  ? html`<td class="what">${run.label} ${this.#phase(run)}
                    ${differs ? html`<div class="small muted">${differs}</div>` : nothing}${this.#actions(run)}</td>`
                  : html`<td class="num ${best.has(i) && best.get(i) === values[i] ? 'best' : ''}"
                  data-column=${table.columns[i] ?? nothing}>${cell}</td>`;
            })}</tr>`,
          )}</tbody></table>
      </div>
      <div class="buttons"><span class="small muted">This table as</span>
        <button class="button small" type="button" data-testid="runs-csv" @click=${() => download(toCsv(runTable(list, EVERYTHING)), 'warren-runs.csv')}>CSV</button>
        <button class="button small" type="button" @click=${() => this.#copy(toMarkdown(table), 'Markdown')}>Copy Markdown</button>
        <button class="button small" type="button" @click=${() => this.#copy(toLatex(table), 'LaTeX')}>Copy LaTeX</button>
        <span class="small muted" aria-hidden="true">${this.said}</span></div>`;
  }

  #choice(known: readonly string[], cutoff: string | null) {
    return html`<div class="buttons small">
      <label>Metrics at <select name="runs.cutoff" class="inline"
        @change=${(e: Event) => {
          this.cutoff = (e.target as HTMLSelectElement).value;
        }}>
        ${known.map((c) => html`<option value=${c} ?selected=${c === cutoff}>${c}</option>`)}
        <option value="all" ?selected=${cutoff === null}>all cutoffs</option></select></label>
      <label class="check-line"><input type="checkbox" name="runs.strata" .checked=${this.strata}
        @change=${(e: Event) => {
          this.strata = (e.target as HTMLInputElement).checked;
        }} />by popularity, tail users</label>
      ${about('Metrics', 'Test metrics of the best epoch, over the N items ranked highest. By popularity: the same ranking counted for popular, neutral and unpopular items alone. Tail users: means over the 25 % of users with the fewest training interactions. The CSV holds every cutoff and stratum.')}</div>`;
  }

  #phase(run: Run) {
    const words: Record<Run['phase'], string> = {
      running: 'running',
      paused: 'paused',
      done: REASONS[run.record?.reason ?? ''] ?? 'done',
      failed: 'failed',
      cancelled: 'cancelled',
    };
    const saved = run.engineRun === null && run.phase === 'done';
    return html`<span class="phase ${run.phase}">${saved ? 'kept' : words[run.phase]}</span>`;
  }

  #actions(run: Run) {
    const here = run.fingerprint === data.value.summary?.fingerprint;
    const ended = run.phase === 'done';
    return html`<span class="buttons take">
      ${ended ? html`<button class="button small quiet" type="button" data-testid="run-json" @click=${() => this.#json(run)}>JSON</button>` : nothing}
      ${
        ended && (run.checkpoint || run.engineRun !== null)
          ? html`<button class="button small quiet" type="button" data-testid="run-model" @click=${() => this.#model(run)}>Model</button>`
          : nothing
      }
      ${
        ended && run.engineRun === null && run.checkpoint
          ? html`<button class="button small quiet" type="button" ?disabled=${!here} @click=${() => resumeRun(run.key)}
            title=${here ? 'Load the saved model into the engine' : 'Load the data it was trained on first'}>Load</button>`
          : nothing
      }
      <button class="button small quiet" type="button" title="Take these settings into the form" @click=${() => this.#adopt(run)}>Use</button>
      <button class="button small quiet" type="button" aria-label="Remove run ${run.number}" @click=${() => removeRun(run.key)}>✕</button>
    </span>`;
  }

  #adopt(run: Run): void {
    const { catalog } = engine.value;
    if (catalog) adopt(catalog, run.config);
  }

  #json(run: Run): void {
    if (run.record)
      download(
        JSON.stringify(run.record, null, 2),
        `${fileName('warren-run', run.number, run.label)}.json`,
        'application/json',
      );
  }

  async #model(run: Run): Promise<void> {
    try {
      const blob =
        run.checkpoint ??
        (run.engineRun === null ? null : await warren().checkpoint(run.engineRun));
      if (blob) download(blob, `${fileName('warren-run', run.number, run.label)}.safetensors`);
    } catch (error) {
      notify('The model could not be saved.', [String(error)]);
    }
  }

  #open(event: Event): void {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) void openCheckpoint(file);
    input.value = '';
  }

  async #copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.said = `${what} copied.`;
    } catch {
      download(text, `warren-runs.${what === 'LaTeX' ? 'tex' : 'md'}`, 'text/plain');
      this.said = `${what} downloaded: this browser did not allow copying.`;
    }
  }
}
define('w-train-runs', TrainRuns);
