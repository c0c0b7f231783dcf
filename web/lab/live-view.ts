// The live graph: watch a node, add an edge to it, see its embedding jump.

import { html, nothing } from 'lit';
import '../charts/node-link.js';
import './numbers.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import { counted, num } from '../format.js';
import { Follow } from '../store.js';
import {
  COLOURINGS,
  type Colouring,
  changeText,
  type LabPatch,
  LIVE_PARAMS,
  type LiveChoice,
  MEASURE_TEXT,
  SHOWN_METHODS,
  type ShownMethod,
  SINCE,
  type Since,
} from './choice.js';
import { type Edit, edited, joined, neighbours } from './edges.js';
import type { LiveGraph } from './live.js';
import { BARS, picture, resultOf } from './picture.js';
import { SEED } from './seed.js';

const COLOURED: Record<Colouring, string> = {
  vector: 'eigenvector',
  change: 'change',
  degree: 'degree',
};
const COMPARED: Record<Since, string> = {
  start: 'the first graph',
  last: 'the graph before the last edit',
};

/** `<w-lab-live .live .choice .seed>` sends `choice-change` with a {@link LabPatch}. */
export class LabLive extends WarrenElement {
  static override properties = {
    live: { attribute: false },
    choice: { attribute: false },
    seed: { attribute: false },
    other: { state: true },
    table: { state: true },
    refusal: { state: true },
  };
  declare live: LiveGraph;
  declare choice: LiveChoice;
  declare seed: number;
  /** The second end of an edge, for those who choose from lists. */
  declare other: number;
  declare table: boolean;
  declare refusal: string;

  constructor() {
    super();
    this.other = -1;
    this.table = false;
    this.refusal = '';
    new Follow(this, () => this.live);
  }

