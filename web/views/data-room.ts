// The first room: what the model will learn from.

import { html, nothing } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import { section } from '../params.js';
import { PIECES } from '../pieces/index.js';
import { askMapping, cancelData, data, loadBuiltin } from '../session/data.js';
import { engine } from '../session/engine.js';

/** Draws, and so comes with the charts: after the first visit's essentials. */
const SUMMARY = html`<w-piece .piece=${PIECES.summary} .content=${() => html`<w-data-summary></w-data-summary>`}></w-piece>`;

export class DataRoom extends WarrenElement {
  constructor() {
    super();
    this.watch(engine, data);
  }

  override render() {
    const { phase, prepared, summary } = data.value;
    if (!prepared && (phase === 'empty' || phase === 'reading' || phase === 'preparing')) {
      return html`<div class="welcome">${this.#intro()}<div class="side" data-part="controls"><w-data-source></w-data-source></div></div>`;
    }
    return html`<h2 class="visually-hidden">Data</h2><div class="room results-first">
        <div class="side" data-part="controls"><w-data-source></w-data-source>${summary ? html`<w-data-split></w-data-split>` : nothing}</div>
        <div class="stage">${this.#stage()}</div>
      </div>`;
  }

  #intro() {
    return html`<section class="intro" data-part="intro">
      <h2>Watch a recommender learn, from its first numbers on.</h2>
      <p class="lead">Warren lets you watch how the <em>initialisation</em> and the <em>regularisation</em> of a
        recommender decide what it learns, on your data, in this tab. Nothing is installed and nothing is uploaded.</p>
      <div class="start">${this.#start()}</div>
      <ol class="steps">
        <li><strong>1. Data</strong><span>Read interactions, filter and split them, see the long tail.</span></li>
        <li><strong>2. Graph &amp; embedding</strong><span>Compare spectral embeddings side by side, node by node, and download them.</span></li>
        <li><strong>3. Train</strong><span>Choose model, loss and regulariser; follow the curves; compare runs.</span></li>
        <li><strong>4. Recommend</strong><span>Ask two runs for the same user and see what changed, and why.</span></li>
      </ol>
    </section>`;
  }

  /** The first button, or the progress of what it started, in the same place. */
  #start() {
    const { phase, progress, label } = data.value;
    if (phase !== 'empty') {
      return html`<w-progress .progress=${progress} label=${phase === 'reading' ? `Reading ${label}` : 'Filtering and splitting'}
        @cancel=${() => cancelData()}></w-progress>`;
    }
    return html`<div class="buttons"><button class="button primary" type="button" data-testid="try-it" ?disabled=${!engine.value.catalog}
        @click=${this.#try}>Try it with built-in data</button>
      <span class="muted small">or bring a file of users and items</span></div>`;
  }

  /** A generator shows most; its defaults are small. Otherwise the first set of the catalogue. */
  #try(): void {
    const builtin = engine.value.catalog?.builtin ?? [];
    const method = builtin.find((m) => m.params.length > 0) ?? builtin[0];
    if (!method) return;
    const { name, ...params } = section(method);
    void loadBuiltin(name, method.title, params);
  }

  #stage() {
    const { phase, progress, label, error, failed, prepared, files } = data.value;
    switch (phase) {
      case 'reading':
        return html`<section class="card"><w-progress .progress=${progress} label="Reading ${label}" @cancel=${() => cancelData()}></w-progress></section>
          ${prepared ? SUMMARY : nothing}`;
      case 'mapping':
        return html`<w-data-mapping></w-data-mapping>`;
      case 'failed':
        return html`<w-error .error=${error} heading=${failed === 'prepare' ? 'This filter or split does not work' : `${label} could not be read`}></w-error>
          ${
            files.length === 1 && failed === 'read'
              ? html`<div class="buttons"><button class="button" type="button" @click=${() => askMapping()}>Choose the columns</button></div>`
              : nothing
          }
          ${prepared ? SUMMARY : nothing}`;
      case 'preparing':
        return prepared
          ? SUMMARY
          : html`<section class="card"><w-progress .progress=${progress} label="Filtering and splitting" @cancel=${() => cancelData()}></w-progress></section>`;
      case 'ready':
        return SUMMARY;
      default:
        return nothing;
    }
  }
}
define('w-data-room', DataRoom);
