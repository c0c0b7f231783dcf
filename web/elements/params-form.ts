// A form from the catalogue's parameters: the page names no method and no range of its own.

import { html, nothing, type TemplateResult } from 'lit';
import type { Param, Values } from '../engine/types.js';
import { allowed, read, type Value } from '../params.js';
import { aboutParam } from './about.js';
import { define, WarrenElement } from './element.js';

export interface ValueChange {
  name: string;
  value: Value;
}

const STEPS = 200;

/**
 * `<w-params .params .values prefix="optimizer">` sends `value-change` with a {@link ValueChange}; a value
 * that is not permitted is marked and not sent. Controls are named `prefix.parameter`.
 */
export class ParamsForm extends WarrenElement {
  static override properties = {
    params: { attribute: false },
    values: { attribute: false },
    prefix: {},
    sliders: { attribute: false },
    wrong: { state: true },
  };
  declare params: readonly Param[];
  declare values: Values;
  declare prefix: string;
  /** Parameters that get a slider below their number. */
  declare sliders: 'all' | 'none';
  declare wrong: Record<string, string>;

  constructor() {
    super();
    this.params = [];
    this.values = {};
    this.prefix = '';
    this.sliders = 'none';
    this.wrong = {};
  }

  override render() {
    return html`<div class="params">${this.params.map((p) => this.#param(p))}</div>`;
  }

  #param(p: Param): TemplateResult {
    const id = `${this.uid}-${p.name}`;
    const wrong = this.wrong[p.name];
    return html`<div class="param ${p.type}">
      <span class="label"><label for=${id}>${p.title}${p.unit && !p.title.includes(p.unit) ? html` <span class="unit muted">(${p.unit})</span>` : nothing}</label>
        ${aboutParam(p)}</span>
      ${this.#control(p, id)}
      ${this.sliders === 'all' ? this.#slider(p) : nothing}
      ${wrong ? html`<span class="wrong" id="${id}-wrong" role="alert">${wrong}</span>` : nothing}
    </div>`;
  }

  #control(p: Param, id: string): TemplateResult {
    const value = this.values[p.name] ?? p.default;
    const name = `${this.prefix}.${p.name}`;
    const invalid = this.wrong[p.name] ? 'true' : 'false';
    switch (p.type) {
      case 'bool':
        return html`<input class="check" type="checkbox" id=${id} name=${name} .checked=${value === true}
          @change=${(e: Event) => this.#set(p, (e.target as HTMLInputElement).checked)} />`;
      case 'choice':
        return html`<select id=${id} name=${name}
          @change=${(e: Event) => this.#set(p, (e.target as HTMLSelectElement).value)}>
          ${p.options.map((o) => html`<option value=${o} ?selected=${o === value}>${o}</option>`)}
        </select>`;
      case 'text':
        return html`<input class="wide" type="text" id=${id} name=${name} .value=${String(value)} aria-invalid=${invalid}
          @change=${(e: Event) => this.#typed(p, e)} />`;
      default:
        return html`<input type="text" inputmode="decimal" class="num" id=${id} name=${name} .value=${String(value)}
          aria-invalid=${invalid} aria-describedby=${this.wrong[p.name] ? `${id}-wrong` : nothing}
          autocomplete="off" @change=${(e: Event) => this.#typed(p, e)}
          @keydown=${(e: KeyboardEvent) => this.#stepped(p, e)} />`;
    }
  }

  #slider(p: Param): TemplateResult | typeof nothing {
    if (p.type !== 'float' && p.type !== 'int') return nothing;
    const value = Number(this.values[p.name] ?? p.default);
    return html`<input class="wide" type="range" min="0" max=${STEPS} .value=${String(toSlider(p, value))}
      aria-label="${p.title}, slider" aria-valuetext=${String(value)}
      @input=${(e: Event) => this.#set(p, fromSlider(p, Number((e.target as HTMLInputElement).value)))} />`;
  }

  #typed(p: Param, event: Event): void {
    const { value: text } = event.target as HTMLInputElement;
    const value = read(p, text.trim());
    if (value === undefined)
      this.wrong = { ...this.wrong, [p.name]: `“${text}” is not ${allowed(p)}.` };
    else this.#set(p, value);
  }

  /** Arrow keys step whole numbers by one and real ones by a tenth of their size. */
  #stepped(p: Param, event: KeyboardEvent): void {
    const sign = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (sign === 0 || (p.type !== 'float' && p.type !== 'int')) return;
    event.preventDefault();
    const now = Number(this.values[p.name] ?? p.default);
    const step =
      p.type === 'int'
        ? 1
        : p.log && now > 0
          ? 10 ** Math.floor(Math.log10(now))
          : (p.max - p.min) / 20;
    this.#set(p, tidy(Math.min(p.max, Math.max(p.min, now + sign * step))));
  }

  #set(p: Param, value: Value): void {
    const { [p.name]: _, ...rest } = this.wrong;
    this.wrong = rest;
    this.send<ValueChange>('value-change', { name: p.name, value });
  }
}
define('w-params', ParamsForm);

type Numeric = Extract<Param, { type: 'float' | 'int' }>;

/** A logarithmic slider may start at zero: its first step is 0, the rest spans nine decades at most. */
function bottom(p: Numeric): number {
  return p.min > 0 ? p.min : p.max * 1e-9;
}

function toSlider(p: Numeric, value: number): number {
  if (p.type === 'int' || !p.log) return Math.round(((value - p.min) / (p.max - p.min)) * STEPS);
  if (value <= 0) return 0;
  const share = Math.log(value / bottom(p)) / Math.log(p.max / bottom(p));
  return Math.round(1 + Math.max(0, share) * (STEPS - 1));
}

function fromSlider(p: Numeric, step: number): number {
  if (p.type === 'int') return Math.round(p.min + (step / STEPS) * (p.max - p.min));
  if (!p.log) return tidy(p.min + (step / STEPS) * (p.max - p.min));
  if (step === 0) return p.min;
  return Number((bottom(p) * (p.max / bottom(p)) ** ((step - 1) / (STEPS - 1))).toPrecision(2));
}

/** Without the dust of binary fractions. */
function tidy(x: number): number {
  return Number(x.toPrecision(6));
}
