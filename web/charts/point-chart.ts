// Points of several series, as SVG: a trade-off between two measures, or a cloud of many. Light enough for a page that
// embeds it, and a picture that can be taken away.

import { html, nothing, svg } from 'lit';
import { download, fileName } from '../downloads.js';
import { define, WarrenElement } from '../elements/element.js';
import { csv, num } from '../format.js';
import { type Axis, along, axisAround } from './axis.js';
import { chartHead } from './chart-head.js';
import { downloadSvg } from './export-svg.js';
import { followWidth } from './on-resize.js';

export interface Point {
  x: number;
  y: number;
  /** What it is, in a few words. */
  name: string;
}

export interface PointSeries {
  label: string;
  /** Name of a colour of the style sheet, e.g. `--series-1`. */
  colour: string;
  points: readonly Point[];
  /** The points are joined in their order. */
  line?: boolean;
  /** A dashed line without marks: a level to compare with. */
  dash?: boolean;
  /** Many small marks that nobody points at one by one. */
  cloud?: boolean;
  /** Index of a point with a ring. */
  chosen?: number;
}

const EDGE = { top: 12, right: 16, bottom: 42, left: 60 };
/** Pixels from a point at which it still is the one meant. */
const REACH = 28;
const TABLE_ROWS = 200;
const MARK = 2.6;

interface Frame {
  x: Axis;
  y: Axis;
  height: number;
  px: (x: number) => number;
  py: (y: number) => number;
}

/**
 * `<w-points heading x-label y-label x-log x-zero y-log .series .span height empty>`; empty, it keeps its height.
 * `x-zero`: where on a logarithmic axis 0 is drawn, to the left of all other values.
 */
export class PointChart extends WarrenElement {
  static override properties = {
    heading: {},
    xLabel: { attribute: 'x-label' },
    yLabel: { attribute: 'y-label' },
    xLog: { type: Boolean, attribute: 'x-log' },
    xZero: { type: Number, attribute: 'x-zero' },
    yLog: { type: Boolean, attribute: 'y-log' },
    series: { attribute: false },
    span: { attribute: false },
    height: { type: Number },
    empty: {},
    table: { state: true },
    width: { state: true },
    at: { state: true },
  };
  declare heading: string;
  declare xLabel: string;
  declare yLabel: string;
  declare xLog: boolean;
  declare xZero: number | null;
  declare yLog: boolean;
  declare series: readonly PointSeries[];
  /** Points that the axes hold as well, so that charts beside each other have the same. */
  declare span: readonly Pick<Point, 'x' | 'y'>[];
  declare height: number;
  declare empty: string;
  declare table: boolean;
  declare width: number;
  /** The point that is stated below, by its place among all that can be; −1 for none. */
  declare at: number;

  constructor() {
    super();
    this.heading = '';
    this.xLabel = '';
    this.yLabel = '';
    this.xLog = false;
    this.xZero = null;
    this.yLog = false;
    this.series = [];
    this.span = [];
    this.height = 300;
    this.empty = 'Nothing to show yet.';
    this.table = false;
    this.width = 600;
    this.at = -1;
    followWidth(this);
  }

