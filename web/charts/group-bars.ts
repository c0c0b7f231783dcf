// Bars in groups, as SVG: a few values for each of a few categories, upwards and downwards from zero.

import { html, nothing, svg } from 'lit';
import { download, fileName } from '../downloads.js';
import { define, WarrenElement } from '../elements/element.js';
import { csv, num } from '../format.js';
import { along, axisAround } from './axis.js';
import { chartHead } from './chart-head.js';
import { downloadSvg } from './export-svg.js';
import { followWidth } from './on-resize.js';

/** One bar for each category; `null` where there is nothing to draw. */
export interface Bars {
  label: string;
  /** Name of a colour of the style sheet, e.g. `--series-1`. */
  colour: string;
  values: readonly (number | null)[];
}

const EDGE = { top: 22, right: 14, bottom: 42, left: 58 };
/** Share of a category's width that its bars take. */
const FILLED = 0.76;
/** Bars narrower than this have no room for their value. */
const SAID = 30;

/** `<w-group-bars heading x-label y-label .categories .series height empty>`; empty, it keeps its height. */
export class GroupBars extends WarrenElement {
  static override properties = {
    heading: {},
    xLabel: { attribute: 'x-label' },
    yLabel: { attribute: 'y-label' },
    categories: { attribute: false },
    series: { attribute: false },
    height: { type: Number },
    empty: {},
    table: { state: true },
    width: { state: true },
  };
  declare heading: string;
  declare xLabel: string;
  declare yLabel: string;
  declare categories: readonly string[];
  declare series: readonly Bars[];
  declare height: number;
  declare empty: string;
  declare table: boolean;
  declare width: number;

  constructor() {
    super();
    this.heading = '';
    this.xLabel = '';
    this.yLabel = '';
    this.categories = [];
    this.series = [];
    this.height = 260;
    this.empty = 'Nothing to show yet.';
    this.table = false;
    this.width = 600;
    followWidth(this);
  }

  override render() {
    const idle = this.series.length === 0;
    return html`<figure class="chart">
      ${chartHead(this, idle, [
        { label: 'CSV', take: this.#csv, testId: 'chart-csv' },
        { label: 'SVG', take: this.#svg, testId: 'chart-svg' },
      ])}
      <div class="plot" .style=${`min-height: ${this.height}px`}>${this.#plot()}
        ${idle ? html`<div class="none over">${this.empty}</div>` : nothing}
      </div>
      <ul class="key legend">${this.series.map(
        (s) => html`<li><i .style=${`--colour: var(${s.colour})`}></i><span>${s.label}</span></li>`,
      )}</ul>
      ${this.table && !idle ? this.#table() : nothing}
    </figure>`;
  }

  #plot() {
    const { width, height } = this;
    const known = this.series.flatMap((s) => s.values.filter((v) => v !== null));
    const axis = axisAround([0, ...known], false, 5);
    const base = height - EDGE.bottom;
    const right = width - EDGE.right;
    const py = (v: number) => base - along(axis, v) * (base - EDGE.top);
    const slot = (right - EDGE.left) / Math.max(1, this.categories.length);
    return html`<svg class="error-bars group-bars" viewBox="0 0 ${width} ${height}" height=${height} role="img"
      aria-label="${this.heading}: ${this.#summary()}">
      <g class="grid">${axis.ticks.map((v) => svg`<line x1=${EDGE.left} x2=${right} y1=${py(v)} y2=${py(v)}></line>`)}</g>
      <g class="ticks">
        ${axis.ticks.map((v) => svg`<text class="end" x=${EDGE.left - 7} y=${py(v) + 4}>${num(v, 3)}</text>`)}
        ${this.categories.map((c, i) => svg`<text class="middle" x=${EDGE.left + (i + 0.5) * slot} y=${base + 17}>${c}</text>`)}
        <text class="middle" x=${(EDGE.left + right) / 2} y=${height - 5}>${this.xLabel}</text>
        <text class="middle" transform="translate(13 ${(EDGE.top + base) / 2}) rotate(-90)">${this.yLabel}</text>
      </g>
      ${this.series.map((s, n) => this.#bars(s, n, slot, py))}
      <line class="axis" x1=${EDGE.left} x2=${right} y1=${py(0)} y2=${py(0)}></line>
    </svg>`;
  }

  #bars({ colour, values }: Bars, n: number, slot: number, py: (v: number) => number) {
    const wide = (slot * FILLED) / this.series.length;
    return svg`<g class="bars" fill=${`var(${colour})`}>${values.map((value, i) => {
      if (value === null) return nothing;
      const x = EDGE.left + i * slot + (slot * (1 - FILLED)) / 2 + n * wide;
      const [top, bottom] = [py(Math.max(0, value)), py(Math.min(0, value))];
      const said =
        wide < SAID
          ? nothing
          : svg`<text class="middle" x=${x + wide / 2} y=${value < 0 ? bottom + 13 : top - 5}>${num(value, 3)}</text>`;
      return svg`<rect x=${x + 1} y=${top} width=${Math.max(1, wide - 2)} height=${Math.max(0.5, bottom - top)}></rect>${said}`;
    })}</g>`;
  }

  #summary(): string {
    if (this.series.length === 0) return this.empty;
    const said = (v: number | null) => (v === null ? 'none' : num(v, 3));
    return this.series.map((s) => `${s.label}, ${s.values.map(said).join(', ')}`).join('; ');
  }

  #rows(): (string | number)[][] {
    return this.categories.map((c, i) => [c, ...this.series.map((s) => s.values[i] ?? '')]);
  }

  #head(): string[] {
    return [this.xLabel, ...this.series.map((s) => `${s.label}, ${this.yLabel}`)];
  }

  #table() {
    const [first, ...rest] = this.#head();
    return html`<div class="chart-table"><div class="scroll-y scroll-x" tabindex="0" role="region" aria-label="${this.heading}, table">
      <table><caption class="visually-hidden">${this.heading}</caption>
        <thead><tr><th>${first}</th>${rest.map((h) => html`<th class="num">${h}</th>`)}</tr></thead>
        <tbody>${this.#rows().map(
          ([name, ...values]) =>
            html`<tr><th scope="row">${name}</th>${values.map(
              (v) => html`<td class="num">${typeof v === 'number' ? num(v, 3) : '–'}</td>`,
            )}</tr>`,
        )}</tbody></table></div></div>`;
  }

  #csv(): void {
    download(csv(this.#head(), this.#rows()), `${fileName('warren', this.heading)}.csv`);
  }

  #svg(): void {
    const picture = this.querySelector<SVGSVGElement>('svg.group-bars');
    if (picture) downloadSvg(picture, this.heading, this.series);
  }
}
define('w-group-bars', GroupBars);
