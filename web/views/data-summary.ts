// What the data is: counts, the split, and the long tail.

import { html, nothing } from 'lit';
import type { Series } from '../charts/line-chart.js';
import { seriesName } from '../charts/palette.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { DataSummary, LoadSummary, SideTable } from '../engine/types.js';
import { count, counted, date, num, percent, seconds } from '../format.js';
import { data, nameOf } from '../session/data.js';

/** Points of a rank plot: enough for any screen, spread evenly over the logarithm of the rank. */
const POINTS = 400;
/** How many of the most frequent are listed. */
const TOP = 8;

export class DataSummaryView extends WarrenElement {
  #version = -1;
  #tail: Series[] = [];
  #most: Record<'items' | 'users', number[]> = { items: [], users: [] };

  constructor() {
    super();
    this.watch(data);
  }

  override willUpdate(): void {
    const { version, users, items } = data.value;
    if (version === this.#version) return;
    this.#version = version;
    this.#most = { items: frequent(items, TOP), users: frequent(users, TOP) };
    this.#tail = [
      ...(items ? [rankPlot('items', items.counts, seriesName(0))] : []),
      ...(users ? [rankPlot('users', users.counts, seriesName(1))] : []),
    ];
  }

  override render() {
    const { summary, prepared } = data.value;
    if (!summary || !prepared) return nothing;
    return html`<section class="card" aria-labelledby="${this.uid}-h" data-testid="data-summary">
        <header><h3 id="${this.uid}-h">${summary.name}</h3>
          <span class="small muted">${summary.format} · read in ${seconds(summary.seconds)} · fingerprint
            <code title=${summary.fingerprint}>${summary.fingerprint.slice(0, 12)}</code></span></header>
        ${this.#facts(prepared)}
        ${this.#split(prepared)}
        ${this.#remarks(summary, prepared)}
      </section>
      <div class="pair">
        <section class="card">
          <w-line-chart heading="The long tail" x-label="rank" y-label="training interactions" x-log y-log
            .series=${this.#tail} height="260"></w-line-chart>
        </section>
        <section class="card">
          <header><h4>Head and tail</h4>${about('Head and tail', 'Tail users and items are the 25 % with the fewest training interactions. Popularity strata divide the items by training count: the top 5 % are popular, those up to 20 % neutral, the rest unpopular.')}</header>
          ${this.#tails(prepared)}
        </section>
        ${this.#top('items')}
        ${this.#top('users')}
      </div>`;
  }

