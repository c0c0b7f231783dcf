// The room “Learned regularisation” without a browser: its part of a link, its runs, what its pictures are made of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellAt, type HeatTable, heatFrame, toX, toY } from '../../web/charts/heat-frame.ts';
import { heatScale } from '../../web/charts/heat-scale.ts';
import { ATTRIBUTES, readSettings } from '../../web/embed/lambda-settings.ts';
import type { EpochRecord, LambdaGroup } from '../../web/engine/types.ts';
import { HashReader } from '../../web/hash-reader.ts';
import {
  FIXED,
  HR,
  LAMBDA,
  type LambdaChoice,
  learnedGrid,
  NDCG,
  paperSplit,
  wholeGrid,
  writeLambda,
} from '../../web/lambda/choice.ts';
import { demoConfig } from '../../web/lambda/demo.ts';
import {
  deviations,
  merged,
  span,
  strengthMap,
  strengths,
  tail,
  trajectories,
} from '../../web/lambda/groups.ts';
import { readLambda } from '../../web/lambda/hash.ts';
import { Paced } from '../../web/lambda/paced.ts';
import {
  best,
  type Done,
  gains,
  ofQuarter,
  sensitivity,
  type Tried,
  trainingSeconds,
  unlike,
} from '../../web/lambda/results.ts';

test('a link carries the whole room', () => {
  const choice: LambdaChoice = {
    granularity: 'du',
    rate: 0.003,
    dim: 16,
    learning_rate: 0.02,
    batch_size: 128,
    epochs: 7,
    measure: 'auc',
  };
  const hash = new URLSearchParams();
  for (const [key, value] of Object.entries(writeLambda(choice)))
    hash.set(`lambda.${key}`, String(value));
  const reader = new HashReader(hash.toString());
  assert.deepEqual(readLambda(reader, LAMBDA), choice);
  assert.deepEqual(reader.finish(), []);

  const wrong = new HashReader(
    'lambda.granularity=user&lambda.rate=0&lambda.dim=1&lambda.epochs=1.5&lambda.measure=mrr&lambda.clip=1',
  );
  assert.deepEqual(readLambda(wrong, LAMBDA), LAMBDA);
  const problems = wrong.finish();
  assert.equal(problems.length, 6, problems.join(' | '));
  for (const key of ['granularity', 'rate', 'dim', 'epochs', 'measure', 'clip'])
    assert.ok(
      problems.some((p) => p.includes(`lambda.${key}`)),
      `${key}: ${problems.join(' | ')}`,
    );
});

test('the grid differs in nothing but the regulariser, and ends with the run that is shown live', () => {
  const data = { split: paperSplit(true) };
  const whole = wholeGrid({ ...LAMBDA, granularity: 'di', rate: 0.5 }, data, 9);
  const alone = learnedGrid({ ...LAMBDA, granularity: 'di', rate: 0.5 }, data, 9);
  assert.deepEqual(whole.base, alone.base);
  assert.deepEqual([whole.seeds, alone.seeds], [[9], [9]]);
  assert.deepEqual(whole.runs?.at(-1), alone.runs?.[0]);
  assert.deepEqual(alone.runs, [
    { regularizer: { name: 'lambda-opt', granularity: 'di', learning_rate: 0.5 } },
  ]);
  const fixed = whole.runs?.slice(0, -1).map((run) => run.regularizer);
  assert.deepEqual(
    fixed,
    [10, 1, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0].map((lambda) => ({ name: 'fixed', lambda })),
  );
  assert.equal(whole.base?.data, data);
  assert.deepEqual(whole.base?.evaluate, { cutoffs: '50,100', kdd19: true, activity: true });
  assert.equal(whole.base?.train?.monitor, NDCG);
  // A run of two epochs has to be judged as well.
  const short = learnedGrid({ ...LAMBDA, epochs: 2 }, data, 9);
  assert.equal(short.base?.train?.eval_every, 2);
  assert.equal(paperSplit(false), 'random:0.6,0.2,0.2');
});

const group = (from: number, to: number, mean: number, deviation = 0, count = 2): LambdaGroup => ({
  from,
  to,
  count,
  mean,
  deviation,
});

const epoch = (n: number, user?: LambdaGroup[], item?: LambdaGroup[]): EpochRecord => ({
  epoch: n,
  loss: 0.5,
  seconds: n,
  pairs_per_second: 1,
  ...(user && item ? { lambda: { user, item, range: [0, 1] as [number, number] } } : {}),
});

