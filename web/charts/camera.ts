// Where a scatter plot looks: a zoom about a centre, in units of the data's own extent.

export interface Extent {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

/** Smallest box around all points; never empty. */
export function extent(xs: ArrayLike<number>, ys: ArrayLike<number>): Extent {
  const [x0, x1] = range(xs);
  const [y0, y1] = range(ys);
  return { x0, x1, y0, y1 };
}

function range(values: ArrayLike<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (!(low <= high)) return [-1, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}

const MOST = 4000;
/** Share of the box left free on each side. */
const MARGIN = 0.05;

/** Maps data to pixels and back; changed in place by zooming and panning. */
export class Camera {
  width = 1;
  height = 1;
  zoom = 1;
  /** Centre, from 0 to 1 across the extent. */
  cx = 0.5;
  cy = 0.5;
  box: Extent = { x0: -1, x1: 1, y0: -1, y1: 1 };

  /** Pixel = offset + factor · value, for each axis; upwards is positive. */
  transform(): { ax: number; bx: number; ay: number; by: number } {
    const { width, height, zoom, cx, cy, box } = this;
    const kx = (width * (1 - 2 * MARGIN) * zoom) / (box.x1 - box.x0);
    const ky = (height * (1 - 2 * MARGIN) * zoom) / (box.y1 - box.y0);
    const mx = box.x0 + cx * (box.x1 - box.x0);
    const my = box.y0 + cy * (box.y1 - box.y0);
    return { ax: width / 2 - kx * mx, bx: kx, ay: height / 2 + ky * my, by: -ky };
  }

  /** Zooms by `factor` and keeps the data under the pixel (px, py) where it is. */
  zoomAt(factor: number, px: number, py: number): void {
    const next = Math.min(MOST, Math.max(1, this.zoom * factor));
    const dx = (px / this.width - 0.5) / (1 - 2 * MARGIN);
    const dy = (0.5 - py / this.height) / (1 - 2 * MARGIN);
    this.cx += dx / this.zoom - dx / next;
    this.cy += dy / this.zoom - dy / next;
    this.zoom = next;
    this.#keepInside();
  }

  pan(px: number, py: number): void {
    this.cx -= px / (this.width * (1 - 2 * MARGIN) * this.zoom);
    this.cy += py / (this.height * (1 - 2 * MARGIN) * this.zoom);
    this.#keepInside();
  }

  reset(): void {
    this.zoom = 1;
    this.cx = 0.5;
    this.cy = 0.5;
  }

  #keepInside(): void {
    const half = 0.5 / this.zoom;
    this.cx = Math.min(1 - half, Math.max(half, this.cx));
    this.cy = Math.min(1 - half, Math.max(half, this.cy));
  }
}