  /** Who and what occurs most. */
  #top(which: 'items' | 'users') {
    const side = data.value[which];
    const rows = this.#most[which];
    if (!side || rows.length === 0) return nothing;
    const most = side.counts[rows[0] ?? 0] || 1;
    return html`<section class="card" aria-labelledby="${this.uid}-${which}">
      <header><h4 id="${this.uid}-${which}">Most frequent ${which}</h4><span class="small muted">training interactions</span></header>
      <ol class="bars">${rows.map((row) => {
        const n = side.counts[row] ?? 0;
        return html`<li><span>${nameOf(side, row)}</span><i aria-hidden="true" style="inline-size: ${(100 * n) / most}%"></i>
          <span class="num">${count(n)}</span></li>`;
      })}</ol>
    </section>`;
  }

  #facts(d: DataSummary) {
    const facts: [string, string, string][] = [
      ['users', count(d.users), d.dropped.users ? `${count(d.dropped.users)} filtered out` : ''],
      ['items', count(d.items), d.dropped.items ? `${count(d.dropped.items)} filtered out` : ''],
      [
        'interactions',
        count(d.interactions),
        d.dropped.interactions ? `${count(d.dropped.interactions)} filtered out` : '',
      ],
      ['density', percent(d.density), 'of all user–item pairs'],
      ['per user', num(d.interactions / d.users, 3), 'interactions, mean'],
      ['per item', num(d.interactions / d.items, 3), 'interactions, mean'],
    ];
    return html`<dl class="facts">${facts.map(
      ([name, value, note]) =>
        html`<div data-testid="fact-${name.replaceAll(' ', '-')}"><dt>${name}</dt><dd>${value}${note ? html`<small>${note}</small>` : nothing}</dd></div>`,
    )}</dl>`;
  }

  #split(d: DataSummary) {
    const parts: [string, number, string][] = [
      ['training', d.train, '--series-1'],
      ['validation', d.validation, '--series-5'],
      ['test', d.test, '--series-2'],
    ];
    return html`<div>
      <div class="split-bar" aria-hidden="true">${parts.map(
        ([, n, colour]) => html`<i style="flex: ${n} 0 0; background: var(${colour})"></i>`,
      )}</div>
      <ul class="key" style="margin-top: 0.5rem">${parts.map(
        ([
          name,
          n,
          colour,
        ]) => html`<li data-testid="split-${name}"><i style="background: var(${colour})"></i>${name}
          <strong>${count(n)}</strong> <span class="muted">${percent(n / d.interactions)}</span></li>`,
      )}</ul>
    </div>`;
  }

  #remarks(summary: LoadSummary, d: DataSummary) {
    const remarks: string[] = [];
    if (d.items_without_training_interaction > 0)
      remarks.push(
        `${counted(d.items_without_training_interaction, 'item')} never occur in training; they stay in the catalogue.`,
      );
    if (summary.repeated > 0)
      remarks.push(`${counted(summary.repeated, 'row')} repeated a pair and count once.`);
    remarks.push(
      d.time_range
        ? `Times from ${date(d.time_range[0])} to ${date(d.time_range[1])}.`
        : 'No times in the file: its order stands for time.',
    );
    if (!summary.has_ratings) remarks.push('No ratings: every row is an interaction.');
    if (!summary.has_titles) remarks.push('No titles: items are called by their ids.');
    return html`<p class="small muted">${remarks.join(' ')}</p>`;
  }

  #tails(d: DataSummary) {
    const strata: [string, number, string][] = [
      ['popular', d.strata.popular, '--series-1'],
      ['neutral', d.strata.neutral, '--series-3'],
      ['unpopular', d.strata.unpopular, '--series-5'],
    ];
    return html`<table>
        <thead><tr><th scope="col">Tail 25 %</th><th scope="col" class="num">share of training</th><th scope="col" class="num">at most</th></tr></thead>
        <tbody>
          <tr><td>users</td><td class="num" data-testid="tail-user">${percent(d.tail_share.user)}</td><td class="num">${count(d.tail_max.user)} each</td></tr>
          <tr><td>items</td><td class="num" data-testid="tail-item">${percent(d.tail_share.item)}</td><td class="num">${count(d.tail_max.item)} each</td></tr>
        </tbody>
      </table>
      <h4>Popularity strata</h4>
      <div class="split-bar" aria-hidden="true">${strata.map(
        ([, n, colour]) => html`<i style="flex: ${n} 0 0; background: var(${colour})"></i>`,
      )}</div>
      <ul class="key">${strata.map(
        ([
          name,
          n,
          colour,
        ]) => html`<li><i style="background: var(${colour})"></i>${name} <strong>${count(n)}</strong>
          <span class="muted">items</span></li>`,
      )}</ul>`;
  }
}
define('w-data-summary', DataSummaryView);

function rankPlot(label: string, counts: Uint32Array, colour: string): Series {
  const sorted = counts.slice().sort().reverse();
  const x: number[] = [];
  const y: number[] = [];
  let last = 0;
  for (let i = 0; i < POINTS; i++) {
    const rank = Math.max(1, Math.round(sorted.length ** (i / (POINTS - 1))));
    const value = sorted[rank - 1];
    if (rank === last || value === undefined) continue;
    last = rank;
    x.push(rank);
    y.push(value);
  }
  return { label, x, y, colour, points: false };
}

/** Rows of the `n` largest counts, largest first; one pass, for sides of any size. */
function frequent(side: SideTable | null, n: number): number[] {
  const best: number[] = [];
  const { counts } = side ?? { counts: new Uint32Array() };
  const of = (row: number | undefined) => (row === undefined ? -1 : (counts[row] ?? 0));
  for (let row = 0; row < counts.length; row++) {
    if (best.length === n && of(row) <= of(best[n - 1])) continue;
    const at = best.findIndex((other) => of(other) < of(row));
    best.splice(at < 0 ? best.length : at, 0, row);
    best.length = Math.min(best.length, n);
  }
  return best;
}
