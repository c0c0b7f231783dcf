// Where a training stands, out of the checkpoint that it gives while it goes on.

import type { Warren } from '../engine/client.js';
import type { EpochRecord } from '../engine/types.js';
import { type FloatTable, readMetadata, readTable } from './safetensors.js';

export interface Reading {
  /** Steps since the run's start. */
  steps: number;
  /** Epochs that are complete. */
  epochs: number;
  /** Sum of the steps' losses. */
  lossSum: number;
  items: FloatTable;
}

/** The part of a checkpoint's header that is used here. */
interface Header {
  history: Pick<EpochRecord, 'loss'>[];
  step: number;
  loss_sum: number;
}

/** A checkpoint's bytes as a reading; `stepsPerEpoch` as the run's start event has it. */
export function reading(file: ArrayBuffer, stepsPerEpoch: number): Reading {
  const { history, step, loss_sum } = JSON.parse(readMetadata(file, 'warren.checkpoint')) as Header;
  const whole = history.reduce((sum, epoch) => sum + epoch.loss * stepsPerEpoch, 0);
  return {
    steps: history.length * stepsPerEpoch + step,
    epochs: history.length,
    lossSum: whole + loss_sum,
    items: readTable(file, 'current/item'),
  };
}

/** Asks a run that goes on, or is over, where it stands. A paused one would have to make a step. */
export async function read(warren: Warren, run: number, stepsPerEpoch: number): Promise<Reading> {
  const checkpoint = await warren.checkpoint(run);
  return reading(await checkpoint.arrayBuffer(), stepsPerEpoch);
}

/** ‖·‖² of every row. */
export function squaredLengths({ vectors, rows, dim }: FloatTable): Float64Array {
  const squared = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let at = row * dim; at < (row + 1) * dim; at++) sum += (vectors[at] as number) ** 2;
    squared[row] = sum;
  }
  return squared;
}
