// Keeps the address's hash and the state in step.

import type { Catalog } from './engine/types.js';
import { parse, serialise } from './hash.js';
import { data, restore } from './session/data.js';
import { notify } from './session/engine.js';
import { state } from './state.js';

/** The hash follows the state after this many milliseconds: a moving slider is not a hundred histories. */
const DELAY = 250;

let timer = 0;
let written = '';

/** Takes the state out of the hash, and from now on writes it there. Returns true if there was a state. */
export function followAddress(catalog: Catalog): boolean {
  const linked = location.hash.length > 1;
  take(catalog);
  state.subscribe(() => {
    clearTimeout(timer);
    timer = window.setTimeout(writeAddress, DELAY);
  });
  window.addEventListener('hashchange', () => {
    if (location.hash.slice(1) === written) return;
    const before = JSON.stringify(state.value.source);
    take(catalog);
    if (JSON.stringify(state.value.source) !== before || !data.value.prepared)
      void restoreData(catalog);
  });
  return linked;
}

function take(catalog: Catalog): void {
  const { state: read, problems } = parse(location.hash, catalog);
  if (problems.length > 0) notify('Parts of this link could not be used.', problems);
  state.set(read);
}

/** Writes the hash at once, as the copy button needs it. */
export function writeAddress(): void {
  clearTimeout(timer);
  written = serialise(state.value);
  if (location.hash.slice(1) !== written) history.replaceState(null, '', `#${written}`);
  // Browsers may write some characters their own way; what counts is what they report.
  written = location.hash.slice(1);
}

export function restoreData(catalog: Catalog): Promise<void> {
  return restore((name) => catalog.builtin.find((m) => m.name === name)?.title ?? name);
}
