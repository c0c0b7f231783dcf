// The comparison of runs as a table: for the page, and as CSV, Markdown and LaTeX.

import { csv, fixed } from './format.js';
import type { Run } from './session/runs.js';

export interface RunTable {
  columns: string[];
  rows: { run: Run; cells: string[]; values: (number | string)[] }[];
  /** Index of each metric's column. */
  metrics: Map<string, number>;
}

const LEADING = ['run', 'configuration', 'seed', 'epochs', 'best epoch', 'seconds'];

export function runTable(runs: readonly Run[]): RunTable {
  const names = [...new Set(runs.flatMap((r) => Object.keys(r.record?.metrics.test ?? {})))];
  const rows = runs.map((run) => {
    const { record } = run;
    const test = record?.metrics.test ?? {};
    const spent = record?.seconds.train ?? run.history.at(-1)?.seconds ?? 0;
    const leading = [
      run.number,
      run.label,
      run.config.seed ?? '',
      run.history.at(-1)?.epoch ?? 0,
      record?.best_epoch ?? '',
      Number(spent.toFixed(3)),
    ];
    const metrics = names.map((name) => test[name]);
    return {
      run,
      values: [...leading, ...metrics.map((m) => m ?? '')],
      cells: [
        ...leading.map((v, i) => (i === 5 ? fixed(Number(v), 1) : String(v))),
        ...metrics.map((m) => (m === undefined ? '–' : fixed(m))),
      ],
    };
  });
  return {
    columns: [...LEADING, ...names],
    rows,
    metrics: new Map(names.map((n, i) => [n, LEADING.length + i])),
  };
}

/** The largest value of each metric, to be set in bold. */
export function bests(table: RunTable): Map<number, number> {
  const best = new Map<number, number>();
  for (const at of table.metrics.values()) {
    const values = table.rows
      .map((r) => r.values[at])
      .filter((v): v is number => typeof v === 'number');
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
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const marks = table.columns.map((_, i) => (i === 1 ? '---' : '---:'));
  const rows = table.rows.map((r) =>
    line(r.cells.map((c, i) => (best.get(i) === r.values[i] && best.has(i) ? `**${c}**` : c))),
  );
  return `${[line(table.columns), line(marks), ...rows].join('\n')}\n`;
}

export function toLatex(table: RunTable): string {
  const best = bests(table);
  const safe = (text: string) =>
    text
      .replaceAll(/[&%$#_{}]/g, (c) => `\\${c}`)
      .replaceAll('·', '$\\cdot$')
      .replaceAll('λ', '$\\lambda$')
      .replaceAll('²', '$^2$')
      .replaceAll('–', '--')
      .replaceAll('−', '$-$');
  const line = (cells: string[]) => `${cells.join(' & ')} \\\\`;
  const rows = table.rows.map((r) =>
    line(
      r.cells.map((c, i) =>
        best.has(i) && best.get(i) === r.values[i] ? `\\textbf{${safe(c)}}` : safe(c),
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
