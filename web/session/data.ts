// The data in hand: reading it, and what filter and split make of it.

import type {
  ColumnMapping,
  DataSummary,
  LoadOptions,
  LoadSummary,
  Preview,
  Progress,
  Side,
  SideTable,
  Values,
} from '../engine/types.js';
import { type Source, state } from '../state.js';
import { Store } from '../store.js';
import { isCancelled, notify, warren } from './engine.js';

export interface DataState {
  phase: 'empty' | 'reading' | 'mapping' | 'preparing' | 'ready' | 'failed';
  progress: Progress | null;
  /** What is being read, for people. */
  label: string;
  files: File[];
  /** Where the one file came from; `null` for files of this computer. */
  url: string | null;
  preview: Preview | null;
  summary: LoadSummary | null;
  prepared: DataSummary | null;
  users: SideTable | null;
  items: SideTable | null;
  error: unknown;
  /** What failed: reading, or filter and split. */
  failed: 'read' | 'prepare';
  /** Changes whenever `prepared` does: what was computed from an older version is out of date. */
  version: number;
}

const EMPTY: DataState = {
  phase: 'empty',
  progress: null,
  label: '',
  files: [],
  url: null,
  preview: null,
  summary: null,
  prepared: null,
  users: null,
  items: null,
  error: null,
  failed: 'read',
  version: 0,
};

export const data = new Store<DataState>(EMPTY);

let abort: AbortController | null = null;

/** Cancels what is going on and starts anew; an older call that comes back late finds itself aborted. */
function begin(): AbortSignal {
  abort?.abort();
  abort = new AbortController();
  return abort.signal;
}

export function cancelData(): void {
  abort?.abort();
  abort = null;
  const { summary, prepared } = data.value;
  data.update({ phase: summary && prepared ? 'ready' : 'empty', progress: null });
}

async function read(
  source: Source,
  label: string,
  load: (call: { signal: AbortSignal; onProgress: (p: Progress) => void }) => Promise<LoadSummary>,
): Promise<void> {
  const signal = begin();
  data.update({ phase: 'reading', label, progress: null, error: null, preview: null });
  const onProgress = (progress: Progress) => {
    if (!signal.aborted) data.update({ progress });
  };
  try {
    const summary = await load({ signal, onProgress });
    if (signal.aborted) return;
    checkFingerprint(source, summary);
    data.update({ summary, prepared: null, users: null, items: null });
    state.update({ source, fingerprint: summary.fingerprint });
    await prepare();
  } catch (error) {
    fail(error, signal, 'read');
  }
}

function fail(error: unknown, signal: AbortSignal, failed: DataState['failed']): void {
  if (signal.aborted || isCancelled(error)) return;
  data.update({ phase: 'failed', progress: null, error, failed });
}

/** Warns when a link names the same source but its sender saw other data. */
function checkFingerprint(source: Source, summary: LoadSummary): void {
  const { source: wanted, fingerprint } = state.value;
  if (!fingerprint || fingerprint === summary.fingerprint || !sameSource(wanted, source)) return;
  notify('These are not the data that the link was made from; the numbers will differ.', [
    `Expected fingerprint ${fingerprint}`,
    `Found ${summary.fingerprint} in ${summary.name}`,
  ]);
}

function sameSource(a: Source, b: Source): boolean {
  if (a.kind === 'builtin' && b.kind === 'builtin') {
    return a.name === b.name && JSON.stringify(a.params) === JSON.stringify(b.params);
  }
  if (a.kind === 'url' && b.kind === 'url') return a.url === b.url;
  return a.kind === 'files' && b.kind === 'files' && a.names.join('/') === b.names.join('/');
}

/** The seed of the built-in data in hand. */
let drawnFrom = -1;

/** Loads a set of the catalogue; one that is generated is drawn from the page's seed. */
export function loadBuiltin(name: string, title: string, params: Values): Promise<void> {
  const { seed } = state.value;
  drawnFrom = seed;
  data.update({ files: [], url: null });
  return read({ kind: 'builtin', name, params }, title, (call) =>
    warren().loadBuiltin(name, params, { ...call, seed }),
  );
}

/** Reads dropped or picked files; asks for the columns first where they are not clear. */
export async function loadFiles(
  files: File[],
  mapping: ColumnMapping | null = null,
): Promise<void> {
  const [main] = files;
  if (!main) return;
  if (!mapping && files.length === 1 && !(await columnsAreClear(main))) return;
  const names = files.map((f) => f.name);
  const options: LoadOptions = mapping ? { mapping } : {};
  data.update({ files, url: null });
  await read({ kind: 'files', names, mapping }, names.join(', '), (call) => {
    const source = files.length === 1 ? main : files;
    return warren().load(source, { ...options, ...call });
  });
  if (!mapping && files.length === 1) await askWhereUnclear();
}