test('groups put together are what their members were', () => {
  // Six members with the strengths 1, 3 | 5, 5, 5, 5: mean 4, squares 9 + 1 + 4 · 1.
  const parts = merged([group(1, 2, 2, 1, 2), group(3, 9, 5, 0, 4)], 1);
  assert.deepEqual(parts[0], { ...group(1, 9, 4, Math.sqrt(14 / 6), 6) });
  const twelve = Array.from({ length: 12 }, (_, i) => group(i, i, i));
  assert.deepEqual(
    merged(twelve, 4).map((g) => [g.from, g.to, g.count, g.mean]),
    [
      [0, 2, 6, 1],
      [3, 5, 6, 4],
      [6, 8, 6, 7],
      [9, 11, 6, 10],
    ],
  );
  assert.equal(merged([group(1, 9, 4)], 4).length, 1, 'one strength for all stays one line');
  assert.deepEqual([span(group(12, 40, 0)), span(group(1500, 1500, 0))], ['12–40', '1,500']);
});

test('trajectories and map hold the epochs that have strengths', () => {
  const item = [group(1, 99, 0.5, 0.25, 6)];
  const history = [
    epoch(1, [group(1, 2, 0.1, 0.01), group(3, 9, 0.2, 0.02)], item),
    epoch(2, [group(1, 2, 0.3, 0.03), group(3, 9, 0.4, 0.04)], item),
    epoch(3),
  ];
  const known = strengths(history);
  assert.deepEqual(
    known.map((k) => k.epoch),
    [1, 2],
  );
  const lines = trajectories(known, 'user');
  assert.deepEqual(
    lines.map((l) => [l.label, l.x, l.y, l.band]),
    [
      ['1–2 interactions (2 users)', [1, 2], [0.1, 0.3], true],
      ['3–9 interactions (2 users)', [1, 2], [0.2, 0.4], true],
    ],
  );
  assert.ok(Math.abs((lines[1]?.error[1] ?? 0) - 0.04) < 1e-12);
  assert.equal(trajectories(known, 'item')[0]?.label, 'all 6 items');
  assert.deepEqual(strengthMap(known, 'user'), {
    xs: [1, 2],
    ys: [1, 2],
    names: ['1–2', '3–9'],
    values: [0.1, 0.2, 0.3, 0.4],
  });
  assert.deepEqual(deviations(known, 'user'), [0.01, 0.02, 0.03, 0.04]);
  assert.deepEqual([strengthMap([], 'user'), trajectories([], 'user')], [null, []]);
});

test('frequencies are counted in doubling ranges', () => {
  const points = tail(Uint32Array.from([0, 0, 1, 2, 3, 3, 9, 100]));
  assert.deepEqual(
    points.map((p) => [p.name, p.y]),
    [
      ['1', 1],
      ['2–3', 3],
      ['8–15', 1],
      ['64–127', 1],
    ],
  );
  assert.ok(points.every((p) => p.x > 0));
  assert.deepEqual(tail(new Uint32Array(3)), []);
});

const done = (test: Record<string, number>, validation: number, train = 1): Done => ({
  metrics: { test, validation: { [NDCG]: validation } },
  seconds: { train },
});

test('validation chooses the fixed strength, the test part shows it', () => {
  const tried: Tried[] = [
    { lambda: 10, record: done({ [NDCG]: 0.2 }, 0.1) },
    { lambda: 0.01, record: done({ [NDCG]: 0.3 }, 0.4) },
    { lambda: 1e-3, record: undefined },
    { lambda: 0, record: done({ [NDCG]: 0.5 }, 0.3) },
  ];
  assert.equal(best(tried)?.lambda, 0.01, 'not by the test part');
  assert.equal(best(tried.slice(2, 3)), null);
  const [fixed, learnt] = sensitivity(tried, done({ [NDCG]: 0.6 }, 0.9), 'ndcg');
  assert.deepEqual(
    fixed?.points.map((p) => [p.x, p.y]),
    [
      [0, 0.5],
      [0.01, 0.3],
      [10, 0.2],
    ],
  );
  assert.equal(fixed?.chosen, 1);
  assert.deepEqual(
    learnt?.points.map((p) => [p.x, p.y]),
    [
      [0, 0.6],
      [Math.max(...FIXED), 0.6],
    ],
  );
  const [none, level] = sensitivity([], undefined, 'auc');
  assert.deepEqual([none?.points, level?.points], [[], []]);
  const device = { name: 'webgpu' } as const;
  assert.equal(unlike({ ...done({}, 0), device }, done({}, 0)), true);
  assert.equal(unlike({ ...done({}, 0), device: { name: 'cpu' } }, done({}, 0)), false);
  assert.equal(unlike({ ...done({}, 0), device }, undefined), false);
  assert.deepEqual([trainingSeconds(undefined), trainingSeconds(done({}, 0, 7))], [0, 7]);
});

