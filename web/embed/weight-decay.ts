// `<warren-weight-decay>`: who decays, and whose vectors grow long, in anybody's page.

import { type Demo, DemoElement } from './demo.js';
import { lengthsPicture } from './lengths-picture.js';
import type { Words } from './poster.js';
import { ATTRIBUTES, readSettings, type Settings } from './weight-decay-settings.js';

export class WarrenWeightDecay extends DemoElement<Settings> {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  protected override read = readSettings;

  protected override words(): Words {
    return {
      title: 'Weight decay and popularity',
      text: 'Train three recommenders side by side and watch weight decay write popularity into the lengths of their vectors.',
      picture: lengthsPicture(),
    };
  }

  protected override load(): Promise<Demo<Settings>> {
    return import('./running-decay.js');
  }
}
