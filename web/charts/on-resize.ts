// Tells a chart when the box that it draws into has another size.

import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class OnResize implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #box: () => Element | null;
  readonly #observer: ResizeObserver;

  /** `box` is asked once the host has been drawn; `then` gets its width, whenever its size changes. */
  constructor(
    host: ReactiveControllerHost,
    box: () => Element | null,
    then: (width: number) => void,
  ) {
    this.#host = host;
    this.#box = box;
    this.#observer = new ResizeObserver(([entry]) => then(entry?.contentRect.width ?? 0));
    host.addController(this);
  }

  hostConnected(): void {
    void this.#host.updateComplete.then(() => {
      const box = this.#box();
      if (box) this.#observer.observe(box);
    });
  }

  hostDisconnected(): void {
    this.#observer.disconnect();
  }
}
