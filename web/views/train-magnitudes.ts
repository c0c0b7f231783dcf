// How long a run's learned vectors are, against how often their users or items occur in training.

import { html, nothing } from 'lit';
import { seriesName } from '../charts/palette.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { Side } from '../engine/types.js';
import { counted, num } from '../format.js';
import { type Magnitudes, magnitudes } from '../magnitudes.js';
import { data, table } from '../session/data.js';
import { engine, warren } from '../session/engine.js';
import { comparable, type Run, runs } from '../session/runs.js';

interface Drawn extends Magnitudes {
  key: string;
}

export class TrainMagnitudes extends WarrenElement {
  static override properties = {
    chosen: { state: true },
    side: { state: true },
    drawn: { state: true },
    error: { state: true },
  };
  /** Key of the run; empty for the newest. */
  declare chosen: string;
  declare side: Side;
  declare drawn: Drawn | null;
  declare error: unknown;
  #asked = '';

  constructor() {
    super();
    this.chosen = '';
    this.side = 'item';
    this.drawn = null;
    this.error = null;
    this.watch(runs, data);
  }

  /** Runs with a table for each side, numbered as the data in hand are. */
  #usable(): Run[] {
    const models = engine.value.catalog?.models ?? [];
    const learns = (run: Run) => models.find((m) => m.name === run.config.model.name)?.iterative;
    return comparable().filter(learns);
  }

  override updated(): void {
    void this.#ask();
  }

  async #ask(): Promise<void> {
    await Promise.resolve();
    const run = this.#run();
    const key = run ? `${data.value.version} ${run.engineRun} ${this.side}` : '';
    if (key === this.#asked) return;
    this.#asked = key;
    const side = table(this.side);
    if (!run || run.engineRun === null || !side) {
      this.drawn = null;
      return;
    }
    try {
      const vectors = await warren().runTable(run.engineRun, this.side);
      if (key !== this.#asked) return;
      const label = `run ${run.number}, ${side.side}s`;
      const look = { label, colour: seriesName(run.number - 1) };
      this.drawn = { key, ...magnitudes(vectors, side, look) };
      this.error = null;
    } catch (error) {
      if (key === this.#asked) this.error = error;
    }
  }

  #run(): Run | undefined {
    const usable = this.#usable();
    return usable.find((r) => r.key === this.chosen) ?? usable.at(-1);
  }

  override render() {
    const usable = this.#usable();
    const run = this.#run();
    if (!run) return nothing;
    const { drawn } = this;
    const id = `${this.uid}-run`;
    return html`<section class="card" data-testid="magnitudes" aria-label="Magnitude against popularity">
      <div class="buttons" style="justify-content: space-between">
        <span class="buttons"><div class="segmented" role="radiogroup" aria-label="Side">${(
          ['item', 'user'] as const
        ).map(
          (
            s,
          ) => html`<label><input type="radio" name="magnitudes.side" value=${s} .checked=${s === this.side}
            @change=${() => {
              this.side = s;
            }} />${s === 'item' ? 'Items' : 'Users'}</label>`,
        )}</div>
        <label class="check-line small" for=${id}>Run <select id=${id} class="inline" name="magnitudes.run"
          @change=${(e: Event) => {
            this.chosen = (e.target as HTMLSelectElement).value;
          }}>${usable.map((r) => html`<option value=${r.key} ?selected=${r === run}>${r.number}</option>`)}</select></label></span>
        ${about(
          'Magnitude against popularity',
          'The length of each learned vector. Training and weight decay write popularity into it: what occurs often is pushed further from zero, what occurs rarely decays. A score is a scalar product, so long vectors are recommended more.',
          '‖e‖₂ against the number of training interactions',
        )}
      </div>
      ${this.error ? html`<w-error .error=${this.error} heading="This run's table could not be read"></w-error>` : nothing}
      <w-line-chart heading="Magnitude against popularity" x-label="training interactions" y-label="vector length" x-log y-log
        .series=${drawn?.series ?? []} height="280" empty="Reading the table…"></w-line-chart>
      <p class="small muted">${drawn ? this.#remarks(drawn) : nothing}</p>
    </section>`;
  }

  #remarks({ correlation, unseen }: Drawn): string {
    return [
      Number.isNaN(correlation)
        ? 'The lengths do not vary with popularity.'
        : `Correlation of the logarithms: ${num(correlation, 2)}.`,
      unseen > 0
        ? `${counted(unseen, this.side)} without training interaction cannot be drawn.`
        : '',
    ].join(' ');
  }
}
define('w-train-magnitudes', TrainMagnitudes);
