// The GPU as the page uses it: off until somebody asks for it.

import type { ModelMethod } from '../engine/types.js';
import { Store } from '../store.js';
import { warren } from './engine.js';

export interface GpuState {
  status: 'off' | 'starting' | 'on' | 'failed';
  /** The adapter's name, once it is on. */
  adapter: string;
  /** Why there is none, or none any more. */
  error: unknown;
}

const OFF: GpuState = { status: 'off', adapter: '', error: null };
export const gpu = new Store<GpuState>(OFF);

/** True for a model that can be trained there: whatever learns over epochs does so by operations that both devices have. */
export const trainsOnGpu = (model: ModelMethod): boolean => model.on_device || model.iterative;

/** Asks for the GPU. Never rejects: the state says what happened. */
export async function startGpu(): Promise<void> {
  gpu.set({ ...OFF, status: 'starting' });
  try {
    const adapter = await warren().startGpu();
    // Whoever chose the CPU meanwhile has it.
    if (gpu.value.status === 'starting') gpu.set({ status: 'on', adapter, error: null });
  } catch (error) {
    gpu.set({ ...OFF, status: 'failed', error });
  }
}

export function leaveGpu(): void {
  gpu.set(OFF);
}

/** The GPU failed in the middle of a run, which goes on without it. */
export function gpuFailed(reason: string): void {
  gpu.set({ ...OFF, status: 'failed', error: new Error(reason) });
}
