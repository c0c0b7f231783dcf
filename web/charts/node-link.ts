// A small graph as nodes and links: drag, zoom, pan, and every node within reach of the keyboard.

import { html, nothing, svg } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import { ForceLayout } from './force-layout.js';
import { NodeLinkCamera, type Point } from './node-link-camera.js';
import { OnResize } from './on-resize.js';

/** What is drawn of a graph. All lists are by node. */
export interface NodeLink {
  nodes: number;
  /** The edges that decide where nodes lie; pairs. */
  layout: Uint32Array;
  /** The edges drawn; pairs. */
  edges: Uint32Array;
  added: readonly [number, number][];
  removed: readonly [number, number][];
  /** CSS colours; may use the style sheet's variables. */
  fills: readonly string[];
  /** Pixels. */
  radii: readonly number[];
  /** Bars on every node, each from −1 to 1; `null` for none. */
  bars: readonly (readonly number[])[] | null;
}

/** A press that moves less is a click. */
const STILL = 4;
const REACH = 16;
const BAR = { width: 4, height: 18 };
const ARROWS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/**
 * `<w-node-link label="…" .graph .nameOf .selected>` sends `pick` with a node (−1 for none), and for the keys R
 * and U `draw` and `undo`.
 */
export class NodeLinkView extends WarrenElement {
  static override properties = {
    label: {},
    graph: { attribute: false },
    nameOf: { attribute: false },
    selected: { attribute: false },
    cursor: { state: true },
    hovered: { state: true },
  };
  declare label: string;
  declare graph: NodeLink | null;
  declare nameOf: (node: number) => string;
  declare selected: number;
  declare cursor: number;
  declare hovered: number;
  readonly #camera = new NodeLinkCamera();
  #layout: ForceLayout | null = null;
  #laidOut: Uint32Array | null = null;
  #frame = 0;
  readonly #fingers = new Map<number, Point>();
  #press: { node: number; at: Point; moved: boolean } | null = null;

  constructor() {
    super();
    this.label = '';
    this.graph = null;
    this.nameOf = String;
    this.selected = -1;
    this.cursor = -1;
    this.hovered = -1;
    new OnResize(
      this,
      () => this.#svg,
      () => this.#place(),
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  get #svg(): SVGSVGElement | null {
    return this.querySelector('svg');
  }

  override render() {
    const { graph } = this;
    const said = this.cursor >= 0 ? this.nameOf(this.cursor) : '';
    return html`<div class="node-link">
      <svg tabindex="0" role="application" aria-label=${this.label} aria-describedby="${this.uid}-keys"
        @pointerdown=${this.#down} @pointermove=${this.#move} @pointerup=${this.#up} @pointercancel=${this.#cancelled}
        @pointerleave=${() => {
          this.hovered = -1;
        }} @keydown=${this.#key} @blur=${() => {
          this.cursor = -1;
        }}>
        ${graph && this.#layout ? this.#picture(graph) : nothing}
      </svg>
      <div class="zoom">
        <button type="button" aria-label="Zoom in" title="Zoom in" @click=${() => this.#zoom(1.4)}>+</button>
        <button type="button" aria-label="Zoom out" title="Zoom out" @click=${() => this.#zoom(1 / 1.4)}>−</button>
        <button type="button" aria-label="Fit" title="Fit" @click=${() => this.#zoom(0)}>⤢</button>
      </div>
      ${this.hovered >= 0 ? html`<div class="tip">${this.nameOf(this.hovered)}</div>` : nothing}
      <span class="visually-hidden" id="${this.uid}-keys">Arrow keys move from node to node, Enter chooses, R adds a
        random edge to the chosen node, U undoes, Escape lets go, plus and minus zoom, 0 fits.</span>
      <span class="visually-hidden" aria-live="polite">${said}</span>
    </div>`;
  }

  #picture(graph: NodeLink) {
    const lines = (name: string, count: number) =>
      svg`<g class=${name}>${Array.from({ length: count }, () => svg`<line></line>`)}</g>`;
    return svg`${lines('links', graph.edges.length / 2)}${lines('removed', graph.removed.length)}
      ${lines('added', graph.added.length)}
      <g class="nodes">${Array.from({ length: graph.nodes }, (_, i) => this.#node(graph, i))}</g>
      <g class="marks"><circle class="ring selected" r="0"></circle><circle class="ring cursor" r="0"></circle>
        <text class="name"></text></g>`;
  }

