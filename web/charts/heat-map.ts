// A table as colours, over two logarithmic axes or over steps and groups, with its values under the pointer and by
// arrow keys.

import { html, nothing } from 'lit';
import { download, fileName } from '../downloads.js';
import { define, WarrenElement } from '../elements/element.js';
import { csv, num } from '../format.js';
import { chartHead } from './chart-head.js';
import { paint } from './heat-draw.js';
import { cellAt, type HeatTable, heatFrame, toX, toY } from './heat-frame.js';
import { heatScale } from './heat-scale.js';
import { followWidth } from './on-resize.js';
import { onTheme } from './palette.js';
import { downloadPng } from './png.js';

/** Rows and columns of the table that people read; the CSV has all. */
const READ = { rows: 12, columns: 6 };

/** `<w-heat-map heading x-label y-label value-label signed .heat .describe .further>`. */
export class HeatMap extends WarrenElement {
  static override properties = {
    heading: {},
    xLabel: { attribute: 'x-label' },
    yLabel: { attribute: 'y-label' },
    valueLabel: { attribute: 'value-label' },
    signed: { type: Boolean },
    heat: { attribute: false },
    describe: { attribute: false },
    further: { attribute: false },
    empty: {},
    at: { state: true },
    table: { state: true },
    width: { state: true },
  };
  declare heading: string;
  declare xLabel: string;
  declare yLabel: string;
  declare valueLabel: string;
  /** Two colours, apart at zero, and the line where the sign changes. */
  declare signed: boolean;
  declare heat: HeatTable | null;
  /** What is said of a cell. */
  declare describe: (row: number, column: number) => string;
  /** Tables of the same shape, for the CSV. */
  declare further: Record<string, ArrayLike<number>>;
  declare empty: string;
  /** The cell that is read. */
  declare at: { row: number; column: number } | null;
  declare table: boolean;
  declare width: number;
  #endTheme: (() => void) | null = null;

  constructor() {
    super();
    this.heading = '';
    this.xLabel = '';
    this.yLabel = '';
    this.valueLabel = '';
    this.signed = false;
    this.heat = null;
    this.describe = () => '';
    this.further = {};
    this.empty = 'Nothing to show yet.';
    this.at = null;
    this.table = false;
    this.width = 600;
    followWidth(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#endTheme = onTheme(() => this.#draw());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#endTheme?.();
  }

  #tall(): number {
    return Math.round(Math.max(340, Math.min(0.62 * this.width, 560)));
  }

