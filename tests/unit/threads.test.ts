// Whether there are threads, and what the client does when they do not start. The worker is played by the test.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import type { FromWorker, StartMessage } from '../../web/engine/protocol.ts';

// What a bundler and a browser would give; read when the modules below are loaded.
Object.assign(globalThis, {
  WARREN_THREADS: './threads/warren.js',
  document: { baseURI: 'http://host/' },
});
const { planThreads } = await import('../../web/engine/threads.ts');
const { Warren } = await import('../../web/engine/client.ts');

// Node 20 does not know relaxed SIMD yet.
let knowsRelaxedSimd = true;
WebAssembly.validate = () => knowsRelaxedSimd;

function machine(cores: number, crossOriginIsolated: boolean): void {
  const define = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true });
  define('navigator', { hardwareConcurrency: cores });
  define('crossOriginIsolated', crossOriginIsolated);
}

/** Workers started, in order, each with what it was told. */
let workers: FakeWorker[] = [];

class FakeWorker {
  onmessage: ((e: { data: FromWorker }) => void) | null = null;
  onmessageerror = null;
  onerror = null;
  terminated = false;
  start: StartMessage | null = null;
  readonly name: string;

  constructor(_: URL, { name }: { name: string }) {
    this.name = name;
    workers.push(this);
  }

  postMessage(message: StartMessage): void {
    this.start = message;
    // The baseline always starts; what becomes of threads is for the test to say.
    if (message.threads === null) queueMicrotask(() => this.started('baseline'));
  }

  started(build: 'baseline' | 'threads'): void {
    const threads = this.start?.threads?.count ?? 1;
    const path = { build, simd: true, threads };
    this.say({ kind: 'result', id: this.start?.id ?? 0, value: { version: '1', path } });
  }

  loaded(): void {
    const progress = { stage: 'threads', done: 0, total: 2, unit: 'threads', seconds: 0 };
    this.say({ kind: 'progress', id: this.start?.id ?? 0, progress });
  }

  say(data: FromWorker): void {
    this.onmessage?.({ data });
  }

  terminate(): void {
    this.terminated = true;
  }
}

beforeEach(() => {
  workers = [];
  machine(4, true);
  Object.assign(globalThis, { Worker: FakeWorker });
});
afterEach(() => mock.timers.reset());

function first(): FakeWorker {
  const [worker] = workers;
  assert.ok(worker);
  return worker;
}

test('as many threads as are of use, or as asked for', () => {
  assert.deepEqual(planThreads('auto'), { threads: 4, why: '' });
  assert.equal(planThreads(2).threads, 2);
  assert.equal(planThreads(1).threads, 1);
  machine(32, true);
  assert.equal(planThreads('auto').threads, 8);
  assert.equal(planThreads(1000).threads, 64);
});

test('what hinders threads is said', () => {
  assert.match(planThreads(false).why, /no more were asked for/);
  assert.match(planThreads(0).why, /no more were asked for/);
  knowsRelaxedSimd = false;
  assert.match(planThreads('auto').why, /does not know WebAssembly's relaxed SIMD/);
  knowsRelaxedSimd = true;
  machine(4, false);
  assert.match(planThreads('auto').why, /not cross-origin isolated/);
  machine(1, true);
  assert.match(planThreads('auto').why, /one processor core/);
  assert.equal(planThreads(2).threads, 2);
});

test('threads that start are used', async () => {
  const starting = Warren.start({ threads: 2 });
  first().loaded();
  first().started('threads');
  const { path, ended } = await starting;
  assert.deepEqual([path.build, path.threads, path.reasons], ['threads', 2, []]);
  assert.equal(workers.length, 1);
  // A thread that breaks down later ends the engine, whose worker may wait for it without end.
  const alarm = new BroadcastChannel(first().name);
  alarm.postMessage('unreachable');
  assert.match((await ended).message, /a thread broke down: unreachable/);
  assert.ok(first().terminated);
  alarm.close();
});

test('a start that fails goes on with the baseline in another worker', async () => {
  const starting = Warren.start({ threads: 2 });
  const error = { code: 'engine-failed', message: 'no such file', detail: '' } as const;
  first().say({ kind: 'error', id: first().start?.id ?? 0, error });
  const { path } = await starting;
  assert.equal(path.build, 'baseline');
  assert.match(path.reasons[0] ?? '', /2 threads failed to start \(no such file\)/);
  assert.ok(first().terminated);
  assert.equal(workers.length, 2);
});

test('threads that never come are waited for, but not for ever', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const starting = Warren.start({ threads: 2 });
  // Loading may take as long as the network needs.
  mock.timers.tick(60_000);
  assert.equal(workers.length, 1);
  first().loaded();
  mock.timers.tick(15_000);
  const { path } = await starting;
  assert.match(path.reasons[0] ?? '', /took more than 15 s/);
  assert.ok(first().terminated);
});

test('whoever gives up starting gets no engine', async () => {
  const stop = new AbortController();
  const starting = Warren.start({ threads: 2, signal: stop.signal });
  stop.abort();
  await assert.rejects(starting, { code: 'cancelled' });
  assert.equal(workers.length, 1);
});
