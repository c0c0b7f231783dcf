// What stands around the rooms: name, tabs, seed, link, theme, compute path, notices.

import { html, nothing } from 'lit';
import { writeAddress } from '../address.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import { counted } from '../format.js';
import { PIECES } from '../pieces/index.js';
import { data } from '../session/data.js';
import { dismiss, engine, notices } from '../session/engine.js';
import { gpu } from '../session/gpu.js';
import { MAX_SEED, ROOMS, type Room, reset, state } from '../state.js';
import { setTheme, THEMES, theme } from '../theme.js';

const TITLES: Record<Room, string> = {
  data: 'Data',
  graph: 'Graph & embedding',
  lab: 'Perturbation lab',
  decay: 'Weight decay & popularity',
  lambda: 'Learned regularisation',
  train: 'Train',
  recommend: 'Recommend',
};

/** The rooms that are loaded later. */
const CONTENT: Record<Exclude<Room, 'data'>, () => unknown> = {
  graph: () => html`<w-graph-room></w-graph-room>`,
  lab: () => html`<w-lab-room></w-lab-room>`,
  decay: () => html`<w-decay-room></w-decay-room>`,
  lambda: () => html`<w-lambda-room></w-lambda-room>`,
  train: () => html`<w-train-room></w-train-room>`,
  recommend: () => html`<w-recommend-room></w-recommend-room>`,
};

export class AppShell extends WarrenElement {
  static override properties = { said: { state: true }, wrongSeed: { state: true } };
  declare said: string;
  declare wrongSeed: string;

  constructor() {
    super();
    this.said = '';
    this.wrongSeed = '';
    this.watch(engine, gpu, state, data, notices);
  }

  override render() {
    const { room } = state.value;
    return html`<div class="shell">
      <header class="masthead" data-part="header"><div class="bound">
        <h1 class="brand">${hare()}Warren</h1>
        ${this.#tools()}
        ${this.#tabs(room)}
      </div></header>
      <section class="status bound" aria-label="Status" data-part="status">${this.#inHand()}${this.#notices()}</section>
      <main class="bound"><div id="room" role="tabpanel" aria-labelledby="tab-${room}" tabindex="-1">${this.#room(room)}</div></main>
      <footer class="foot" data-part="footer"><div class="bound">
        <span>Warren ${engine.value.warren?.version ?? ''}</span>
        <span>Everything is computed in this tab; your data stay here.</span>
      </div></footer>
    </div>`;
  }

