// What every element for other pages does: a picture first, nothing loaded until it is seen and started, then the demo
// in its place, as light or dark as its page.

import tokens from '../styles/tokens.css?inline';
import embed from './embed.css?inline';
import { followHost } from './host-theme.js';
import { message, poster, type Words } from './poster.js';
import type { Checked, Common } from './settings.js';
import { ROOT, sheet } from './sheets.js';

/** A demo that runs. */
export interface Running<S> {
  element: HTMLElement;
  /** Takes over what the page's author has changed since. */
  apply(settings: S): void;
  end(): void;
}

/** What is loaded with the first start. */
export interface Demo<S> {
  /** The demo's style sheet, made once and shared by all elements of its kind. */
  styles(): CSSStyleSheet;
  /** Starts the engine, or takes a share of it, and builds the demo; `onEnd` if it breaks down later. */
  run(settings: S, onEnd: (why: Error) => void): Promise<Running<S>>;
}

let own: CSSStyleSheet | null = null;

/** A kind of demo says what its attributes mean, what its picture is, and what to load. */
export abstract class DemoElement<S extends Common> extends HTMLElement {
  protected abstract read(get: (name: string) => string | null, base: string): Checked<S>;
  protected abstract words(): Words;
  protected abstract load(): Promise<Demo<S>>;

  readonly #root = document.createElement('div');
  readonly #shadow: ShadowRoot;
  #phase: 'poster' | 'starting' | 'running' | 'failed' = 'poster';
  #running: Running<S> | null = null;
  #stopFollowing: (() => void) | null = null;
  /** Told apart: a start that was overtaken by the element's removal. */
  #turn = 0;

  constructor() {
    super();
    this.#shadow = this.attachShadow({ mode: 'open' });
    this.#root.className = ROOT;
    own ??= sheet(tokens, embed);
    this.#shadow.adoptedStyleSheets = [own];
    this.#shadow.append(this.#root);
  }

  connectedCallback(): void {
    if (this.#running === null && this.#phase !== 'starting') this.#rest();
    this.#theme();
  }

  disconnectedCallback(): void {
    // An element that is moved comes back before this.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#stopFollowing?.();
      this.#stopFollowing = null;
      this.#turn++;
      this.#running?.end();
      this.#running = null;
      this.#phase = 'poster';
    });
  }

  attributeChangedCallback(name: string): void {
    if (!this.isConnected) return;
    if (name === 'theme') this.#theme();
    const { settings, problems } = this.#checked();
    if (this.#running && problems.length === 0 && !name.endsWith('-url')) {
      this.#running.apply(settings);
      return;
    }
    if (this.#phase === 'starting') return;
    this.#running?.end();
    this.#running = null;
    this.#rest();
  }

  /** Starts the demo once the element is seen, as its button does. Resolves when it runs, or has said why not. */
  async start(): Promise<void> {
    if (this.#phase === 'starting' || this.#phase === 'running' || !this.isConnected) return;
    const { problems } = this.#checked();
    if (problems.length > 0) return this.#rest();
    const turn = ++this.#turn;
    const current = () => turn === this.#turn;
    this.#phase = 'starting';
    this.#root.setAttribute('aria-busy', 'true');
    this.#sayStarting();
    try {
      await seen(this);
      if (!current()) return;
      const { styles, run } = await this.load();
      if (!current()) return;
      const { settings } = this.#checked();
      const running = await run(settings, (why) => this.#fail(why));
      if (!current()) return running.end();
      this.#shadow.adoptedStyleSheets = [own as CSSStyleSheet, styles()];
      this.#running = running;
      this.#phase = 'running';
      this.#show(running.element);
    } catch (error) {
      if (current()) this.#fail(error);
    }
  }

  #checked() {
    return this.read((name) => this.getAttribute(name), document.baseURI);
  }

  /** The picture, or what is wrong with the attributes. */
  #rest(): void {
    const { problems } = this.#checked();
    this.#phase = problems.length > 0 ? 'failed' : 'poster';
    this.#show(
      problems.length > 0 ? message(problems, null) : poster(this.words(), () => void this.start()),
    );
  }

  #fail(error: unknown): void {
    this.#running?.end();
    this.#running = null;
    this.#phase = 'failed';
    const why = error instanceof Error ? error.message : String(error);
    this.#show(message([why], () => void this.start()));
  }

  #sayStarting(): void {
    const button = this.#root.querySelector<HTMLButtonElement>('button.start');
    if (!button) return;
    button.disabled = true;
    button.textContent = 'Starting…';
  }

  #show(content: HTMLElement): void {
    const focused = this.#shadow.activeElement !== null;
    this.#root.removeAttribute('aria-busy');
    this.#root.dataset.phase = this.#phase;
    this.#root.replaceChildren(content);
    // Who has started by keyboard must not fall back to the top of the page.
    if (focused && this.#phase === 'running') {
      content.tabIndex = -1;
      content.focus({ preventScroll: true });
    }
  }

  #theme(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = null;
    const { theme } = this.#checked().settings;
    if (theme !== 'auto') this.#root.dataset.theme = theme;
    else
      this.#stopFollowing = followHost(this, (found) => {
        this.#root.dataset.theme = found;
      });
  }
}

/** Resolves once some of the element is in sight. */
function seen(element: Element): Promise<void> {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((e) => e.isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
  });
}
