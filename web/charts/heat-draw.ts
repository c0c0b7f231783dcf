// A heat map on a canvas: cells, axes, the line where the sign changes, the legend.

import { num } from '../format.js';
import { type Axis, along, axisAround } from './axis.js';
import { type HeatScale, zeroCrossings } from './heat-scale.js';
import { colour } from './palette.js';

export interface HeatTable {
  /** Ascending, above 0; along the horizontal axis. */
  xs: readonly number[];
  /** Ascending, above 0; along the vertical axis. */
  ys: readonly number[];
  /** One row for each of `xs`, one column for each of `ys`. */
  values: ArrayLike<number>;
}

export interface HeatFrame {
  x: Axis;
  y: Axis;
  width: number;
  height: number;
}

export const EDGE = { top: 8, right: 14, bottom: 86, left: 62 };
const LEGEND = 10;
/** Width of a legend that has room for what it is of. */
const TITLE_FROM = 420;

/** Logarithmic axes that end with the data. */
export function heatFrame({ xs, ys }: HeatTable, width: number, height: number): HeatFrame {
  return { x: ended(xs, width < 480 ? 4 : 8), y: ended(ys, 7), width, height };
}

function ended(values: readonly number[], most: number): Axis {
  const [low, high] = [values[0] ?? 1, values.at(-1) ?? 10];
  const ticks = axisAround(values, true, most).ticks.filter(
    (v) => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9),
  );
  return { low, high, log: true, ticks };
}

export function toX({ x, width }: HeatFrame, value: number): number {
  return EDGE.left + along(x, value) * (width - EDGE.left - EDGE.right);
}

export function toY({ y, height }: HeatFrame, value: number): number {
  return height - EDGE.bottom - along(y, value) * (height - EDGE.top - EDGE.bottom);
}

/** The row and the column of the cell at a place of the picture; `null` outside. */
export function cellAt(frame: HeatFrame, { xs, ys }: HeatTable, left: number, top: number) {
  const { width, height } = frame;
  const across = (left - EDGE.left) / (width - EDGE.left - EDGE.right);
  const up = (height - EDGE.bottom - top) / (height - EDGE.top - EDGE.bottom);
  if (!(across >= 0 && across <= 1 && up >= 0 && up <= 1)) return null;
  return { row: Math.round(across * (xs.length - 1)), column: Math.round(up * (ys.length - 1)) };
}

/** Paints the whole picture. */
export function paint(
  ctx: CanvasRenderingContext2D,
  table: HeatTable,
  frame: HeatFrame,
  scale: HeatScale,
  words: { x: string; y: string; value: string },
): void {
  ctx.fillStyle = colour('--card');
  ctx.fillRect(0, 0, frame.width, frame.height);
  cells(ctx, table, frame, scale);
  if (scale.signed) balance(ctx, table, frame);
  ctx.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  axes(ctx, frame, words);
  legend(ctx, frame, scale, words.value);
}

function cells(
  ctx: CanvasRenderingContext2D,
  { xs, ys, values }: HeatTable,
  frame: HeatFrame,
  scale: HeatScale,
): void {
  const pens = penOf(scale);
  const [left, top, across, down] = box(frame);
  // A cell's value is that at its middle: the outermost stand half over the edge, and are cut there.
  const [wide, tall] = [across / (xs.length - 1), down / (ys.length - 1)];
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, across, down);
  ctx.clip();
  for (let row = 0; row < xs.length; row++) {
    for (let column = 0; column < ys.length; column++) {
      ctx.fillStyle = pens(scale.share(values[row * ys.length + column] as number));
      const [x, y] = [left + (row - 0.5) * wide, top + down - (column + 0.5) * tall];
      // Whole pixels, or the ground shows between the cells.
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      ctx.fillRect(x0, y0, Math.ceil(x + wide) - x0, Math.ceil(y + tall) - y0);
    }
  }
  ctx.restore();
}

