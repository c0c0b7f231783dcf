// One of the two embeddings: its picture, what it cost, and its table to take away.

import { html, nothing } from 'lit';
import type { Points, Scatter } from '../charts/scatter.js';
import { download, fileName } from '../downloads.js';
import { define, WarrenElement } from '../elements/element.js';
import type { Embedding, Neighbour, TableFormat } from '../engine/types.js';
import { count, csv, num, seconds } from '../format.js';
import { data, nameOf, table } from '../session/data.js';
import {
  cancelEmbeddings,
  computeEmbeddings,
  embeddings,
  isCurrent,
  type Panel,
} from '../session/embeddings.js';
import { engine, notify, warren } from '../session/engine.js';
import { hovered, neighbours } from '../session/neighbours.js';
import { scale } from '../session/scale.js';
import { find, state, updateGraph } from '../state.js';

/** Rows of the table of points. */
const LISTED = 200;

const FORMATS: readonly [TableFormat, string][] = [
  ['npy', '.npy'],
  ['safetensors', '.safetensors'],
  ['csv', 'CSV'],
];

export class GraphPanel extends WarrenElement {
  static override properties = { panel: {}, listed: { state: true } };
  declare panel: Panel;
  /** The points are listed in a table below the picture. */
  declare listed: boolean;
  #points: Points | null = null;
  #pointsOf: unknown[] = [];
  #marked: readonly number[] = [];
  #markedOf: readonly Neighbour[] = [];

  constructor() {
    super();
    this.panel = 'a';
    this.listed = false;
    this.watch(state, embeddings, neighbours, hovered, scale);
  }

