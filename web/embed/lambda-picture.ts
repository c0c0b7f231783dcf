// The picture of the demo of learned regularisation: strengths that begin together at zero and part.

import { make } from './poster.js';

const SIZE = { width: 640, height: 300 };
const [LEFT, RIGHT, TOP, BASE] = [60, 590, 40, 250];
const POINTS = 40;
/** Of the four curves, from sparse to active: how high each ends, and half the width of its shade there. */
const CURVES = [
  [0.34, 0.08],
  [0.5, 0.09],
  [0.68, 0.1],
  [0.86, 0.1],
] as const;

const place = (x: number, y: number) =>
  `${(LEFT + x * (RIGHT - LEFT)).toFixed(1)} ${(BASE - y * (BASE - TOP)).toFixed(1)}`;

/** Learnt fast at first, then slower. */
const height = (x: number, end: number) => (end * Math.log(1 + 6 * x)) / Math.log(7);

const across = Array.from({ length: POINTS + 1 }, (_, i) => i / POINTS);

export function lambdaPicture(): SVGElement {
  const svg = make('svg', {
    viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
    role: 'img',
    'aria-label': 'Four curves that begin at zero and part: the strengths of four groups of users',
  });
  svg.append(make('path', { class: 'link', d: `M${LEFT} ${TOP}V${BASE}H${RIGHT}`, fill: 'none' }));
  for (const [i, [end, spread]] of CURVES.entries()) {
    const at = (side: number) =>
      across.map((x) => place(x, height(x, end) + side * spread * Math.sqrt(x)));
    const line = across.map((x) => place(x, height(x, end))).join('L');
    const shade = [...at(1), ...at(-1).reverse()].join('L');
    const name = i === CURVES.length - 1 ? 'active' : 'plain';
    svg.append(
      make('path', { class: `shade ${name}`, d: `M${shade}Z` }),
      make('path', { class: `strength ${name}`, d: `M${line}` }),
    );
  }
  return svg;
}
