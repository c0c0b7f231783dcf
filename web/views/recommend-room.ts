// The fifth room: what two trained models recommend to the same user, and why.

import { html, nothing } from 'lit';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { Item, Recommendation, SideTable } from '../engine/types.js';
import { count, fixed } from '../format.js';
import { briefs } from '../run-tables.js';
import { data, nameOf } from '../session/data.js';
import { warren } from '../session/engine.js';
import { atHand, comparable, type Run, runs } from '../session/runs.js';
import { MAX_N, state, updateRecommend } from '../state.js';

interface Answer {
  list: Recommendation[];
  error: unknown;
}

const HISTORY_SHOWN = 12;

export class RecommendRoom extends WarrenElement {
  static override properties = {
    answers: { state: true },
    past: { state: true },
    chosen: { state: true },
    mode: { state: true },
    wrong: { state: true },
  };
  declare answers: Record<string, Answer>;
  declare past: Item[];
  /** Keys of the runs compared; empty for the newest ones. */
  declare chosen: [string, string];
  declare mode: 'pick' | 'make';
  declare wrong: string;
  #key = '';

  constructor() {
    super();
    this.answers = {};
    this.past = [];
    this.chosen = ['', ''];
    this.mode =
      state.value.recommend.made.length > 0 && !state.value.recommend.user ? 'make' : 'pick';
    this.wrong = '';
    this.watch(data, runs, state);
  }