  #tabs(room: Room) {
    return html`<div class="tabs" role="tablist" aria-label="Rooms" data-part="tabs" @keydown=${this.#tabKey}>
      ${ROOMS.map(
        (r) => html`<button type="button" role="tab" id="tab-${r}" aria-controls="room"
        aria-selected=${r === room ? 'true' : 'false'} tabindex=${r === room ? 0 : -1}
        @click=${() => state.update({ room: r })}>${TITLES[r]}</button>`,
      )}</div>`;
  }

  #tabKey(event: KeyboardEvent): void {
    const at = ROOMS.indexOf(state.value.room);
    const to: Record<string, number> = {
      ArrowRight: (at + 1) % ROOMS.length,
      ArrowLeft: (at + ROOMS.length - 1) % ROOMS.length,
      Home: 0,
      End: ROOMS.length - 1,
    };
    const room = ROOMS[to[event.key] ?? -1];
    if (!room) return;
    event.preventDefault();
    state.update({ room });
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(`#tab-${room}`)?.focus());
  }

  #tools() {
    const { catalog } = engine.value;
    return html`<div class="tools">
      <label class="seed">seed <input type="text" inputmode="numeric" class="num" name="seed" .value=${String(state.value.seed)}
        aria-invalid=${this.wrongSeed ? 'true' : 'false'} @change=${this.#setSeed} /></label>
      ${about('Seed', 'One number from which every random stream is drawn: generated data, splits, initial tables, batches. The same seed gives the same numbers.')}
      <button class="button small" type="button" data-testid="copy-link" @click=${this.#copyLink}>Copy link</button>
      <button class="button small quiet" type="button" ?disabled=${!catalog} title="All settings to their defaults; seed and data stay"
        @click=${() => catalog && reset(catalog)}>Reset</button>
      ${this.#badge()}
      <label class="visually-hidden" for="${this.uid}-theme">Theme</label>
      <select id="${this.uid}-theme" name="theme" style="width: auto; min-height: 1.8rem; font-size: 0.85rem"
        @change=${(e: Event) => {
          setTheme(THEMES.find((t) => t === (e.target as HTMLSelectElement).value) ?? 'system');
        }}>
        ${THEMES.map((t) => html`<option value=${t} ?selected=${t === theme()}>${{ system: 'System', light: 'Light', dark: 'Dark' }[t]}</option>`)}
      </select>
      <span class="visually-hidden" aria-live="polite">${this.said}</span>
    </div>`;
  }

  #badge() {
    const { warren, status, notIsolated } = engine.value;
    if (!warren)
      return html`<span class="phase" data-testid="compute-path">${status === 'failed' ? 'engine failed' : 'engine starting'}</span>`;
    const { build, threads, reasons } = warren.path;
    const { status: gpuStatus, adapter } = gpu.value;
    const cpu = `CPU · SIMD · ${counted(threads, 'thread')}`;
    const text = gpuStatus === 'on' ? `${cpu} · WebGPU` : cpu;
    const why = notIsolated === null ? reasons : [notIsolated, ...reasons];
    const body = () => html`<h4>How this page computes</h4><p>${cpu}</p>
      ${gpuStatus === 'on' ? html`<p>Models are trained on the GPU: ${adapter}.</p>` : nothing}
      ${why.length > 0 ? html`<ul style="padding-inline-start: 1.1rem; margin: 0">${why.map((r) => html`<li>${r}</li>`)}</ul>` : nothing}
      ${build === 'threads' ? sameBits() : nothing}`;
    return html`<span class="phase" data-testid="compute-path">${text}</span><w-about .subject=${'the compute path'} .body=${body}></w-about>`;
  }

  #setSeed(event: Event): void {
    const { value } = event.target as HTMLInputElement;
    const seed = Number(value);
    const good = value.trim() !== '' && Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED;
    this.wrongSeed = good ? '' : `“${value}” is not a whole number from 0 to ${MAX_SEED}.`;
    if (good) state.update({ seed });
  }

  async #copyLink(): Promise<void> {
    writeAddress();
    this.said = '';
    const button = this.querySelector<HTMLElement>('[data-testid="copy-link"]');
    try {
      await navigator.clipboard.writeText(location.href);
      this.said = 'Link copied.';
      if (button) button.textContent = 'Copied';
    } catch {
      this.said = 'This browser did not allow copying; the address bar holds the link.';
      if (button) button.textContent = 'In the address bar';
    }
    setTimeout(() => {
      if (button) button.textContent = 'Copy link';
    }, 1800);
  }

  #inHand() {
    const { summary, prepared, phase } = data.value;
    const { source } = state.value;
    // A link to a local file may open in any room; this line is in all of them.
    const asked = source.kind === 'files' && phase === 'empty' ? source.names.join(', ') : '';
    return html`<div class="in-hand" data-testid="in-hand">${
      summary && prepared
        ? html`<strong>${summary.name}</strong><span>${counted(prepared.users, 'user')}</span><span>${counted(prepared.items, 'item')}</span>
          <span>${counted(prepared.train, 'training interaction')}</span>`
        : html`<span>${
            asked
              ? html`No data yet: this link was made from <strong>${asked}</strong>. Choose the same file in the room Data.`
              : 'No data yet.'
          }</span>`
    }</div>`;
  }

  #notices() {
    const { list } = notices.value;
    return html`<div aria-live="polite" style="display: grid; gap: 0.5rem">
      ${this.wrongSeed ? html`<div class="notice" role="alert">${this.wrongSeed}</div>` : nothing}
      ${this.#dataError()}
      ${list.map(
        (n) => html`<div class="notice" role="status" data-testid="notice"><div>${n.text}
        ${n.details.length > 0 ? html`<ul>${n.details.map((d) => html`<li>${d}</li>`)}</ul>` : nothing}</div>
        <button class="button small quiet" type="button" @click=${() => dismiss(n.id)}>Dismiss</button></div>`,
      )}</div>`;
  }

  /** A preset or a link can ask for a filter that leaves nothing; that must show in every room. */
  #dataError() {
    const { phase, failed, error } = data.value;
    if (phase !== 'failed' || failed !== 'prepare' || state.value.room === 'data') return nothing;
    return html`<w-error .error=${error} heading="This filter or split does not work (see Data)"></w-error>`;
  }

  #room(room: Room) {
    const { status, error } = engine.value;
    if (status === 'failed') {
      return html`<w-error .error=${error} heading="The engine is not running"></w-error>
        <p style="margin-top: 1rem"><button class="button" type="button" @click=${() => location.reload()}>Reload the page</button></p>`;
    }
    if (room === 'data') return html`<w-data-room></w-data-room>`;
    return html`<w-piece .piece=${PIECES[room]} .content=${CONTENT[room]}></w-piece>`;
  }
}
define('w-app', AppShell);

/** What a reader of numbers should know of the module with threads. */
function sameBits() {
  const query = new URLSearchParams(location.search);
  query.set('threads', '0');
  return html`<p style="margin: 0.6rem 0 0">The same bits for any number of threads. Other machines and builds agree within
    tolerances (embeddings as subspaces to 1e-4, ranking metrics to 0.003); the bits that every browser gives come from
    <a href="?${query.toString()}${location.hash}">the build with one thread</a>.</p>`;
}

/** A hare's head as a small graph: nodes and edges. */
function hare() {
  return html`<svg viewBox="0 0 24 28" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" aria-hidden="true">
    <path d="M8 15 4.5 3 11 13M16 15 19.5 3 13 13M8 15 12 25 16 15M8 15 13 13M16 15 11 13" />
    <g fill="currentColor" stroke="none"><circle cx="4.5" cy="3" r="2" /><circle cx="19.5" cy="3" r="2" /><circle cx="8" cy="15" r="2" />
    <circle cx="16" cy="15" r="2" /><circle cx="12" cy="25" r="2" /></g></svg>`;
}
