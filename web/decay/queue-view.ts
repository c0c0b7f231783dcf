// A queue of runs that a room needs for its pictures: its buttons, how far it is, and what has gone wrong.

import { html, nothing } from 'lit';
import '../elements/error-box.js';
import { define, WarrenElement } from '../elements/element.js';
import type { SweepGrid } from '../engine/types.js';
import { count, seconds } from '../format.js';
import { data } from '../session/data.js';
import { runs } from '../session/runs.js';
import {
  cancelSweep,
  continueSweep,
  pauseSweep,
  type SweepState,
  secondsLeft,
  startSweep,
  sweep,
} from '../session/sweep.js';
import { Follow } from '../store.js';
import type { Comparison } from './compare.js';

/** How the page's queue stands as far as it is this grid's; `none` while it is another's. */
export function queuePhase(grid: SweepGrid | null): SweepState['phase'] {
  const mine = JSON.stringify(sweep.value.grid) === JSON.stringify(grid);
  return mine ? sweep.value.phase : 'none';
}

/**
 * `<w-run-queue .grid .comparison prefix="decay-sweep">`: starts the grid's runs, one after the other, and lets
 * `comparison` know which they are. `prefix` begins the buttons' test ids.
 */
export class RunQueue extends WarrenElement {
  static override properties = {
    grid: { attribute: false },
    comparison: { attribute: false },
    prefix: {},
  };
  declare grid: SweepGrid;
  declare comparison: Comparison;
  declare prefix: string;

  constructor() {
    super();
    new Follow(this, () => this.comparison);
    this.watch(data, runs, sweep);
  }

  override updated(): void {
    if (data.value.prepared) void this.comparison.plan(this.grid);
  }

  override render() {
    const own = queuePhase(this.grid);
    const { configs, error } = this.comparison.value;
    const all = this.comparison.runs();
    const done = all.filter((run) => run?.phase === 'done').length;
    const busy = sweep.value.phase === 'running' || sweep.value.phase === 'paused';
    const mine = own !== 'none';
    const left = mine && busy ? secondsLeft(sweep.value) : undefined;
    const ready = data.value.prepared && configs.length > 0;
    return html`${error ? html`<w-error .error=${error} heading="These runs cannot be made"></w-error>` : nothing}
      ${mine && sweep.value.error ? html`<w-error .error=${sweep.value.error} heading="A run failed"></w-error>` : nothing}
      <div class="buttons" role="group" aria-label="Control of these runs">
      ${
        mine && busy
          ? html`${own === 'running' ? this.#button('Pause', 'pause', pauseSweep) : this.#button('Go on', 'continue', continueSweep)}
            ${this.#button('Cancel', 'cancel', cancelSweep, 'quiet')}`
          : html`<button class="button primary" type="button" data-testid="${this.prefix}-start"
            ?disabled=${!ready || busy || done === configs.length} @click=${() => void startSweep(this.grid)}>Train all ${configs.length || ''}</button>`
      }
      <span class="small muted" role="status" data-testid="${this.prefix}-said">${this.#said(busy && !mine, done, left)}</span></div>`;
  }

  #said(elsewhere: boolean, done: number, left: number | undefined): string {
    if (!data.value.prepared) return 'This needs data to learn from: see the room Data.';
    if (elsewhere) return 'Another queue of runs is at work; these can follow it.';
    const all = this.comparison.value.configs.length;
    if (all === 0) return '';
    return `${count(done)} of ${count(all)} are there${left === undefined ? '' : `, about ${seconds(left)} left`}.`;
  }

  #button(text: string, name: string, act: () => void, quiet = '') {
    return html`<button class="button ${quiet}" type="button" data-testid="${this.prefix}-${name}" @click=${act}>${text}</button>`;
  }
}
define('w-run-queue', RunQueue);