/** Some formats are known and their columns are not (JSON lines with keys of their own): asks for them. */
async function askWhereUnclear(): Promise<void> {
  const { phase, failed, error } = data.value;
  if (phase !== 'failed' || failed !== 'read' || codeOf(error) !== 'unknown-format') return;
  await askMapping((preview) => preview.columns.length > 1);
}

/** Reads what the mapping step was about, by these columns. */
export function readMapped(mapping: ColumnMapping): Promise<void> {
  const { url, files } = data.value;
  return url === null ? loadFiles(files, mapping) : loadUrl(url, mapping);
}

async function columnsAreClear(file: File): Promise<boolean> {
  const signal = begin();
  data.update({
    phase: 'reading',
    label: file.name,
    progress: null,
    error: null,
    preview: null,
    files: [file],
    url: null,
  });
  try {
    const preview = await warren().preview(file);
    if (signal.aborted) return false;
    if (preview.mapping || preview.format) return true;
    data.update({ phase: 'mapping', preview });
  } catch (error) {
    fail(error, signal, 'read');
  }
  return false;
}

/** Shows the column-mapping step for the file in hand, on demand. */
export async function askMapping(
  worthIt: (preview: Preview) => boolean = () => true,
): Promise<void> {
  const [file] = data.value.files;
  if (!file) return;
  const signal = begin();
  try {
    const preview = await warren().preview(file);
    if (!signal.aborted && worthIt(preview))
      data.update({ phase: 'mapping', preview, error: null });
  } catch (error) {
    fail(error, signal, 'read');
  }
}

export async function loadUrl(url: string, mapping: ColumnMapping | null = null): Promise<void> {
  data.update({ files: [], url });
  await read({ kind: 'url', url, mapping }, url, async (call) => {
    const response = await fetchData(url, call.signal);
    return warren().load(response, { ...(mapping ? { mapping } : {}), ...call });
  });
  const { phase, error } = data.value;
  if (mapping || phase !== 'failed' || codeOf(error) !== 'unknown-format') return;
  // A stream is gone once it is read: the columns are shown from a second one.
  try {
    const blob = await (await fetchData(url, new AbortController().signal)).blob();
    const name = new URL(url, location.href).pathname.split('/').pop() || 'data';
    if (data.value.error === error) data.update({ files: [new File([blob], name)] });
  } catch {
    return; // The first error stands.
  }
  if (data.value.error === error) await askWhereUnclear();
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null
    ? (error as { code?: unknown }).code
    : undefined;
}

async function fetchData(url: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(
      `${url} could not be fetched. The address may be wrong, or its server may not allow other pages to read it ` +
        '(it must send Access-Control-Allow-Origin). Download the file and drop it here instead.',
    );
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${response.statusText}`);
  return response;
}

/** Filters and splits the data as chosen now. */
export async function prepare(): Promise<void> {
  if (!data.value.summary) return;
  const signal = begin();
  data.update({ phase: 'preparing', error: null, progress: null });
  try {
    const { data: values, seed } = state.value;
    const onProgress = (progress: Progress) => {
      if (!signal.aborted) data.update({ progress });
    };
    const prepared = await warren().prepare(values, seed, { signal, onProgress });
    const [users, items] = await Promise.all([
      warren().sideTable('user'),
      warren().sideTable('item'),
    ]);
    if (signal.aborted) return;
    const version = data.value.version + 1;
    data.update({ phase: 'ready', progress: null, prepared, users, items, version });
  } catch (error) {
    fail(error, signal, 'prepare');
  }
}

export function table(side: Side): SideTable | null {
  return side === 'user' ? data.value.users : data.value.items;
}

/** What to call a node: its title where there is one, else its id. */
export function nameOf(side: SideTable, row: number): string {
  return side.titles[row] || side.ids[row] || `${side.side} ${row + 1}`;
}

/** Restores the source that the state names. Local files cannot be fetched; the room asks for them. */
export async function restore(builtinTitle: (name: string) => string): Promise<void> {
  const { source } = state.value;
  if (source.kind === 'builtin')
    await loadBuiltin(source.name, builtinTitle(source.name), source.params);
  else if (source.kind === 'url') await loadUrl(source.url, source.mapping);
}

/** Filters and splits again once filter, split or seed have changed and the hand rests. */
export function preparesOnChange(): void {
  const SETTLE = 400;
  let timer = 0;
  let before = choice();
  state.subscribe(() => {
    const now = choice();
    if (now === before) return;
    before = now;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const { phase, summary } = data.value;
      const { source, seed } = state.value;
      if (seed !== drawnFrom && source.kind === 'builtin' && summary) {
        // Another seed draws other data: those of the link are not expected any more.
        state.update({ fingerprint: '' });
        void loadBuiltin(source.name, summary.name, source.params);
      } else if (phase === 'ready' || phase === 'preparing' || phase === 'failed') void prepare();
    }, SETTLE);
  });
}

function choice(): string {
  return JSON.stringify([state.value.data, state.value.seed]);
}