  get #title(): string {
    const { catalog } = engine.value;
    const embedding = embeddings.value[this.panel].embedding;
    const chosen = embedding?.init ?? state.value.graph[this.panel];
    return catalog ? find(catalog.inits, chosen.name).title : '';
  }

  override render() {
    const { phase, progress, embedding, error } = embeddings.value[this.panel];
    const title = this.#title;
    const stale = embedding !== null && phase === 'ready' && !isCurrent(this.panel);
    return html`<section class="card" aria-label="Embedding ${this.panel.toUpperCase()}: ${title}" data-testid="panel-${this.panel}"
        data-phase=${phase}>
      <header><h3><i class="swatch" style="display: inline-block; inline-size: 0.8rem; block-size: 0.8rem; border-radius: 2px;
          margin-inline-end: 0.45rem; background: var(--series-${this.panel === 'a' ? 1 : 2})"></i>${title}</h3>
        ${
          stale
            ? html`<span class="stale">settings changed
              <button class="button small" type="button" @click=${() => computeEmbeddings()}>Compute again</button></span>`
            : nothing
        }
        <p class="settings small muted" title=${embedding ? this.#settings(embedding) : nothing}>${embedding ? this.#settings(embedding) : nothing}</p></header>
      ${phase === 'failed' ? html`<w-error .error=${error} heading="${title} could not be computed"></w-error>` : nothing}
      ${embedding ? this.#picture(embedding, title) : this.#placeholder(phase)}
      ${
        phase === 'solving' || phase === 'waiting'
          ? html`<w-progress class="below" .progress=${progress} label=${phase === 'waiting' ? 'Waiting' : `Computing ${title}`}
            @cancel=${() => cancelEmbeddings()}></w-progress>`
          : this.#facts(embedding)
      }
    </section>`;
  }

  /** The numbers that set this embedding apart. */
  #settings({ init, rows, dim }: Embedding): string {
    const numbers = Object.entries(init).filter(
      ([key, value]) => key !== 'name' && typeof value === 'number',
    );
    return [`${count(rows)} × ${dim}`, ...numbers.map(([key, value]) => `${key} ${value}`)].join(
      ' · ',
    );
  }

  #placeholder(phase: string) {
    return html`<div class="empty" style="aspect-ratio: 4 / 3">${
      phase === 'empty' ? html`<p>Not computed yet.</p>` : html`<p>Solving…</p>`
    }</div>`;
  }

  #picture(embedding: Embedding, title: string) {
    const side = table(embedding.side);
    const { x, y } = state.value.graph;
    const points = this.#take(embedding);
    const { row, lists } = neighbours.value;
    const name = (r: number) => (side ? nameOf(side, r) : String(r));
    return html`<w-scatter data-testid="scatter-${this.panel}"
        label="${title}: ${count(embedding.rows)} ${embedding.side}s by columns ${x} and ${y}. Arrow keys move, plus and minus zoom."
        .points=${points} .nameOf=${name} .focusRow=${row} .marked=${this.#rows(lists[this.panel])}
        .hovered=${hovered.value.row}
        @hover=${(e: CustomEvent<number>) => hovered.set({ row: e.detail })}
        @pick=${(e: CustomEvent<number>) => updateGraph({ focus: side?.ids[e.detail] ?? '' })}></w-scatter>`;
  }

  /** The neighbours' rows; the same array as long as the list is the same, or every tick would redraw all. */
  #rows(list: readonly Neighbour[]): readonly number[] {
    if (list !== this.#markedOf) {
      this.#markedOf = list;
      this.#marked = list.map((n) => n.row);
    }
    return this.#marked;
  }

  /** The columns shown, copied out of the table once for each choice. */
  #take(embedding: Embedding): Points {
    const { x, y } = state.value.graph;
    const { bins, colours } = scale.value;
    const of = [embedding, x, y, bins, colours];
    if (this.#points && of.every((part, i) => part === this.#pointsOf[i])) return this.#points;
    this.#pointsOf = of;
    const fits = bins.length === embedding.rows;
    this.#points = {
      xs: column(embedding, x),
      ys: column(embedding, y),
      bins: fits ? bins : new Uint8Array(embedding.rows),
      colours: colours.length > 0 ? colours : ['#888888'],
    };
    return this.#points;
  }

  #facts(embedding: Embedding | null) {
    if (!embedding) return html`<div class="below"></div>`;
    const { residuals, products } = embedding;
    const worst = residuals.length > 0 ? Math.max(...residuals) : null;
    return html`<div class="below">
      <p class="small muted">${[
        `computed in ${seconds(embeddings.value[this.panel].seconds)}`,
        ...(worst === null ? [] : [`largest residual ${num(worst, 2)}`]),
        ...(products > 0 ? [`${count(products)} products`] : []),
      ].join(' · ')}</p>
      <div class="buttons" role="group" aria-label="Picture of ${this.#title}">
        <span class="small muted">Picture</span>
        <button class="button small" type="button" data-testid="picture-${this.panel}-png" @click=${() => this.#png(embedding)}>PNG</button>
        <button class="button small" type="button" data-testid="picture-${this.panel}-csv" @click=${() => this.#csv(embedding)}>CSV</button>
        <button class="button small" type="button" data-testid="picture-${this.panel}-table" aria-pressed=${this.listed ? 'true' : 'false'}
          @click=${() => {
            this.listed = !this.listed;
          }}>Points</button>
      </div>
      ${this.listed ? this.#list(embedding) : nothing}
      <div class="buttons" role="group" aria-label="Download ${this.#title}">
        <span class="small muted">Embedding</span>
        ${FORMATS.map(
          ([format, label]) => html`<button class="button small" type="button"
          data-testid="download-${this.panel}-${format}" @click=${() => this.#download(embedding, format)}>${label}</button>`,
        )}
      </div>
    </div>`;
  }

  /** The points as a table: those with the most training interactions first. */
  #list(embedding: Embedding) {
    const side = table(embedding.side);
    if (!side) return nothing;
    const { x, y } = state.value.graph;
    const { xs, ys } = this.#take(embedding);
    const first = [...side.counts.keys()]
      .sort((a, b) => (side.counts[b] ?? 0) - (side.counts[a] ?? 0))
      .slice(0, LISTED);
    return html`<div class="chart-table"><div class="scroll-y scroll-x" tabindex="0" role="region" aria-label="Points of ${this.#title}">
        <table><thead><tr><th scope="col">${embedding.side}</th><th scope="col" class="num">training</th>
          <th scope="col" class="num">column ${x}</th><th scope="col" class="num">column ${y}</th></tr></thead>
        <tbody>${first.map(
          (
            row,
          ) => html`<tr><td>${nameOf(side, row)}</td><td class="num">${count(side.counts[row] ?? 0)}</td>
          <td class="num">${num(xs[row] ?? 0)}</td><td class="num">${num(ys[row] ?? 0)}</td></tr>`,
        )}</tbody></table></div>
      ${embedding.rows > LISTED ? html`<p class="small muted">The ${LISTED} most frequent of ${count(embedding.rows)}; all are in the CSV.</p>` : nothing}</div>`;
  }

  #name(embedding: Embedding, extension: string): string {
    const { x, y } = state.value.graph;
    return `${fileName('warren', embedding.init.name, embedding.side, 'columns', x, y)}.${extension}`;
  }

  #csv(embedding: Embedding): void {
    const side = table(embedding.side);
    if (!side) return;
    const { x, y } = state.value.graph;
    const { xs, ys } = this.#take(embedding);
    const rows = side.ids.map((id, row) => [
      id,
      side.titles[row] ?? '',
      side.counts[row] ?? 0,
      side.genre_names[side.genres[row] ?? -1] ?? '',
      xs[row] ?? 0,
      ys[row] ?? 0,
    ]);
    const columns = ['id', 'title', 'training interactions', 'genre', `column ${x}`, `column ${y}`];
    download(csv(columns, rows), this.#name(embedding, 'csv'));
  }

  async #png(embedding: Embedding): Promise<void> {
    const { x, y } = state.value.graph;
    const plot = this.querySelector<Scatter>('w-scatter');
    const heading = `${this.#title}, ${count(embedding.rows)} ${embedding.side}s`;
    const blob = await plot?.picture(heading, `column ${x}`, `column ${y}`);
    if (blob) download(blob, this.#name(embedding, 'png'));
  }

  async #download(embedding: Embedding, format: TableFormat): Promise<void> {
    const { side, init, dim } = embedding;
    try {
      const blob = await warren().exportEmbedding(embedding.id, format);
      download(
        blob,
        `${fileName(data.value.summary?.name ?? 'warren', side, init.name, dim)}.${format}`,
      );
    } catch (error) {
      notify('The table could not be exported.', [String(error)]);
    }
  }
}
define('w-graph-panel', GraphPanel);

/** Column `n`, from 1, of an embedding; the last one there is where it has fewer. */
function column({ vectors, rows, dim }: Embedding, n: number): Float32Array {
  const at = Math.min(n, dim) - 1;
  const out = new Float32Array(rows);
  for (let row = 0; row < rows; row++) out[row] = vectors[row * dim + at] as number;
  return out;
}
