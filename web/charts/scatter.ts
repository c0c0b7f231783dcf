// Up to some 50,000 points on a canvas: zoom, pan, hover, and a picture built over several frames where
// one would take too long.

import { html, nothing } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import { Camera, extent } from './camera.js';
import { OnResize } from './on-resize.js';
import { colour, onTheme } from './palette.js';

export interface Points {
  xs: Float32Array;
  ys: Float32Array;
  /** Colour of each point: index into `colours`. */
  bins: Uint8Array;
  /** Resolved colours. */
  colours: string[];
}

/** Milliseconds of drawing in one frame. */
const BUDGET = 10;
const CHUNK = 500;
/** From here on points are squares: circles cost several times as much. */
const MANY = 12_000;
const NEAR = 14;

/**
 * `<w-scatter label="…" .points .nameOf .focusRow .marked .hovered>` sends `hover` and `pick` with a row
 * (−1 for none).
 */
export class Scatter extends WarrenElement {
  static override properties = {
    label: {},
    points: { attribute: false },
    nameOf: { attribute: false },
    focusRow: { attribute: false },
    marked: { attribute: false },
    hovered: { attribute: false },
  };
  declare label: string;
  declare points: Points | null;
  declare nameOf: (row: number) => string;
  declare focusRow: number;
  declare marked: readonly number[];
  declare hovered: number;
  readonly #camera = new Camera();
  #order: Uint32Array = new Uint32Array();
  #frame = 0;
  #endTheme: (() => void) | null = null;
  readonly #fingers = new Map<number, { x: number; y: number }>();
  #dragged = false;

  constructor() {
    super();
    this.label = '';
    this.points = null;
    this.nameOf = String;
    this.focusRow = -1;
    this.marked = [];
    this.hovered = -1;
    new OnResize(
      this,
      () => this.canvas,
      () => this.#redraw(),
    );
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#endTheme = onTheme(() => this.#redraw());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.#frame);
    this.#endTheme?.();
  }

  get canvas(): HTMLCanvasElement | null {
    return this.querySelector('canvas');
  }

