// The small “i” beside a control: what it means, its formula, range and source, one click away.

import { html, nothing, type TemplateResult } from 'lit';
import type { Method, Param } from '../engine/types.js';
import { allowed } from '../params.js';
import { define, WarrenElement } from './element.js';

/** `<w-about .subject=… .body=…>`: a button and its popover. */
export class About extends WarrenElement {
  static override properties = { subject: {}, body: { attribute: false } };
  declare subject: string;
  declare body: () => TemplateResult;
  #open = false;

  override render() {
    const id = `${this.uid}-about`;
    return html`<button class="about" type="button" popovertarget=${id} aria-label="About ${this.subject}"
        aria-expanded=${this.#open ? 'true' : 'false'}>i</button>
      <div class="popover" id=${id} popover role="note" aria-label=${this.subject} @toggle=${this.#toggled}>
        ${this.#open ? this.body() : nothing}
      </div>`;
  }

  #toggled(event: ToggleEvent): void {
    this.#open = event.newState === 'open';
    this.requestUpdate();
    if (this.#open) void this.updateComplete.then(() => this.#place());
  }

  /** Below the button, or above it where there is no room, and always within the window. */
  #place(): void {
    const button = this.querySelector('button');
    const box = this.querySelector<HTMLElement>('.popover');
    if (!button || !box) return;
    const at = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box;
    const left = Math.max(8, Math.min(at.left - 12, innerWidth - width - 8));
    const below = at.bottom + 8 + height <= innerHeight;
    box.style.left = `${left}px`;
    box.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - 8 - height)}px`;
  }
}
define('w-about', About);

/** The explanation of a method, from the catalogue. */
export function aboutMethod(method: Method): TemplateResult {
  const body = () => html`<h4>${method.title}</h4>
    <p>${method.doc}</p>
    ${method.formula ? html`<span class="formula">${method.formula}</span>` : nothing}
    ${method.source ? html`<p class="small muted">Source: ${method.source}</p>` : nothing}`;
  return html`<w-about .subject=${method.title} .body=${body}></w-about>`;
}

/** The explanation of one parameter. */
export function aboutParam(p: Param): TemplateResult {
  const body = () => html`<h4>${p.title}</h4>
    <p>${p.doc}</p>
    <dl>
      <dt>Allowed</dt><dd>${allowed(p)}</dd>
      <dt>Default</dt><dd>${String(p.default) || 'empty'}</dd>
      ${p.unit ? html`<dt>Unit</dt><dd>${p.unit}</dd>` : nothing}
      <dt>Key</dt><dd><code>${p.name}</code></dd>
    </dl>`;
  return html`<w-about .subject=${p.title} .body=${body}></w-about>`;
}

/** An explanation of something that is not in the catalogue. */
export function about(subject: string, text: string, formula = ''): TemplateResult {
  const body = () => html`<h4>${subject}</h4>
    <p>${text}</p>
    ${formula ? html`<span class="formula">${formula}</span>` : nothing}`;
  return html`<w-about .subject=${subject} .body=${body}></w-about>`;
}