  override render() {
    const { heat, at } = this;
    const idle = heat === null;
    return html`<figure class="chart">
      ${chartHead(this, idle, [
        { label: 'CSV', take: this.#csv, testId: 'heat-csv' },
        { label: 'PNG', take: this.#png, testId: 'heat-png' },
      ])}
      <div class="plot heat-map" .style=${`height: ${this.#tall()}px`}>
        <canvas tabindex="0" role="img" aria-label="${this.heading}: ${this.#summary()}" @pointermove=${this.#point}
          @keydown=${this.#key} @focus=${() => {
            this.at ??= this.#middle();
          }}></canvas>
        ${this.#ring()}
        ${idle ? html`<div class="none">${this.empty}</div>` : nothing}
      </div>
      <p class="small heat-said" aria-live="polite" data-testid="heat-said">${
        at && heat
          ? this.describe(at.row, at.column)
          : 'Point at the map, or give it the focus and use the arrow keys, to read a cell.'
      }</p>
      ${this.table && heat ? this.#table(heat) : nothing}
    </figure>`;
  }

  #middle() {
    const { heat } = this;
    return heat && { row: heat.xs.length >> 1, column: heat.ys.length >> 1 };
  }

  #summary(): string {
    const { heat } = this;
    if (!heat) return this.empty;
    const ends = (v: readonly (number | string)[]) => {
      const [low, high] = [v[0] ?? 0, v.at(-1) ?? 0].map((e) =>
        typeof e === 'number' ? num(e) : e,
      );
      return `${low} to ${high}`;
    };
    return `${this.valueLabel} for ${this.xLabel} ${ends(heat.xs)} and ${this.yLabel} ${ends(heat.names ?? heat.ys)}; arrow keys read a cell`;
  }

  #ring() {
    const { heat, at } = this;
    if (!heat || !at) return nothing;
    const frame = heatFrame(heat, this.width, this.#tall());
    const [x, y] = [heat.xs[at.row] ?? 1, heat.ys[at.column] ?? 1];
    return html`<i class="ring" .style=${`left: ${toX(frame, x)}px; top: ${toY(frame, y)}px`}></i>`;
  }

  override updated(changed: Map<string, unknown>): void {
    // Moving the ring leaves the picture as it is.
    if (['heat', 'width', 'signed', 'valueLabel'].some((name) => changed.has(name))) this.#draw();
  }

  #draw(): void {
    const { heat, width } = this;
    const canvas = this.querySelector('canvas');
    const ctx = canvas?.getContext('2d');
    if (!canvas || !ctx) return;
    const height = this.#tall();
    const ratio = Math.min(2, devicePixelRatio);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    if (!heat) return;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scale = heatScale(Array.from(heat.values), this.signed, heat.names === undefined);
    const words = { x: this.xLabel, y: this.yLabel, value: this.valueLabel };
    paint(ctx, heat, heatFrame(heat, width, height), scale, words);
  }

  readonly #point = (event: PointerEvent): void => {
    const { heat } = this;
    if (!heat) return;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const frame = heatFrame(heat, this.width, this.#tall());
    const found = cellAt(frame, heat, event.clientX - box.left, event.clientY - box.top);
    if (found) this.at = found;
  };

  readonly #key = (event: KeyboardEvent): void => {
    const { heat } = this;
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowDown: [0, -1],
      ArrowUp: [0, 1],
    };
    const step = steps[event.key];
    const now = this.at ?? this.#middle();
    if (!heat || !step || !now) return;
    event.preventDefault();
    const within = (i: number, n: number) => Math.min(n - 1, Math.max(0, i));
    this.at = {
      row: within(now.row + step[0], heat.xs.length),
      column: within(now.column + step[1], heat.ys.length),
    };
  };

  #table(heat: HeatTable) {
    const spread = (n: number, most: number) => {
      const last = Math.min(n, most) - 1;
      return Array.from({ length: last + 1 }, (_, i) => Math.round((i * (n - 1)) / (last || 1)));
    };
    const rows = spread(heat.xs.length, READ.rows);
    const columns = spread(heat.ys.length, heat.names?.length ?? READ.columns);
    const part = rows.length < heat.xs.length || columns.length < heat.ys.length;
    return html`<div class="chart-table"><div class="scroll-y scroll-x" tabindex="0" role="region" aria-label="${this.heading}, table">
      <table><caption class="visually-hidden">${this.valueLabel}; columns are ${this.yLabel}</caption>
        <thead><tr><th>${this.xLabel} \\ ${this.yLabel}</th>${columns.map((c) => html`<th class="num">${heat.names?.[c] ?? num(heat.ys[c] ?? 0, 3)}</th>`)}</tr></thead>
        <tbody>${rows.map(
          (r) =>
            html`<tr><th class="num" scope="row">${num(heat.xs[r] ?? 0, 3)}</th>${columns.map(
              (c) =>
                html`<td class="num">${num(heat.values[r * heat.ys.length + c] as number, 3)}</td>`,
            )}</tr>`,
        )}</tbody></table></div>
      ${part ? html`<p class="note">A part of the map; all ${heat.xs.length} × ${heat.ys.length} cells are in the CSV.</p>` : nothing}</div>`;
  }

  #csv(): void {
    const { heat, further } = this;
    if (!heat) return;
    const names = Object.keys(further);
    const rows = heat.xs.flatMap((x, r) =>
      heat.ys.map((y, c) => {
        const at = r * heat.ys.length + c;
        const more = names.map((name) => {
          const value = further[name]?.[at] as number;
          return Number.isNaN(value) ? '' : value;
        });
        return [x, heat.names?.[c] ?? y, ...more];
      }),
    );
    const head = [this.xLabel, this.yLabel, ...names];
    download(csv(head, rows), `${fileName('warren', this.heading)}.csv`);
  }

  #png(): void {
    const source = this.querySelector('canvas');
    if (!source) return;
    const { fontFamily } = getComputedStyle(this);
    downloadPng(source, this.heading, fontFamily, source.width / this.width);
  }
}
define('w-heat-map', HeatMap);
