// Filter and split. A split is stated as text, `name:number,number`, and edited as a choice with numbers.

import { html, nothing } from 'lit';
import { aboutMethod } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { Method, Values } from '../engine/types.js';
import { defaults, read } from '../params.js';
import { data } from '../session/data.js';
import { engine } from '../session/engine.js';
import { SPLIT, state } from '../state.js';

export class DataSplitView extends WarrenElement {
  constructor() {
    super();
    this.watch(engine, state, data);
  }

  override render() {
    const { catalog } = engine.value;
    if (!catalog) return nothing;
    const { data: values } = state.value;
    const splits = catalog.splits;
    const params = catalog.data.params.filter((p) => p.name !== SPLIT || splits.length === 0);
    const change = (e: CustomEvent<ValueChange>) => {
      e.stopPropagation();
      state.update({ data: { ...state.value.data, [e.detail.name]: e.detail.value } });
    };
    return html`<section class="card" aria-labelledby="${this.uid}-h">
      <header><h3 id="${this.uid}-h">Filter and split</h3>
        <span class="small muted" aria-live="polite">${data.value.phase === 'preparing' ? 'applying…' : ''}</span></header>
      <w-params .params=${params} .values=${values} prefix="data" @value-change=${change}></w-params>
      ${splits.length > 0 ? this.#split(splits, String(values[SPLIT] ?? '')) : nothing}
    </section>`;
  }

  #split(splits: readonly Method[], text: string) {
    const { method, values } = parseSplit(splits, text);
    const set = (m: Method, v: Values) =>
      state.update({ data: { ...state.value.data, [SPLIT]: writeSplit(m, v) } });
    const id = `${this.uid}-split`;
    return html`<div class="field" @value-change=${(e: CustomEvent<ValueChange>) => {
      e.stopPropagation();
      if (method) set(method, { ...values, [e.detail.name]: e.detail.value });
    }}>
      <span class="label"><label for=${id}><strong>Split</strong></label>${method ? aboutMethod(method) : nothing}</span>
      <select id=${id} name="data.split" @change=${(e: Event) => {
        const m = splits.find((s) => s.name === (e.target as HTMLSelectElement).value);
        if (m) set(m, defaults(m));
      }}>
        ${method ? nothing : html`<option selected>${text}</option>`}
        ${splits.map((m) => html`<option value=${m.name} ?selected=${m === method}>${m.title}</option>`)}
      </select>
      ${
        method && method.params.length > 0
          ? html`<w-params .params=${method.params} .values=${values} prefix="data.split"></w-params>`
          : nothing
      }
    </div>`;
  }
}
define('w-data-split', DataSplitView);

function parseSplit(
  splits: readonly Method[],
  text: string,
): { method: Method | undefined; values: Values } {
  const [name = '', rest = ''] = text.split(':');
  const method = splits.find((m) => m.name === name);
  if (!method) return { method, values: {} };
  const given = rest === '' ? [] : rest.split(',');
  const values: Values = {};
  for (const [i, p] of method.params.entries()) {
    const stated = given[i];
    values[p.name] = (stated === undefined ? undefined : read(p, stated)) ?? p.default;
  }
  return { method, values };
}

function writeSplit(method: Method, values: Values): string {
  const numbers = method.params.map((p) => String(values[p.name] ?? p.default));
  return numbers.length === 0 ? method.name : `${method.name}:${numbers.join(',')}`;
}
