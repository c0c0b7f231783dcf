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

/** Keeps a chart's `width` that of its `.plot`, in whole pixels; a box that is not shown has none. */
export function followWidth(chart: ReactiveControllerHost & HTMLElement & { width: number }): void {
  const box = () => chart.querySelector('.plot');
  new OnResize(chart, box, (width) => {
    const whole = Math.round(width);
    if (whole > 0) chart.width = whole;
  });
}
