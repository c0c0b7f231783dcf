// Long work: how far, how long still, and a way out.

import { html, nothing } from 'lit';
import type { Progress } from '../engine/types.js';
import { amount, amountOf, seconds } from '../format.js';
import { define, WarrenElement } from './element.js';

/** `<w-progress .progress label="Reading">` sends `cancel`. */
export class ProgressBar extends WarrenElement {
  static override properties = {
    progress: { attribute: false },
    label: {},
    cancellable: { type: Boolean },
  };
  declare progress: Progress | null;
  declare label: string;
  declare cancellable: boolean;
  #announced = '';
  #announcedAt = 0;

  constructor() {
    super();
    this.progress = null;
    this.label = '';
    this.cancellable = true;
  }

  override render() {
    const p = this.progress;
    const share = p?.total ? Math.min(1, p.done / p.total) : null;
    const text = p ? this.#text(p, share) : '';
    return html`<div class="progress" data-testid="progress">
      <div class="bar ${share === null ? 'unknown' : ''}" role="progressbar" aria-label=${this.label}
        aria-valuemin="0" aria-valuemax="100" aria-valuenow=${share === null ? nothing : Math.round(share * 100)}
        aria-valuetext=${text}><i .style=${`inline-size: ${(share ?? 0.3) * 100}%`}></i></div>
      <div class="line"><span>${this.label}${p && !this.label.toLowerCase().startsWith(p.stage) ? html` · ${p.stage}` : nothing}</span><span>${text}</span>
        ${
          this.cancellable
            ? html`<button class="button small" type="button" @click=${() => this.send('cancel', null)}>Cancel</button>`
            : nothing
        }</div>
      <span class="visually-hidden" aria-live="polite">${this.#announcement(text)}</span>
    </div>`;
  }

  #text(p: Progress, share: number | null): string {
    const done = p.total ? amountOf(p.done, p.total, p.unit) : amount(p.done, p.unit);
    const rest = p.seconds_left === undefined ? '' : ` · ${seconds(p.seconds_left)} left`;
    return `${share === null ? '' : `${Math.floor(share * 100)} % · `}${done}${rest}`;
  }

  /** Screen readers hear at most one line every five seconds. */
  #announcement(text: string): string {
    const now = performance.now();
    if (now - this.#announcedAt > 5000) {
      this.#announced = `${this.label}: ${text}`;
      this.#announcedAt = now;
    }
    return this.#announced;
  }
}
define('w-progress', ProgressBar);
