// Curves with error bars, as SVG: light enough for a page that embeds it, and a picture that can be taken away.

import { html, nothing, svg } from 'lit';
import { download, fileName } from '../downloads.js';
import { define, WarrenElement } from '../elements/element.js';
import { csv, num } from '../format.js';
import { type Axis, along, axisAround } from './axis.js';
import { chartHead } from './chart-head.js';
import { downloadSvg } from './export-svg.js';
import { followWidth } from './on-resize.js';

export interface ErrorSeries {
  label: string;
  /** Name of a colour of the style sheet, e.g. `--series-1`. */
  colour: string;
  /** Ascending. */
  x: readonly number[];
  y: readonly number[];
  /** Half the bar's length; `null` where none is known. */
  error: readonly (number | null)[];
  /** Hollow marks without a line: somebody else's numbers. */
  reference?: boolean;
  /** A dashed line without marks: what was expected. */
  dash?: boolean;
  /** The errors as a shade about a line without marks, down to zero at most where the chart is not `signed`. */
  band?: boolean;
  /** Values beside each point, in the CSV and the table. */
  columns?: Record<string, readonly (string | number)[]>;
}

const EDGE = { top: 10, right: 14, bottom: 42, left: 58 };
const CAP = 2.5;

interface Frame {
  x: Axis;
  y: Axis;
  width: number;
  px: (x: number) => number;
  py: (y: number) => number;
}

/** `<w-error-bars heading x-label y-label error-label x-log y-log signed .series>`; empty, it keeps its height (at least `height`). */
export class ErrorBars extends WarrenElement {
  static override properties = {
    heading: {},
    xLabel: { attribute: 'x-label' },
    yLabel: { attribute: 'y-label' },
    errorLabel: { attribute: 'error-label' },
    xLog: { type: Boolean, attribute: 'x-log' },
    yLog: { type: Boolean, attribute: 'y-log' },
    signed: { type: Boolean },
    series: { attribute: false },
    height: { type: Number },
    empty: {},
    table: { state: true },
    width: { state: true },
    at: { state: true },
  };
  declare heading: string;
  declare xLabel: string;
  declare yLabel: string;
  declare errorLabel: string;
  declare xLog: boolean;
  declare yLog: boolean;
  /** Values below zero are to be seen: no logarithmic axis is offered. */
  declare signed: boolean;
  declare series: readonly ErrorSeries[];
  declare height: number;
  declare empty: string;
  declare table: boolean;
  declare width: number;
  /** The x whose values the legend states; `null` while nobody points. */
  declare at: number | null;

  constructor() {
    super();
    this.heading = '';
    this.xLabel = '';
    this.yLabel = '';
    this.errorLabel = 'standard error';
    this.xLog = false;
    this.yLog = false;
    this.signed = false;
    this.series = [];
    this.height = 340;
    this.empty = 'Nothing to show yet.';
    this.table = false;
    this.width = 600;
    this.at = null;
    followWidth(this);
  }

