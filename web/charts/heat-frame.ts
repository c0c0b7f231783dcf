// Where the cells of a heat map lie: its axes, and which cell is at a place.

import { type Axis, along, axisAround } from './axis.js';

export interface HeatTable {
  /** Ascending, above 0; along the horizontal axis. */
  xs: readonly number[];
  /** Ascending, above 0; along the vertical axis. */
  ys: readonly number[];
  /** One row for each of `xs`, one column for each of `ys`. */
  values: ArrayLike<number>;
  /**
   * What the columns are called. With names the axes are not logarithmic: `xs` are whole numbers in a row, `ys` number
   * the names from 1, each cell is drawn whole, and values run from 0 to the largest.
   */
  names?: readonly string[];
}

export interface HeatFrame {
  x: Axis;
  y: Axis;
  width: number;
  height: number;
  /** Width of the marks at the left. */
  left: number;
}

/** Pixels around the cells; `named`: at the left where there are names. */
export const EDGE = { top: 8, right: 14, bottom: 86, left: 62, named: 104 };

/** Logarithmic axes that end with the data, or one place for each cell. */
export function heatFrame({ xs, ys, names }: HeatTable, width: number, height: number): HeatFrame {
  const most = width < 480 ? 4 : 8;
  if (!names) return { x: ended(xs, most), y: ended(ys, 7), width, height, left: EDGE.left };
  const [x, y] = [counted(xs, most), counted(ys, ys.length)];
  return { x, y, width, height, left: EDGE.named };
}

/** An axis on which each of these whole numbers has a cell of its own. */
function counted(values: readonly number[], most: number): Axis {
  const [low, high] = [values[0] ?? 1, values.at(-1) ?? 1];
  const ticks =
    values.length <= most
      ? [...values]
      : axisAround(values, false, most).ticks.filter((v) => values.includes(v));
  return { low: low - 0.5, high: high + 0.5, log: false, ticks };
}

function ended(values: readonly number[], most: number): Axis {
  const [low, high] = [values[0] ?? 1, values.at(-1) ?? 10];
  const ticks = axisAround(values, true, most).ticks.filter(
    (v) => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9),
  );
  return { low, high, log: true, ticks };
}

export function toX({ x, width, left }: HeatFrame, value: number): number {
  return left + along(x, value) * (width - left - EDGE.right);
}

export function toY({ y, height }: HeatFrame, value: number): number {
  return height - EDGE.bottom - along(y, value) * (height - EDGE.top - EDGE.bottom);
}

/** The row and the column of the cell at a place of the picture; `null` outside. */
export function cellAt(frame: HeatFrame, { xs, ys, names }: HeatTable, left: number, top: number) {
  const { width, height } = frame;
  const across = (left - frame.left) / (width - frame.left - EDGE.right);
  const up = (height - EDGE.bottom - top) / (height - EDGE.top - EDGE.bottom);
  if (!(across >= 0 && across <= 1 && up >= 0 && up <= 1)) return null;
  const whole = (share: number, n: number) => Math.min(n - 1, Math.floor(share * n));
  if (names) return { row: whole(across, xs.length), column: whole(up, ys.length) };
  return { row: Math.round(across * (xs.length - 1)), column: Math.round(up * (ys.length - 1)) };
}