  override render() {
    const at = this.#place(this.hovered);
    const edge = at && at.x > this.#camera.width * 0.6;
    return html`<div class="scatter" style="aspect-ratio: 4 / 3">
      <canvas tabindex="0" role="img" aria-label=${this.label}
        @pointerdown=${this.#down} @pointermove=${this.#move} @pointerup=${this.#up} @pointercancel=${this.#up}
        @pointerleave=${() => this.send('hover', -1)} @keydown=${this.#key} @dblclick=${this.#double}></canvas>
      <div class="zoom">
        <button type="button" aria-label="Zoom in" title="Zoom in" @click=${() => this.#zoom(1.6)}>+</button>
        <button type="button" aria-label="Zoom out" title="Zoom out" @click=${() => this.#zoom(1 / 1.6)}>−</button>
        <button type="button" aria-label="Show all" title="Show all" @click=${() => this.#zoom(0)}>⤢</button>
      </div>
      ${
        at
          ? html`<div class="tip" style="inset-block-start: ${at.y + 10}px; ${
              edge
                ? `inset-inline-end: ${this.#camera.width - at.x + 8}px`
                : `inset-inline-start: ${at.x + 8}px`
            }">${this.nameOf(this.hovered)}</div>
          <i class="ring" style="position: absolute; pointer-events: none; border: 2px solid var(--ink); border-radius: 50%;
            inline-size: 14px; block-size: 14px; left: ${at.x - 7}px; top: ${at.y - 7}px"></i>`
          : nothing
      }
    </div>`;
  }

  override firstUpdated(): void {
    this.canvas?.addEventListener('wheel', (e) => this.#wheel(e), { passive: false });
  }

  override updated(changed: Map<string, unknown>): void {
    if (changed.has('points')) this.#take();
    if (changed.has('points') || changed.has('focusRow') || changed.has('marked')) this.#redraw();
  }

  /** Sorts the points by colour, so that the canvas changes its pen once for each. */
  #take(): void {
    const { points } = this;
    if (!points) return;
    this.#camera.box = extent(points.xs, points.ys);
    const starts = new Uint32Array(257);
    for (const bin of points.bins) starts[bin + 1] = (starts[bin + 1] ?? 0) + 1;
    for (let i = 1; i < 257; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
    const order = new Uint32Array(points.bins.length);
    for (let row = 0; row < order.length; row++) {
      const bin = points.bins[row] ?? 0;
      const place = starts[bin] ?? 0;
      order[place] = row;
      starts[bin] = place + 1;
    }
    this.#order = order;
  }

  #redraw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#start());
  }

  #start(): void {
    const { canvas, points } = this;
    const ctx = canvas?.getContext('2d');
    if (!canvas || !ctx) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (width === 0 || height === 0) return;
    const ratio = Math.min(2, devicePixelRatio);
    if (
      canvas.width !== Math.round(width * ratio) ||
      canvas.height !== Math.round(height * ratio)
    ) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.#camera.width = width;
    this.#camera.height = height;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    this.#cross(ctx);
    if (points) this.#some(ctx, points, 0);
    if (this.hovered >= 0) this.requestUpdate();
  }

  /** The axes through zero, where they are in view. */
  #cross(ctx: CanvasRenderingContext2D): void {
    const { ax, ay } = this.#camera.transform();
    const { width, height } = this.#camera;
    ctx.strokeStyle = colour('--line');
    ctx.beginPath();
    ctx.moveTo(Math.round(ax) + 0.5, 0);
    ctx.lineTo(Math.round(ax) + 0.5, height);
    ctx.moveTo(0, Math.round(ay) + 0.5);
    ctx.lineTo(width, Math.round(ay) + 0.5);
    ctx.stroke();
  }

  #some(ctx: CanvasRenderingContext2D, points: Points, from: number): void {
    const started = performance.now();
    const order = this.#order;
    const size = order.length > MANY ? 2.4 : order.length > 2000 ? 2.2 : 3.4;
    ctx.globalAlpha = order.length > 4000 ? 0.7 : 0.85;
    let at = from;
    while (at < order.length && performance.now() - started < BUDGET) {
      const end = Math.min(order.length, at + CHUNK);
      this.#chunk(ctx, points, at, end, size);
      at = end;
    }
    ctx.globalAlpha = 1;
    if (at < order.length) this.#frame = requestAnimationFrame(() => this.#some(ctx, points, at));
    else this.#marks(ctx, points);
  }

  #chunk(
    ctx: CanvasRenderingContext2D,
    { xs, ys, bins, colours }: Points,
    from: number,
    to: number,
    size: number,
  ): void {
    const { ax, bx, ay, by } = this.#camera.transform();
    const { width, height } = this.#camera;
    const square = this.#order.length > MANY;
    let bin = -1;
    for (let i = from; i < to; i++) {
      const row = this.#order[i] as number;
      const x = ax + bx * (xs[row] as number);
      const y = ay + by * (ys[row] as number);
      if (x < -size || y < -size || x > width + size || y > height + size) continue;
      if (bins[row] !== bin) {
        if (bin >= 0) ctx.fill();
        bin = bins[row] as number;
        ctx.fillStyle = colours[bin] ?? '#888888';
        ctx.beginPath();
      }
      if (square) {
        ctx.rect(x - size / 2, y - size / 2, size, size);
      } else {
        ctx.moveTo(x + size, y);
        ctx.arc(x, y, size, 0, 2 * Math.PI);
      }
    }
    if (bin >= 0) ctx.fill();
  }

  /** The chosen node and its neighbours, on top. */
  #marks(ctx: CanvasRenderingContext2D, points: Points): void {
    const { ax, bx, ay, by } = this.#camera.transform();
    const ring = (row: number, radius: number, pen: string, width: number) => {
      const x = points.xs[row];
      const y = points.ys[row];
      if (x === undefined || y === undefined) return;
      ctx.lineWidth = width;
      ctx.strokeStyle = pen;
      ctx.beginPath();
      ctx.arc(ax + bx * x, ay + by * y, radius, 0, 2 * Math.PI);
      ctx.stroke();
    };
    const ink = colour('--ink');
    for (const row of this.marked) ring(row, 5, ink, 1.25);
    if (this.focusRow >= 0) {
      ring(this.focusRow, 8, colour('--card'), 5);
      ring(this.focusRow, 8, colour('--accent'), 3);
    }
  }

  /** What is drawn now, on the card's colour, with a heading and the axes' names; `null` before the first drawing. */
  async picture(heading: string, across: string, up: string): Promise<Blob | null> {
    const source = this.canvas;
    if (!source || source.width === 0) return null;
    const scale = source.width / this.#camera.width;
    const [top, side] = [30 * scale, 24 * scale];
    const out = new OffscreenCanvas(source.width + side, source.height + top + side);
    const ctx = out.getContext('2d');
    if (!ctx) return null;
    const family = getComputedStyle(this).fontFamily;
    ctx.fillStyle = colour('--card');
    ctx.fillRect(0, 0, out.width, out.height);
    ctx.drawImage(source, side, top);
    ctx.strokeStyle = colour('--line');
    ctx.strokeRect(side + 0.5, top + 0.5, source.width - 1, source.height - 1);
    ctx.textBaseline = 'middle';
    ctx.fillStyle = colour('--ink');
    ctx.font = `600 ${14 * scale}px ${family}`;
    ctx.fillText(heading, side, top / 2);
    ctx.fillStyle = colour('--muted');
    ctx.font = `${12 * scale}px ${family}`;
    ctx.textAlign = 'center';
    ctx.fillText(across, side + source.width / 2, out.height - side / 2);
    ctx.translate(side / 2, top + source.height / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(up, 0, 0);
    return out.convertToBlob();
  }

  #place(row: number): { x: number; y: number } | null {
    const x = this.points?.xs[row];
    const y = this.points?.ys[row];
    if (x === undefined || y === undefined) return null;
    const { ax, bx, ay, by } = this.#camera.transform();
    const at = { x: ax + bx * x, y: ay + by * y };
    const inside =
      at.x >= 0 && at.y >= 0 && at.x <= this.#camera.width && at.y <= this.#camera.height;
    return inside ? at : null;
  }

  /** The point nearest to a pixel, or −1. Typed arrays: 50,000 points take well under a millisecond. */
  #nearest(px: number, py: number): number {
    const { points } = this;
    if (!points) return -1;
    const { xs, ys } = points;
    const { ax, bx, ay, by } = this.#camera.transform();
    let best = -1;
    let least = NEAR * NEAR;
    for (let row = 0; row < xs.length; row++) {
      const dx = ax + bx * (xs[row] as number) - px;
      const dy = ay + by * (ys[row] as number) - py;
      const distance = dx * dx + dy * dy;
      if (distance < least) {
        least = distance;
        best = row;
      }
    }
    return best;
  }

  #zoom(factor: number, x = this.#camera.width / 2, y = this.#camera.height / 2): void {
    if (factor === 0) this.#camera.reset();
    else this.#camera.zoomAt(factor, x, y);
    // A finger scrolls the page until the picture is enlarged.
    if (this.canvas) this.canvas.style.touchAction = this.#camera.zoom > 1 ? 'none' : 'pan-y';
    this.#redraw();
    this.requestUpdate();
  }

  /** The wheel belongs to the page unless the plot has the focus or Ctrl is held. */
  #wheel(event: WheelEvent): void {
    if (document.activeElement !== this.canvas && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#zoom(
      Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)),
      event.offsetX,
      event.offsetY,
    );
  }

  #down(event: PointerEvent): void {
    this.canvas?.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.#dragged = false;
  }

  #move(event: PointerEvent): void {
    const last = this.#fingers.get(event.pointerId);
    const now = { x: event.offsetX, y: event.offsetY };
    if (!last) {
      const row = this.#nearest(now.x, now.y);
      if (row !== this.hovered) this.send('hover', row);
      return;
    }
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      const after = Math.hypot(now.x - other.x, now.y - other.y);
      if (before > 0) this.#zoom(after / before, (now.x + other.x) / 2, (now.y + other.y) / 2);
      this.#dragged = true;
    } else if (this.#dragged || Math.hypot(now.x - last.x, now.y - last.y) > 3) {
      this.#dragged = true;
      this.#camera.pan(now.x - last.x, now.y - last.y);
      this.#redraw();
    } else {
      return;
    }
    this.#fingers.set(event.pointerId, now);
  }

  #up(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    if (this.#dragged || event.type === 'pointercancel') return;
    const row = this.#nearest(event.offsetX, event.offsetY);
    if (row >= 0) this.send('pick', row);
  }

  #double(event: MouseEvent): void {
    this.#zoom(2, event.offsetX, event.offsetY);
  }

  #key(event: KeyboardEvent): void {
    const step = 40;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    const move = moves[event.key];
    if (move) {
      this.#camera.pan(...move);
      this.#redraw();
    } else if (event.key === '+' || event.key === '=') this.#zoom(1.6);
    else if (event.key === '-') this.#zoom(1 / 1.6);
    else if (event.key === '0') this.#zoom(0);
    else return;
    event.preventDefault();
  }
}
define('w-scatter', Scatter);
