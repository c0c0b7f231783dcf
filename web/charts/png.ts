// A chart's canvas as a picture that stands for itself.

import { download, fileName } from '../downloads.js';
import { colour } from './palette.js';

/** What is drawn below the canvas: `draw` gets the place of its first pixel row. */
export interface Below {
  height: number;
  draw(ctx: OffscreenCanvasRenderingContext2D, top: number): void;
}

/** Downloads `source` on the card's colour under its heading. `scale`: the canvas's pixels to one of the page. */
export function downloadPng(
  source: HTMLCanvasElement,
  heading: string,
  fontFamily: string,
  scale: number,
  below?: Below,
): void {
  const top = 26 * scale;
  const out = new OffscreenCanvas(source.width, source.height + top + (below?.height ?? 0));
  const ctx = out.getContext('2d');
  if (!ctx) return;
  ctx.fillStyle = colour('--card');
  ctx.fillRect(0, 0, out.width, out.height);
  ctx.drawImage(source, 0, top);
  ctx.textBaseline = 'middle';
  ctx.font = `600 ${14 * scale}px ${fontFamily}`;
  ctx.fillStyle = colour('--ink');
  ctx.fillText(heading, 10 * scale, top / 2 + 2 * scale);
  below?.draw(ctx, top + source.height);
  void out.convertToBlob().then((blob) => download(blob, `${fileName('warren', heading)}.png`));
}
