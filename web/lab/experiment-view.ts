// The experiment of figure 2: run, pause, step, stop, reset; curves that grow with every graph.

import { html, nothing } from 'lit';
import '../charts/error-bars.js';
import type { ErrorSeries } from '../charts/error-bars.js';
import { download, fileName } from '../downloads.js';
import { about } from '../elements/about.js';
import { define, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { DegreePoint, PerturbationCurve, Progress } from '../engine/types.js';
import { count, seconds } from '../format.js';
import { Follow } from '../store.js';
import {
  ALPHAS,
  EXPERIMENT_PARAMS,
  type ExperimentChoice,
  inOrder,
  type LabPatch,
  MEASURE_TEXT,
  MEASURES,
  type Measure,
  MOST_METHODS,
  methodTitle,
} from './choice.js';
import { type Experiment, keyOf } from './experiment.js';
import { aboutMeasures } from './numbers.js';
import { SEED } from './seed.js';

/** Read from the published figure 2, which has no table: raw change, LE, n = 100, m = 10. */
const PAPER = { x: [10, 20, 30], y: [1.14, 0.215, 0.137] };
/** One colour for each method, however many others are shown. */
const COLOURS = [null, ...ALPHAS];

/** `<w-lab-experiment .experiment .choice .seed>` sends `choice-change` with a {@link LabPatch}. */
export class LabExperiment extends WarrenElement {
  static override properties = {
    experiment: { attribute: false },
    choice: { attribute: false },
    seed: { attribute: false },
  };
  declare experiment: Experiment;
  declare choice: ExperimentChoice;
  declare seed: number;

  constructor() {
    super();
    new Follow(this, () => this.experiment);
  }

  #patch(experiment: Partial<ExperimentChoice>): void {
    this.send<LabPatch>('choice-change', { experiment });
  }

  override render() {
    const { phase, error } = this.experiment.value;
    const { measure } = this.choice;
    return html`<section class="card lab-experiment" aria-label="Experiment" data-testid="lab-experiment" data-phase=${phase}>
      <header><h3>Every edge</h3>${about(
        'The experiment of figure 2',
        'Many random graphs. At every node a random edge is added, the graph is embedded again, and the edge is taken away; this is repeated, and the change of the node’s row is averaged over all nodes of the same degree. Bars are standard errors over nodes.',
      )}</header>
      <div class="lab-split">
        <div class="lab-chart">
          <div class="buttons"><span class="segmented" role="radiogroup" aria-label="Measure">${MEASURES.map(
            (
              m,
            ) => html`<label><input type="radio" name="experiment.measure" value=${m} .checked=${m === measure}
            @change=${() => this.#patch({ measure: m })} />${MEASURE_TEXT[m].title}</label>`,
          )}</span>${aboutMeasures()}</div>
          <w-error-bars data-testid="lab-chart" heading="Change of a node’s embedding by its degree" x-label="degree before the insertion"
            y-label=${`change (${MEASURE_TEXT[measure].title})`} y-log height="360" .series=${this.#series(measure)}
            empty="Run the experiment: every finished graph adds to these curves."></w-error-bars>
          ${
            measure === 'raw'
              ? html`<p class="small muted">Rings: the paper’s figure 2 (n = 100, m = 10, 40 dimensions), read from the published picture, as it has no table: ${PAPER.x
                  .map((x, i) => `${PAPER.y[i]} at degree ${x}`)
                  .join(
                    ', ',
                  )}. Raw counts flips of an eigenvector’s sign, which depend on the solver; here they are as frequent as LAPACK’s.</p>`
              : nothing
          }
        </div>
        <div class="lab-run">${this.#controls()}
          ${phase === 'failed' ? html`<w-error .error=${error} heading="The experiment failed"></w-error>` : nothing}
          ${this.#facts()}${this.#form()}</div>
      </div>
    </section>`;
  }

  #controls() {
    const { phase, curves, key, record } = this.experiment.value;
    const { experiment, choice, seed } = this;
    const button = (text: string, testid: string, act: () => void, kind = '') =>
      html`<button class="button ${kind}" type="button" data-testid=${testid} @click=${act}>${text}</button>`;
    const none = choice.methods.length === 0;
    return html`<div class="buttons" role="group" aria-label="Control of the experiment">
      ${
        phase === 'running'
          ? button('Pause', 'lab-pause', () => experiment.pause(), 'primary')
          : phase === 'paused'
            ? button('Resume', 'lab-resume', () => experiment.resume(), 'primary')
            : html`<button class="button primary" type="button" data-testid="lab-run" ?disabled=${none}
              @click=${() => void experiment.start(choice, seed)}>Run</button>`
      }
      ${
        phase === 'running'
          ? nothing
          : html`<button class="button" type="button" data-testid="lab-step" ?disabled=${none} title="One more graph, then pause"
            @click=${() => (phase === 'paused' ? experiment.step() : void experiment.start(choice, seed, true))}>Step</button>`
      }
      ${experiment.active ? button('Stop', 'lab-stop', () => experiment.stop()) : nothing}
      ${phase === 'idle' ? nothing : button(experiment.active ? 'Cancel' : 'Reset', 'lab-reset', () => experiment.reset())}
      ${record ? button('JSON', 'lab-json', () => this.#json(), 'quiet') : nothing}
    </div>
    <p class="small muted lab-stale" role="status">${
      curves.length > 0 && key !== keyOf(choice, seed)
        ? 'The curves belong to earlier settings; run again for these.'
        : ''
    }</p>`;
  }

  #facts() {
    const { phase, graphs, graphsDone, progress } = this.experiment.value;
    const taken = this.experiment.value.seconds;
    const shown: Progress = progress ?? {
      stage: '',
      done: graphsDone,
      total: graphs || this.choice.graphs,
      unit: 'graphs',
      seconds: taken,
    };
    const label = {
      idle: 'Ready',
      running: 'Running',
      paused: 'Paused',
      done: 'Done',
      failed: 'Failed',
    }[phase];
    const { nodes, repeats } = this.choice;
    return html`<w-progress .progress=${shown} label=${label} .cancellable=${false}></w-progress>
      <dl class="facts">
        <div><dt>graphs</dt><dd data-testid="lab-graphs">${count(graphsDone)}<span class="muted small"> of ${count(graphs || this.choice.graphs)}</span></dd></div>
        <div><dt>insertions</dt><dd>${count(graphsDone * nodes * repeats)}</dd></div>
        <div><dt>time taken</dt><dd>${graphsDone > 0 ? seconds(taken) : '–'}</dd></div>
      </dl>`;
  }

  #form() {
    const { choice } = this;
    const { methods, normalised } = choice;
    const busy = this.experiment.active;
    const shown = inOrder([...new Set([...COLOURS, ...methods])]);
    const id = `${this.uid}-laplacian`;
    const tick = (alpha: number | null) => {
      const without = methods.filter((m) => m !== alpha);
      this.#patch({
        methods: without.length < methods.length ? without : inOrder([...methods, alpha]),
      });
    };
    return html`<fieldset class="lab-methods" ?disabled=${busy} data-part="controls"><legend class="small">Methods</legend>
        ${shown.map((alpha) => {
          const on = methods.includes(alpha);
          return html`<label class="check-line small"><input type="checkbox" name="experiment.method" value=${alpha ?? 'le'} .checked=${on}
            ?disabled=${!on && methods.length >= MOST_METHODS} @change=${() => tick(alpha)} />
            <i class="swatch" .style=${`background: var(${colourOf(alpha)})`}></i>${alpha === null ? 'LE' : `α = ${alpha}`}</label>`;
        })}</fieldset>
      <fieldset class="lab-form" ?disabled=${busy} data-part="controls" @value-change=${this.#set}><legend class="visually-hidden">Experiment</legend>
        <w-params .params=${[...EXPERIMENT_PARAMS, SEED]} .values=${this.#values()} prefix="experiment"></w-params>
        <div class="param choice-line"><span class="label"><label for=${id}>Laplacian</label></span>
          <select id=${id} name="experiment.normalised" @change=${(e: Event) =>
            this.#patch({ normalised: (e.target as HTMLSelectElement).value === 'true' })}>
          <option value="false" ?selected=${!normalised}>D − W</option><option value="true" ?selected=${normalised}>normalised</option></select></div>
      </fieldset>`;
  }

  #values() {
    const { graphs, nodes, attach, repeats, dim } = this.choice;
    return { graphs, nodes, attach, repeats, dim, seed: this.seed };
  }

  readonly #set = (event: CustomEvent<ValueChange>): void => {
    event.stopPropagation();
    const { name, value } = event.detail;
    if (name === 'seed') this.send<LabPatch>('choice-change', { seed: Number(value) });
    else this.#patch({ [name]: Number(value) });
  };

  #series(measure: Measure): ErrorSeries[] {
    const curves = this.experiment.value.curves.map((curve) => toSeries(curve, measure));
    if (measure !== 'raw') return curves;
    return [
      ...curves,
      {
        label: 'paper, LE (read from figure 2)',
        colour: '--ink',
        ...PAPER,
        error: PAPER.x.map(() => null),
        reference: true,
      },
    ];
  }

  #json(): void {
    const { record } = this.experiment.value;
    if (!record) return;
    const { nodes, attach, seed } = record.config;
    const name = `${fileName('warren-perturbation', `n${nodes}`, `m${attach}`, `seed${seed}`)}.json`;
    download(JSON.stringify(record, null, 2), name, 'application/json');
  }
}
define('w-lab-experiment', LabExperiment);

function colourOf(alpha: number | null): string {
  const at = COLOURS.indexOf(alpha);
  return at < 0 ? '--series-7' : `--series-${at + 1}`;
}

function toSeries({ method, by_degree }: PerturbationCurve, measure: Measure): ErrorSeries {
  const of = (name: keyof DegreePoint) => by_degree.map((p) => p[name]);
  return {
    label: methodTitle(method),
    colour: colourOf(method.name === 'le' ? null : method.alpha),
    x: of('degree'),
    y: of(measure),
    // One node alone has no standard error.
    error: by_degree.map((p) => (p.nodes > 1 ? p[`${measure}_se`] : null)),
    columns: { nodes: of('nodes') },
  };
}
