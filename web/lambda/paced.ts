// What is drawn of something that changes faster than anybody can see: drawing takes time from those who compute.

import type { ReactiveControllerHost } from 'lit';

/** Milliseconds between two drawings. */
const EVERY = 160;

/** Keeps what was made for a key; makes it anew when the key changes, though not too often. */
export class Paced<T> {
  readonly #host: ReactiveControllerHost;
  #key: string | null = null;
  #value: T | null = null;
  #at = 0;
  #soon = 0;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController({ hostDisconnected: () => clearTimeout(this.#soon) });
  }

  /** The value for `key`, or one of a little earlier while things are `fast`; then the host is drawn again soon. */
  take(key: string, fast: boolean, make: () => T): T {
    const kept = this.#value;
    if (kept !== null && key === this.#key) return kept;
    const left = this.#at + EVERY - performance.now();
    clearTimeout(this.#soon);
    if (kept !== null && fast && left > 0) {
      this.#soon = window.setTimeout(() => this.#host.requestUpdate(), left);
      return kept;
    }
    [this.#key, this.#at] = [key, performance.now()];
    this.#value = make();
    return this.#value;
  }
}
