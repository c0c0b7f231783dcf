// The state as the address's hash, and back. Every value is written out, defaults too, so that a link gives
// the same numbers after a default has changed. Reading never guesses: what it cannot use, it reports.

import { writeDecay } from './decay/choice.js';
import { readDecay } from './decay/hash.js';
import type { Catalog, ColumnMapping, Section, Values } from './engine/types.js';
import { HashReader } from './hash-reader.js';
import { readLab, writeLab } from './lab/hash.js';
import { writeLambda } from './lambda/choice.js';
import { readLambda } from './lambda/hash.js';
import { section } from './params.js';
import {
  CHOSEN,
  COLOURS,
  find,
  initial,
  MAX_DIM,
  MAX_N,
  MAX_SEED,
  methodsOf,
  ROOMS,
  type Source,
  type State,
} from './state.js';

/** `room=graph&seed=123&data=builtin&data.name=…`, without the `#`. */
export function serialise(state: State): string {
  const out = new URLSearchParams();
  const put = (prefix: string, values: Values) => {
    for (const [key, value] of Object.entries(values)) out.set(`${prefix}.${key}`, String(value));
  };
  const choose = (prefix: string, { name, ...values }: Section) => {
    out.set(prefix, name);
    put(prefix, values);
  };
  out.set('room', state.room);
  out.set('seed', String(state.seed));
  putSource(out, state.source, put);
  if (state.fingerprint) out.set('fingerprint', state.fingerprint);
  put('data', state.data);
  const { a, b, side, dim, x, y, colour, focus } = state.graph;
  out.set('graph.side', side);
  put('graph', { dim, x, y, colour });
  if (focus) out.set('graph.focus', focus);
  choose('graph.a', a);
  choose('graph.b', b);
  put('lab', writeLab(state.lab));
  put('decay', writeDecay(state.decay));
  put('lambda', writeLambda(state.lambda));
  for (const name of CHOSEN) choose(name, state.train[name]);
  put('train', state.train.train);
  put('evaluate', state.train.evaluate);
  const { user, made, n } = state.recommend;
  if (user) out.set('recommend.user', user);
  for (const id of made) out.append('recommend.item', id);
  out.set('recommend.n', String(n));
  // Slashes, colons and commas may stand in a hash as they are; that keeps links readable.
  return out.toString().replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2C', ',');
}

function putSource(
  out: URLSearchParams,
  source: Source,
  put: (prefix: string, values: Values) => void,
): void {
  if (source.kind === 'none') return;
  out.set('source', source.kind);
  if (source.kind === 'builtin') {
    out.set('source.name', source.name);
    put('source.params', source.params);
    return;
  }
  if (source.kind === 'url') out.set('source.url', source.url);
  else for (const name of source.names) out.append('source.file', name);
  if (source.mapping) put('source.mapping', { ...source.mapping } as Values);
}

export interface Parsed {
  state: State;
  /** One sentence for each part of the hash that could not be used. */
  problems: string[];
}

/** Reads a hash against the catalogue. Keys that are absent keep their defaults. */
export function parse(hash: string, catalog: Catalog): Parsed {
  const reader = new HashReader(hash.replace(/^#/, ''));
  const base = initial(catalog);
  const { graph, train, recommend } = base;
  const state: State = {
    room: reader.oneOf('room', ROOMS, base.room),
    seed: reader.whole('seed', 0, MAX_SEED, base.seed),
    source: readSource(reader, catalog),
    fingerprint: reader.text('fingerprint') ?? '',
    data: reader.values('data', catalog.data, base.data),
    graph: {
      side: reader.oneOf('graph.side', ['user', 'item'] as const, graph.side),
      dim: reader.whole('graph.dim', 1, MAX_DIM, graph.dim),
      a: reader.section('graph.a', catalog.inits, graph.a),
      b: reader.section('graph.b', catalog.inits, graph.b),
      x: reader.whole('graph.x', 1, MAX_DIM, graph.x),
      y: reader.whole('graph.y', 1, MAX_DIM, graph.y),
      colour: reader.oneOf('graph.colour', COLOURS, graph.colour),
      focus: reader.text('graph.focus') ?? '',
    },
    lab: readLab(reader, base.lab),
    decay: readDecay(reader, base.decay),
    lambda: readLambda(reader, base.lambda),
    train: {
      ...train,
      ...Object.fromEntries(
        CHOSEN.map((n) => [n, reader.section(n, methodsOf(catalog, n), train[n])]),
      ),
      train: reader.values('train', catalog.train, train.train),
      evaluate: reader.values('evaluate', catalog.evaluate, train.evaluate),
    },
    recommend: {
      user: reader.text('recommend.user') ?? '',
      made: reader.all('recommend.item'),
      n: reader.whole('recommend.n', 1, MAX_N, recommend.n),
    },
  };
  return { state, problems: reader.finish() };
}

function readSource(reader: HashReader, catalog: Catalog): Source {
  const kind = reader.oneOf('source', ['none', 'builtin', 'url', 'files'] as const, 'none');
  if (kind === 'builtin') {
    const first = catalog.builtin[0];
    if (!first) return { kind: 'none' };
    const name = reader.name('source.name', catalog.builtin, first.name);
    const { name: _, ...base } = section(find(catalog.builtin, name));
    return {
      kind,
      name,
      params: reader.values('source.params', find(catalog.builtin, name), base),
    };
  }
  if (kind === 'url') {
    const url = reader.text('source.url') ?? '';
    return { kind, url, mapping: readMapping(reader) };
  }
  if (kind === 'files')
    return { kind, names: reader.all('source.file'), mapping: readMapping(reader) };
  return { kind };
}

function readMapping(reader: HashReader): ColumnMapping | null {
  const user = reader.text('source.mapping.user');
  const item = reader.text('source.mapping.item');
  const mapping: Partial<ColumnMapping> = {};
  for (const key of ['delimiter', 'rating', 'time'] as const) {
    const value = reader.text(`source.mapping.${key}`);
    if (value !== null) mapping[key] = value;
  }
  const header = reader.text('source.mapping.header');
  if (header !== null) mapping.header = header === 'true';
  return user !== null && item !== null ? { ...mapping, user, item } : null;
}
