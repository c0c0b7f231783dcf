// The nodes nearest to the chosen one, in each of the two embeddings, and the node under the pointer.

import type { Neighbour } from '../engine/types.js';
import { state } from '../state.js';
import { Store } from '../store.js';
import { data, table } from './data.js';
import { embeddings, PANELS, type Panel } from './embeddings.js';
import { warren } from './engine.js';

const WANTED = 10;

export interface NeighbourState {
  /** Row of the chosen node; −1 for none. */
  row: number;
  lists: Record<Panel, Neighbour[]>;
  error: unknown;
}

export const neighbours = new Store<NeighbourState>({
  row: -1,
  lists: { a: [], b: [] },
  error: null,
});

/** The row under the pointer in either plot; both show it. */
export const hovered = new Store<{ row: number }>({ row: -1 });

let key = '';

async function refresh(): Promise<void> {
  const { side, focus } = state.value.graph;
  const row = focus === '' ? -1 : (table(side)?.ids.indexOf(focus) ?? -1);
  const ids = PANELS.map((p) => embeddings.value[p].embedding).map((e) =>
    e?.side === side ? e.id : -1,
  );
  const now = `${data.value.version} ${side} ${row} ${ids.join(' ')}`;
  if (now === key) return;
  key = now;
  const lists: Record<Panel, Neighbour[]> = { a: [], b: [] };
  let error: unknown = null;
  if (row >= 0) {
    for (const [i, panel] of PANELS.entries()) {
      const id = ids[i] ?? -1;
      if (id < 0) continue;
      try {
        lists[panel] = await warren().embeddingNeighbours(id, row, WANTED);
      } catch (e) {
        error = e;
      }
      if (now !== key) return;
    }
  }
  neighbours.set({ row, lists, error });
}

state.subscribe(() => void refresh());
embeddings.subscribe(() => void refresh());
