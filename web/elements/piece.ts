// The place of a part of the page that is loaded later: the part, that it is coming, or why it has not come.

import { html } from 'lit';
import type { Piece } from '../pieces/piece.js';
import { Follow } from '../store.js';
import { define, WarrenElement } from './element.js';

/** `<w-piece .piece .content=${() => html`…`}>`: `content` is called once the piece is here. */
export class PieceView extends WarrenElement {
  static override properties = { piece: { attribute: false }, content: { attribute: false } };
  declare piece: Piece;
  declare content: () => unknown;

  constructor() {
    super();
    new Follow(this, () => this.piece);
  }

  override willUpdate(): void {
    if (this.piece.value.phase === 'absent') void this.piece.load();
  }

  override render() {
    const { phase, error } = this.piece.value;
    if (phase === 'here') return this.content();
    if (phase !== 'failed')
      return html`<p class="piece-loading muted" role="status">Loading this part of the page…</p>`;
    return html`<w-error .error=${error} heading="This part of the page could not be loaded"></w-error>
      <div class="buttons"><button class="button" type="button" data-testid="load-again" @click=${() => void this.piece.load()}>Try again</button>
        <button class="button" type="button" @click=${() => location.reload()}>Reload the page</button>
        <span class="small muted">Both keep your settings.</span></div>`;
  }
}
define('w-piece', PieceView);
