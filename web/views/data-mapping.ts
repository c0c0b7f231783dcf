// Which column is what, for tables whose columns are not clear.

import { html, nothing } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import type { ColumnMapping, Preview } from '../engine/types.js';
import { cancelData, data, readMapped } from '../session/data.js';

const ROWS = 8;
const ROLES = [
  ['user', 'User', true],
  ['item', 'Item', true],
  ['rating', 'Rating', false],
  ['time', 'Time', false],
] as const;

export class DataMappingView extends WarrenElement {
  static override properties = { mapping: { state: true } };
  declare mapping: Partial<ColumnMapping>;
  #seen: Preview | null = null;

  constructor() {
    super();
    this.mapping = {};
    this.watch(data);
  }

  override willUpdate(): void {
    const { preview } = data.value;
    if (preview === this.#seen) return;
    this.#seen = preview;
    this.mapping = preview?.mapping ?? { header: preview?.header ?? true };
  }

  override render() {
    const { preview, files } = data.value;
    if (!preview) return nothing;
    const { user, item } = this.mapping;
    const complete = user !== undefined && item !== undefined && user !== item;
    return html`<section class="card" aria-labelledby="${this.uid}-h" data-testid="mapping">
      <header><h3 id="${this.uid}-h">Which column is what?</h3></header>
      <p>${files[0]?.name} is a table whose columns are not clear. A user and an item are enough.</p>
      <div class="grid" style="--gap: 0.8rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr))">
        ${ROLES.map(([role, title, needed]) => this.#choice(preview, role, title, needed))}
      </div>
      <label style="display: inline-flex; gap: 0.5rem; align-items: center">
        <input type="checkbox" name="mapping.header" .checked=${this.mapping.header ?? preview.header}
          @change=${(e: Event) => {
            this.mapping = { ...this.mapping, header: (e.target as HTMLInputElement).checked };
          }} />
        The first line holds the columns' names
      </label>
      <div class="scroll-x" tabindex="0" role="region" aria-label="First lines of the file">
        <table>
          <thead><tr>${preview.columns.map((c) => html`<th>${c}${this.#roleOf(c)}</th>`)}</tr></thead>
          <tbody>${preview.rows.slice(0, ROWS).map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
        </table>
      </div>
      ${
        user !== undefined && user === item
          ? html`<p class="muted" role="alert">User and item must be two columns.</p>`
          : nothing
      }
      <div class="buttons">
        <button class="button primary" type="button" ?disabled=${!complete} @click=${this.#read}>Read the file</button>
        <button class="button" type="button" @click=${() => cancelData()}>Cancel</button>
      </div>
    </section>`;
  }

  #roleOf(column: string) {
    const role = ROLES.find(([key]) => this.mapping[key] === column);
    return role ? html` <small class="phase running">${role[1]}</small>` : nothing;
  }

  #choice(
    preview: Preview,
    role: 'user' | 'item' | 'rating' | 'time',
    title: string,
    needed: boolean,
  ) {
    const id = `${this.uid}-${role}`;
    const now = this.mapping[role];
    const set = (event: Event) => {
      const { value } = event.target as HTMLSelectElement;
      const { [role]: _, ...rest } = this.mapping;
      this.mapping = value === '' ? rest : { ...rest, [role]: value };
    };
    return html`<div class="field"><label class="label" for=${id}>${title}${needed ? '' : html` <span class="muted">(optional)</span>`}</label>
      <select id=${id} name="mapping.${role}" @change=${set}>
        <option value="" ?selected=${now === undefined}>${needed ? 'Choose…' : 'none'}</option>
        ${preview.columns.map((c) => html`<option value=${c} ?selected=${c === now}>${c}</option>`)}
      </select></div>`;
  }

  #read(): void {
    const { preview } = data.value;
    const { user, item, ...rest } = this.mapping;
    if (user === undefined || item === undefined) return;
    const delimiter = rest.delimiter ?? preview?.delimiter;
    void readMapped({ ...rest, ...(delimiter ? { delimiter } : {}), user, item });
  }
}
define('w-data-mapping', DataMappingView);
