// Curves, drawn by uPlot: several series with their own x values, log axes, PNG and CSV, a table behind.

import { html, nothing, render } from 'lit';
import uPlot from 'uplot';
import { download, fileName } from '../downloads.js';
import { define, WarrenElement } from '../elements/element.js';
import { csv, num } from '../format.js';
import { chartHead } from './chart-head.js';
import { OnResize } from './on-resize.js';
import { colour, onTheme } from './palette.js';
import { downloadPng } from './png.js';

export interface Series {
  label: string;
  /** Ascending. */
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** Name of a colour of the style sheet, e.g. `--series-1`. */
  colour: string;
  dash?: boolean;
  points?: boolean;
  /** Marks without a line; `x` may then repeat, and the chart holds this series alone. */
  scatter?: boolean;
  /** What the `i`-th point is called, in the CSV and the table. */
  names?: (i: number) => string;
}

const TABLE_ROWS = 200;

/**
 * `<w-line-chart heading="Loss" x-label="epoch" y-label="loss" .series=…>`. The plot's height is kept while
 * there is nothing to draw, so that nothing jumps when the first number comes.
 */
export class LineChart extends WarrenElement {
  static override properties = {
    heading: {},
    xLabel: { attribute: 'x-label' },
    yLabel: { attribute: 'y-label' },
    xLog: { type: Boolean, attribute: 'x-log' },
    yLog: { type: Boolean, attribute: 'y-log' },
    series: { attribute: false },
    height: { type: Number },
    last: { type: Boolean },
    empty: {},
    table: { state: true },
  };
  declare heading: string;
  declare xLabel: string;
  declare yLabel: string;
  declare xLog: boolean;
  declare yLog: boolean;
  declare series: readonly Series[];
  declare height: number;
  /** The legend states each series' last value, for curves that grow. */
  declare last: boolean;
  /** What stands in the plot's place while there is nothing to draw. */
  declare empty: string;
  declare table: boolean;
  #plot: uPlot | null = null;
  #shape = '';
  #soon = 0;
  #endTheme: (() => void) | null = null;

  constructor() {
    super();
    this.heading = '';
    this.xLabel = '';
    this.yLabel = '';
    this.xLog = false;
    this.yLog = false;
    this.series = [];
    this.height = 230;
    this.last = false;
    this.empty = 'Nothing to show yet.';
    this.table = false;
    new OnResize(
      this,
      () => this.#box(),
      () => this.#fit(),
    );
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#endTheme = onTheme(() => this.#draw(true));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#soon);
    this.#endTheme?.();
    this.#plot?.destroy();
    this.#plot = null;
  }

