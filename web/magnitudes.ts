// How long learned vectors are against how often their users or items occur in training.

import type { Series } from './charts/line-chart.js';
import type { SideTable, Table } from './engine/types.js';
import { nameOf } from './session/data.js';

export interface Magnitudes {
  series: Series[];
  /** Correlation of the two logarithms; `NaN` where either does not vary. */
  correlation: number;
  /** Nodes that a logarithmic axis cannot show. */
  unseen: number;
}

/** Lengths and counts of all rows that a logarithmic axis can show, by count. */
export function magnitudes(
  { vectors, rows, dim }: Table,
  side: SideTable,
  look: { label: string; colour: string },
): Magnitudes {
  const lengths = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let at = row * dim; at < (row + 1) * dim; at++) sum += (vectors[at] as number) ** 2;
    lengths[row] = Math.sqrt(sum);
  }
  const seen = [...side.counts.keys()]
    .filter((row) => (side.counts[row] ?? 0) > 0 && (lengths[row] ?? 0) > 0)
    .sort((a, b) => (side.counts[a] ?? 0) - (side.counts[b] ?? 0));
  const x = Float64Array.from(seen, (row) => side.counts[row] ?? 0);
  const y = Float64Array.from(seen, (row) => lengths[row] ?? 0);
  const series: Series = {
    ...look,
    x,
    y,
    scatter: true,
    names: (i) => nameOf(side, seen[i] ?? 0),
  };
  return {
    series: seen.length > 0 ? [series] : [],
    correlation: correlation(x.map(Math.log), y.map(Math.log)),
    unseen: rows - seen.length,
  };
}

/** Pearson's coefficient; `NaN` if a variable is constant. */
function correlation(x: Float64Array, y: Float64Array): number {
  const mean = (v: Float64Array) => v.reduce((sum, a) => sum + a, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [(x[i] as number) - mx, (y[i] as number) - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 1e-12 * y.length ? xy / Math.sqrt(xx * yy) : Number.NaN;
}
