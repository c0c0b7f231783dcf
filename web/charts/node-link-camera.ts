// From the layout's plane to the picture and back: fitted to the picture, then zoomed and panned by hand.

export interface Point {
  x: number;
  y: number;
}

const MARGIN = 26;
/** Few nodes would otherwise be blown up beyond recognition. */
const MOST_SCALE = 2.4;
const ZOOM = [0.5, 12] as const;

export class NodeLinkCamera {
  #scale = 1;
  #centre: Point = { x: 0, y: 0 };
  #width = 1;
  #height = 1;
  #zoom = 1;
  #shift: Point = { x: 0, y: 0 };
  /** While a node is dragged the view stays as it is. */
  #held = false;

  /** Fits `count` places into the picture, unless somebody has moved a node by hand. */
  fit(width: number, height: number, count: number, place: (i: number) => Point): void {
    const resized = width !== this.#width || height !== this.#height;
    this.#width = width;
    this.#height = height;
    if ((this.#held && !resized) || count === 0) return;
    const [low, high] = [
      { x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY },
      { x: Number.NEGATIVE_INFINITY, y: Number.NEGATIVE_INFINITY },
    ];
    for (let i = 0; i < count; i++) {
      const { x, y } = place(i);
      low.x = Math.min(low.x, x);
      low.y = Math.min(low.y, y);
      high.x = Math.max(high.x, x);
      high.y = Math.max(high.y, y);
    }
    this.#centre = { x: (low.x + high.x) / 2, y: (low.y + high.y) / 2 };
    const room = (length: number, span: number) => (length - 2 * MARGIN) / Math.max(span, 1);
    this.#scale = Math.min(
      MOST_SCALE,
      Math.max(0.05, Math.min(room(width, high.x - low.x), room(height, high.y - low.y))),
    );
  }

  hold(): void {
    this.#held = true;
  }

  reset(): void {
    this.#held = false;
    this.#zoom = 1;
    this.#shift = { x: 0, y: 0 };
  }

  toScreen({ x, y }: Point): Point {
    const k = this.#scale * this.#zoom;
    return {
      x: (x - this.#centre.x) * k + this.#width / 2 + this.#shift.x,
      y: (y - this.#centre.y) * k + this.#height / 2 + this.#shift.y,
    };
  }

  toLayout({ x, y }: Point): Point {
    const k = this.#scale * this.#zoom;
    return {
      x: (x - this.#width / 2 - this.#shift.x) / k + this.#centre.x,
      y: (y - this.#height / 2 - this.#shift.y) / k + this.#centre.y,
    };
  }

  pan(dx: number, dy: number): void {
    this.#shift = { x: this.#shift.x + dx, y: this.#shift.y + dy };
  }

  /** Zooms and keeps what is at (x, y), by default the middle, where it is. */
  zoomAt(factor: number, x = this.#width / 2, y = this.#height / 2): void {
    const next = Math.min(ZOOM[1], Math.max(ZOOM[0], this.#zoom * factor));
    const by = next / this.#zoom;
    const [cx, cy] = [x - this.#width / 2, y - this.#height / 2];
    this.#shift = { x: cx - (cx - this.#shift.x) * by, y: cy - (cy - this.#shift.y) * by };
    this.#zoom = next;
  }

  /** One finger rests at `other`, the second moves. */
  pinch(other: Point, from: Point, to: Point): void {
    const length = (p: Point) => Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
    this.zoomAt(length(to) / length(from), (other.x + to.x) / 2, (other.y + to.y) / 2);
  }
}
