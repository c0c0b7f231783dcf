// What the solver found: spectrum and residuals, and its convergence while it works.

import { html, nothing } from 'lit';
import type { Series } from '../charts/line-chart.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { GraphSummary } from '../engine/types.js';
import { count, num } from '../format.js';
import { embeddings, graphOf, PANELS, type Panel } from '../session/embeddings.js';
import { engine } from '../session/engine.js';
import { find, state } from '../state.js';

export class GraphCurves extends WarrenElement {
  /** The finished curves, kept while their embeddings stay the same: progress must not redraw them. */
  #kept: { of: unknown[]; spectrum: Series[]; residuals: Series[] } | null = null;

  constructor() {
    super();
    this.watch(embeddings, state);
  }

  #finished(): { spectrum: Series[]; residuals: Series[] } {
    const of = PANELS.flatMap((p) => [embeddings.value[p].embedding, state.value.graph[p].name]);
    if (this.#kept && of.every((part, i) => part === this.#kept?.of[i])) return this.#kept;
    const values = (panel: Panel) => byIndex(embeddings.value[panel].embedding?.values ?? []);
    const residuals = (panel: Panel) => byIndex(embeddings.value[panel].embedding?.residuals ?? []);
    this.#kept = { of, spectrum: this.#series(values), residuals: this.#series(residuals) };
    return this.#kept;
  }

  #series(pick: (panel: Panel) => { x: ArrayLike<number>; y: ArrayLike<number> }): Series[] {
    const { catalog } = engine.value;
    return PANELS.map((panel) => {
      const name = (embeddings.value[panel].embedding?.init ?? state.value.graph[panel]).name;
      const title = catalog ? find(catalog.inits, name).title : name;
      return {
        label: `${panel.toUpperCase()} ${title}`,
        ...pick(panel),
        colour: panel === 'a' ? '--series-1' : '--series-2',
        dash: panel === 'a',
        points: true,
      };
    });
  }

  override render() {
    const { spectrum, residuals } = this.#finished();
    const course = (panel: Panel) => {
      const { convergence } = embeddings.value[panel];
      return { x: convergence.seconds, y: convergence.residual };
    };
    const graph = graphOf();
    return html`<div class="grid">
        <section class="card"><w-line-chart heading="Spectrum" x-label="index" y-label="eigenvalue or singular value"
          .series=${spectrum} empty="Eigenvalues appear here once an embedding is computed."></w-line-chart></section>
        <section class="card"><w-line-chart heading="Residuals" x-label="index" y-label="‖Av − λv‖" y-log
          .series=${residuals} empty="How exactly each eigenpair was found."></w-line-chart></section>
        <section class="card"><w-line-chart last heading="Convergence" x-label="seconds" y-label="largest residual" y-log
          .series=${this.#series(course)} empty="The solver's residual, live while it works."></w-line-chart></section>
        ${this.#graph(graph)}
      </div>`;
  }

  #graph(g: GraphSummary | null) {
    const facts: [string, string][] =
      g === null
        ? []
        : [
            ['nodes', count(g.nodes)],
            ['edges', count(g.edges)],
            ['components', count(g.components)],
            ['isolated', count(g.isolated)],
            ['smallest degree', num(g.d_min)],
            ['largest degree', num(g.d_max)],
          ];
    return html`<section class="card" data-testid=${g ? 'graph-summary' : nothing}>
      <header><h3>The graph</h3>${about('The neighbour graph', 'Each node is joined to those most similar to it. A degree is the sum of its edges’ weights; an isolated node shares no training interaction with any other.')}</header>
      ${
        g
          ? html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
          : html`<p class="small muted">Its size and degrees are listed here once an embedding that uses it is computed.</p>`
      }
    </section>`;
  }
}
define('w-graph-curves', GraphCurves);

function byIndex(values: readonly number[]): { x: number[]; y: readonly number[] } {
  return { x: values.map((_, i) => i + 1), y: values };
}
