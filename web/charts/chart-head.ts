// What stands above every chart: its heading, whether its table shows, and what can be taken away.

import { html, nothing } from 'lit';

interface Headed {
  heading: string;
  table: boolean;
}

export interface Download {
  /** The button's text: the format. */
  label: string;
  take: () => unknown;
  testId?: string;
}

/** The caption of a chart; `idle` while it shows nothing, `first` before the buttons. */
export function chartHead(
  chart: Headed,
  idle: boolean,
  downloads: readonly Download[],
  first: unknown = nothing,
) {
  return html`<figcaption><h4>${chart.heading}</h4>
    <span class="tools">
      ${first}
      <button class="button quiet" type="button" ?disabled=${idle} aria-pressed=${chart.table ? 'true' : 'false'}
        @click=${() => {
          chart.table = !chart.table;
        }}>Table</button>
      ${downloads.map(
        ({
          label,
          take,
          testId,
        }) => html`<button class="button quiet" type="button" data-testid=${testId ?? nothing}
          ?disabled=${idle} @click=${take}>${label}</button>`,
      )}
    </span>
  </figcaption>`;
}