  #box(): HTMLElement | null {
    return this.querySelector('.plot-box');
  }

  #drawable(): Series[] {
    return this.series.filter((s) => s.x.length > 0);
  }

  override render() {
    const drawable = this.#drawable();
    const idle = drawable.length === 0;
    return html`<figure class="chart">
      ${chartHead(
        this,
        idle,
        [
          { label: 'CSV', take: this.#csv },
          { label: 'PNG', take: this.#png },
        ],
        html`<label><input type="checkbox" .checked=${this.yLog} @change=${this.#toggleLog} /><span title="Logarithmic vertical axis">log</span></label>`,
      )}
      <div class="plot" role="img" aria-label="${this.heading}: ${this.#summary(drawable)}" style="min-height: ${this.height}px">
        <div class="plot-box"></div>
        ${idle ? html`<div class="none">${this.empty}</div>` : nothing}
      </div>
      <ul class="key legend" aria-hidden="true"></ul>
      ${this.table && !idle ? this.#table(drawable) : nothing}
    </figure>`;
  }

  #summary(series: readonly Series[]): string {
    if (series.length === 0) return this.empty;
    return series
      .map((s) => `${s.label}, ${s.x.length} points, last ${num(Number(s.y[s.y.length - 1]))}`)
      .join('; ');
  }

  #table(series: readonly Series[]) {
    const rows = series.flatMap((s) =>
      Array.from({ length: Math.min(s.x.length, TABLE_ROWS) }, (_, i) => [s, i] as const),
    );
    const left = series.reduce((sum, s) => sum + Math.max(0, s.x.length - TABLE_ROWS), 0);
    return html`<div class="chart-table"><div class="scroll-y scroll-x" tabindex="0" role="region" aria-label="${this.heading}, table">
        <table><thead><tr><th>series</th><th class="num">${this.xLabel}</th><th class="num">${this.yLabel}</th></tr></thead>
        <tbody>${rows.map(
          ([
            s,
            i,
          ]) => html`<tr><td class="nowrap">${s.names?.(i) ?? s.label}</td><td class="num">${num(Number(s.x[i]), 6)}</td>
          <td class="num">${num(Number(s.y[i]), 6)}</td></tr>`,
        )}</tbody></table></div>
      ${left > 0 ? html`<p class="note">${left} more rows are in the CSV.</p>` : nothing}
    </div>`;
  }

  /** Drawn in a task of its own: several charts that change at once must not hold up the page together. */
  override updated(): void {
    clearTimeout(this.#soon);
    this.#soon = window.setTimeout(() => {
      if (!this.isConnected) return;
      this.#draw(false);
      this.#legend(null);
    });
  }

  /** Each series with its value under the pointer, or its last one. Apart from the rest: it follows the mouse. */
  #legend(at: number | null): void {
    const list = this.querySelector<HTMLElement>('.legend');
    if (!list) return;
    const x = at === null ? undefined : this.#plot?.data[0][at];
    const value = (s: Series, i: number) => {
      if (s.scatter) return '';
      if (x === undefined && !this.last) return '';
      const y = x === undefined ? s.y[s.y.length - 1] : this.#plot?.data[i + 1]?.[at ?? 0];
      return y === null || y === undefined ? '' : num(Number(y), 4);
    };
    const items = this.#drawable().map(
      (s, i) => html`<li><i class=${s.dash ? 'dashed' : ''} style="--colour: var(${s.colour})"></i>
        <span>${s.label}</span> <b>${value(s, i)}</b></li>`,
    );
    const where = x === undefined ? nothing : html`<li class="muted">${this.xLabel} ${num(x)}</li>`;
    render(this.#drawable().some((s) => s.scatter) ? items : [...items, where], list);
  }

  /** Redraws; builds the plot anew when its series, axes or theme have changed, else only sets its data. */
  #draw(anew: boolean): void {
    const box = this.#box();
    if (!box) return;
    const series = this.#drawable();
    const shape = JSON.stringify([
      this.xLog,
      this.yLog,
      this.xLabel,
      series.map((s) => [s.label, s.colour, s.dash, s.scatter, hasPoints(s), isWhole(s)]),
    ]);
    if (series.length === 0) {
      this.#plot?.destroy();
      this.#plot = null;
      this.#shape = '';
      return;
    }
    const data = align(series, this.xLog, this.yLog);
    if (this.#plot && shape === this.#shape && !anew) {
      this.#plot.setData(data);
      return;
    }
    this.#plot?.destroy();
    this.#shape = shape;
    this.#plot = new uPlot(this.#options(series, box.clientWidth), data, box);
  }

  #options(series: readonly Series[], width: number): uPlot.Options {
    const ink = colour('--muted');
    const line = colour('--line');
    const font = `12px ${getComputedStyle(this).fontFamily}`;
    const loose = series.some((s) => s.scatter);
    const range = (_u: uPlot, low: number | null, high: number | null) =>
      loose ? aroundMarks(low, high) : aroundDecades(low, high);
    const log = { distr: 3 as const, log: 10 as const, range };
    const values: uPlot.Axis.DynamicValues = (_u, splits) =>
      splits.map((v) => (v === null ? '' : num(v, Math.abs(v) < 1e-4 ? 2 : 4)));
    const axis = (isLog: boolean, label: string, size: number): uPlot.Axis => {
      const marks = isLog
        ? {
            splits: (_u: uPlot, _i: number, low: number, high: number) => decades(low, high),
            filter: (_u: uPlot, splits: number[]) => splits,
          }
        : {};
      const { filter } = marks;
      const all = filter ? { filter } : {};
      return {
        stroke: ink,
        grid: { stroke: line, width: 1, ...all },
        ticks: { stroke: line, width: 1, size: 4, ...all },
        font,
        label,
        labelFont: font,
        labelSize: 18,
        labelGap: 0,
        size,
        gap: 3,
        values,
        ...marks,
      };
    };
    return {
      width: Math.max(160, width),
      height: this.height,
      cursor: { drag: { x: true, y: false }, points: { size: 6 } },
      scales: {
        x: { time: false, ...(this.xLog ? log : {}) },
        y: this.yLog ? log : { range: (_u, low, high) => padded(low, high) },
      },
      axes: [
        { ...axis(this.xLog, this.xLabel, 26), ...(series.every(isWhole) ? { incrs: WHOLE } : {}) },
        axis(this.yLog, this.yLabel, 52),
      ],
      legend: { show: false },
      hooks: {
        setCursor: [(u) => this.#legend(u.cursor.idx ?? null)],
        drawSeries: [
          (u, i) => {
            const s = series[i - 1];
            if (s?.scatter) squares(u, i, fade(colour(s.colour)));
          },
        ],
      },
      series: [
        {},
        ...series.map((s) => ({
          label: s.label,
          stroke: colour(s.colour),
          width: 1.75,
          spanGaps: true,
          ...(s.dash ? { dash: [5, 4] } : {}),
          points: { show: hasPoints(s) && !s.scatter, size: 5 },
          ...(s.scatter ? { paths: () => null } : {}),
        })),
      ],
    };
  }

  #fit(): void {
    const width = this.#box()?.clientWidth ?? 0;
    if (this.#plot && width > 0 && Math.abs(this.#plot.width - width) > 1) {
      this.#plot.setSize({ width: Math.max(160, width), height: this.height });
    }
  }

  #toggleLog(event: Event): void {
    this.yLog = (event.target as HTMLInputElement).checked;
  }

  #csv(): void {
    const series = this.#drawable();
    const named = series.some((s) => s.names);
    function* rows(): Generator<(string | number)[]> {
      for (const s of series) {
        for (let i = 0; i < s.x.length; i++) {
          const row = [s.label, Number(s.x[i]), Number(s.y[i])];
          yield named ? [...row, s.names?.(i) ?? ''] : row;
        }
      }
    }
    const columns = ['series', this.xLabel || 'x', this.yLabel || 'y'];
    download(
      csv(named ? [...columns, 'name'] : columns, rows()),
      `${fileName('warren', this.heading, '')}.csv`,
    );
  }

  /** The plot on the card's colour with heading and legend, since uPlot's own legend is not on its canvas. */
  #png(): void {
    const source = this.#plot?.ctx.canvas;
    if (!source) return;
    const scale = devicePixelRatio;
    const series = this.#drawable();
    const { fontFamily } = getComputedStyle(this);
    downloadPng(source, this.heading, fontFamily, scale, {
      height: 20 * scale * series.length,
      draw(ctx, top) {
        ctx.font = `${12 * scale}px ${fontFamily}`;
        for (const [i, s] of series.entries()) {
          const y = top + (i * 20 + 8) * scale;
          ctx.fillStyle = colour(s.colour);
          ctx.fillRect(10 * scale, y - 2 * scale, 18 * scale, 4 * scale);
          ctx.fillStyle = colour('--ink');
          ctx.fillText(s.label, 34 * scale, y);
        }
      },
    });
  }
}
define('w-line-chart', LineChart);

/** Marks as separate rectangles: one path of thousands that overlap takes many times as long to fill. */
function squares(u: uPlot, seriesIdx: number, fill: string): void {
  const [xs, ys] = [u.data[0], u.data[seriesIdx]];
  const size = 3 * devicePixelRatio;
  u.ctx.fillStyle = fill;
  for (let i = 0; i < xs.length; i++) {
    const y = ys?.[i];
    if (y === null || y === undefined) continue;
    const left = u.valToPos(xs[i] as number, 'x', true);
    u.ctx.fillRect(left - size / 2, u.valToPos(y, 'y', true) - size / 2, size, size);
  }
}

function fade(colour: string): string {
  return `color-mix(in srgb, ${colour} 55%, transparent)`;
}

function hasPoints(s: Series): boolean {
  return s.points ?? s.x.length < 3;
}

/** Steps of an axis of whole numbers: no epoch 2.5. */
const WHOLE = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
];

function isWhole(s: Series): boolean {
  return Array.prototype.every.call(s.x, (x: number) => Number.isInteger(x));
}

/**
 * Marks of a log axis: powers of ten, with more between them where there are few. Our own, because uPlot's rounds to
 * sixteen decimals and never ends below that.
 */
export function decades(low: number, high: number): number[] {
  if (!(low > 0 && high >= low)) return [];
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / MARKS));
  const within = (m: number) => m >= low * (1 - 1e-9) && m <= high * (1 + 1e-9);
  const marks = (steps: readonly number[]) => {
    const found: number[] = [];
    for (let power = first; power <= last; power += every)
      for (const m of steps) found.push(Number(`${m}e${power}`));
    return found.filter(within);
  };
  if (last - first > 3) return marks([1]);
  const some = marks([1, 2, 5]);
  // A short axis may lie between two of them.
  return some.length > 1 || high < low * 1.05 ? some : marks([1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]);
}
const MARKS = 8;

/** The ends of a log axis: whole decades, or a 1, 2 or 5 where the values span few. */
function aroundDecades(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !(low > 0)) return [0.1, 1];
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  if (Math.log10(high / low) > 3) return [10 ** first, 10 ** last];
  const ends = decades(10 ** first, 10 ** (first + 1)).concat(
    decades(10 ** (last - 1), 10 ** last),
  );
  const bottom = Math.max(...ends.filter((e) => e <= low * (1 + 1e-9)));
  const top = Math.min(...ends.filter((e) => e >= high * (1 - 1e-9) && e > bottom));
  return [bottom, top];
}

/** A little more than the values, so that no mark is cut. */
function aroundMarks(low: number | null, high: number | null): [number, number] {
  return low === null || high === null || !(low > 0) ? [0.1, 1] : [low / 1.15, high * 1.15];
}

function padded(low: number, high: number): [number, number] {
  if (low === null || high === null) return [0, 1];
  const pad = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low >= 0 && low - pad < 0 ? 0 : low - pad, high + pad];
}

/** uPlot wants one x for all series: the union, with gaps. Logarithms leave out what is not positive. */
function align(series: readonly Series[], xLog: boolean, yLog: boolean): uPlot.AlignedData {
  const tables = series.map((s): uPlot.AlignedData => {
    const xs: number[] = [];
    const ys: (number | null)[] = [];
    for (let i = 0; i < s.x.length; i++) {
      const x = Number(s.x[i]);
      const y = Number(s.y[i]);
      if (xLog && x <= 0) continue;
      xs.push(x);
      ys.push(Number.isFinite(y) && !(yLog && y <= 0) ? y : null);
    }
    return [xs, ys];
  });
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}
