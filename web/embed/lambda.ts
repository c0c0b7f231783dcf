// `<warren-lambda>`: regularisation that learns itself, in anybody's page.

import { type Demo, DemoElement } from './demo.js';
import { lambdaPicture } from './lambda-picture.js';
import { ATTRIBUTES, readSettings, type Settings } from './lambda-settings.js';
import type { Words } from './poster.js';

export class WarrenLambda extends DemoElement<Settings> {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  protected override read = readSettings;

  protected override words(): Words {
    return {
      title: 'Learned regularisation',
      text: 'Train a recommender and watch the strength of its regularisation being learnt for sparse and for active users.',
      picture: lambdaPicture(),
    };
  }

  protected override load(): Promise<Demo<Settings>> {
    return import('./running-lambda.js');
  }
}