  #node(graph: NodeLink, i: number) {
    const bars = graph.bars?.[i];
    const left = bars ? (-bars.length * BAR.width) / 2 : 0;
    return svg`<g data-node=${i}><circle class="hit" r="13"></circle>
      <circle class="dot" r=${graph.radii[i] ?? 6} fill=${graph.fills[i] ?? 'var(--card)'}></circle>
      ${bars?.map((value, k) => {
        const height = Math.abs(value) * BAR.height;
        return svg`<rect class=${value < 0 ? 'below' : 'above'} x=${left + k * BAR.width} width=${BAR.width - 0.5}
          y=${value < 0 ? 0 : -height} height=${height}></rect>`;
      })}
    </g>`;
  }

  override firstUpdated(): void {
    this.#svg?.addEventListener('wheel', (e) => this.#wheel(e), { passive: false });
  }

  override willUpdate(): void {
    if (this.graph && this.graph.layout !== this.#laidOut) this.#lay(this.graph);
  }

  override updated(): void {
    this.#place();
  }

  #lay({ nodes, layout }: NodeLink): void {
    this.#laidOut = layout;
    this.#layout = new ForceLayout(nodes, layout);
    this.#camera.reset();
    this.cursor = -1;
  }

  /** Writes every place into the picture: by hand, since it happens in every frame of a drag. */
  #place(): void {
    const [element, layout, graph] = [this.#svg, this.#layout, this.graph];
    const { width, height } = element?.getBoundingClientRect() ?? { width: 0, height: 0 };
    if (!element || !layout || !graph || width === 0) return;
    element.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const nodes = [...element.querySelectorAll('[data-node]')];
    this.#camera.fit(width, height, nodes.length, (i) => ({ x: layout.x(i), y: layout.y(i) }));
    const at = nodes.map((_, i) => this.#at(i));
    for (const [i, node] of nodes.entries())
      node.setAttribute('transform', `translate(${at[i]?.x} ${at[i]?.y})`);
    const pairs = Array.from({ length: graph.edges.length / 2 }, (_, i): [number, number] => [
      graph.edges[2 * i] as number,
      graph.edges[2 * i + 1] as number,
    ]);
    const draw = (name: string, list: readonly (readonly [number, number])[]) => {
      for (const [i, line] of [...element.querySelectorAll(`.${name} line`)].entries()) {
        const [a, b] = list[i] ?? [0, 0];
        line.setAttribute('x1', String(at[a]?.x ?? 0));
        line.setAttribute('y1', String(at[a]?.y ?? 0));
        line.setAttribute('x2', String(at[b]?.x ?? 0));
        line.setAttribute('y2', String(at[b]?.y ?? 0));
        line.classList.toggle('near', a === this.selected || b === this.selected);
      }
    };
    draw('links', pairs);
    draw('removed', graph.removed);
    draw('added', graph.added);
    this.#mark('selected', this.selected);
    this.#mark('cursor', this.cursor);
    this.#name();
  }

  #at(node: number): Point {
    const { x, y } = { x: this.#layout?.x(node) ?? 0, y: this.#layout?.y(node) ?? 0 };
    return this.#camera.toScreen({ x, y });
  }

  #mark(name: string, node: number): void {
    const ring = this.querySelector(`.ring.${name}`);
    const { x, y } = this.#at(node);
    ring?.setAttribute('cx', String(x));
    ring?.setAttribute('cy', String(y));
    const extra = name === 'cursor' ? 8 : 4;
    ring?.setAttribute('r', node < 0 ? '0' : String((this.graph?.radii[node] ?? 6) + extra));
  }

  #name(): void {
    const text = this.querySelector('text.name');
    const { x, y } = this.#at(this.selected);
    text?.setAttribute('x', String(x));
    text?.setAttribute('y', String(y - (this.graph?.radii[this.selected] ?? 6) - 9));
    if (text) text.textContent = this.selected < 0 ? '' : String(this.selected);
  }

  /** The node nearest to a point of the picture, within reach; −1 if none is. */
  #near({ x, y }: Point): number {
    let best = -1;
    let least = REACH;
    for (let i = 0; i < (this.graph?.nodes ?? 0); i++) {
      const at = this.#at(i);
      const far = Math.hypot(at.x - x, at.y - y);
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }

  #point(event: MouseEvent): Point {
    const box = this.#svg?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  }

  #down(event: PointerEvent): void {
    const at = this.#point(event);
    this.#fingers.set(event.pointerId, at);
    this.#press = { node: this.#near(at), at, moved: this.#fingers.size > 1 };
  }

  #move(event: PointerEvent): void {
    const at = this.#point(event);
    const before = this.#fingers.get(event.pointerId);
    if (!before || !this.#press) {
      if (this.#fingers.size === 0) this.hovered = this.#near(at);
      return;
    }
    const { node, at: from } = this.#press;
    if (!this.#press.moved && Math.hypot(at.x - from.x, at.y - from.y) < STILL) return;
    if (!this.#press.moved) this.#svg?.setPointerCapture(event.pointerId);
    this.#press.moved = true;
    const others = [...this.#fingers].filter(([id]) => id !== event.pointerId);
    const other = others[0]?.[1];
    this.#fingers.set(event.pointerId, at);
    if (other) this.#camera.pinch(other, before, at);
    else if (node >= 0) this.#drag(node, at);
    else this.#camera.pan(at.x - before.x, at.y - before.y);
    this.#place();
  }

  #drag(node: number, at: Point): void {
    const { x, y } = this.#camera.toLayout(at);
    this.#camera.hold();
    this.#layout?.hold(node, x, y);
    if (this.#frame === 0) this.#frame = requestAnimationFrame(this.#step);
  }

  readonly #step = (): void => {
    this.#frame = 0;
    const moving = this.#layout?.tick() ?? false;
    this.#place();
    if (moving && this.isConnected) this.#frame = requestAnimationFrame(this.#step);
  };

  #up(event: PointerEvent): void {
    const press = this.#press;
    this.#cancelled(event);
    if (press && !press.moved) this.send('pick', press.node);
  }

  #cancelled(event: PointerEvent): void {
    if (this.#press && this.#press.node >= 0) this.#layout?.release(this.#press.node);
    this.#fingers.delete(event.pointerId);
    this.#press = null;
  }

  /** A page that scrolls must not be caught: the wheel zooms once the picture has the focus. */
  #wheel(event: WheelEvent): void {
    if (!this.matches(':focus-within')) return;
    event.preventDefault();
    const { x, y } = this.#point(event);
    this.#camera.zoomAt(Math.exp(-event.deltaY * 0.0015), x, y);
    this.#place();
  }

  #zoom(factor: number): void {
    if (factor === 0) this.#camera.reset();
    else this.#camera.zoomAt(factor);
    this.#place();
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.cursor = this.#towards(arrow);
    else if (event.key === 'Enter' || event.key === ' ') this.send('pick', this.cursor);
    else if (event.key === 'Escape' && this.selected >= 0) this.send('pick', -1);
    else if (event.key === 'r' || event.key === 'R') this.send('draw', null);
    else if (event.key === 'u' || event.key === 'U') this.send('undo', null);
    else if (event.key === '+' || event.key === '=') this.#zoom(1.4);
    else if (event.key === '-') this.#zoom(1 / 1.4);
    else if (event.key === '0') this.#zoom(0);
    else return;
    event.preventDefault();
  }

  /** The next node in a direction: near, and not far off the line. */
  #towards(arrow: Point): number {
    const from = this.cursor >= 0 ? this.cursor : this.selected;
    if (from < 0) return 0;
    const here = this.#at(from);
    let best = from;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < (this.graph?.nodes ?? 0); i++) {
      const { x, y } = this.#at(i);
      const along = (x - here.x) * arrow.x + (y - here.y) * arrow.y;
      const across = Math.abs((x - here.x) * arrow.y) + Math.abs((y - here.y) * arrow.x);
      if (i === from || along <= 0.5 || across > 2 * along) continue;
      const cost = along + 2 * across;
      if (cost < least) [best, least] = [i, cost];
    }
    return best;
  }
}
define('w-node-link', NodeLinkView);
