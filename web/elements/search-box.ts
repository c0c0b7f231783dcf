// Finds a user or item by id or title: a combobox with a list of at most a few dozen hits.

import { html, nothing } from 'lit';
import type { SideTable } from '../engine/types.js';
import { count } from '../format.js';
import { define, WarrenElement } from './element.js';

const SHOWN = 40;
/** Rows looked at before the page gets its turn; far under 50 ms. */
const CHUNK = 20_000;

/** `<w-search .table label="Item">` sends `pick` with the row's number. */
export class SearchBox extends WarrenElement {
  static override properties = {
    table: { attribute: false },
    label: {},
    value: {},
    hits: { state: true },
    active: { state: true },
    open: { state: true },
  };
  declare table: SideTable | null;
  declare label: string;
  /** What the field shows when nobody types. */
  declare value: string;
  declare hits: { rows: number[]; more: boolean };
  declare active: number;
  declare open: boolean;
  #search = 0;

  constructor() {
    super();
    this.table = null;
    this.label = 'Search';
    this.value = '';
    this.hits = { rows: [], more: false };
    this.active = 0;
    this.open = false;
  }

  override render() {
    const id = `${this.uid}-list`;
    const { rows, more } = this.hits;
    const active = this.open && rows[this.active] !== undefined ? `${id}-${this.active}` : nothing;
    return html`<div class="field search" @focusout=${this.#left}>
      <label class="label" for="${id}-input">${this.label}</label>
      <input type="search" id="${id}-input" role="combobox" autocomplete="off" spellcheck="false"
        placeholder=${this.table ? `${count(this.table.ids.length)} to choose from` : ''}
        aria-expanded=${this.open ? 'true' : 'false'} aria-controls=${id} aria-activedescendant=${active}
        aria-autocomplete="list" .value=${this.value} ?disabled=${!this.table}
        @input=${this.#typed} @focus=${this.#typed} @keydown=${this.#key} />
      ${
        this.open
          ? html`<ul role="listbox" id=${id} aria-label=${this.label}>
            ${rows.map((row, i) => this.#option(row, i, id))}
            ${rows.length === 0 ? html`<li class="hint">Nothing found.</li>` : nothing}
            ${more ? html`<li class="hint">The first ${SHOWN} are shown; type more to narrow them down.</li>` : nothing}
          </ul>`
          : nothing
      }
    </div>`;
  }

  #option(row: number, i: number, id: string) {
    const title = this.table?.titles[row];
    const name = this.table?.ids[row];
    return html`<li role="option" id="${id}-${i}" aria-selected=${i === this.active ? 'true' : 'false'}
      @pointerdown=${(e: Event) => e.preventDefault()} @click=${() => this.#pick(row)}>
      <span>${title || name}</span><span class="muted">${title ? name : `${count(this.table?.counts[row] ?? 0)} in training`}</span>
    </li>`;
  }

  async #typed(event: Event): Promise<void> {
    const text = event.type === 'focus' ? '' : (event.target as HTMLInputElement).value;
    const { table } = this;
    if (event.type === 'focus') (event.target as HTMLInputElement).select();
    if (!table) return;
    const turn = ++this.#search;
    const hits = await find(table, text.trim().toLowerCase(), () => turn !== this.#search);
    if (!hits) return;
    this.hits = hits;
    this.active = 0;
    this.open = true;
  }

  #key(event: KeyboardEvent): void {
    const { rows } = this.hits;
    if (event.key === 'Escape') this.open = false;
    else if (event.key === 'ArrowDown') this.active = Math.min(rows.length - 1, this.active + 1);
    else if (event.key === 'ArrowUp') this.active = Math.max(0, this.active - 1);
    else if (event.key === 'Enter' && this.open && rows[this.active] !== undefined)
      this.#pick(rows[this.active] as number);
    else return;
    event.preventDefault();
    void this.updateComplete.then(() =>
      this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }),
    );
  }

  #pick(row: number): void {
    this.open = false;
    this.#search++;
    const input = this.querySelector('input');
    this.send('pick', row);
    void this.updateComplete.then(() => {
      if (input) input.value = this.value;
    });
  }

  #left(event: FocusEvent): void {
    if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) {
      this.open = false;
      this.#search++;
    }
  }
}
define('w-search', SearchBox);

/** Rows whose id equals, then whose id or title begins with, then contains the text. */
async function find(
  table: SideTable,
  text: string,
  stale: () => boolean,
): Promise<SearchBox['hits'] | null> {
  const exact: number[] = [];
  const begins: number[] = [];
  const contains: number[] = [];
  const { ids, titles } = table;
  for (let start = 0; start < ids.length; start += CHUNK) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve));
    if (stale()) return null;
    for (let row = start; row < Math.min(start + CHUNK, ids.length); row++) {
      const id = (ids[row] ?? '').toLowerCase();
      const title = (titles[row] ?? '').toLowerCase();
      if (id === text) exact.push(row);
      else if (id.startsWith(text) || title.startsWith(text)) begins.push(row);
      else if (title.includes(text) || id.includes(text)) contains.push(row);
    }
    if (exact.length + begins.length > SHOWN) break;
  }
  const all = [...exact, ...begins.slice(0, SHOWN + 1), ...contains.slice(0, SHOWN + 1)];
  return { rows: all.slice(0, SHOWN), more: all.length > SHOWN };
}
