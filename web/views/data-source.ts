// Where the data comes from: a built-in set, a file, or an address.

import { html, nothing } from 'lit';
import { about, aboutMethod } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { Method, Values } from '../engine/types.js';
import { section } from '../params.js';
import { askMapping, data, loadBuiltin, loadFiles, loadUrl } from '../session/data.js';
import { engine, notify } from '../session/engine.js';
import { state } from '../state.js';

export class DataSourceView extends WarrenElement {
  static override properties = {
    chosen: { state: true },
    params: { state: true },
    over: { state: true },
  };
  declare chosen: string;
  declare params: Record<string, Values>;
  declare over: boolean;

  constructor() {
    super();
    this.chosen = '';
    this.params = {};
    this.over = false;
    this.watch(engine, data);
  }

  override render() {
    const { catalog } = engine.value;
    const { source } = state.value;
    const { phase, files, label } = data.value;
    const waiting = source.kind === 'files' && files.length === 0 && phase === 'empty';
    return html`<section class="card" aria-labelledby="${this.uid}-h">
      <header><h3 id="${this.uid}-h">Source</h3></header>
      ${waiting ? this.#asked(source.names) : nothing}
      <div
        class="drop ${this.over ? 'over' : ''}"
        data-testid="drop-zone"
        @dragover=${this.#dragOver}
        @dragleave=${() => {
          this.over = false;
        }}
        @drop=${this.#drop}
      >
        <label class="button" for="${this.uid}-file">Choose files</label>
        <input class="visually-hidden" id="${this.uid}-file" type="file" multiple data-testid="file-input"
          aria-describedby="${this.uid}-formats" @change=${this.#picked} />
        <p id="${this.uid}-formats">or drop them here: ${this.#formats()} A file of titles, such as
          movies.csv, can come with it. Nothing leaves this tab.</p>
      </div>
      ${
        files.length === 1 && source.kind === 'files' && phase === 'ready'
          ? html`<p class="small muted">From ${label}.
            <button class="button small quiet" type="button" @click=${() => askMapping()}>Choose the columns</button></p>`
          : nothing
      }
      <form class="field" @submit=${this.#fetch}>
        <span class="label"><label for="${this.uid}-url">Address of a file</label>
          ${about('Address of a file', 'The page fetches it itself, so its server must allow other pages to read it (CORS). A link then carries the address.')}</span>
        <span style="display: grid; grid-template-columns: 1fr auto; gap: 0.5rem">
          <input type="url" id="${this.uid}-url" name="data.url" placeholder="https://…" required
            .value=${source.kind === 'url' ? source.url : ''} />
          <button class="button" type="submit">Fetch</button>
        </span>
      </form>
      ${catalog ? this.#builtin(catalog.builtin) : nothing}
    </section>`;
  }

  #formats() {
    const titles = engine.value.catalog?.formats.map((f) => f.title) ?? [];
    return titles.length > 0
      ? `${titles.join(', ')}, or any table with a user and an item column.`
      : 'a table with a user and an item column.';
  }

  #asked(names: readonly string[]) {
    return html`<div class="notice" role="status" data-testid="file-wanted"><span>This link was made from
      <strong>${names.join(', ')}</strong>, a file on somebody's computer. Choose or drop the same file to get the same
      numbers; its fingerprint is checked.</span></div>`;
  }

  #builtin(methods: readonly Method[]) {
    const { source } = state.value;
    const loaded = source.kind === 'builtin' ? source : null;
    const method = methods.find((m) => m.name === (this.chosen || loaded?.name)) ?? methods[0];
    if (!method) return nothing;
    const kept = loaded?.name === method.name ? loaded.params : {};
    const values = this.params[method.name] ?? section(method, kept);
    const { name: _, ...params } = values;
    const change = (e: CustomEvent<ValueChange>) => {
      e.stopPropagation();
      this.params = {
        ...this.params,
        [method.name]: { ...params, [e.detail.name]: e.detail.value },
      };
    };
    return html`<form class="field" @submit=${(e: Event) => {
      e.preventDefault();
      void loadBuiltin(method.name, method.title, params);
    }} @value-change=${change}>
      <span class="label"><label for="${this.uid}-set">Built-in data</label>${aboutMethod(method)}</span>
      <span style="display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.5rem">
        <select id="${this.uid}-set" name="builtin" @change=${(e: Event) => {
          this.chosen = (e.target as HTMLSelectElement).value;
        }}>
          ${methods.map((m) => html`<option value=${m.name} ?selected=${m === method}>${m.title}</option>`)}
        </select>
        <button class="button" type="submit" data-testid="load-builtin">Load</button>
      </span>
      <p class="small muted">${method.doc}</p>
      ${method.params.length > 0 ? html`<w-params .params=${method.params} .values=${params} prefix="builtin"></w-params>` : nothing}
    </form>`;
  }

  #dragOver(event: DragEvent): void {
    event.preventDefault();
    this.over = true;
  }

  #drop(event: DragEvent): void {
    event.preventDefault();
    this.over = false;
    this.#take([...(event.dataTransfer?.files ?? [])]);
  }

  #picked(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.#take([...(input.files ?? [])]);
    // The same file, corrected on disk, can then be chosen again.
    input.value = '';
  }

  #take(files: File[]): void {
    if (files.length === 0) {
      notify('Only files can be dropped here.');
      return;
    }
    const { source } = state.value;
    const same = source.kind === 'files' && source.names.join() === files.map((f) => f.name).join();
    void loadFiles(files, same ? source.mapping : null);
  }

  #fetch(event: Event): void {
    event.preventDefault();
    const url = this.querySelector<HTMLInputElement>('input[type=url]')?.value ?? '';
    void loadUrl(url);
  }
}
define('w-data-source', DataSourceView);
