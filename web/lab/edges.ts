// A small undirected graph as the engine writes it: pairs a0, b0, a1, b1, … with a < b, sorted.

/** An edge that somebody has changed: added where there was none, removed where there was one. */
export interface Edit {
  a: number;
  b: number;
  /** Its second end was drawn by the seeded generator. */
  drawn: boolean;
}

/** Sorts as the engine does; a graph of the lab has far fewer than 2¹⁶ nodes. */
const SPAN = 65_536;

function keysOf(edges: Uint32Array): number[] {
  const keys: number[] = [];
  for (let i = 0; i + 1 < edges.length; i += 2)
    keys.push((edges[i] as number) * SPAN + (edges[i + 1] as number));
  return keys;
}

function keyOf(a: number, b: number): number {
  return Math.min(a, b) * SPAN + Math.max(a, b);
}

/** The graph after `edits`, one after the other. */
export function edited(edges: Uint32Array, edits: readonly Edit[]): Uint32Array {
  if (edits.length === 0) return edges;
  const keys = new Set(keysOf(edges));
  for (const { a, b } of edits) {
    const key = keyOf(a, b);
    if (!keys.delete(key)) keys.add(key);
  }
  const out = new Uint32Array(2 * keys.size);
  [...keys]
    .sort((x, y) => x - y)
    .forEach((key, i) => {
      out[2 * i] = Math.floor(key / SPAN);
      out[2 * i + 1] = key % SPAN;
    });
  return out;
}

/** The edges that only the second graph has, and those that only the first one has. */
export function difference(
  before: Uint32Array,
  after: Uint32Array,
): { added: [number, number][]; removed: [number, number][] } {
  const [old, now] = [new Set(keysOf(before)), new Set(keysOf(after))];
  const pairs = (keys: Set<number>, without: Set<number>) =>
    [...keys]
      .filter((key) => !without.has(key))
      .map((key): [number, number] => [Math.floor(key / SPAN), key % SPAN]);
  return { added: pairs(now, old), removed: pairs(old, now) };
}

export function joined(edges: Uint32Array, a: number, b: number): boolean {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  for (let i = 0; i + 1 < edges.length; i += 2)
    if (edges[i] === low && edges[i + 1] === high) return true;
  return false;
}

/** Neighbours of each node, ascending. */
export function neighbours(nodes: number, edges: Uint32Array): number[][] {
  const lists: number[][] = Array.from({ length: nodes }, () => []);
  for (let i = 0; i + 1 < edges.length; i += 2) {
    const [a, b] = [edges[i] as number, edges[i + 1] as number];
    lists[a]?.push(b);
    lists[b]?.push(a);
  }
  for (const list of lists) list.sort((x, y) => x - y);
  return lists;
}

/** `3-17,5-9r`: the edits in order; `r` marks those whose second end was drawn. */
export function writeEdits(edits: readonly Edit[]): string {
  return edits.map(({ a, b, drawn }) => `${a}-${b}${drawn ? 'r' : ''}`).join(',');
}

/** Reads {@link writeEdits}'s text; `null` if it is not of that form or names a node that is not there. */
export function readEdits(text: string, nodes: number): Edit[] | null {
  const edits: Edit[] = [];
  for (const part of text === '' ? [] : text.split(',')) {
    const found = /^(\d{1,5})-(\d{1,5})(r?)$/.exec(part);
    if (!found) return null;
    const [a, b] = [Number(found[1]), Number(found[2])];
    if (a === b || a >= nodes || b >= nodes) return null;
    edits.push({ a, b, drawn: found[3] === 'r' });
  }
  return edits;
}
