// λOpt live: the strengths of users and items by how often they occur, while they are learnt (figures 7 and 8).

import { html, nothing } from 'lit';
import '../charts/error-bars.js';
import '../charts/heat-map.js';
import '../elements/progress.js';
import type { ErrorSeries } from '../charts/error-bars.js';
import type { HeatTable } from '../charts/heat-frame.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { Side } from '../engine/types.js';
import { count, counted, fixed, num, seconds } from '../format.js';
import { data } from '../session/data.js';
import {
  cancelRun,
  continueRun,
  isLeft,
  pauseRun,
  type Run,
  runs,
  stepRun,
  stopRun,
} from '../session/runs.js';
import { state } from '../state.js';
import { Follow } from '../store.js';
import {
  GRANULARITIES,
  GRANULARITY_TEXT,
  LAMBDA_PARAMS,
  type LambdaChoice,
  learnedGrid,
  NDCG,
  titleOf,
} from './choice.js';
import {
  deviations,
  type Strengths,
  span,
  strengthMap,
  strengths,
  trajectories,
} from './groups.js';
import type { Live } from './live.js';
import { Paced } from './paced.js';

const TITLE: Record<Side, string> = { user: 'Users', item: 'Items' };

interface MapPicture {
  heat: HeatTable | null;
  further: Record<string, ArrayLike<number>>;
  describe: (row: number, column: number) => string;
}

/** What the charts draw, made once for each epoch. */
interface Pictures {
  known: readonly Strengths[];
  lines: Record<Side, readonly ErrorSeries[]>;
  maps: Record<Side, MapPicture>;
}

/** `<w-lambda-run .live .choice>` sends `choice-change` with what changes of a {@link LambdaChoice}. */
export class LambdaRun extends WarrenElement {
  static override properties = { live: { attribute: false }, choice: { attribute: false } };
  declare live: Live;
  declare choice: LambdaChoice;
  readonly #paced = new Paced<Pictures>(this);

  constructor() {
    super();
    new Follow(this, () => this.live);
    this.watch(data, runs, state);
  }