  #drawable(): PointSeries[] {
    return this.series.filter((s) => s.points.length > 0);
  }

  override render() {
    const drawable = this.#drawable();
    const idle = drawable.length === 0;
    return html`<figure class="chart">
      ${chartHead(this, idle, [
        { label: 'CSV', take: this.#csv, testId: 'chart-csv' },
        { label: 'SVG', take: this.#svg, testId: 'chart-svg' },
      ])}
      <div class="plot" .style=${`min-height: ${this.height}px`}>${this.#plot(drawable)}
        ${idle ? html`<div class="none over">${this.empty}</div>` : nothing}
      </div>
      ${this.#legend(drawable)}
      ${this.table && !idle ? this.#table(drawable) : nothing}
    </figure>`;
  }

  #frame(series: readonly PointSeries[]): Frame {
    const { width, height } = this;
    const [wide, tall] = [width - EDGE.left - EDGE.right, height - EDGE.top - EDGE.bottom];
    const all = [...series.flatMap((s) => s.points), ...this.span];
    const across = (v: number) => (v === 0 && this.xLog ? (this.xZero ?? v) : v);
    const x = axisAround(
      all.map((p) => across(p.x)),
      this.xLog,
      width < 480 ? 4 : 8,
    );
    const y = axisAround(
      all.map((p) => p.y),
      this.yLog,
      6,
    );
    return {
      x,
      y,
      height,
      px: (v) => EDGE.left + along(x, across(v)) * wide,
      py: (v) => EDGE.top + (1 - along(y, v)) * tall,
    };
  }

  /** The points that can be pointed at, in the order of the arrow keys. */
  #single(series: readonly PointSeries[]): { point: Point; series: PointSeries }[] {
    return series
      .filter((s) => !s.cloud)
      .flatMap((s) => s.points.map((point) => ({ point, series: s })));
  }

  #plot(series: readonly PointSeries[]) {
    const frame = this.#frame(series);
    const { width, height } = this;
    const base = height - EDGE.bottom;
    const right = width - EDGE.right;
    const meant = this.#single(series)[this.at];
    return html`<svg class="error-bars points" viewBox="0 0 ${width} ${height}" height=${height} tabindex="0" role="img"
      aria-label="${this.heading}: ${this.#summary(series)}" @pointermove=${(e: PointerEvent) => this.#point(e, frame)}
      @pointerleave=${() => {
        this.at = -1;
      }} @keydown=${this.#key}>
      <g class="grid">${frame.y.ticks.map((v) => svg`<line x1=${EDGE.left} x2=${right} y1=${frame.py(v)} y2=${frame.py(v)}></line>`)}
        ${frame.x.ticks.map((v) => svg`<line x1=${frame.px(v)} x2=${frame.px(v)} y1=${EDGE.top} y2=${base}></line>`)}</g>
      <g class="ticks">
        ${frame.y.ticks.map((v) => svg`<text class="end" x=${EDGE.left - 7} y=${frame.py(v) + 4}>${num(v, 3)}</text>`)}
        ${frame.x.ticks.map((v) => svg`<text class="middle" x=${frame.px(v)} y=${base + 17}>${this.#mark(v)}</text>`)}
        <line class="axis" x1=${EDGE.left} x2=${right} y1=${base} y2=${base}></line>
        <text class="middle" x=${(EDGE.left + right) / 2} y=${height - 5}>${this.xLabel}</text>
        <text class="middle" transform="translate(13 ${(EDGE.top + base) / 2}) rotate(-90)">${this.yLabel}</text>
      </g>
      ${series.map((s) => (s.cloud ? this.#cloud(s, frame) : this.#marks(s, frame)))}
      ${
        meant
          ? svg`<circle class="ring" cx=${frame.px(meant.point.x)} cy=${frame.py(meant.point.y)} r="9"></circle>`
          : nothing
      }
    </svg>`;
  }

  #mark(v: number): string {
    if (!this.xLog) return num(v, 4);
    // A logarithmic axis has marks at 1, 2 and 5 alone.
    return this.xZero !== null && v <= this.xZero ? '0' : num(v, 2);
  }

  /** One path for all: hundreds of elements that move at once would be slow. */
  #cloud(s: PointSeries, { px, py, x, y }: Frame) {
    const seen = s.points.filter((p) => !(x.log && p.x <= 0) && !(y.log && p.y <= 0));
    const square = (p: Point) =>
      `M${(px(p.x) - MARK / 2).toFixed(1)} ${(py(p.y) - MARK / 2).toFixed(1)}h${MARK}v${MARK}h${-MARK}z`;
    return svg`<path class="cloud" fill=${`var(${s.colour})`} d=${seen.map(square).join('')}></path>`;
  }

  #marks(s: PointSeries, { px, py }: Frame) {
    const stroke = `var(${s.colour})`;
    const at = s.points.map((p) => [px(p.x), py(p.y)] as const);
    const path = at.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`);
    const chosen = s.chosen === undefined ? undefined : at[s.chosen];
    return svg`<g class="curve" stroke=${stroke} fill=${stroke}>
      ${s.line || s.dash ? svg`<path class=${s.dash ? 'dashed' : ''} d=${path.join('')}></path>` : nothing}
      ${(s.dash ? [] : at).map(([x, y]) => svg`<circle cx=${x} cy=${y} r="4"></circle>`)}
      ${chosen ? svg`<path class="best" d=${ring(chosen)}></path>` : nothing}
    </g>`;
  }

  #summary(series: readonly PointSeries[]): string {
    if (series.length === 0) return this.empty;
    return series.map((s) => `${s.label}, ${s.points.length} points`).join('; ');
  }

  #legend(series: readonly PointSeries[]) {
    // One cloud alone is what the heading says.
    if (series.every((s) => s.cloud) && series.length < 2) return nothing;
    const meant = this.#single(series)[this.at];
    return html`<ul class="key legend">${series.map(
      (s) =>
        html`<li><i class=${s.dash ? 'dashed' : ''} .style=${`--colour: var(${s.colour})`}></i><span>${s.label}</span></li>`,
    )}</ul>
    ${
      this.#single(series).length > 0
        ? html`<p class="small muted point-said" aria-live="polite">${
            meant
              ? `${meant.series.label}, ${meant.point.name}: ${this.xLabel} ${num(meant.point.x, 3)}, ${this.yLabel} ${num(meant.point.y, 3)}`
              : nothing
          }</p>`
        : nothing
    }`;
  }

  #point(event: PointerEvent, frame: Frame): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.width;
    const y = ((event.clientY - box.top) / box.height) * frame.height;
    let nearest = REACH;
    let at = -1;
    for (const [i, { point }] of this.#single(this.#drawable()).entries()) {
      const away = Math.hypot(frame.px(point.x) - x, frame.py(point.y) - y);
      if (away < nearest) [nearest, at] = [away, i];
    }
    this.at = at;
  }

  #key(event: KeyboardEvent): void {
    const count = this.#single(this.#drawable()).length;
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (event.key === 'Escape') this.at = -1;
    if (step === 0 || count === 0) return;
    event.preventDefault();
    const next = this.at < 0 && step < 0 ? count - 1 : this.at + step;
    this.at = Math.min(count - 1, Math.max(0, next));
  }

  #head(): string[] {
    return ['series', this.xLabel, this.yLabel, 'point'];
  }

  #table(series: readonly PointSeries[]) {
    const rows = series.flatMap((s) =>
      s.points.slice(0, TABLE_ROWS).map((p) => [s.label, p] as const),
    );
    const left = series.reduce((sum, s) => sum + Math.max(0, s.points.length - TABLE_ROWS), 0);
    return html`<div class="chart-table"><div class="scroll-y scroll-x" tabindex="0" role="region" aria-label="${this.heading}, table">
      <table><caption class="visually-hidden">${this.#summary(series)}</caption>
        <thead><tr><th>series</th><th>point</th><th class="num">${this.xLabel}</th><th class="num">${this.yLabel}</th></tr></thead>
        <tbody>${rows.map(
          ([label, p]) =>
            html`<tr><td class="nowrap">${label}</td><td class="nowrap">${p.name}</td><td class="num">${num(p.x, 4)}</td><td class="num">${num(p.y, 4)}</td></tr>`,
        )}</tbody></table></div>
      ${left > 0 ? html`<p class="note">${left} more rows are in the CSV.</p>` : nothing}</div>`;
  }

  #csv(): void {
    const rows = this.#drawable().flatMap((s) => s.points.map((p) => [s.label, p.x, p.y, p.name]));
    download(csv(this.#head(), rows), `${fileName('warren', this.heading)}.csv`);
  }

  #svg(): void {
    const picture = this.querySelector<SVGSVGElement>('svg.points');
    if (picture) downloadSvg(picture, this.heading, this.#drawable());
  }
}
define('w-points', PointChart);

/** A circle as a path, so that it takes the curve's stroke and no fill. */
function ring([x, y]: readonly [number, number]): string {
  return `M${(x - 8).toFixed(1)} ${y.toFixed(1)}a8 8 0 1 0 16 0a8 8 0 1 0 -16 0`;
}