  #pair(): [Run | undefined, Run | undefined] {
    const usable = comparable();
    const before = usable.find((r) => r.key === this.chosen[0]) ?? usable.at(-2);
    const after = usable.find((r) => r.key === this.chosen[1]) ?? usable.at(-1);
    return before === after ? [undefined, after] : [before, after];
  }

  override updated(): void {
    void this.#ask();
  }

  /** Asks both runs whenever user, items or runs have changed. */
  async #ask(): Promise<void> {
    // Not within the update that called: the answers cause the next one.
    await Promise.resolve();
    const { users, items, version } = data.value;
    if (!users || !items) return;
    const { user: id, made, n } = state.value.recommend;
    const pair = this.#pair();
    const key = JSON.stringify([
      version,
      this.mode,
      id,
      made,
      n,
      pair.map((r) => r?.engineRun ?? null),
    ]);
    if (key === this.#key) return;
    this.#key = key;
    const user = users.ids.indexOf(id);
    const history = made.map((m) => items.ids.indexOf(m)).filter((row) => row >= 0);
    const known = this.mode === 'pick' ? user >= 0 : history.length > 0;
    const answers: Record<string, Answer> = {};
    const past =
      this.mode === 'pick' && user >= 0
        ? await warren()
            .history(user)
            .catch(() => [])
        : [];
    for (const run of pair) {
      if (!run || run.engineRun === null || !known) continue;
      const whom = this.mode === 'pick' ? { user } : { history };
      try {
        answers[run.key] = {
          list: await warren().recommend({ run: run.engineRun, ...whom, n }),
          error: null,
        };
      } catch (error) {
        answers[run.key] = { list: [], error };
      }
    }
    if (key !== this.#key) return;
    this.answers = answers;
    this.past = past;
  }

  override render() {
    const { users, items } = data.value;
    const usable = comparable();
    if (!users || !items || usable.length === 0) {
      const room = users ? 'train' : 'data';
      return html`<div class="empty"><p>${
        users
          ? atHand().length > 0
            ? 'The runs at hand were trained under another filter. Set it back, or train again.'
            : 'No trained model is at hand. Train one, or load one that was kept.'
          : 'There is no data yet.'
      }</p>
        <button class="button primary" type="button" @click=${() => state.update({ room })}>Go to ${users ? 'Train' : 'Data'}</button></div>`;
    }
    const [before, after] = this.#pair();
    return html`<div class="room-head"><h2>Recommend</h2>
        <p>What two models recommend to the same user. Items that moved are marked; under each stands why it is there.</p></div>
      <div class="room">
        <div class="side" data-part="controls">${this.#whom(users, items)}${this.#which(usable, before, after)}</div>
        <div class="stage"><div class="pair">
          ${before ? this.#list(0, before, undefined) : nothing}
          ${after ? this.#list(before ? 1 : 0, after, before) : nothing}
          ${before ? nothing : this.#oneRun()}
        </div></div>
      </div>`;
  }

  #oneRun() {
    return html`<div class="empty"><p>Train a second run to compare before and after side by side.</p></div>`;
  }

  #whom(users: SideTable, items: SideTable) {
    const { user, made, n } = state.value.recommend;
    const tab = (
      mode: 'pick' | 'make',
      text: string,
    ) => html`<label><input type="radio" name="recommend.mode" .checked=${this.mode === mode}
      @change=${() => {
        this.mode = mode;
      }} />${text}</label>`;
    return html`<section class="card" aria-label="User">
      <header><div class="segmented" role="radiogroup" aria-label="User">${tab('pick', 'Pick a user')}${tab('make', 'Make one')}</div>
        ${about('User', 'A user of the data, whose training items are not recommended again, or somebody made up from the items chosen here.')}</header>
      ${
        this.mode === 'pick'
          ? html`<w-search .table=${users} label="User id" .value=${user}
            @pick=${(e: CustomEvent<number>) => updateRecommend({ user: users.ids[e.detail] ?? '' })}></w-search>
            ${this.#history()}`
          : html`<w-search .table=${items} label="Add an item" value=""
            @pick=${(e: CustomEvent<number>) => this.#add(items.ids[e.detail] ?? '')}></w-search>
            ${this.#made(items, made)}`
      }
      <label class="param"><span class="label">How many</span>
        <input type="text" inputmode="numeric" class="num" name="recommend.n" .value=${String(n)} aria-invalid=${this.wrong ? 'true' : 'false'}
          @change=${this.#setN} />${this.wrong ? html`<span class="wrong" role="alert">${this.wrong}</span>` : nothing}</label>
    </section>`;
  }

  #setN(event: Event): void {
    const { value } = event.target as HTMLInputElement;
    const n = Number(value);
    const good = value.trim() !== '' && Number.isInteger(n) && n >= 1 && n <= MAX_N;
    this.wrong = good ? '' : `“${value}” is not a whole number from 1 to ${MAX_N}.`;
    if (good) updateRecommend({ n });
  }

  #history() {
    if (this.past.length === 0)
      return html`<p class="small muted">Search by id, or leave the field empty to see the first ones.</p>`;
    const shown = this.past.slice(-HISTORY_SHOWN).reverse();
    return html`<div><h3>History, latest first</h3>
      <ul class="small" style="padding-inline-start: 1.1rem; margin: 0.3rem 0">${shown.map((i) => html`<li>${i.title || i.id}</li>`)}</ul>
      ${this.past.length > shown.length ? html`<p class="small muted">and ${count(this.past.length - shown.length)} more</p>` : nothing}</div>`;
  }

  #made(items: SideTable, made: readonly string[]) {
    if (made.length === 0)
      return html`<p class="small muted">Add the items this user likes; a few are enough.</p>`;
    return html`<ul class="chips" aria-label="Chosen items">${made.map((id) => {
      const row = items.ids.indexOf(id);
      const name = row < 0 ? `${id} (not in these data)` : nameOf(items, row);
      return html`<li class="chip"><span>${name}</span><button type="button" aria-label="Remove ${name}"
        @click=${() => updateRecommend({ made: made.filter((m) => m !== id) })}>✕</button></li>`;
    })}</ul>`;
  }

  #add(id: string): void {
    const { made } = state.value.recommend;
    if (id && !made.includes(id)) updateRecommend({ made: [...made, id] });
  }

  #which(usable: readonly Run[], before: Run | undefined, after: Run | undefined) {
    const select = (at: 0 | 1, label: string, now: Run | undefined) => html`<div class="field">
      <label class="label" for="${this.uid}-run${at}">${label}</label>
      <select id="${this.uid}-run${at}" name="recommend.run.${at}" @change=${(e: Event) => {
        const next: [string, string] = [before?.key ?? '', after?.key ?? ''];
        next[at] = (e.target as HTMLSelectElement).value;
        this.chosen = next;
      }}>
        ${now ? nothing : html`<option value="" selected>none</option>`}
        ${usable.map((r, i) => html`<option value=${r.key} ?selected=${r === now}>${names[i]}</option>`)}
      </select></div>`;
    const names = briefs(usable);
    return html`<section class="card" aria-label="Runs compared">
      <header><h3>Runs compared</h3>${about('Runs compared', 'Two runs answer for the same user. Arrows say how far an item has moved from the first list to the second; “new” items are not in the first one.')}</header>
      ${select(0, 'Before', before)}${select(1, 'After', after)}</section>`;
  }

  #list(at: 0 | 1, run: Run, other: Run | undefined) {
    const answer = this.answers[run.key];
    const places = new Map(
      (other ? this.answers[other.key]?.list : undefined)?.map((r, i) => [r.item, i]),
    );
    return html`<section class="card" aria-label="Recommendations of run ${run.number}" data-testid="recommendations-${at}">
      <header><h3>Run ${run.number}</h3><span class="small muted">${run.label}</span></header>
      ${answer?.error ? html`<w-error .error=${answer.error} heading="This model cannot answer"></w-error>` : nothing}
      ${
        !answer
          ? html`<div class="empty"><p>Choose a user to see what this model recommends.</p></div>`
          : html`<ol class="rank">${answer.list.map(
              (r, i) => html`<li>
            <span class="place">${i + 1}</span>
            <span>${r.title || r.id} ${other ? this.#moved(places.get(r.item), i) : nothing}</span>
            <span class="num" title="score">${score(r.score)}</span>
            ${
              r.because.length > 0
                ? html`<span class="why">because of ${r.because.map(
                    (b, j) => html`${j > 0 ? ', ' : ''}${b.title || b.id}
                  <span class="nowrap">(${fixed(b.similarity, 2)})</span>`,
                  )}</span>`
                : nothing
            }</li>`,
            )}</ol>`
      }
    </section>`;
  }

  #moved(was: number | undefined, now: number) {
    if (was === undefined) return html`<span class="moved">new</span>`;
    if (was === now) return nothing;
    return html`<span class="moved">${was > now ? '↑' : '↓'} ${Math.abs(was - now)}<span class="visually-hidden"> places</span></span>`;
  }
}
define('w-recommend-room', RecommendRoom);

/** Three significant digits, the last ones kept when they are zero, so that a column reads as one. */
function score(x: number): string {
  const size = Math.abs(x);
  return size < 1e-3 && size > 0
    ? x.toExponential(2)
    : fixed(x, size < 0.1 ? 5 : size < 10 ? 3 : 1);
}
