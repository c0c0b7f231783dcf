// The third room: what one edge does to the embedding of a sparse node, and the experiment of figure 2.

import { html } from 'lit';
import { define, WarrenElement } from '../elements/element.js';
import { type LabPatch, patched } from '../lab/choice.js';
import { type LabSession, newLab } from '../lab/lab.js';
import { engine, started } from '../session/engine.js';
import { state } from '../state.js';

/** Kept while the page lasts, from the first visit to the room. */
let session: LabSession | null = null;

export class LabRoom extends WarrenElement {
  constructor() {
    super();
    this.watch(engine, state);
  }

  override render() {
    session ??= newLab(started);
    const { lab, seed } = state.value;
    return html`<div class="room-head"><h2>Perturbation lab</h2>
        <p data-part="intro">How much does one edge matter? Laplacian Eigenmaps give each node its entries of the
          smoothest eigenvectors of the graph’s Laplacian. A node with few edges hangs loosely there: one edge more, which may
          be no more than chance, and its row is another. LEPORID adds to small degrees and so holds sparse nodes back;
          nodes with many edges then move more.</p>
        <p class="formula" data-part="intro"><span>LE:  (D − W) q = λ q</span><span>LEPORID:  (D_reg − W) q = λ q,
          D_reg = (1 − α) D + α d_max I</span></p></div>
      <w-lab .session=${session} .choice=${lab} .seed=${seed} @choice-change=${this.#change}></w-lab>`;
  }

  readonly #change = (event: CustomEvent<LabPatch>): void => {
    event.stopPropagation();
    const { seed, ...rest } = event.detail;
    state.update({ lab: patched(state.value.lab, rest), ...(seed === undefined ? {} : { seed }) });
  };
}
define('w-lab-room', LabRoom);
