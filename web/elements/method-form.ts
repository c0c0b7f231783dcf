// A choice among the methods of one table of the catalogue, with the chosen one's parameters.

import { html, nothing } from 'lit';
import type { Method, Section } from '../engine/types.js';
import { section } from '../params.js';
import { aboutMethod } from './about.js';
import { define, WarrenElement } from './element.js';
import type { ValueChange } from './params-form.js';

/**
 * `<w-method label="Loss" prefix="loss" .methods .section>` sends `section-change` with the new section.
 * Parameters in `omit` are edited elsewhere.
 */
export class MethodForm extends WarrenElement {
  static override properties = {
    label: {},
    prefix: {},
    methods: { attribute: false },
    section: { attribute: false },
    omit: { attribute: false },
    sliders: { attribute: false },
    bare: { type: Boolean },
  };
  declare label: string;
  declare prefix: string;
  declare methods: readonly Method[];
  declare section: Section;
  declare omit: readonly string[];
  declare sliders: 'all' | 'none';
  /** What stands around it already says what is chosen: the label is for screen readers only. */
  declare bare: boolean;

  constructor() {
    super();
    this.label = '';
    this.prefix = '';
    this.methods = [];
    this.section = { name: '' };
    this.omit = [];
    this.sliders = 'none';
    this.bare = false;
  }

  override render() {
    const method = this.methods.find((m) => m.name === this.section.name);
    const params = method?.params.filter((p) => !this.omit.includes(p.name)) ?? [];
    const id = `${this.uid}-select`;
    return html`<div class="field" @value-change=${this.#changed}>
      <label for=${id} class=${this.bare ? 'visually-hidden' : 'label'}><strong>${this.label}</strong></label>
      <span class="choice"><select id=${id} name=${this.prefix} @change=${this.#chosen}>
        ${this.methods.map((m) => html`<option value=${m.name} ?selected=${m.name === this.section.name}>${m.title}</option>`)}
      </select>${method ? aboutMethod(method) : nothing}</span>
      ${
        params.length > 0
          ? html`<w-params .params=${params} .values=${this.section} .prefix=${this.prefix} .sliders=${this.sliders}></w-params>`
          : nothing
      }
    </div>`;
  }

  #chosen(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    const method = this.methods.find((m) => m.name === value);
    // What both methods call by the same name keeps its value.
    if (method) this.send<Section>('section-change', section(method, this.section));
  }

  #changed(event: CustomEvent<ValueChange>): void {
    event.stopPropagation();
    const { name, value } = event.detail;
    this.send<Section>('section-change', { ...this.section, [name]: value });
  }
}
define('w-method', MethodForm);
