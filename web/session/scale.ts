// How the nodes of the scatter plots are coloured: by popularity, by degree in the graph, or by genre.

import { colour, onTheme, ramp, SERIES, seriesName } from '../charts/palette.js';
import { type Colour, state } from '../state.js';
import { Store } from '../store.js';
import { data, table } from './data.js';
import { embeddings } from './embeddings.js';

const STEPS = 32;

export interface Scale {
  /** Colour of each node: index into `colours`. */
  bins: Uint8Array;
  colours: string[];
  legend:
    | { kind: 'ramp'; low: number; high: number; title: string }
    | { kind: 'groups'; names: string[] }
    | null;
}

export const scale = new Store<Scale>({ bins: new Uint8Array(), colours: [], legend: null });

/** The colourings that the data allows for this side. */
export function colourings(): Colour[] {
  const side = table(state.value.graph.side);
  const all: Colour[] = ['popularity'];
  if (degrees()) all.push('degree');
  if (side && side.genre_names.length > 0) all.push('genre');
  return all;
}

function degrees(): Float64Array | null {
  const { a, b } = embeddings.value;
  const { side } = state.value.graph;
  const found = [b.embedding, a.embedding].find((e) => e?.side === side && e.degrees);
  return found?.degrees ?? null;
}

let key: unknown[] = [];

function refresh(force = false): void {
  const { side: name, colour: chosen } = state.value.graph;
  const side = table(name);
  const now = [side, chosen, degrees()];
  if (!force && now.every((part, i) => part === key[i])) return;
  key = now;
  if (!side) return;
  const degree = degrees();
  if (chosen === 'genre' && side.genre_names.length > 0)
    scale.set(byGroup(side.genres, side.genre_names));
  else if (chosen === 'degree' && degree) scale.set(byNumber(degree, 'degree in the graph'));
  else scale.set(byNumber(side.counts, 'training interactions'));
}

/** Logarithmic steps from the smallest positive value to the largest. */
function byNumber(values: ArrayLike<number>, title: string): Scale {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v > 0 && v < low) low = v;
    if (v > high) high = v;
  }
  const span = Math.log(high / low) || 1;
  const bins = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    bins[i] = v > 0 ? Math.min(STEPS - 1, Math.floor((Math.log(v / low) / span) * STEPS)) : 0;
  }
  return { bins, colours: ramp(STEPS), legend: { kind: 'ramp', low, high, title } };
}

/** The most frequent groups get a colour each; the others share the last one. */
function byGroup(groups: Int32Array, names: readonly string[]): Scale {
  const counts = new Uint32Array(names.length);
  for (const g of groups) if (g >= 0) counts[g] = (counts[g] ?? 0) + 1;
  const top = [...names.keys()]
    .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0))
    .slice(0, SERIES);
  const bins = groups.reduce((out, g, row) => {
    const at = top.indexOf(g);
    out[row] = at < 0 ? top.length : at;
    return out;
  }, new Uint8Array(groups.length));
  const colours = [...top.map((_, i) => colour(seriesName(i))), colour('--series-rest')];
  return {
    bins,
    colours,
    legend: { kind: 'groups', names: [...top.map((g) => names[g] ?? ''), 'others'] },
  };
}

state.subscribe(() => refresh());
data.subscribe(() => refresh());
embeddings.subscribe(() => refresh());
onTheme(() => refresh(true));
