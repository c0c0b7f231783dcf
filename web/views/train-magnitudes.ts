// How long a run's learned vectors are, against how often their users or items occur in training.

import { html, nothing } from 'lit';
import type { Series } from '../charts/line-chart.js';
import { seriesName } from '../charts/palette.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { Side, SideTable, Table } from '../engine/types.js';
import { counted, num } from '../format.js';
import { data, nameOf, table } from '../session/data.js';
import { engine, warren } from '../session/engine.js';
import { comparable, type Run, runs } from '../session/runs.js';

interface Magnitudes {
  key: string;
  series: Series[];
  /** Correlation of the two logarithms; `NaN` where either does not vary. */
  correlation: number;
  /** Nodes that a logarithmic axis cannot show. */
  unseen: number;
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
  declare drawn: Magnitudes | null;
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
      this.drawn = { key, ...measure(vectors, side, run) };
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

  #remarks({ correlation, unseen }: Magnitudes): string {
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

function measure(
  { vectors, rows, dim }: Table,
  side: SideTable,
  run: Run,
): Omit<Magnitudes, 'key'> {
  const lengths = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let at = row * dim; at < (row + 1) * dim; at++) sum += (vectors[at] as number) ** 2;
    lengths[row] = Math.sqrt(sum);
  }
  const seen = [...side.counts.keys()]
    .filter((row) => (side.counts[row] ?? 0) > 0 && (lengths[row] ?? 0) > 0)
    .sort((a, b) => (side.counts[a] ?? 0) - (side.counts[b] ?? 0));
  const x = Float64Array.from(seen, (row) => side.counts[row] ?? 0);
  const y = Float64Array.from(seen, (row) => lengths[row] ?? 0);
  const series: Series = {
    label: `run ${run.number}, ${side.side}s`,
    x,
    y,
    colour: seriesName(run.number - 1),
    scatter: true,
    names: (i) => nameOf(side, seen[i] ?? 0),
  };
  return {
    series: seen.length > 0 ? [series] : [],
    correlation: correlation(x.map(Math.log), y.map(Math.log)),
    unseen: rows - seen.length,
  };
}

/** Pearson's coefficient; `NaN` if a variable is constant. */
function correlation(x: Float64Array, y: Float64Array): number {
  const mean = (v: Float64Array) => v.reduce((sum, a) => sum + a, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [(x[i] as number) - mx, (y[i] as number) - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 1e-12 * y.length ? xy / Math.sqrt(xx * yy) : Number.NaN;
}