/** Left, top, width and height of the map within the picture. */
function box({ width, height }: HeatFrame): [number, number, number, number] {
  const { left, right, top, bottom } = EDGE;
  return [left, top, width - left - right, height - top - bottom];
}

/** Colours by share: from the first series' colour by the ground to the second's, or from the ground up. */
function penOf({ signed }: HeatScale): (share: number) => string {
  const ground = parts(colour('--card'));
  const above = parts(colour(signed ? '--series-2' : '--accent'));
  const below = parts(colour('--series-1'));
  return (share) => {
    const to = share < 0 ? below : above;
    const mixed = ground.map((g, i) => Math.round(g + Math.abs(share) * ((to[i] ?? g) - g)));
    return `rgb(${mixed.join(', ')})`;
  };
}

function parts(css: string): number[] {
  return (css.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}

/** The line at which nothing changes. */
function balance(ctx: CanvasRenderingContext2D, table: HeatTable, frame: HeatFrame): void {
  const { xs, ys, values } = table;
  const [left, top, across, down] = box(frame);
  ctx.strokeStyle = colour('--ink');
  ctx.lineWidth = 1.5;
  ctx.setLineDash([5, 4]);
  ctx.beginPath();
  let last = -2;
  for (const { column, row } of zeroCrossings(values, xs.length, ys.length)) {
    const x = left + (row / (xs.length - 1)) * across;
    const y = top + down - (column / (ys.length - 1)) * down;
    if (column === last + 1) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
    last = column;
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

function axes(
  ctx: CanvasRenderingContext2D,
  frame: HeatFrame,
  words: { x: string; y: string },
): void {
  const { width, height } = frame;
  const base = height - EDGE.bottom;
  ctx.fillStyle = colour('--muted');
  ctx.strokeStyle = colour('--line-strong');
  ctx.lineWidth = 1;
  ctx.strokeRect(EDGE.left, EDGE.top, width - EDGE.left - EDGE.right, base - EDGE.top);
  ctx.textAlign = 'center';
  for (const v of frame.x.ticks) ctx.fillText(short(v), toX(frame, v), base + 16);
  ctx.fillText(words.x, (EDGE.left + width - EDGE.right) / 2, base + 34);
  ctx.textAlign = 'right';
  for (const v of frame.y.ticks) ctx.fillText(short(v), EDGE.left - 6, toY(frame, v) + 4);
  ctx.save();
  ctx.translate(13, (EDGE.top + base) / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textAlign = 'center';
  ctx.fillText(words.y, 0, 0);
  ctx.restore();
}

/** A mark of a logarithmic axis: 100, 10k, 1M. */
function short(v: number): string {
  const units = ['', 'k', 'M', 'G'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(v) / 3 + 1e-9)));
  return `${num(v / 1000 ** step, 3)}${units[step]}`;
}

function legend(
  ctx: CanvasRenderingContext2D,
  { width, height }: HeatFrame,
  scale: HeatScale,
  title: string,
): void {
  const pens = penOf(scale);
  const [left, right, top] = [EDGE.left, width - EDGE.right, height - 34];
  for (let x = left; x < right; x++) {
    const share = (x - left) / (right - left);
    ctx.fillStyle = pens(scale.signed ? 2 * share - 1 : share);
    ctx.fillRect(x, top, 1.5, LEGEND);
  }
  ctx.strokeStyle = colour('--line-strong');
  ctx.strokeRect(left, top, right - left, LEGEND);
  ctx.fillStyle = colour('--muted');
  const shares = scale.signed ? [-1, 0, 1] : [0, 0.5, 1];
  const aligned = ['left', 'center', 'right'] as const;
  for (const [i, share] of shares.entries()) {
    ctx.textAlign = aligned[i] ?? 'center';
    const x = [left, (left + right) / 2, right][i] ?? left;
    const text = num(scale.value(share), 2);
    const room = right - left > TITLE_FROM;
    ctx.fillText(i === 1 && room ? `${text}  (${title})` : text, x, top + LEGEND + 14);
  }
}
