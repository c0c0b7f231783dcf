// `<warren-perturbation>`: the perturbation lab in anybody's page.

import { type Demo, DemoElement } from './demo.js';
import { graphPicture } from './graph-picture.js';
import { ATTRIBUTES, readSettings, type Settings } from './perturbation-settings.js';
import type { Words } from './poster.js';

export class WarrenPerturbation extends DemoElement<Settings> {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  protected override read = readSettings;

  protected override words(): Words {
    return {
      title: 'Perturbation lab',
      text: 'Add one edge to a graph and see whose embedding jumps, under Laplacian Eigenmaps and under LEPORID.',
      picture: graphPicture(),
    };
  }

  protected override load(): Promise<Demo<Settings>> {
    return import('./running.js');
  }
}
