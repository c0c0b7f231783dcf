// Figure 5: how often users and items occur. What λOpt has to cope with.

import { html, nothing } from 'lit';
import '../charts/point-chart.js';
import type { PointSeries } from '../charts/point-chart.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import { counted, percent } from '../format.js';
import { defaults } from '../params.js';
import { data, loadBuiltin } from '../session/data.js';
import { engine } from '../session/engine.js';
import { SPLIT, state } from '../state.js';
import { BUILTIN, DATA, paperSplit } from './choice.js';
import { tail } from './groups.js';

/** `<w-lambda-tails>`. */
export class LambdaTails extends WarrenElement {
  constructor() {
    super();
    this.watch(data, engine, state);
  }

  override render() {
    const { users, items, prepared } = data.value;
    const series: PointSeries[] =
      users && items && prepared
        ? [
            { label: 'users', colour: '--series-1', line: true, points: tail(users.counts) },
            { label: 'items', colour: '--series-2', line: true, points: tail(items.counts) },
          ]
        : [];
    return html`<section class="card" aria-label="Data" data-testid="lambda-tails" data-phase=${prepared ? 'ready' : 'empty'}>
      <header><h3>Sparse and active</h3>${about(
        'Figure 5',
        'How many users (items) have about so many training interactions: each point counts those with 1, with 2 to 3, with 4 to 7 and so on. Both axes are logarithmic. A few are active or popular, most are not; one strength of regularisation for all of them suits neither.',
      )}</header>
      <div class="lab-split">
        <w-points class="lab-chart" data-testid="lambda-frequencies" heading="Training interactions" x-label="training interactions" y-label="users, items"
          x-log y-log .series=${series} height="260" empty="How many users and items have how many interactions, once there are data."></w-points>
        <div class="lab-run">${prepared ? this.#split() : this.#none()}</div>
      </div>
    </section>`;
  }

  #none() {
    const { phase } = data.value;
    const busy = phase === 'reading' || phase === 'preparing';
    return html`<p>${busy ? 'Data are being read.' : 'This needs data to learn from: your own, or generated ones with long tails.'}</p>
      <div class="buttons">
        <button class="button primary" type="button" data-testid="lambda-builtin" ?disabled=${busy || !engine.value.catalog} @click=${() => void this.#builtin()}>Use built-in data</button>
        <button class="button" type="button" @click=${() => state.update({ room: 'data' })}>Go to Data</button></div>`;
  }

  async #builtin(): Promise<void> {
    const method = engine.value.catalog?.builtin.find((m) => m.name === BUILTIN);
    if (!method) throw new Error(`the catalogue has no data called ${BUILTIN}`);
    this.#splitAsPaper(true);
    await loadBuiltin(method.name, method.title, { ...defaults(method), ...DATA });
  }

  #splitAsPaper(times: boolean): void {
    state.update({ data: { ...state.value.data, [SPLIT]: paperSplit(times) } });
  }

  #split() {
    const { prepared, summary } = data.value;
    if (!prepared || !summary) return nothing;
    const { train, validation, test } = prepared;
    const whole = train + validation + test;
    const wanted = paperSplit(summary.has_times);
    const same = state.value.data[SPLIT] === wanted;
    const none = prepared.items_without_training_interaction;
    return html`<dl class="facts">
        <div><dt>to train</dt><dd>${percent(train / whole, 2)}</dd></div><div><dt>to validate</dt><dd>${percent(validation / whole, 2)}</dd></div>
        <div><dt>to test</dt><dd>${percent(test / whole, 2)}</dd></div></dl>
      ${none > 0 ? html`<p class="small muted">${counted(none, 'item')} without any training interaction ${none === 1 ? 'is' : 'are'} not in the picture.</p>` : nothing}
      <p class="small muted">λOpt learns from the validation pairs as well, so it wants more of them than early stopping does: the paper
        takes 60 % to train and 20 % each to validate and test, ${summary.has_times ? 'by each user’s time' : 'by time where it is known (here it is not: at random)'}.</p>
      <div class="buttons"><button class="button" type="button" data-testid="lambda-split" ?disabled=${same}
        @click=${() => this.#splitAsPaper(summary.has_times)}>${same ? 'Split as in the paper' : 'Split 60/20/20'}</button></div>`;
  }
}
define('w-lambda-tails', LambdaTails);
