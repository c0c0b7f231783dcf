// A drawing of the page as a file of its own: what the style sheet says is written into each element.

import { download, fileName } from '../downloads.js';

const KEPT = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
] as const;

/** What the page says beside a picture: `colour` is a name of the style sheet. */
export interface LegendEntry {
  label: string;
  colour: string;
}

const NS = 'http://www.w3.org/2000/svg';
const LINE = 20;

/** The picture as SVG text with title and legend, on the ground it has on the page. */
export function svgText(
  picture: SVGSVGElement,
  title: string,
  legend: readonly LegendEntry[] = [],
): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const originals = [picture, ...picture.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  for (const [i, original] of originals.entries()) {
    const style = getComputedStyle(original);
    const target = copies[i];
    if (!target) continue;
    if (style.visibility === 'hidden') target.remove();
    for (const name of KEPT) target.setAttribute(name, plain(style.getPropertyValue(name)));
    target.removeAttribute('class');
  }
  for (const name of ['tabindex', 'role', 'aria-label', 'aria-describedby', 'preserveAspectRatio'])
    copy.removeAttribute(name);
  const { width, height } = picture.viewBox.baseVal;
  const tall = height + LINE * (legend.length + 1);
  copy.setAttribute('xmlns', NS);
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(tall));
  copy.setAttribute('viewBox', `0 ${-LINE} ${width} ${tall}`);
  const ink = colourOf(picture, '--ink');
  const text = (x: number, y: number, content: string) => {
    const font = getComputedStyle(picture).fontFamily;
    return make('text', { x, y, fill: ink, 'font-family': font, 'font-size': 13 }, content);
  };
  copy.prepend(
    make('title', {}, title),
    make('rect', { y: -LINE, width, height: tall, fill: colourOf(picture, '--card') }),
    text(8, -5, title),
  );
  for (const [i, { label, colour }] of legend.entries()) {
    const y = height + i * LINE;
    const fill = colourOf(picture, colour);
    copy.append(
      make('rect', { x: 8, y: y - 2, width: 18, height: 4, fill }),
      text(34, y + 4, label),
    );
  }
  return new XMLSerializer().serializeToString(copy).replaceAll(/<!--.*?-->/g, '');
}

function make(name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

/** The custom property itself may read `light-dark(…)`; only a colour in use is resolved. */
function colourOf(picture: SVGSVGElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  picture.parentElement?.append(probe);
  const value = plain(getComputedStyle(probe).color);
  probe.remove();
  return value;
}

/** Mixed colours are computed as `color(srgb …)`, which programs for pictures do not read. */
function plain(value: string): string {
  return value.replaceAll(/color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)[^)]*\)/g, (_, ...parts) => {
    const [r, g, b] = parts.slice(0, 3).map((part) => Math.round(Number(part) * 255));
    return `rgb(${r}, ${g}, ${b})`;
  });
}

export function downloadSvg(
  picture: SVGSVGElement,
  title: string,
  legend: readonly LegendEntry[] = [],
): void {
  download(svgText(picture, title, legend), `${fileName('warren', title)}.svg`, 'image/svg+xml');
}
