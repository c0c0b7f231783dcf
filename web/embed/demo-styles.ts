// The page's styles for what runs inside an element.

import base from '../styles/base.css?inline';
import charts from '../styles/charts.css?inline';
import controls from '../styles/controls.css?inline';
import lab from '../styles/lab.css?inline';
import parts from '../styles/parts.css?inline';
import { sheet } from './sheets.js';

let made: CSSStyleSheet | null = null;

/** The style sheet of every running demo, made once. */
export function styles(): CSSStyleSheet {
  made ??= sheet(base, controls, parts, charts, lab);
  return made;
}
