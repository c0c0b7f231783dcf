// The fourth room: train models and watch them learn.

import { html } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import { data } from '../session/data.js';
import { engine } from '../session/engine.js';
import { runs } from '../session/runs.js';
import { state } from '../state.js';

export class TrainRoom extends WarrenElement {
  constructor() {
    super();
    this.watch(engine, data, runs);
  }

  override render() {
    const ready = engine.value.catalog && data.value.prepared;
    if (!ready && runs.value.list.length === 0) {
      return html`<div class="empty"><p>There is no data yet. Read some first; then models can learn from it.</p>
        <button class="button primary" type="button" @click=${() => state.update({ room: 'data' })}>Go to Data</button></div>`;
    }
    return html`<div class="room-head"><h2>Train</h2>
        <p>Change one thing, run again, and compare: every run keeps its curve, its settings and its seed.</p></div>
      <div class="room">
        <div class="side" data-part="controls">${
          ready
            ? html`<w-train-form></w-train-form>`
            : html`<div class="empty"><p>Load the data again to train further.</p></div>`
        }</div>
        <div class="stage"><w-train-live class="stage"></w-train-live><w-train-sweep></w-train-sweep><w-train-runs></w-train-runs><w-train-magnitudes></w-train-magnitudes></div>
      </div>`;
  }
}
define('w-train-room', TrainRoom);
