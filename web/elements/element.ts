// The base of every element of the page: light DOM, so that one set of styles and labels serves all.

import { LitElement } from 'lit';
import { type Store, Watch } from '../store.js';

let ids = 0;

export class WarrenElement extends LitElement {
  /** A prefix for ids that is unique in the document. */
  protected readonly uid = `w${++ids}`;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Draws anew whenever one of `stores` changes. */
  // biome-ignore lint/suspicious/noExplicitAny: stores of any content
  protected watch(...stores: Store<any>[]): void {
    new Watch(this, stores);
  }

  /** Sends a bubbling event. */
  protected send<T>(type: string, detail: T): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

/** Registers an element once; a second definition of the same name is ignored. */
export function define(name: string, type: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, type);
}

/** Where form and results stand below each other, scrolls to what the form has started. */
export function showResults(form: Element): void {
  const stage = form.closest('.room')?.querySelector('.stage');
  if (!stage || stage.getBoundingClientRect().top < form.getBoundingClientRect().bottom) return;
  requestAnimationFrame(() => stage.scrollIntoView({ block: 'start', behavior: 'smooth' }));
}