  #patch(change: Partial<LambdaChoice>): void {
    this.send<Partial<LambdaChoice>>('choice-change', change);
  }

  override updated(): void {
    if (!data.value.prepared) return;
    void this.live.plan(learnedGrid(this.choice, state.value.data, state.value.seed));
  }

  override render() {
    const found = this.live.shown();
    const run = found?.run;
    const epochs = `${run?.key}:${run?.history.length}`;
    const { known, lines, maps } = this.#paced.take(epochs, run?.phase === 'running', () =>
      pictures(strengths(run?.history ?? [])),
    );
    const { error } = this.live.value;
    return html`<section class="card" aria-label="Run" data-testid="lambda-run" data-phase=${run?.phase ?? 'idle'}>
      <header><h3>Watch λ being learnt</h3>${about(
        'Figures 7 and 8',
        'Matrix factorisation with BPR. Every strength begins at 0 and moves at every step, by its own Adam, to where the validation loss after the next step would be smaller; below 0 it is put back to 0. A user’s strength is the mean over its dimensions. Lines are means over users (items) of like activity (popularity), shades one standard deviation within the group.',
        'Λ ← max(0, Λ − η_λ · Adam( ∂L_val(Θ̄)/∂Λ )),  Θ̄ = f(Θ, g + 2ΛΘ / B)',
      )}</header>
      ${error ? html`<w-error .error=${error} heading="This run cannot be made"></w-error>` : nothing}
      ${run?.phase === 'failed' ? html`<w-error .error=${run.error} heading="Run ${run.number} failed"></w-error>` : nothing}
      <div class="lab-split">
        <div class="lab-chart">${this.#lines(lines.user, 'user')}${this.#lines(lines.item, 'item')}
          <p class="small muted lab-stale" role="status">${found?.stale ? 'This is of other settings or other data than those now.' : nothing}</p></div>
        <div class="lab-run">${this.#controls(run, found?.stale ?? false)}${this.#facts(run, known)}${this.#form()}</div>
      </div>
      <div class="decay-arms">${this.#map(maps.user, 'user')}${this.#map(maps.item, 'item')}</div>
    </section>`;
  }

  #lines(series: readonly ErrorSeries[], side: Side) {
    return html`<w-error-bars data-testid="lambda-${side}s" heading="${TITLE[side]}: λ by training interactions" x-label="epoch" y-label="λ"
      error-label="deviation within the group" .series=${series} height="270"
      empty="${TITLE[side]} in four groups of like size: how strong their regularisation is, epoch by epoch."></w-error-bars>`;
  }

  #map({ heat, further, describe }: MapPicture, side: Side) {
    return html`<w-heat-map data-testid="lambda-map-${side}s" heading="${TITLE[side]}: λ by frequency and epoch" x-label="epoch"
      y-label="training interactions" value-label="mean λ" .heat=${heat} .describe=${describe} .further=${further}
      empty="One row for each of twelve groups, one column for each epoch."></w-heat-map>`;
  }

  #controls(run: Run | undefined, stale: boolean) {
    const busy = run?.phase === 'running' || run?.phase === 'paused';
    if (run && busy) return this.#held(run);
    const whole = run?.phase === 'done' && run.record?.reason !== 'stopped' && !stale;
    const ready = data.value.prepared !== null && this.live.value.config !== null;
    return html`<div class="buttons"><button class="button primary" type="button" data-testid="lambda-start" ?disabled=${!ready || whole}
        @click=${() => this.live.start()}>${whole ? 'This run is made' : 'Learn λ'}</button>
      <span class="small muted">${whole ? 'Another setting or another seed makes another run.' : nothing}</span></div>`;
  }

  #held(run: Run) {
    const { key, phase } = run;
    const button = (text: string, name: string, act: (key: string) => void, title = '') =>
      html`<button class="button" type="button" data-testid="lambda-${name}" title=${title || nothing} @click=${() => act(key)}>${text}</button>`;
    const last = run.history.at(-1)?.epoch ?? 0;
    return html`<div class="buttons" role="group" aria-label="Control of the run">
        ${
          phase === 'paused'
            ? html`${button('Go on', 'continue', continueRun)}${isLeft(run) ? nothing : button('Step', 'step', stepRun, 'One epoch')}`
            : button('Pause', 'pause', pauseRun)
        }
        ${isLeft(run) ? nothing : button('Stop', 'stop', stopRun, 'End here and keep the best state')}
        <button class="button quiet" type="button" data-testid="lambda-cancel" title="End at once and forget the run" @click=${() => cancelRun(key)}>Cancel</button>
      </div>
      <w-progress label=${phase === 'paused' ? 'Paused' : 'Training'} .cancellable=${false}
        .progress=${{ stage: 'train', done: last, total: run.epochs || this.choice.epochs, unit: 'epochs', seconds: 0 }}></w-progress>`;
  }

  #facts(run: Run | undefined, known: readonly Strengths[]) {
    const last = run?.history.at(-1);
    const test = run?.record?.metrics.test;
    const range = known.at(-1)?.lambda.range;
    const fact = (name: string, value: string, id = '') =>
      html`<div data-testid=${id || nothing}><dt>${name}</dt><dd>${value}</dd></div>`;
    return html`<dl class="facts">
      ${fact('epoch', last ? count(last.epoch) : '–')}${fact('loss', last ? fixed(last.loss, 3) : '–')}
      ${fact('smallest λ', range ? num(range[0], 3) : '–', 'lambda-least')}${fact('largest λ', range ? num(range[1], 3) : '–', 'lambda-most')}
      ${fact('training time', last ? seconds(last.seconds) : '–')}${fact('test NDCG@100', test?.[NDCG] === undefined ? '–' : fixed(test[NDCG], 3))}</dl>
      <p class="small muted">Smallest and largest of all single strengths. None is ever below 0: that would reward long vectors. The
        test value is that of the best validation epoch.</p>`;
  }

  #form() {
    const { granularity, measure: _, ...values } = this.choice;
    const id = `${this.uid}-granularity`;
    return html`<div class="param choice-line"><span class="label"><label for=${id}>granularity</label>${about(
      'Granularity',
      'What has a strength of its own. The paper’s finest, DUI, has as many strengths as the model has numbers. Coarser ones have less to learn, but must treat sparse and active users alike.',
    )}</span><select id=${id} name="lambda.granularity" @change=${(e: Event) => {
      const found = GRANULARITIES.find((g) => g === (e.target as HTMLSelectElement).value);
      if (found) this.#patch({ granularity: found });
    }}>${GRANULARITIES.map((g) => html`<option value=${g} ?selected=${g === granularity}>${titleOf(g)}</option>`)}</select></div>
      <p class="small muted">A strength for ${GRANULARITY_TEXT[granularity]}.</p>
      <w-params .params=${LAMBDA_PARAMS} .values=${{ ...values }} prefix="lambda" @value-change=${(
        e: CustomEvent<ValueChange>,
      ) => {
        e.stopPropagation();
        this.#patch({ [e.detail.name]: Number(e.detail.value) });
      }}></w-params>`;
  }
}
define('w-lambda-run', LambdaRun);

function pictures(known: readonly Strengths[]): Pictures {
  return {
    known,
    lines: { user: trajectories(known, 'user'), item: trajectories(known, 'item') },
    maps: { user: mapPicture(known, 'user'), item: mapPicture(known, 'item') },
  };
}

function mapPicture(known: readonly Strengths[], side: Side): MapPicture {
  const heat = strengthMap(known, side);
  const describe = (row: number, column: number) => {
    const at = known[row];
    const group = at?.lambda[side][column];
    if (!at || !group) return '';
    return `After epoch ${at.epoch}, ${counted(group.count, side)} with ${span(group)} training interactions: λ is ${num(group.mean, 3)} ± ${num(group.deviation, 2)}.`;
  };
  return {
    heat,
    further: heat ? { 'mean λ': heat.values, deviation: deviations(known, side) } : {},
    describe,
  };
}
