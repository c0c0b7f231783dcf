// The client without an engine: a worker that is played by the test. What matters is that no call hangs.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Channel } from '../../web/engine/channel.ts';
import { WarrenError } from '../../web/engine/errors.ts';
import type { FromWorker, ToWorker } from '../../web/engine/protocol.ts';
import { SimulationRun } from '../../web/engine/simulation-run.ts';
import { TrainRun } from '../../web/engine/train-run.ts';
import type {
  RunRecord,
  SimulationEvent,
  SimulationRecord,
  TrainEvent,
} from '../../web/engine/types.ts';

class FakeWorker {
  readonly sent: ToWorker[] = [];
  terminated = false;
  onmessage: ((e: { data: FromWorker }) => void) | null = null;
  onmessageerror: (() => void) | null = null;
  onerror: ((e: { message?: string }) => void) | null = null;

  postMessage(message: ToWorker): void {
    structuredClone(message);
    this.sent.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message });
  }
}

function open(): { worker: FakeWorker; channel: Channel } {
  const worker = new FakeWorker();
  return { worker, channel: new Channel(worker as unknown as Worker) };
}

function code(expected: string): (e: unknown) => boolean {
  return (e) => e instanceof WarrenError && e.code === expected;
}

test('answers reach the call they belong to, in any order', async () => {
  const { worker, channel } = open();
  const one = channel.call('history', [1, null]);
  const two = channel.call('history', [2, null]);
  worker.say({ kind: 'result', id: two.id, value: ['two'] });
  worker.say({ kind: 'result', id: one.id, value: ['one'] });
  assert.deepEqual(await Promise.all([one.answer, two.answer]), [['one'], ['two']]);
});

test('an error arrives with its fields', async () => {
  const { worker, channel } = open();
  const { id, answer } = channel.call('history', [1, null]);
  const error = {
    code: 'bad-value',
    message: 'a.csv, line 3: "x"',
    detail: '"x"',
    file: 'a.csv',
    line: 3,
  } as const;
  worker.say({ kind: 'error', id, error });
  await assert.rejects(answer, { ...error, name: 'WarrenError' });
});

test('an abort rejects at once, tells the worker, and a late answer changes nothing', async () => {
  const { worker, channel } = open();
  const stop = new AbortController();
  const { id, answer } = channel.call('embed', [{ side: 'user', init: { name: 'le' }, dim: 2 }], {
    signal: stop.signal,
  });
  stop.abort();
  await assert.rejects(answer, { name: 'AbortError', code: 'cancelled' });
  assert.deepEqual(worker.sent.at(-1), { kind: 'cancel', id });
  worker.say({ kind: 'result', id, value: null });
});

test('a signal that is aborted already sends nothing', async () => {
  const { worker, channel } = open();
  const { answer } = channel.call('catalog', [], { signal: AbortSignal.abort() });
  await assert.rejects(answer, code('cancelled'));
  assert.equal(worker.sent.length, 0);
});

for (const [how, breakIt] of [
  ['says that it failed', (w: FakeWorker) => w.say({ kind: 'failed', message: 'panicked' })],
  ['does not load', (w: FakeWorker) => w.onerror?.({})],
  ['sends what cannot be read', (w: FakeWorker) => w.onmessageerror?.()],
] as const) {
  test(`when the worker ${how}, every open and later call rejects`, async () => {
    const { worker, channel } = open();
    const open1 = channel.call('catalog', []).answer;
    const open2 = channel.call('schema', []).answer;
    breakIt(worker);
    await assert.rejects(open1, code('engine-failed'));
    await assert.rejects(open2, code('engine-failed'));
    await assert.rejects(channel.call('catalog', []).answer, code('engine-failed'));
    assert.equal((await channel.ended).code, 'engine-failed');
    assert.ok(worker.terminated);
  });
}

test('arguments that cannot be copied are an error, not a hang', async () => {
  const { channel } = open();
  const options = { name: () => {} } as never;
  await assert.rejects(
    channel.call('loadBuiltin', ['southern-women', options, 1]).answer,
    code('bad-value'),
  );
});

const EPOCH = { type: 'epoch', epoch: 1, loss: 0.5, seconds: 1, pairs_per_second: 10 } as const;
const progress = (done: number): TrainEvent => ({
  type: 'progress',
  stage: 'train',
  done,
  unit: 'epochs',
  seconds: 1,
});

/** A run that the test plays, and what was asked of it. */
function play(): {
  run: TrainRun;
  asked: string[];
  emit: (e: TrainEvent) => void;
  end: (r: RunRecord) => void;
  fail: (e: WarrenError) => void;
} {
  const asked: string[] = [];
  let emit!: (e: TrainEvent) => void;
  let end!: (r: RunRecord) => void;
  let fail!: (e: WarrenError) => void;
  const run = new TrainRun({
    begin(onEvent) {
      emit = onEvent;
      return new Promise<RunRecord>((resolve, reject) => {
        end = resolve;
        fail = reject;
      });
    },
    control: (action) => void asked.push(action),
  });
  return { run, asked, emit, end, fail };
}

test('a run gives all events, and of waiting progress only the last', async () => {
  const { run, emit, end } = play();
  for (const e of [progress(1), progress(2), EPOCH, progress(3)]) emit(e);
  end({} as RunRecord);
  const seen: TrainEvent[] = [];
  for await (const event of run) seen.push(event);
  assert.deepEqual(seen, [progress(2), EPOCH, progress(3)]);
});

test('a run wakes who waits for its next event', async () => {
  const { run, emit, end } = play();
  const next = run[Symbol.asyncIterator]().next();
  await Promise.resolve();
  emit(EPOCH);
  assert.deepEqual(await next, { done: false, value: EPOCH });
  end({} as RunRecord);
});

test('leaving the loop stops the run; the buttons pass on', async () => {
  const { run, asked, emit } = play();
  emit(EPOCH);
  for await (const _ of run) break;
  run.pause();
  run.step();
  run.resume();
  assert.deepEqual(asked, ['stop', 'pause', 'step', 'resume']);
});

test('a failed run throws out of the loop and rejects its promises', async () => {
  const { run, fail } = play();
  fail(WarrenError.failed('gone'));
  await assert.rejects(async () => {
    for await (const _ of run);
  }, code('engine-failed'));
  await assert.rejects(run.done, code('engine-failed'));
  await assert.rejects(run.id, code('engine-failed'));
});

test('an experiment gives its graphs as they come and its record at the end', async () => {
  let emit!: (e: SimulationEvent) => void;
  let end!: (r: SimulationRecord) => void;
  const asked: string[] = [];
  const run = new SimulationRun({
    begin(onEvent) {
      emit = onEvent;
      return new Promise((resolve) => (end = resolve));
    },
    control: (action) => void asked.push(action),
  });
  const graph = (n: number): SimulationEvent => ({
    type: 'graph',
    graphs_done: n,
    graphs: 2,
    curves: [],
  });
  emit(graph(1));
  emit(graph(2));
  const record = { graphs_done: 2 } as SimulationRecord;
  end(record);
  const seen: SimulationEvent[] = [];
  for await (const event of run) seen.push(event);
  assert.deepEqual(seen, [graph(1), graph(2)]);
  assert.equal(await run.done, record);
  run.step();
  assert.deepEqual(asked, ['step']);
});