test('gains are in per cent of the fixed strength, by quarter', () => {
  const quarters = (values: readonly number[]) =>
    Object.fromEntries(
      values.flatMap((v, i) => [
        [ofQuarter(HR, 'user', i + 1), v],
        [ofQuarter(NDCG, 'user', i + 1), v / 2],
      ]),
    );
  assert.equal(ofQuarter(HR, 'item', 4), "HR@100 (KDD'19) items 4/4");
  const before = done(quarters([0, 0.5, 0.25, 0.5]), 0);
  const after = done(quarters([0.1, 0.75, 0.125, 0.5]), 0);
  assert.deepEqual(
    gains(before, after, 'user').map((b) => [b.label, b.values]),
    [
      ['HR@100', [null, 50, -50, 0]],
      ['NDCG@100', [null, 50, -50, 0]],
    ],
  );
  assert.deepEqual(gains(before, undefined, 'user'), []);
  assert.deepEqual(
    gains(before, after, 'item').map((b) => b.values),
    [
      [null, null, null, null],
      [null, null, null, null],
    ],
  );
});

test('a map with names has a whole cell for each epoch and group', () => {
  const heat: HeatTable = { xs: [1, 2, 3], ys: [1, 2], names: ['a', 'b'], values: new Array(6) };
  const frame = heatFrame(heat, 700, 400);
  for (const [row, column] of [
    [0, 0],
    [1, 1],
    [2, 0],
  ] as const) {
    const [x, y] = [toX(frame, heat.xs[row] ?? 0), toY(frame, heat.ys[column] ?? 0)];
    assert.deepEqual(cellAt(frame, heat, x, y), { row, column }, 'a cell is found at its middle');
  }
  const wide = toX(frame, 2) - toX(frame, 1);
  assert.deepEqual(cellAt(frame, heat, toX(frame, 3) + 0.45 * wide, toY(frame, 2)), {
    row: 2,
    column: 1,
  });
  assert.equal(cellAt(frame, heat, toX(frame, 3) + 0.55 * wide, toY(frame, 2)), null);
  const one = heatFrame({ ...heat, xs: [1], values: [0, 1] }, 700, 400);
  assert.ok(Number.isFinite(toX(one, 1)), 'the first epoch has a place');
  const scale = heatScale([0, 0.25, 0.5], false, false);
  assert.deepEqual([scale.share(0.25), scale.share(0), scale.value(1)], [0.5, 0, 0.5]);
});

test('attributes of the element are checked one by one', () => {
  const read = (given: Record<string, string>) =>
    readSettings((name) => given[name] ?? null, 'https://host.example/page/');
  const plain = read({});
  assert.deepEqual(plain.problems, []);
  assert.deepEqual(plain.settings.choice, LAMBDA);
  const { settings, problems } = read({
    granularity: 'u',
    rate: '0.5',
    epochs: '7',
    dim: '12',
    seed: '9',
    'wasm-url': '../w.wasm',
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(settings.choice, { ...LAMBDA, granularity: 'u', rate: 0.5, epochs: 7, dim: 12 });
  assert.deepEqual([settings.seed, settings.wasmUrl], [9, 'https://host.example/w.wasm']);
  const wrong = {
    granularity: 'users',
    rate: '2',
    epochs: '1.5',
    dim: '',
    seed: 'x',
    theme: 'red',
  };
  assert.deepEqual(
    read(wrong)
      .problems.map((p) => p.split('=')[0])
      .sort(),
    Object.keys(wrong).sort(),
  );
  for (const name of Object.keys(wrong)) assert.ok(ATTRIBUTES.includes(name as never), name);
});

test('the element trains what the room would', () => {
  const config = demoConfig({ ...LAMBDA, granularity: 'ui', epochs: 3 }, 5);
  const grid = learnedGrid(
    { ...LAMBDA, granularity: 'ui', epochs: 3 },
    { split: paperSplit(true) },
    5,
  );
  assert.deepEqual(config, { ...grid.base, ...grid.runs?.[0], seed: 5 });
  assert.equal(config.regularizer?.granularity, 'ui');
});

test('what changes fast is made anew a few times a second, what is over at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  Object.assign(globalThis, { window: globalThis });
  t.after(() => Reflect.deleteProperty(globalThis, 'window'));
  let asked = 0;
  const host = { addController() {}, requestUpdate: () => asked++ };
  const paced = new Paced<number>(host as never);
  let made = 0;
  const take = (key: string, fast: boolean) => paced.take(key, fast, () => ++made);
  assert.equal(take('a', true), 1, 'the first one at once');
  assert.equal(take('a', true), 1);
  now += 10;
  assert.equal(take('b', true), 1, 'too soon');
  t.mock.timers.tick(140);
  assert.equal(asked, 0);
  t.mock.timers.tick(20);
  assert.equal(asked, 1, 'drawn again once it may be');
  now += 200;
  assert.equal(take('b', true), 2);
  now += 1;
  assert.equal(take('c', false), 3, 'the end does not wait');
});
