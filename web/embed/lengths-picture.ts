// The weight decay demo's picture: lengths that follow popularity beside lengths that do not.

import { make } from './poster.js';

const SIZE = { width: 640, height: 300 };
const POINTS = 60;

/** Numbers from 0 to 1 that look drawn by chance, the same in every browser. */
function spread(i: number): number {
  const x = Math.abs(Math.sin(12.9898 * i)) * 437.585;
  return x - Math.floor(x);
}

function cloud(svg: SVGElement, left: number, rises: boolean): void {
  const [width, bottom, tall] = [250, 250, 190];
  svg.append(
    make('path', {
      class: 'link',
      d: `M${left} ${bottom - tall}V${bottom}H${left + width}`,
      fill: 'none',
    }),
  );
  for (let i = 0; i < POINTS; i++) {
    const popularity = (i + 0.5) / POINTS;
    const noise = (spread(i + 1) - 0.5) * (rises ? 0.2 : 0.5);
    const length = rises ? 0.15 + 0.7 * popularity + noise : 0.5 + noise;
    svg.append(
      make('circle', {
        cx: (left + 12 + popularity * (width - 24)).toFixed(1),
        cy: (bottom - length * tall).toFixed(1),
        r: 4.5,
        class: rises ? 'node sparse' : 'node',
      }),
    );
  }
}

export function lengthsPicture(): SVGElement {
  const svg = make('svg', {
    viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
    role: 'img',
    'aria-label':
      'Two clouds of points: in one, lengths rise with popularity; in the other, they do not',
  });
  cloud(svg, 45, true);
  cloud(svg, 345, false);
  return svg;
}
