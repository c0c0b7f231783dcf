// The nodes nearest to a chosen one, in both embeddings side by side.

import { html, nothing } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import type { Neighbour, SideTable } from '../engine/types.js';
import { count, fixed } from '../format.js';
import { nameOf, table } from '../session/data.js';
import { embeddings, PANELS, type Panel } from '../session/embeddings.js';
import { engine } from '../session/engine.js';
import { neighbours } from '../session/neighbours.js';
import { find, state, updateGraph } from '../state.js';

export class GraphNeighbours extends WarrenElement {
  constructor() {
    super();
    this.watch(state, embeddings, neighbours);
  }

  override render() {
    const { side: name } = state.value.graph;
    const side = table(name);
    if (!side) return nothing;
    const { row, lists, error } = neighbours.value;
    const chosen = row >= 0 ? nameOf(side, row) : '';
    return html`<section class="card" aria-labelledby="${this.uid}-h" data-testid="neighbours">
      <header><h3 id="${this.uid}-h">Nearest neighbours</h3><span class="small muted">by cosine</span></header>
      <w-search .table=${side} label="Choose ${name === 'user' ? 'a user' : 'an item'}, or click a point" .value=${chosen}
        @pick=${(e: CustomEvent<number>) => updateGraph({ focus: side.ids[e.detail] ?? '' })}></w-search>
      ${error ? html`<w-error .error=${error}></w-error>` : nothing}
      ${
        row < 0
          ? html`<p class="muted small">The ten nearest nodes in each embedding are listed here and ringed in the plots.</p>`
          : html`<p class="small muted">${chosen}: ${count(side.counts[row] ?? 0)} training interactions.</p>
            <div class="pair">${PANELS.map((panel) => this.#list(panel, lists[panel], side))}</div>`
      }
    </section>`;
  }

  #list(panel: Panel, list: readonly Neighbour[], side: SideTable) {
    const { catalog } = engine.value;
    const { embedding } = embeddings.value[panel];
    const title = catalog && embedding ? find(catalog.inits, embedding.init.name).title : '';
    if (!embedding) return html`<p class="muted small">Not computed yet.</p>`;
    const other = new Set(neighbours.value.lists[panel === 'a' ? 'b' : 'a'].map((n) => n.row));
    return html`<div><h4>${title}</h4>
      <ol class="rank" aria-label="Neighbours under ${title}">${list.map(
        (n, i) => html`<li>
        <span class="place">${i + 1}</span>
        <span>${nameOf(side, n.row)} ${other.size > 0 && !other.has(n.row) ? html`<span class="muted small nowrap" title="Only in this embedding">only here</span>` : nothing}</span>
        <span class="num">${fixed(n.similarity)}</span></li>`,
      )}</ol></div>`;
  }
}
define('w-graph-neighbours', GraphNeighbours);
