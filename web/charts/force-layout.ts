// Where the nodes of a small graph are drawn: d3-force, from start positions that are always the same and with
// its own seeded generator, so that the same graph gives the same picture. Loaded only when one is drawn.

import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  type SimulationNodeDatum,
} from 'd3-force';

/** Ticks until d3-force's own cooling ends. */
const TICKS = 300;
const SPACING = 34;

export class ForceLayout {
  readonly #nodes: SimulationNodeDatum[];
  readonly #simulation: Simulation<SimulationNodeDatum, undefined>;

  /** Runs to its end at once: a few dozen milliseconds for a hundred nodes. */
  constructor(nodes: number, edges: Uint32Array) {
    this.#nodes = Array.from({ length: nodes }, () => ({}));
    const links = Array.from({ length: edges.length / 2 }, (_, i) => ({
      source: edges[2 * i] as number,
      target: edges[2 * i + 1] as number,
    }));
    this.#simulation = forceSimulation(this.#nodes)
      .force('link', forceLink(links).distance(SPACING))
      .force('charge', forceManyBody().strength(-4 * SPACING))
      .force('collide', forceCollide(SPACING / 3))
      .force('x', forceX().strength(0.07))
      .force('y', forceY().strength(0.09))
      .stop()
      .tick(TICKS);
  }

  x(node: number): number {
    return this.#nodes[node]?.x ?? 0;
  }

  y(node: number): number {
    return this.#nodes[node]?.y ?? 0;
  }

  /** Holds a node at a place; the others give way with every {@link tick}. */
  hold(node: number, x: number, y: number): void {
    const held = this.#nodes[node];
    if (!held) return;
    held.x = held.fx = x;
    held.y = held.fy = y;
    this.#simulation.alpha(Math.max(this.#simulation.alpha(), 0.3));
  }

  release(node: number): void {
    const held = this.#nodes[node];
    if (!held) return;
    held.fx = null;
    held.fy = null;
  }

  /** One step; false once everything rests. */
  tick(): boolean {
    this.#simulation.tick();
    return this.#simulation.alpha() > this.#simulation.alphaMin();
  }
}
