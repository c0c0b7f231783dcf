// One node's row of an embedding before and after a change: a pair of bars for each column.

import { html, svg } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import { num } from '../format.js';

const HEIGHT = 96;

/** `<w-row-bars label="…" .rowBefore .rowAfter .most>`; `most` is the value at the picture's upper edge. */
export class RowBars extends WarrenElement {
  static override properties = {
    label: {},
    rowBefore: { attribute: false },
    rowAfter: { attribute: false },
    most: { attribute: false },
  };
  declare label: string;
  declare rowBefore: readonly number[];
  declare rowAfter: readonly number[];
  declare most: number;

  constructor() {
    super();
    this.label = '';
    this.rowBefore = [];
    this.rowAfter = [];
    this.most = 1;
  }

  override render() {
    const { rowBefore: before, rowAfter: after, most } = this;
    const count = Math.max(1, before.length);
    // Drawn in units of its own and stretched to the width there is.
    const slot = 600 / count;
    const middle = HEIGHT / 2;
    const scale = (middle - 2) / (most || 1);
    const bar = (value: number, i: number, name: 'before' | 'after') => {
      const height = Math.abs(value) * scale;
      const x = i * slot + slot * (name === 'before' ? 0.12 : 0.5);
      return svg`<rect class=${name} x=${x} width=${slot * 0.36} y=${value < 0 ? middle : middle - height} height=${height}></rect>`;
    };
    const moved = before.map((b, i) => Math.abs((after[i] ?? b) - b));
    const largest = moved.indexOf(Math.max(...moved, 0));
    const said = `${this.label}: ${count} columns, largest change in column ${largest + 1}, from ${num(before[largest] ?? 0, 3)} to ${num(after[largest] ?? 0, 3)}`;
    const every = Math.ceil(count / 20);
    return html`<svg class="row-bars" viewBox="0 0 600 ${HEIGHT}" height=${HEIGHT} preserveAspectRatio="none" role="img" aria-label=${said}>
      <line class="zero" x1="0" x2="600" y1=${middle} y2=${middle}></line>
      ${before.map((value, i) => bar(value, i, 'before'))}${after.map((value, i) => bar(value, i, 'after'))}
    </svg>
    <ol class="row-columns" aria-hidden="true" .style=${`--columns: ${count}`}>${before.map(
      (_, i) => html`<li>${i % every === 0 ? i + 1 : ''}</li>`,
    )}</ol>`;
  }
}
define('w-row-bars', RowBars);