  #patch(live: Partial<LiveChoice>): void {
    this.refusal = '';
    this.send<LabPatch>('choice-change', { live });
  }

  override willUpdate(changed: Map<string, unknown>): void {
    const before = changed.get('choice') as LiveChoice | undefined;
    const { edits } = this.choice;
    // Another seed means another graph, on which these edits mean nothing; a link brings its own.
    const stale = changed.get('seed') !== undefined && edits.length > 0;
    if (stale && (before === undefined || before.edits === edits)) {
      queueMicrotask(() => this.#patch({ edits: [] }));
      return;
    }
    void this.live.show(this.choice, this.seed);
  }

  override render() {
    const { choice } = this;
    const state = this.live.value;
    const drawn = picture(state, choice);
    return html`<section class="card lab-live" aria-label="Live graph" data-testid="lab-live" data-phase=${state.phase}>
      <header><h3>One edge</h3>${about(
        'The live graph',
        'A Barabási–Albert graph. Click a node to watch it, then another to join or part them; drag nodes, zoom with the wheel once the picture has the focus. The nodes lie where the first graph’s springs put them, so that only what is computed changes with an edge.',
        'L = D − W,  D_reg = (1 − α) D + α d_max I',
      )}</header>
      ${this.#form()}
      ${state.phase === 'failed' ? this.#failure() : nothing}
      <div class="lab-split">
        <div class="lab-graph">
          <w-node-link label=${this.#label()} .graph=${drawn} .nameOf=${this.#name} .selected=${choice.node}
            @pick=${(e: CustomEvent<number>) => this.#pick(e.detail)} @draw=${() => void this.#draw()} @undo=${this.#undo}></w-node-link>
          <p class="small lab-said" role="status" data-testid="lab-said">${this.refusal || this.#said()}</p>
          ${this.#edges()}${this.#look()}
        </div>
        <w-lab-numbers .state=${state} .choice=${choice}></w-lab-numbers>
      </div>
      ${this.table ? this.#table() : nothing}
    </section>`;
  }

  #form() {
    const { nodes, attach, dim, normalised } = this.choice;
    const id = `${this.uid}-laplacian`;
    return html`<div class="lab-form" data-part="controls" @value-change=${this.#set}>
      <w-params .params=${[...LIVE_PARAMS, SEED]} .values=${{ nodes, attach, dim, seed: this.seed }} prefix="lab"></w-params>
      <div class="param choice-line"><span class="label"><label for=${id}>Laplacian</label>${about(
        'Laplacian',
        'Figure 2 of the paper is made with the unnormalised one. The normalised one divides by the square roots of the (regularised) degrees.',
        'D − W   or   D^−½ (D − W) D^−½',
      )}</span><select id=${id} name="lab.normalised" @change=${(e: Event) =>
        this.#patch({ normalised: (e.target as HTMLSelectElement).value === 'true' })}>
        <option value="false" ?selected=${!normalised}>D − W</option><option value="true" ?selected=${normalised}>normalised</option></select></div>
    </div>`;
  }

  readonly #set = (event: CustomEvent<ValueChange>): void => {
    event.stopPropagation();
    const { name, value } = event.detail;
    if (name === 'seed') this.send<LabPatch>('choice-change', { seed: Number(value) });
    // Other nodes or edges: another graph, where old edits mean nothing.
    const anew = { edits: [], node: (name === 'nodes' ? Number(value) : this.choice.nodes) - 1 };
    if (name === 'dim') this.#patch({ dim: Number(value) });
    else if (name !== 'seed') this.#patch({ [name]: Number(value), ...anew });
  };

  #failure() {
    return html`<w-error .error=${this.live.value.error} heading="This graph could not be computed"></w-error>
      <p><button class="button small" type="button" @click=${() => void this.live.again(this.choice, this.seed)}>Try again</button></p>`;
  }

  #label(): string {
    const { nodes, edits, node } = this.choice;
    const edges = this.live.value.after.length / 2;
    return `Graph of ${counted(nodes, 'node')} and ${counted(edges, 'edge')}${edits.length > 0 ? `, ${counted(edits.length, 'edit')}` : ''}${node >= 0 ? `, node ${node} is watched` : ''}`;
  }

  readonly #name = (node: number): string => {
    const state = this.live.value;
    const list = neighbours(state.graph?.nodes ?? 0, state.after)[node] ?? [];
    const { measure, edits } = this.choice;
    const change = (name: string) => changeText(resultOf(state, name)?.[measure][node] ?? 0);
    const moved =
      edits.length > 0 ? `; moved ${change('le')} (LE), ${change('leporid')} (LEPORID)` : '';
    return `node ${node}, degree ${list.length}${moved}`;
  };

  #pick(node: number): void {
    const { node: watched } = this.choice;
    if (node < 0 || node === watched) this.#patch({ node: -1 });
    else if (watched < 0) this.#patch({ node });
    else this.#toggle(watched, node);
  }

  #toggle(a: number, b: number): void {
    this.#add({ a, b, drawn: false });
  }

  #add(edit: Edit): void {
    this.#patch({ edits: [...this.choice.edits, edit] });
  }

  async #draw(): Promise<void> {
    const { choice, seed } = this;
    if (choice.node < 0) {
      this.refusal = 'Choose a node first: the random edge starts there.';
      return;
    }
    const edit = await this.live.draw(choice, seed).catch((error: unknown) => {
      this.refusal = error instanceof Error ? error.message : String(error);
      return undefined;
    });
    // Somebody else's wish has come in between.
    if (edit === undefined || choice !== this.choice) return;
    if (edit) this.#add(edit);
    else this.refusal = `Node ${choice.node} is already joined to every other node.`;
  }

  readonly #undo = (): void => {
    const { edits } = this.choice;
    if (edits.length > 0) this.#patch({ edits: edits.slice(0, -1) });
  };

  #said(): string {
    const { node, edits, measure } = this.choice;
    const state = this.live.value;
    const last = edits.at(-1);
    if (!last)
      return node < 0
        ? 'Choose a node to watch: click it, or take it from the list.'
        : `Node ${node} is watched. Click another node to join them; click it again to let go.`;
    const there = state.graph && joined(edited(state.graph.edges, edits), last.a, last.b);
    const done = `Edge ${last.a}–${last.b} ${there ? 'added' : 'removed'}.`;
    const watched = node >= 0 ? node : last.a;
    const change = (name: string) => changeText(resultOf(state, name)?.[measure][watched] ?? 0);
    if (state.phase !== 'ready') return done;
    return `${done} Node ${watched} has moved by ${change('le')} under LE and ${change('leporid')} under LEPORID (${MEASURE_TEXT[measure].title}).`;
  }

  /** Everything that a click does, for those who do not click. */
  #edges() {
    const { node, edits, since } = this.choice;
    const { graph, after } = this.live.value;
    const lists = graph ? neighbours(graph.nodes, after) : [];
    const other = this.other === node || this.other >= lists.length ? -1 : this.other;
    const together = node >= 0 && other >= 0 && joined(after, node, other);
    const options = (chosen: number, without: number) => [
      html`<option value="-1" ?selected=${chosen < 0}>none</option>`,
      ...lists.map((list, i) =>
        i === without
          ? nothing
          : html`<option value=${i} ?selected=${i === chosen}>${i} (degree ${list.length})</option>`,
      ),
    ];
    const value = (e: Event) => Number((e.target as HTMLSelectElement).value);
    return html`<div class="buttons lab-edges" data-part="controls">
      <label class="check-line small">Node <select class="inline" name="lab.node" .value=${String(node)}
        @change=${(e: Event) => this.#patch({ node: value(e) })}>${options(node, -1)}</select></label>
      <label class="check-line small">and <select class="inline" name="lab.other" .value=${String(other)}
        @change=${(e: Event) => {
          this.other = value(e);
        }}>${options(other, node)}</select></label>
      <button class="button small" type="button" data-testid="toggle-edge" ?disabled=${node < 0 || other < 0}
        @click=${() => this.#toggle(node, other)}>${together ? 'Remove edge' : 'Add edge'}</button>
      <button class="button small primary" type="button" data-testid="random-edge" ?disabled=${node < 0} @click=${() => void this.#draw()}>Add a random edge</button>
      <button class="button small" type="button" data-testid="undo" ?disabled=${edits.length === 0} @click=${this.#undo}>Undo</button>
      <button class="button small" type="button" data-testid="reset-live" ?disabled=${edits.length === 0}
        @click=${() => this.#patch({ edits: [] })}>Reset</button>
      <label class="check-line small">Compare with <select class="inline" name="lab.since"
        @change=${(e: Event) => this.#patch({ since: SINCE.find((s) => s === (e.target as HTMLSelectElement).value) ?? 'start' })}>
        ${SINCE.map((s) => html`<option value=${s} ?selected=${s === since}>${COMPARED[s]}</option>`)}</select></label>
    </div>`;
  }

  /** How the picture is drawn. */
  #look() {
    const { colour, column, method, sized, bars, dim } = this.choice;
    const checked = (e: Event) => (e.target as HTMLInputElement).checked;
    const text = (e: Event) => (e.target as HTMLSelectElement).value;
    return html`<div class="buttons lab-look" data-part="controls">
      <label class="check-line small">Colour <select class="inline" name="lab.colour"
        @change=${(e: Event) => this.#patch({ colour: COLOURINGS.find((c) => c === text(e)) ?? 'vector' })}>
        ${COLOURINGS.map((c) => html`<option value=${c} ?selected=${c === colour}>${COLOURED[c]}</option>`)}</select></label>
      ${
        colour === 'vector'
          ? html`<label class="check-line small"><span class="visually-hidden">Eigenvector</span><select class="inline" name="lab.column"
            @change=${(e: Event) => this.#patch({ column: Number(text(e)) })}>
            ${Array.from({ length: dim }, (_, i) => html`<option value=${i + 1} ?selected=${i + 1 === Math.min(column, dim)}>${i + 1}</option>`)}</select></label>`
          : nothing
      }
      ${
        colour === 'degree'
          ? nothing
          : html`<label class="check-line small">of <select class="inline" name="lab.method"
            @change=${(e: Event) => this.#patch({ method: (SHOWN_METHODS.find((m) => m === text(e)) ?? 'le') as ShownMethod })}>
            ${SHOWN_METHODS.map((m) => html`<option value=${m} ?selected=${m === method}>${m === 'le' ? 'LE' : 'LEPORID'}</option>`)}</select></label>`
      }
      <label class="check-line small"><input type="checkbox" name="lab.sized" .checked=${sized} @change=${(e: Event) => this.#patch({ sized: checked(e) })} />size by degree</label>
      <span class="check-line small"><label class="check-line"><input type="checkbox" name="lab.bars" .checked=${bars} @change=${(e: Event) => this.#patch({ bars: checked(e) })} />bars on nodes</label>
        ${about('Bars on nodes', `As in figure 1 of the paper: the first ${BARS} columns of each node's row, from left to right. Upwards is positive, downwards negative; each column is scaled to its largest value. Later columns change faster from node to node.`)}</span>
      <button class="button small quiet" type="button" aria-pressed=${this.table ? 'true' : 'false'} data-testid="live-table"
        @click=${() => {
          this.table = !this.table;
        }}>Table</button>
      <span class="lab-ramp small muted" aria-hidden="true">${this.#ramp()}</span>
    </div>`;
  }

  #ramp() {
    const { colour } = this.choice;
    if (colour === 'vector') return html`<i class="ramp-signed"></i> negative to positive`;
    return colour === 'change'
      ? html`<i class="ramp-change"></i> still to most moved`
      : html`<i class="ramp-degree"></i> few edges to many`;
  }

  #table() {
    const state = this.live.value;
    const { graph, after } = state;
    const { measure, colour, column, method } = this.choice;
    const lists = graph ? neighbours(graph.nodes, after) : [];
    const shown = resultOf(state, method);
    const dim = shown?.values_after.length ?? 1;
    const at = Math.min(column, dim) - 1;
    const change = (name: string, i: number) => num(resultOf(state, name)?.[measure][i] ?? 0, 4);
    return html`<div class="chart-table"><div class="scroll-y scroll-x" tabindex="0" role="region" aria-label="Nodes, table">
      <table data-testid="nodes-table"><thead><tr><th class="num">node</th><th class="num">degree</th><th class="num">change, LE</th><th class="num">change, LEPORID</th>
        ${colour === 'vector' ? html`<th class="num">eigenvector ${at + 1}</th>` : nothing}<th>joined to</th></tr></thead>
      <tbody>${lists.map(
        (
          list,
          i,
        ) => html`<tr><td class="num">${i}</td><td class="num">${list.length}</td><td class="num">${change('le', i)}</td>
        <td class="num">${change('leporid', i)}</td>${colour === 'vector' ? html`<td class="num">${num(shown?.after[i * dim + at] ?? 0, 3)}</td>` : nothing}
        <td class="nowrap">${list.join(', ')}</td></tr>`,
      )}</tbody></table></div></div>`;
  }
}
define('w-lab-live', LabLive);