  /** Wide pictures are taller, up to a point. */
  #tall(): number {
    return Math.round(Math.max(this.height, Math.min(0.56 * this.width, 1.6 * this.height)));
  }

  #drawable(): ErrorSeries[] {
    return this.series.filter((s) => s.x.length > 0);
  }

  override render() {
    const drawable = this.#drawable();
    const idle = drawable.every((s) => s.reference);
    return html`<figure class="chart">
      ${chartHead(
        this,
        idle,
        [
          { label: 'CSV', take: this.#csv, testId: 'chart-csv' },
          { label: 'SVG', take: this.#svg, testId: 'chart-svg' },
        ],
        this.signed ? nothing : this.#logBox(),
      )}
      <div class="plot" .style=${`min-height: ${this.#tall()}px`}>${this.#plot(drawable)}
        ${idle ? html`<div class="none over">${this.empty}</div>` : nothing}
      </div>
      ${this.#legend(drawable)}
      ${this.table && !idle ? this.#table(drawable) : nothing}
    </figure>`;
  }

  #logBox() {
    return html`<label><input type="checkbox" name="log" .checked=${this.yLog} @change=${(
      e: Event,
    ) => {
      this.yLog = (e.target as HTMLInputElement).checked;
    }} /><span title="Logarithmic vertical axis">log</span></label>`;
  }

  #frame(series: readonly ErrorSeries[]): Frame {
    const { width } = this;
    const height = this.#tall();
    const wide = width - EDGE.left - EDGE.right;
    const tall = height - EDGE.top - EDGE.bottom;
    const ys = series.flatMap((s) =>
      s.y.flatMap((y, i) => [y, this.#bottom(s, i), y + (s.error[i] ?? 0)]),
    );
    // A bar that reaches down to zero must not stretch a logarithmic axis without end.
    const floor = Math.min(...series.flatMap((s) => s.y.filter((y) => y > 0))) / 3;
    const y = axisAround(this.yLog ? ys.filter((v) => v >= floor) : [0, ...ys], this.yLog, 7);
    const x = axisAround(
      series.flatMap((s) => s.x),
      this.xLog,
      width < 480 ? 5 : 10,
    );
    return {
      x,
      y,
      width,
      px: (v) => EDGE.left + along(x, v) * wide,
      py: (v) => EDGE.top + (1 - along(y, v)) * tall,
    };
  }

  #plot(series: readonly ErrorSeries[]) {
    const frame = this.#frame(series);
    const { width } = this;
    const height = this.#tall();
    const base = height - EDGE.bottom;
    return html`<svg class="error-bars" viewBox="0 0 ${width} ${height}" height=${height} tabindex="0" role="img"
      aria-label="${this.heading}: ${this.#summary(series)}" @pointermove=${(e: PointerEvent) => this.#point(e, frame)}
      @pointerleave=${() => {
        this.at = null;
      }} @keydown=${this.#key}>
      <g class="grid">${frame.y.ticks.map((v) => svg`<line x1=${EDGE.left} x2=${width - EDGE.right} y1=${frame.py(v)} y2=${frame.py(v)}></line>`)}</g>
      <g class="ticks">
        ${frame.y.ticks.map((v) => svg`<text class="end" x=${EDGE.left - 7} y=${frame.py(v) + 4}>${num(v, 3)}</text>`)}
        ${frame.x.ticks.map((v) => svg`<text class="middle" x=${frame.px(v)} y=${base + 17}>${num(v, 4)}</text>`)}
        <line class="axis" x1=${EDGE.left} x2=${width - EDGE.right} y1=${base} y2=${base}></line>
        <text class="middle" x=${(EDGE.left + width - EDGE.right) / 2} y=${height - 5}>${this.xLabel}</text>
        <text class="middle" transform="translate(13 ${(EDGE.top + base) / 2}) rotate(-90)">${this.yLabel}</text>
      </g>
      ${
        this.at === null
          ? nothing
          : svg`<line class="here" x1=${frame.px(this.at)} x2=${frame.px(this.at)} y1=${EDGE.top} y2=${base}></line>`
      }
      ${series.map((s) => this.#curve(s, frame))}
    </svg>`;
  }

  /** Where the bar or the shade of a point ends below. */
  #bottom(s: ErrorSeries, i: number): number {
    const end = (s.y[i] ?? 0) - (s.error[i] ?? 0);
    return s.band && !this.signed ? Math.max(0, end) : end;
  }

  #band(s: ErrorSeries, points: readonly number[], { px, py }: Frame) {
    const corner = (i: number, y: number) => `${px(s.x[i] ?? 0).toFixed(1)} ${py(y).toFixed(1)}`;
    const above = points.map((i) => corner(i, (s.y[i] ?? 0) + (s.error[i] ?? 0)));
    const below = points.map((i) => corner(i, this.#bottom(s, i))).reverse();
    return svg`<path class="band" d=${`M${[...above, ...below].join('L')}Z`}></path>`;
  }

  #curve(s: ErrorSeries, frame: Frame) {
    const { px, py, y: axis } = frame;
    const stroke = `var(${s.colour})`;
    const points = [...s.x.keys()].filter(
      (i) => Number.isFinite(s.y[i]) && !(axis.log && !((s.y[i] ?? 0) > 0)),
    );
    const at = (i: number) => [px(s.x[i] ?? 0), py(s.y[i] ?? 0)] as const;
    const path = points
      .map(
        (i, k) =>
          `${k === 0 ? 'M' : 'L'}${at(i)
            .map((v) => v.toFixed(1))
            .join(' ')}`,
      )
      .join('');
    return svg`<g class=${s.reference ? 'reference' : 'curve'} stroke=${stroke} fill=${s.reference ? 'none' : stroke}>
      ${s.band && points.length > 1 ? this.#band(s, points, frame) : nothing}
      ${s.reference ? nothing : svg`<path class=${s.dash ? 'dashed' : ''} d=${path}></path>`}
      ${(s.dash || (s.band && points.length > 1) ? [] : points).map((i) => {
        const [x, y] = at(i);
        const half = s.error[i] ?? 0;
        const value = s.y[i] ?? 0;
        const [top, bottom] = [py(value + half), py(value - half)];
        const bar =
          half > 0
            ? svg`<path class="bar" d=${`M${x} ${top}V${bottom}M${x - CAP} ${top}h${2 * CAP}M${x - CAP} ${bottom}h${2 * CAP}`}></path>`
            : nothing;
        return svg`${bar}<circle cx=${x} cy=${y} r=${s.reference ? 6 : 2.4}></circle>`;
      })}
    </g>`;
  }

  #summary(series: readonly ErrorSeries[]): string {
    const drawn = series.filter((s) => s.y.length > 0);
    if (drawn.every((s) => s.reference)) return this.empty;
    return drawn
      .map((s) => {
        const last = s.x.length - 1;
        return `${s.label}, ${s.x.length} points, ${num(s.y[0] ?? 0, 3)} at ${num(s.x[0] ?? 0)} to ${num(s.y[last] ?? 0, 3)} at ${num(s.x[last] ?? 0)}`;
      })
      .join('; ');
  }

  /** Each series, with its value where somebody points. */
  #legend(series: readonly ErrorSeries[]) {
    const { at } = this;
    const value = (s: ErrorSeries) => {
      const i = at === null ? -1 : s.x.indexOf(at);
      if (i < 0) return '';
      const error = s.error[i];
      return `${num(s.y[i] ?? 0, 3)}${error ? ` ± ${num(error, 2)}` : ''}`;
    };
    return html`<ul class="key legend">${series.map(
      (
        s,
      ) => html`<li><i class=${s.reference ? 'hollow' : s.dash ? 'dashed' : ''} .style=${`--colour: var(${s.colour})`}></i><span>${s.label}</span>
        <b>${value(s)}</b></li>`,
    )}${at === null ? nothing : html`<li class="muted">${this.xLabel} ${num(at)}</li>`}</ul>`;
  }

  #xs(): number[] {
    return [...new Set(this.#drawable().flatMap((s) => s.x))].sort((a, b) => a - b);
  }

  #point(event: PointerEvent, frame: Frame): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.width;
    let best: number | null = null;
    for (const v of this.#xs())
      if (best === null || Math.abs(frame.px(v) - x) < Math.abs(frame.px(best) - x)) best = v;
    this.at = best;
  }

  #key(event: KeyboardEvent): void {
    const xs = this.#xs();
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (event.key === 'Escape') this.at = null;
    if (step === 0 || xs.length === 0) return;
    event.preventDefault();
    const now = this.at === null ? (step > 0 ? -1 : xs.length) : xs.indexOf(this.at);
    this.at = xs[Math.min(xs.length - 1, Math.max(0, now + step))] ?? null;
  }

  #columns(): string[] {
    return Object.keys(this.#drawable().find((s) => s.columns)?.columns ?? {});
  }

  #rows(): (string | number)[][] {
    const columns = this.#columns();
    return this.#drawable().flatMap((s) =>
      s.x.map((x, i) => [
        s.label,
        x,
        s.y[i] ?? Number.NaN,
        s.error[i] ?? '',
        ...columns.map((c) => s.columns?.[c]?.[i] ?? ''),
      ]),
    );
  }

  #head(): string[] {
    return ['series', this.xLabel, this.yLabel, this.errorLabel, ...this.#columns()];
  }

  #table(series: readonly ErrorSeries[]) {
    const [first, ...rest] = this.#head();
    return html`<div class="chart-table"><div class="scroll-y scroll-x" tabindex="0" role="region" aria-label="${this.heading}, table">
      <table><caption class="visually-hidden">${this.#summary(series)}</caption>
        <thead><tr><th>${first}</th>${rest.map((h) => html`<th class="num">${h}</th>`)}</tr></thead>
        <tbody>${this.#rows().map(
          ([label, ...values]) =>
            html`<tr><td class="nowrap">${label}</td>${values.map(
              (v) => html`<td class="num">${typeof v === 'number' ? num(v, 4) : v}</td>`,
            )}</tr>`,
        )}</tbody></table></div></div>`;
  }

  #csv(): void {
    download(csv(this.#head(), this.#rows()), `${fileName('warren', this.heading)}.csv`);
  }

  #svg(): void {
    const picture = this.querySelector<SVGSVGElement>('svg.error-bars');
    if (picture) downloadSvg(picture, this.heading, this.#drawable());
  }
}
define('w-error-bars', ErrorBars);
