// An error as the user needs it: what, where, which value, and what to do.

import { html, nothing } from 'lit';
import type { ErrorCode, ErrorData } from '../engine/types.js';
import { define, WarrenElement } from './element.js';

const ADVICE: Partial<Record<ErrorCode, string>> = {
  'empty-file':
    'Choose a file with at least one interaction: a user, an item, and optionally a rating and a time.',
  'not-text':
    "Warren reads text tables, their gzip, and MovieLens' zips. Export the data as CSV and try again.",
  'unknown-format':
    'State which column is the user and which the item, below, or choose another file.',
  'missing-column':
    "Choose the column again: the file's first line does not have one of this name.",
  'bad-value': 'Correct this line in the file, or map another column.',
  'bad-archive': 'Unpack the archive on your computer and drop the file inside it.',
  'too-large':
    'Use a smaller part of the data, or the warren command-line program, which has all memory to itself.',
  'no-data': 'Loosen the filter: ask for fewer interactions per user and item, or a lower rating.',
  'out-of-range': 'Change this setting to an allowed value.',
  'not-converged': 'Try a smaller learning rate or fewer dimensions.',
  'bad-state': 'Load the data again, then repeat this step.',
  'engine-failed': 'Reload the page; the link keeps your settings.',
};

/** `<w-error .error heading="…">`; announced to screen readers. Buttons to try again go beside it. */
export class ErrorBox extends WarrenElement {
  static override properties = { error: { attribute: false }, heading: {} };
  declare error: unknown;
  declare heading: string;

  constructor() {
    super();
    this.error = null;
    this.heading = 'That did not work';
  }

  override render() {
    if (!this.error) return nothing;
    const e = this.error as Partial<ErrorData>;
    const message = e.detail ?? e.message ?? String(this.error);
    const places: [string, string | number | undefined][] = [
      ['File', e.file],
      ['Line', e.line],
      ['Column', e.column],
      ['Setting', e.key],
      ['Value', e.value],
    ];
    const known = places.filter(([, value]) => value !== undefined);
    const advice = e.code ? ADVICE[e.code] : undefined;
    return html`<div class="error-box" role="alert" data-testid="error" data-code=${e.code ?? nothing}>
      <h4>${this.heading}</h4>
      <p>${message}</p>
      ${
        known.length > 0
          ? html`<dl>${known.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
          : nothing
      }
      ${advice ? html`<p class="small">${advice}</p>` : nothing}
    </div>`;
  }
}
define('w-error', ErrorBox);
