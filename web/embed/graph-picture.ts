// The perturbation lab's picture: a graph with one edge about to join its sparsest node.

import { make } from './poster.js';

const NODES = 34;
const SIZE = { width: 640, height: 300 };
/** The sparse node that the dashed edge would join, and its other end. */
const SPARSE = 30;
const OTHER = 12;

interface Place {
  x: number;
  y: number;
}

/** The golden angle spreads points evenly over a disc. */
function place(i: number): Place {
  const angle = i * Math.PI * (3 - Math.sqrt(5));
  const radius = Math.sqrt((i + 0.5) / NODES);
  return {
    x: SIZE.width / 2 + 265 * radius * Math.cos(angle),
    y: SIZE.height / 2 + 128 * radius * Math.sin(angle),
  };
}

/** Each later node joins two earlier ones, the first of them most often: a picture of rich getting richer. */
function links(): [number, number][] {
  const all: [number, number][] = [];
  for (let i = 3; i < NODES; i++) all.push([Math.floor(i / 3), i], [(i * 7) % Math.ceil(i / 2), i]);
  return all.filter(([a, b]) => a !== b);
}

function line(a: Place, b: Place, name: string): SVGElement {
  const [x1, y1, x2, y2] = [a.x, a.y, b.x, b.y].map((v) => v.toFixed(1));
  return make('line', { x1: x1 ?? 0, y1: y1 ?? 0, x2: x2 ?? 0, y2: y2 ?? 0, class: name });
}

export function graphPicture(): SVGElement {
  const svg = make('svg', {
    viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
    role: 'img',
    'aria-label': 'A graph with a dashed edge about to join its sparsest node',
  });
  const all = links();
  const degree = (i: number) => all.filter(([a, b]) => a === i || b === i).length;
  for (const [a, b] of all) svg.append(line(place(a), place(b), 'link'));
  svg.append(line(place(SPARSE), place(OTHER), 'new'));
  for (let i = 0; i < NODES; i++) {
    const { x, y } = place(i);
    const r = 4 + 1.6 * Math.sqrt(degree(i));
    const name = i === SPARSE ? 'node sparse' : 'node';
    svg.append(
      make('circle', { cx: x.toFixed(1), cy: y.toFixed(1), r: r.toFixed(1), class: name }),
    );
  }
  return svg;
}
