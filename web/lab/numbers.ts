// What an edge does to the watched node's embedding: its row before and after, under LE and under LEPORID.

import { html, nothing } from 'lit';
import '../charts/row-bars.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { Perturbation } from '../engine/types.js';
import { num } from '../format.js';
import {
  ALPHA,
  changeText,
  type LabPatch,
  type LiveChoice,
  MEASURE_TEXT,
  MEASURES,
  methodTitle,
} from './choice.js';
import type { LiveState } from './live.js';
import { movers, resultOf } from './picture.js';

const MOVERS = 6;

/** The about-button of the three measures. */
export function aboutMeasures() {
  const body = () => html`<h4>How a change is measured</h4>
    <p>u is the node's row of the embedding before the edge, u′ the row after it.</p>
    ${MEASURES.map(
      (m) => html`<p><strong>${MEASURE_TEXT[m].title}</strong> ${MEASURE_TEXT[m].doc}</p>
      <span class="formula">${MEASURE_TEXT[m].formula}</span>`,
    )}`;
  return html`<w-about .subject=${'the measures'} .body=${body}></w-about>`;
}

/** `<w-lab-numbers .state .choice>` sends `choice-change`. */
export class LabNumbers extends WarrenElement {
  static override properties = { state: { attribute: false }, choice: { attribute: false } };
  declare state: LiveState;
  declare choice: LiveChoice;

  #patch(live: Partial<LiveChoice>): void {
    this.send<LabPatch>('choice-change', { live });
  }

  override render() {
    const { state, choice } = this;
    const { node, alpha } = choice;
    const [le, leporid] = [resultOf(state, 'le'), resultOf(state, 'leporid')];
    return html`<div class="lab-numbers">
      <div class="buttons"><span class="label"><strong>${node < 0 ? 'No node is watched' : `Change of node ${node}`}</strong></span>
        <span class="segmented" role="radiogroup" aria-label="Measure">${MEASURES.map(
          (
            m,
          ) => html`<label><input type="radio" name="lab.measure" value=${m} .checked=${m === choice.measure}
            @change=${() => this.#patch({ measure: m })} />${MEASURE_TEXT[m].title}</label>`,
        )}</span>${aboutMeasures()}</div>
      <div class="versus">${this.#method('change-le', le)}${this.#method('change-leporid', leporid)}</div>
      <ul class="key small"><li><i class="was"></i>before</li><li><i class="is"></i>after</li></ul>
      <p class="small muted lab-ratio">${this.#ratio(le, leporid)}</p>
      <w-params .params=${[ALPHA]} .values=${{ alpha }} prefix="lab" .sliders=${'all'}
        @value-change=${(e: CustomEvent<ValueChange>) => {
          e.stopPropagation();
          this.#patch({ alpha: Number(e.detail.value) });
        }}></w-params>
      ${this.#movers(le, leporid)}
    </div>`;
  }

  #method(id: string, result: Perturbation | undefined) {
    const { node, measure } = this.choice;
    const title = result ? methodTitle(result.method) : '–';
    const change = result && node >= 0 ? (result[measure][node] ?? Number.NaN) : Number.NaN;
    return html`<div class="method ${result?.method.name ?? ''}" data-testid=${id}>
      <span class="title">${title}</span>
      <span class="value" data-value=${Number.isNaN(change) ? nothing : change}>${Number.isNaN(change) ? '–' : changeText(change)}</span>
      ${this.#rows(result)}
    </div>`;
  }

  #rows(result: Perturbation | undefined) {
    const { node } = this.choice;
    if (!result || node < 0)
      return html`<div class="row-bars none">The node's row, before and after.</div>`;
    const dim = result.values_after.length;
    const row = (table: Float32Array) => [...table.subarray(node * dim, (node + 1) * dim)];
    const [before, after] = [row(result.before), row(result.after)];
    const most = Math.max(...before.map(Math.abs), ...after.map(Math.abs)) || 1;
    return html`<w-row-bars label="Row of node ${node}, ${methodTitle(result.method)}" .rowBefore=${before} .rowAfter=${after} .most=${most}></w-row-bars>`;
  }

  #ratio(le: Perturbation | undefined, leporid: Perturbation | undefined): string {
    const { node, measure, alpha, edits } = this.choice;
    if (!le || !leporid || node < 0) return 'Choose a node, then add an edge to it.';
    const [a, b] = [le[measure][node] ?? 0, leporid[measure][node] ?? 0];
    if (edits.length === 0 || !(a > 1e-9))
      return 'Before and after are the same: no edge has been changed.';
    if (alpha === 0) return 'At α = 0 LEPORID is LE.';
    if (!(b > 1e-9)) return 'Under LEPORID the row stays where it was.';
    const times = Math.max(a, b) / Math.min(a, b);
    const far = times < 1.05 ? 'about as far' : `${num(times, 2)} times as far`;
    return `The row moves ${far} under ${a >= b ? 'LE as under LEPORID' : 'LEPORID as under LE'}. Single edges differ; the experiment gives the mean.`;
  }

  /** Whose embedding moves: the same nodes under both methods, those that move most under LE first. */
  #movers(le: Perturbation | undefined, leporid: Perturbation | undefined) {
    const { measure } = this.choice;
    const list = le ? movers(le, measure, MOVERS) : [];
    return html`<div class="lab-movers"><h4>Who moves most ${about(
      'Who moves most',
      'One edge changes every eigenvector, and with it every row. The nodes are ordered by their change under LE; the second number is the same node under LEPORID.',
    )}</h4>
      ${
        list.length === 0
          ? html`<p class="small muted">Nobody yet.</p>`
          : html`<table><thead><tr><th>node</th><th class="num">LE</th><th class="num">LEPORID</th></tr></thead>
            <tbody>${list.map(
              ({ node, change }) => html`<tr class=${node === this.choice.node ? 'watched' : ''}>
              <td><button class="link" type="button" @click=${() => this.#patch({ node })}>${node}</button></td>
              <td class="num">${changeText(change)}</td><td class="num">${changeText(leporid?.[measure][node] ?? 0)}</td></tr>`,
            )}</tbody></table>`
      }</div>`;
  }
}
define('w-lab-numbers', LabNumbers);
