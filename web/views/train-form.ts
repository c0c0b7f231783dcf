// A run's configuration, section by section, from the catalogue; presets fill it in.

import { html, nothing } from 'lit';
import { about } from '../elements/about.js';
import { define, showResults, WarrenElement } from '../elements/element.js';
import type { ValueChange } from '../elements/params-form.js';
import type { Catalog, Method, ModelMethod, Section } from '../engine/types.js';
import { num } from '../format.js';
import { data } from '../session/data.js';
import { engine } from '../session/engine.js';
import { gpu, leaveGpu, startGpu, trainsOnGpu } from '../session/gpu.js';
import { startRun } from '../session/runs.js';
import {
  adopt,
  CHOSEN,
  type ChosenSection,
  find,
  methodsOf,
  runConfig,
  state,
  updateTrain,
} from '../state.js';

const TITLES: Record<ChosenSection, string> = {
  model: 'Model',
  init: 'Initialisation',
  loss: 'Loss',
  regularizer: 'Regulariser',
  optimizer: 'Optimiser',
};

export class TrainForm extends WarrenElement {
  static override properties = { preset: { state: true } };
  declare preset: string;

  constructor() {
    super();
    this.preset = '';
    this.watch(engine, gpu, state, data);
  }

  override render() {
    const { catalog } = engine.value;
    if (!catalog) return nothing;
    const { train } = state.value;
    const model = find(catalog.models, train.model.name);
    const reads = (name: ChosenSection) => name !== 'model' && model.sections.includes(name);
    return html`<form class="card" aria-label="Configuration" @submit=${this.#run}>
      ${catalog.presets.length > 0 ? this.#presets(catalog) : nothing}
      <div class="buttons act"><button class="button primary" type="submit" data-testid="run">Run</button>
        <span class="small muted">seed ${state.value.seed}</span></div>
      ${this.#section(catalog, 'model')}
      ${trainsOnGpu(model) ? this.#device() : nothing}
      ${CHOSEN.filter(reads).map((name) => this.#section(catalog, name))}
      ${notRead(model)}
      ${model.sections.includes('train') ? this.#plain('Training', 'train', catalog.train) : nothing}
      ${this.#plain('Evaluation', 'evaluate', catalog.evaluate)}
    </form>`;
  }

  #presets(catalog: Catalog) {
    const id = `${this.uid}-preset`;
    const chosen = catalog.presets.find((p) => p.name === this.preset);
    return html`<div class="field"><span class="label"><label for=${id}><strong>Preset</strong></label>
        ${about('Preset', 'A whole configuration, often named after a paper’s table. It fills the form below, filter and split included; the seed stays.')}</span>
      <select id=${id} name="preset" @change=${(e: Event) => this.#adopt(catalog, (e.target as HTMLSelectElement).value)}>
        <option value="" ?selected=${!chosen}>Own settings</option>
        ${catalog.presets.map((p) => html`<option value=${p.name} ?selected=${p === chosen}>${p.title}</option>`)}
      </select>
      ${chosen ? html`<p class="small muted">${chosen.doc}</p>` : nothing}</div>`;
  }

  #adopt(catalog: Catalog, name: string): void {
    this.preset = name;
    const preset = catalog.presets.find((p) => p.name === name);
    // The preset's seed gives way to the one in the header: runs are compared under one seed.
    if (preset) adopt(catalog, { ...preset.config, seed: state.value.seed });
  }

  #device() {
    const { status, adapter, error } = gpu.value;
    const on = status === 'starting' || status === 'on';
    const option = (wanted: boolean, title: string, choose: () => void) => html`<label>
      <input type="radio" name="${this.uid}-device" .checked=${on === wanted} @change=${choose} />${title}</label>`;
    const said = {
      off: '',
      starting: 'Loading the module with WebGPU and starting the GPU …',
      on: `${adapter}. Results differ from the CPU’s by rounding only.`,
      failed: `No GPU: ${error instanceof Error ? error.message : String(error)}. Models are trained on the CPU.`,
    }[status];
    return html`<div class="field" data-testid="device" data-status=${status}>
      <span class="label"><span id="${this.uid}-device-label">Compute on</span>${about('Compute on', 'Models can be trained on the GPU, by WebGPU. Its module is fetched when you choose it (about 1 MB). Small factorisations are done sooner on the CPU. What is trained lies on the GPU and is brought to safety every few seconds: if the GPU is lost, the run goes on on the CPU. λOpt and SGDA are always trained on the CPU.')}</span>
      <div class="segmented" role="radiogroup" aria-labelledby="${this.uid}-device-label">
        ${option(false, 'CPU', leaveGpu)}${option(true, 'GPU', () => void startGpu())}</div>
      <p class="small muted" role="status" data-testid="device-said">${said}</p></div>`;
  }

  #section(catalog: Catalog, name: ChosenSection) {
    const section = state.value.train[name];
    const methods = methodsOf(catalog, name);
    const change = (e: CustomEvent<Section>) => {
      this.preset = '';
      updateTrain({ [name]: e.detail });
    };
    const method = find(methods, section.name);
    return html`<details class="section" ?open=${name === 'model' || name === 'loss'}>
      <summary>${TITLES[name]} <span class="muted">${method.title}${summary(method, section)}</span></summary>
      <w-method bare label=${TITLES[name]} prefix=${name} .methods=${methods} .section=${section} @section-change=${change}></w-method>
    </details>`;
  }

  #plain(title: string, name: 'train' | 'evaluate', method: Method) {
    const values = state.value.train[name];
    const change = (e: CustomEvent<ValueChange>) => {
      e.stopPropagation();
      this.preset = '';
      updateTrain({ [name]: { ...values, [e.detail.name]: e.detail.value } });
    };
    return html`<details class="section" ?open=${name === 'train'}>
      <summary>${title} <span class="muted">${summary(method, { name: '', ...values })}</span></summary>
      <w-params .params=${method.params} .values=${values} prefix=${name} @value-change=${change}></w-params>
    </details>`;
  }

  #run(event: Event): void {
    event.preventDefault();
    const { catalog } = engine.value;
    if (!catalog || !data.value.prepared) return;
    void startRun(runConfig(catalog));
    showResults(this);
  }
}
define('w-train-form', TrainForm);

/** What a model does without, so that nobody looks for it. */
function notRead(model: ModelMethod) {
  const missing = CHOSEN.filter((name) => name !== 'model' && !model.sections.includes(name));
  if (missing.length === 0) return nothing;
  const names = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(
    missing.map((name) => TITLES[name].toLowerCase()),
  );
  const direct = model.iterative ? '' : ' is computed directly from the training data: it';
  return html`<p class="small muted" data-testid="not-read">${model.title}${direct} takes no ${names} from here.</p>`;
}

/** The values that differ from their defaults, so that a closed section still says what it holds. */
function summary(method: Method, values: Section): string {
  const changed = method.params.filter(
    (p) => values[p.name] !== undefined && values[p.name] !== p.default,
  );
  return changed
    .map((p) => {
      const value = values[p.name];
      return ` · ${p.title} ${typeof value === 'number' ? num(value) : String(value)}`;
    })
    .join('');
}
