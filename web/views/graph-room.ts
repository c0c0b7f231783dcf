// The second room: two embeddings of the same graph, side by side.

import { html, nothing } from 'lit';
import { rampCss } from '../charts/palette.js';
import { about } from '../elements/about.js';
import { define, showResults, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { Catalog, Param, Section } from '../engine/types.js';
import { counted, num } from '../format.js';
import { accepts } from '../params.js';
import { data, table } from '../session/data.js';
import {
  cancelEmbeddings,
  computeEmbeddings,
  embeddings,
  isCurrent,
  lowered,
  PANELS,
} from '../session/embeddings.js';
import { engine } from '../session/engine.js';
import { colourings, scale } from '../session/scale.js';
import { type Colour, find, MAX_DIM, state, updateGraph } from '../state.js';

/** Solves that took less than this are repeated by themselves when a slider moves. */
const QUICK = 2.5;
const SETTLE = 350;

/** Embeddings have no such parameter of their own: the engine takes it beside the method. */
const DIM: Param = {
  type: 'int',
  name: 'dim',
  title: 'dimensions',
  unit: '',
  min: 1,
  max: MAX_DIM,
  default: 16,
  doc: 'Columns of the table: how many eigenvectors or singular vectors are computed; at most as many as there are nodes.',
};

export class GraphRoom extends WarrenElement {
  #timer = 0;

  constructor() {
    super();
    this.watch(engine, data, state, embeddings, scale);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render() {
    const { catalog } = engine.value;
    if (!catalog || !data.value.prepared) {
      return html`<div class="empty"><p>There is no data yet. Read some first; then its graph can be embedded here.</p>
        <button class="button primary" type="button" @click=${() => state.update({ room: 'data' })}>Go to Data</button></div>`;
    }
    return html`<div class="room-head"><h2>Graph &amp; embedding</h2>
        <p>Nodes that share neighbours are joined; the smoothest functions on that graph become the table a model starts from.
          Compare two ways to make it.</p></div>
      <div class="room">
        <div class="side" data-part="controls">${this.#controls(catalog)}${this.#view()}</div>
        <div class="stage">
          <div class="pair"><w-graph-panel panel="a"></w-graph-panel><w-graph-panel panel="b"></w-graph-panel></div>
          ${this.#legend()}
          <w-graph-neighbours></w-graph-neighbours>
          <w-graph-curves></w-graph-curves>
        </div>
      </div>`;
  }

  #controls(catalog: Catalog) {
    const { side, dim, a, b } = state.value.graph;
    const shared = this.#shared(catalog);
    const names = shared.map((p) => p.name);
    const busy = PANELS.some((p) => ['solving', 'waiting'].includes(embeddings.value[p].phase));
    const done = PANELS.every(isCurrent);
    const less = lowered();
    const nodes = table(side)?.ids.length ?? 0;
    return html`<section class="card" aria-label="Settings">
      <fieldset><legend class="visually-hidden">Side</legend>
        <div class="segmented" role="radiogroup" aria-label="Side">${(
          ['item', 'user'] as const
        ).map(
          (s) => html`<label>
          <input type="radio" name="graph.side" value=${s} .checked=${s === side}
            @change=${() => updateGraph({ side: s, focus: '', colour: 'popularity' })} />${s === 'item' ? 'Items' : 'Users'}</label>`,
        )}</div>
        ${about('Side', 'Whose graph is embedded. Two items are alike if the same users have them; two users, if they have the same items.')}
      </fieldset>
      <w-params .params=${[DIM]} .values=${{ dim }} prefix="graph"
        @value-change=${(e: CustomEvent<ValueChange>) => {
          updateGraph({ dim: Number(e.detail.value) });
          this.#settle();
        }}></w-params>
      ${
        shared.length > 0
          ? html`<fieldset><legend class="small">The same for both</legend>
            <w-params .params=${shared} .values=${b} prefix="graph.both" @value-change=${this.#setBoth}></w-params></fieldset>`
          : nothing
      }
      <w-method label="A" prefix="graph.a" .sliders=${'all'} .methods=${catalog.inits} .section=${a} .omit=${names}
        @section-change=${(e: CustomEvent<Section>) => this.#choose(catalog, 'a', e.detail)}></w-method>
      <w-method label="B" prefix="graph.b" .sliders=${'all'} .methods=${catalog.inits} .section=${b} .omit=${names}
        @section-change=${(e: CustomEvent<Section>) => this.#choose(catalog, 'b', e.detail)}></w-method>
      <div class="buttons act">
        ${
          busy
            ? html`<button class="button" type="button" @click=${() => cancelEmbeddings()}>Cancel</button>`
            : html`<button class="button primary" type="button" data-testid="compute" ?disabled=${done}
              @click=${(e: Event) => {
                void computeEmbeddings();
                showResults(e.target as Element);
              }}>Compute</button>`
        }
        <span class="small muted">${done && !busy ? 'Both are up to date.' : ''}</span>
      </div>
      ${less.length > 0 ? html`<p class="small muted" role="status">With only ${counted(nodes, side)}: ${less.join(' ')}</p>` : nothing}
    </section>`;
  }

  /** Parameters that both methods have, with the same type and range: edited once for both. */
  #shared(catalog: Catalog): Param[] {
    const { a, b } = state.value.graph;
    const other = new Map(
      find(catalog.inits, a.name).params.map((p) => [p.name, JSON.stringify(p)]),
    );
    if (a.name === b.name) return [];
    return find(catalog.inits, b.name).params.filter(
      (p) => other.get(p.name) === JSON.stringify(p) && a[p.name] === b[p.name],
    );
  }

  readonly #setBoth = (event: CustomEvent<ValueChange>): void => {
    const { name, value } = event.detail;
    const { a, b } = state.value.graph;
    updateGraph({ a: { ...a, [name]: value }, b: { ...b, [name]: value } });
    this.#settle();
  };

  /** A newly chosen method takes over what the other panel has in common with it. */
  #choose(catalog: Catalog, panel: 'a' | 'b', chosen: Section): void {
    const { [panel]: before, [panel === 'a' ? 'b' : 'a']: other } = state.value.graph;
    const next: Section = { ...chosen };
    if (before.name !== chosen.name && other.name !== chosen.name) {
      for (const p of find(catalog.inits, chosen.name).params) {
        const value = other[p.name];
        if (value !== undefined && accepts(p, value)) next[p.name] = value;
      }
    }
    updateGraph({ [panel]: next });
    this.#settle();
  }

  /** Recomputes by itself once the hand rests, if that is a matter of moments. */
  #settle(): void {
    clearTimeout(this.#timer);
    const { a, b } = embeddings.value;
    if (!a.embedding || !b.embedding || a.seconds + b.seconds > QUICK) return;
    this.#timer = window.setTimeout(() => void computeEmbeddings(), SETTLE);
  }

  #view() {
    const { x, y, dim, colour } = state.value.graph;
    const columns = Array.from({ length: Math.max(dim, x, y) }, (_, i) => i + 1);
    const axis = (name: 'x' | 'y', value: number) => html`<div class="field">
      <label class="label" for="${this.uid}-${name}">${name === 'x' ? 'Across' : 'Up'}</label>
      <select id="${this.uid}-${name}" name="graph.${name}"
        @change=${(e: Event) => updateGraph({ [name]: Number((e.target as HTMLSelectElement).value) })}>
        ${columns.map((c) => html`<option value=${c} ?selected=${c === value}>column ${c}</option>`)}</select></div>`;
    const choices = colourings();
    const shown = choices.includes(colour) ? colour : 'popularity';
    return html`<section class="card" aria-label="View">
      <header><h3>View</h3>${about('Columns', 'Column 1 belongs to the smallest eigenvalue and hardly varies on a connected graph; the next ones separate its largest groups. Click into a plot, then zoom with the wheel; double-click zooms in, arrow keys move.')}</header>
      <div style="display: grid; grid-template-columns: 1fr 1fr; gap: 0.6rem">${axis('x', x)}${axis('y', y)}</div>
      <div class="field"><span class="label"><label for="${this.uid}-colour">Colour by</label>
        ${about('Colour', 'Popularity: training interactions. Degree: the sum of a node’s edge weights. Genre: the first one that the titles’ file names.')}</span>
        <select id="${this.uid}-colour" name="graph.colour"
          @change=${(e: Event) => updateGraph({ colour: (e.target as HTMLSelectElement).value as Colour })}>
          ${choices.map((c) => html`<option value=${c} ?selected=${c === shown}>${c}</option>`)}</select></div>
    </section>`;
  }

  #legend() {
    const { legend, colours } = scale.value;
    if (!legend || !PANELS.some((p) => embeddings.value[p].embedding)) return nothing;
    if (legend.kind === 'ramp') {
      return html`<div class="ramp" role="note"><span>${legend.title}</span><span>${num(legend.low, 3)}</span>
        <i style="background: ${rampCss()}"></i><span>${num(legend.high, 3)}</span><span>(log scale)</span></div>`;
    }
    return html`<ul class="key" aria-label="Colours">${legend.names.map(
      (name, i) => html`<li><i style="background: ${colours[i]}"></i>${name}</li>`,
    )}</ul>`;
  }
}
define('w-graph-room', GraphRoom);
