// The comparison of runs as a table: for the page, and as CSV, Markdown and LaTeX.

import type { RunConfig } from './engine/types.js';
import { csv, fixed, num } from './format.js';
import type { Run } from './session/runs.js';

export interface RunTable {
  columns: string[];
  rows: { run: Run; cells: string[]; values: (number | string)[]; differs: string }[];
  /** Indices of the metrics' columns. */
  metrics: number[];
}

/** Which of a run's many metrics are shown. */
export interface Shown {
  /** The `N` of `HR@N`; `null` for all. */
  cutoff: string | null;
  /** Also the parts by popularity and the tail users, such as `NDCG@20 popular` and `HR@10 tail users`. */
  strata: boolean;
}

export const EVERYTHING: Shown = { cutoff: null, strata: true };

const LEADING = ['run', 'configuration', 'seed', 'epochs', 'best epoch', 'seconds'];
const SEED = LEADING.indexOf('seed');
const SECONDS = LEADING.indexOf('seconds');

const natural = new Intl.Collator('en', { numeric: true });

function metricNames(runs: readonly Run[]): string[] {
  const names = runs.flatMap((r) => Object.keys(r.record?.metrics.test ?? {}));
  return [...new Set(names)].sort(natural.compare);
}

function cutoffOf(metric: string): string | undefined {
  return /@(\d+)/.exec(metric)?.[1];
}

export function cutoffs(metrics: readonly string[]): string[] {
  const all = metrics.map(cutoffOf).filter((c) => c !== undefined);
  return [...new Set(all)].sort(natural.compare);
}

export function cutoffsOf(runs: readonly Run[]): string[] {
  return cutoffs(metricNames(runs));
}

function isShown(metric: string, { cutoff, strata }: Shown): boolean {
  if (!strata && metric.includes(' ')) return false;
  const own = cutoffOf(metric);
  return cutoff === null || own === undefined || own === cutoff;
}

export function runTable(runs: readonly Run[], shown: Shown): RunTable {
  const names = metricNames(runs).filter((name) => isShown(name, shown));
  const differing = differingKeys(runs);
  const rows = runs.map((run) => {
    const { record } = run;
    const test = record?.metrics.test ?? {};
    const spent = record?.seconds.train ?? run.history.at(-1)?.seconds ?? 0;
    const differs = differencesOf(run, differing);
    const leading = [
      run.number,
      differs ? `${run.label} (${differs})` : run.label,
      run.config.seed ?? '',
      run.history.at(-1)?.epoch ?? 0,
      record?.best_epoch ?? '',
      Number(spent.toFixed(3)),
    ];
    const metrics = names.map((name) => test[name]);
    return {
      run,
      differs,
      values: [...leading, ...metrics.map((m) => m ?? '')],
      cells: [
        ...leading.map((v, i) => (i === SECONDS ? fixed(Number(v), 1) : String(v))),
        ...metrics.map((m) => (m === undefined ? '–' : fixed(m))),
      ],
    };
  });
  return {
    columns: [...LEADING, ...names],
    rows,
    metrics: names.map((_, i) => LEADING.length + i),
  };
}

/** Every setting of a configuration as `section.key`; the methods' names are in the label already. */
function settings(config: RunConfig): Map<string, unknown> {
  const out = new Map<string, unknown>();
  for (const [section, values] of Object.entries(config)) {
    if (typeof values !== 'object' || values === null) continue;
    for (const [key, value] of Object.entries(values)) {
      if (key !== 'name') out.set(`${section}.${key}`, value);
    }
  }
  return out;
}

/** Settings that are not the same in all runs that have them. */
function differingKeys(runs: readonly Run[]): string[] {
  const seen = new Map<string, Set<unknown>>();
  for (const run of runs) {
    for (const [key, value] of settings(run.config)) {
      const values = seen.get(key) ?? new Set();
      seen.set(key, values.add(value));
    }
  }
  // What a method is set to says more than how the data were filtered.
  const last = (key: string) => Number(key.startsWith('data.'));
  return [...seen]
    .filter(([, values]) => values.size > 1)
    .map(([key]) => key)
    .sort((a, b) => last(a) - last(b));
}

function differencesOf(run: Run, keys: readonly string[]): string {
  const own = settings(run.config);
  return keys
    .filter((key) => own.has(key))
    .map((key) => {
      const value = own.get(key);
      const name = key.slice(key.indexOf('.') + 1).replaceAll('_', ' ');
      return `${name} ${typeof value === 'number' ? num(value) : String(value)}`;
    })
    .join(', ');
}

/** What sets each run apart from the others shown, for legends: only the parts of its name that differ. */
export function briefs(runs: readonly Run[]): string[] {
  const parts = runs.map((r) => r.label.split(' · '));
  const everywhere = (part: string) => parts.every((own) => own.includes(part));
  const keys = differingKeys(runs);
  return runs.map((run, i) => {
    const own = parts[i]?.filter((part) => !everywhere(part)) ?? [];
    const differs = differencesOf(run, keys);
    const said = [...own, ...(differs ? [differs] : [])].join(' · ');
    return `run ${run.number}${said ? `: ${said.length > BRIEF ? `${said.slice(0, BRIEF - 1)}…` : said}` : ''}`;
  });
}
const BRIEF = 60;

/** The columns for the page, where room is scarce: without the seed while all runs have the same. */
export function columnsShown(table: RunTable): number[] {
  const seeds = new Set(table.rows.map((r) => r.values[SEED]));
  return [...table.columns.keys()].filter((i) => i !== SEED || seeds.size > 1);
}

/** The largest value of each metric, to be set in bold. */
export function bests(table: RunTable): Map<number, number> {
  const best = new Map<number, number>();
  for (const at of table.metrics) {
    const values = table.rows.map((r) => r.values[at]).filter((v) => typeof v === 'number');
    if (values.length > 1) best.set(at, Math.max(...values));
  }
  return best;
}

export function toCsv(table: RunTable): string {
  return csv(
    table.columns,
    table.rows.map((r) => r.values),
  );
}

export function toMarkdown(table: RunTable): string {
  const best = bests(table);
  const line = (cells: string[]) => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  const marks = table.columns.map((_, i) => (i === 1 ? '---' : '---:'));
  const rows = table.rows.map(({ cells, values }) =>
    line(cells.map((c, i) => (best.has(i) && best.get(i) === values[i] ? `**${c}**` : c))),
  );
  return `${[line(table.columns), line(marks), ...rows].join('\n')}\n`;
}

const LATEX: readonly [RegExp, string][] = [
  [/[&%$#_{}]/g, '\\$&'],
  [/·/g, '$\\cdot$'],
  [/λ/g, '$\\lambda$'],
  [/²/g, '$^2$'],
  [/–/g, '--'],
  [/−/g, '$-$'],
];

export function toLatex(table: RunTable): string {
  const best = bests(table);
  const safe = (text: string) => LATEX.reduce((out, [from, to]) => out.replace(from, to), text);
  const line = (cells: string[]) => `${cells.join(' & ')} \\\\`;
  const rows = table.rows.map(({ cells, values }) =>
    line(
      cells.map((c, i) =>
        best.has(i) && best.get(i) === values[i] ? `\\textbf{${safe(c)}}` : safe(c),
      ),
    ),
  );
  return [
    `\\begin{tabular}{${table.columns.map((_, i) => (i === 1 ? 'l' : 'r')).join('')}}`,
    '\\hline',
    line(table.columns.map(safe)),
    '\\hline',
    ...rows,
    '\\hline',
    '\\end{tabular}',
    '',
  ].join('\n');
}
