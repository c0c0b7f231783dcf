// What is loaded later, in the order in which it is fetched ahead.

import { Piece } from './piece.js';

export const PIECES = {
  summary: new Piece(() => import('./summary.js')),
  graph: new Piece(() => import('./graph.js')),
  train: new Piece(() => import('./train.js')),
  recommend: new Piece(() => import('./recommend.js')),
  lab: new Piece(() => import('./lab.js')),
  decay: new Piece(() => import('./decay.js')),
  lambda: new Piece(() => import('./lambda.js')),
};
