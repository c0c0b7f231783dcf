// The smallest observable there is: a value, a way to change it, and whoever wants to know.

import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** A value that tells its listeners when it changes. Listeners are called synchronously. */
export class Store<T extends object> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces the named fields and tells the listeners. */
  update(patch: Partial<T>): void {
    this.#value = { ...this.#value, ...patch };
    this.touch();
  }

  set(value: T): void {
    this.#value = value;
    this.touch();
  }

  /** Tells the listeners after a change inside the value. */
  touch(): void {
    for (const listener of [...this.#listeners]) listener(this.#value);
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Draws a component anew whenever one of its stores changes. */
export class Watch implements ReactiveController {
  #ends: (() => void)[] = [];

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly stores: readonly Pick<Store<object>, 'subscribe'>[],
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#ends = this.stores.map((store) => store.subscribe(() => this.host.requestUpdate()));
    this.host.requestUpdate();
  }

  hostDisconnected(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
  }
}

/** As {@link Watch}, for a store that is handed to the component and may be exchanged. */
export class Follow implements ReactiveController {
  #store: Pick<Store<object>, 'subscribe'> | null = null;
  #end: (() => void) | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly of: () => Pick<Store<object>, 'subscribe'> | null,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.host.requestUpdate();
  }

  hostUpdate(): void {
    const store = this.of();
    if (store === this.#store) return;
    this.#end?.();
    this.#store = store;
    this.#end = store?.subscribe(() => this.host.requestUpdate()) ?? null;
  }

  hostDisconnected(): void {
    this.#end?.();
    this.#end = null;
    this.#store = null;
  }
}
