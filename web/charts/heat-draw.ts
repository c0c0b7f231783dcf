// A heat map on a canvas: cells, axes, the line where the sign changes, the legend.

import { num } from '../format.js';
import { EDGE, type HeatFrame, type HeatTable, toX, toY } from './heat-frame.js';
import { type HeatScale, zeroCrossings } from './heat-scale.js';
import { colour } from './palette.js';

const LEGEND = 10;
/** Width of a legend that has room for what it is of. */
const TITLE_FROM = 420;

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
  axes(ctx, frame, words, table.names);
  legend(ctx, frame, scale, words.value);
}

function cells(
  ctx: CanvasRenderingContext2D,
  { xs, ys, values, names }: HeatTable,
  frame: HeatFrame,
  scale: HeatScale,
): void {
  const pens = penOf(scale);
  const [left, top, across, down] = box(frame);
  // A cell's value is that at its middle: the outermost of a logarithmic axis stand half over the edge, and are cut there.
  const over = names ? 0 : 1;
  const [wide, tall] = [across / (xs.length - over), down / (ys.length - over)];
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, across, down);
  ctx.clip();
  for (let row = 0; row < xs.length; row++) {
    for (let column = 0; column < ys.length; column++) {
      ctx.fillStyle = pens(scale.share(values[row * ys.length + column] as number));
      const [x, y] = [left + (row - over / 2) * wide, top + down - (column + 1 - over / 2) * tall];
      // Whole pixels, or the ground shows between the cells.
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      ctx.fillRect(x0, y0, Math.ceil(x + wide) - x0, Math.ceil(y + tall) - y0);
    }
  }
  ctx.restore();
}

/** Left, top, width and height of the map within the picture. */
function box({ width, height, left }: HeatFrame): [number, number, number, number] {
  const { right, top, bottom } = EDGE;
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
  names: readonly string[] | undefined,
): void {
  const { width, height, left } = frame;
  const base = height - EDGE.bottom;
  ctx.fillStyle = colour('--muted');
  ctx.strokeStyle = colour('--line-strong');
  ctx.lineWidth = 1;
  ctx.strokeRect(left, EDGE.top, width - left - EDGE.right, base - EDGE.top);
  ctx.textAlign = 'center';
  for (const v of frame.x.ticks) ctx.fillText(names ? num(v) : short(v), toX(frame, v), base + 16);
  ctx.fillText(words.x, (left + width - EDGE.right) / 2, base + 34);
  ctx.textAlign = 'right';
  for (const v of frame.y.ticks)
    ctx.fillText(names ? (names[v - 1] ?? '') : short(v), left - 6, toY(frame, v) + 4);
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
  { width, height, left }: HeatFrame,
  scale: HeatScale,
  title: string,
): void {
  const pens = penOf(scale);
  const [right, top] = [width - EDGE.right, height - 34];
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
