// The room “Weight decay & popularity” without a browser: its part of a link, the questions it asks, the map's colours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heatScale, zeroCrossings } from '../../web/charts/heat-scale.ts';
import {
  BASELINES,
  compareGrid,
  DECAY,
  type DecayChoice,
  debiasingGrid,
  logSpaced,
  patched,
  sweepGrid,
  theoryOptions,
  writeDecay,
} from '../../web/decay/choice.ts';
import { bins, byClass, carried, degreeClasses, questions } from '../../web/decay/forecast.ts';
import { readDecay } from '../../web/decay/hash.ts';
import { reading, squaredLengths } from '../../web/decay/reading.ts';
import { best, epochsTo, levelSeries, partSeries, tradeOff } from '../../web/decay/results.ts';
import { readTable } from '../../web/decay/safetensors.ts';
import { lawOf, trialConfig } from '../../web/decay/trial.ts';
import { HashReader } from '../../web/hash-reader.ts';

test('a link carries the whole room', () => {
  const choice: DecayChoice = {
    theory: {
      interactions: 5000,
      learning_rate: 0.02,
      weight_decay: 1e-5,
      length: 3,
      cosine: -0.5,
      negatives: 4,
      items: 77,
      rows: 'batch',
      quantity: 'probability',
    },
    trial: {
      rows: 'batch',
      learning_rate: 0.5,
      weight_decay: 1e-5,
      batch_size: 32,
      dim: 16,
      epochs: 2,
    },
    compare: {
      loss: 'ssm',
      lambda: 1e-4,
      dim: 8,
      learning_rate: 0.02,
      batch_size: 256,
      epochs: 7,
    },
  };
  const hash = new URLSearchParams();
  for (const [key, value] of Object.entries(writeDecay(choice)))
    hash.set(`decay.${key}`, String(value));
  const reader = new HashReader(hash.toString());
  assert.deepEqual(readDecay(reader, DECAY), choice);
  assert.deepEqual(reader.finish(), []);

  const wrong = new HashReader(
    'decay.length=0&decay.cosine=2&decay.rows=some&decay.interactions=1.5&decay.compare.loss=l2&decay.trial.rows=two&decay.trial.epochs=0',
  );
  assert.deepEqual(readDecay(wrong, DECAY), DECAY);
  assert.deepEqual(
    wrong.finish().map((problem) => problem.split(':')[0]),
    [
      'decay.length',
      'decay.cosine',
      'decay.interactions',
      'decay.rows',
      'decay.trial.epochs',
      'decay.trial.rows',
      'decay.compare.loss',
    ],
  );
});

test('the engine is asked for degrees up to a tenth of the interactions and batches up to all', () => {
  const { theory } = patched(DECAY, { theory: { interactions: 12_345, rows: 'batch' } });
  const options = theoryOptions(theory);
  assert.deepEqual([options.degrees[0], options.degrees.at(-1)], [1, 1234.5]);
  assert.deepEqual([options.batch_sizes[0], options.batch_sizes.at(-1)], [1, 12_345]);
  assert.deepEqual([options.rows, options.weight_decay], ['batch', 1e-3]);
  assert.ok(!('quantity' in options), 'the engine knows no colours');
  const none = theoryOptions({ ...theory, rows: 'none' });
  assert.deepEqual([none.rows, none.weight_decay], ['all', 0]);
  const spaced = logSpaced(1000, 4);
  assert.ok(spaced.every((v, i) => Math.abs(v - 10 ** i) < 1e-9 * v));
});

test('signed colours tell small losses from great gains, and values come back from shares', () => {
  const scale = heatScale([-2e-4, 0, 1e-2, Number.NaN], true);
  assert.equal(scale.most, 1e-2);
  assert.equal(scale.share(0), 0);
  assert.ok(Math.abs(scale.share(1e-2) - 1) < 1e-12);
  assert.ok(scale.share(-2e-4) < -0.4, 'a fiftieth of the largest is still seen');
  assert.ok(Math.abs(scale.value(scale.share(3e-3)) - 3e-3) < 1e-15);
  const plain = heatScale([0, 0.2], false);
  assert.deepEqual([plain.share(0.5), plain.share(7), plain.value(1)], [0.5, 1, 1]);
  assert.equal(heatScale([0, 0], true).share(0), 0);
});

test('the line of balance passes between the rows where the sign changes', () => {
  // Three rows, two columns: the first passes zero a quarter of the way, the second never.
  const found = zeroCrossings([-1, 1, 3, 2, 4, 3], 3, 2);
  assert.deepEqual(found, [{ column: 0, row: 0.25 }]);
});

test('the three runs differ in nothing but which rows decay', () => {
  const grid = compareGrid({ ...DECAY.compare, lambda: 0.25 }, { min_user: 3 }, 9);
  assert.deepEqual(grid.runs, [
    { regularizer: { name: 'none' } },
    { regularizer: { name: 'weight-decay', mode: 'full', lambda: 0.25 } },
    { regularizer: { name: 'weight-decay', mode: 'batch', lambda: 0.25 } },
  ]);
  assert.deepEqual([grid.seeds, grid.base?.data], [[9], { min_user: 3 }]);
  assert.equal(grid.base?.evaluate?.cosine, true, 'without it no epoch has its correlation');
});

test('the sweep has every strength of decay, then every strength of PRISM without decay', () => {
  const grid = sweepGrid(DECAY.compare, {}, 1);
  const wanted = grid.runs as { regularizer: { name: string; lambda?: number }; init?: object }[];
  assert.equal(wanted.length, 12);
  assert.deepEqual(
    wanted.slice(0, 7).map((r) => r.regularizer.lambda ?? 0),
    [0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
  );
  assert.ok(wanted.slice(7).every((r) => r.regularizer.name === 'none' && r.init));
  assert.deepEqual(wanted[8]?.init, { name: 'xavier', prism: true, prism_strength: 0.25 });
});

const outcome = (value: number, test: number, validation: number[]) => ({
  value,
  record: {
    metrics: {
      test: { 'NDCG@20': test, 'NDCG@20 unpopular': test / 2 },
      validation: { 'NDCG@20': Math.max(...validation) },
    },
    history: validation.map((v, i) => ({
      epoch: i + 1,
      loss: 1,
      seconds: i,
      pairs_per_second: 1,
      validation: { 'NDCG@20': v },
    })),
  },
});

test('curves hold what is done, part by part; the best is chosen on the validation part', () => {
  const outcomes = [
    outcome(1e-5, 0.3, [0.1, 0.2]),
    { value: 1e-4, record: undefined },
    outcome(1e-3, 0.2, [0.15, 0.25, 0.24]),
  ];
  const series = partSeries(outcomes);
  assert.deepEqual(
    series.map((s) => [s.label, [...(s.x as number[])], [...(s.y as number[])]]),
    [
      ['all items', [1e-5, 1e-3], [0.3, 0.2]],
      ['unpopular', [1e-5, 1e-3], [0.15, 0.1]],
    ],
  );
  assert.equal(best(outcomes)?.value, 1e-3, 'not the one that is best on the test part');
  assert.equal(best([]), null);
  const [level] = levelSeries(outcomes[0]?.record, 1, 9, 'λ = 0');
  assert.deepEqual([level?.label, level?.x, level?.y], ['all items, λ = 0', [1, 9], [0.3, 0.3]]);
  const history = outcomes[2]?.record?.history ?? [];
  assert.deepEqual([epochsTo(history, 0.2), epochsTo(history, 0.3)], [2, null]);
});

test('every baseline has its strengths, and a point needs both the quality and the ratio', () => {
  const grid = debiasingGrid(DECAY.compare, {}, 1);
  const wanted = grid.runs as { loss: Record<string, unknown> }[];
  assert.equal(
    wanted.length,
    BASELINES.reduce((sum, b) => sum + b.values.length, 0),
  );
  assert.deepEqual(wanted.at(0)?.loss, { name: 'bpr' });
  assert.deepEqual(wanted.at(-1)?.loss, { name: 'macr', reference: 5 });
  const record = (test: Record<string, number>) => ({
    metrics: { test, validation: {} },
    history: [],
  });
  const found = tradeOff(
    [
      { value: 0, record: record({ 'NDCG@20': 0.2, ratio: 0.5 }) },
      { value: 1, record: record({ 'NDCG@20': 0.3 }) },
      { value: 2, record: undefined },
    ],
    'ratio',
  );
  assert.deepEqual(
    found.map(({ outcome, x, y }) => [outcome.value, x, y]),
    [[0, 0.5, 0.2]],
  );
});

test('items are taken together by their counts, none without any', () => {
  const classes = degreeClasses([3, 0, 1, 3, 7]);
  assert.deepEqual(
    classes.map((c) => [c.degree, c.items]),
    [
      [1, [2]],
      [3, [0, 3]],
      [7, [4]],
    ],
  );
  assert.deepEqual([...byClass(classes, Float64Array.of(1, 9, 2, 5, 4))], [2, 3, 4]);
  const many = degreeClasses(Array.from({ length: 1200 }, (_, i) => i + 1));
  assert.ok(many.length <= 512 && many.length > 300, `${many.length} classes`);
  assert.equal(
    many.reduce((sum, c) => sum + c.items.length, 0),
    1200,
  );
});

test('the law of a step is the theorem’s at any length, and follows the loss’s own scale', () => {
  const choice = { ...DECAY.trial, learning_rate: 0.5, weight_decay: 1e-3, batch_size: 10 };
  const law = lawOf(choice, 1000);
  assert.deepEqual([law.learningRate, law.weightDecay], [0.1, 0.005]);
  const config = trialConfig(choice, {
    data: {},
    seed: 1,
    interactions: 1000,
    counts: [],
    version: 1,
  });
  assert.deepEqual(config.loss, { name: 'directau', gamma: 0 }, 'nothing but cosines');
  assert.deepEqual(config.optimizer, { name: 'sgd', learning_rate: 0.5 });

  // The engine's part by the formula itself: what it says at length 1 with decay, and without.
  const [p, cosine, eta, lambda] = [0.3, 0.5, 0.1, 0.005];
  const up = p * eta ** 2 * (1 - cosine ** 2);
  const down = eta ** 2 * lambda ** 2 - 2 * eta * lambda;
  const classes = [{ degree: 30, items: [0] }];
  const [both, growth] = questions(classes, law, cosine);
  assert.deepEqual([both.weight_decay, growth.weight_decay, both.length], [0.005, 0, 1]);
  const answers = [
    { change: Float64Array.of(down + up) },
    { change: Float64Array.of(up) },
  ] as const;
  let squared = 4;
  for (let step = 0; step < 3; step++) squared += down * squared + up / squared;
  const [found = 0] = carried(Float64Array.of(4), answers, 3);
  assert.ok(Math.abs(found - squared) < 1e-12, `${found} instead of ${squared}`);
  assert.equal(questions(classes, { ...law, rows: 'none' }, 0)[0].weight_decay, 0);
  assert.equal(questions(classes, { ...law, rows: 'batch' }, 0)[0].rows, 'batch');
});

test('bins hold the mean change in a step, its standard error, and what was expected', () => {
  const classes = [
    { degree: 1, items: [0, 1] },
    { degree: 100, items: [2] },
  ];
  const [low, high] = bins(
    classes,
    [Float64Array.of(1, 1, 1), Float64Array.of(1.2, 1.4, 3)],
    Float64Array.of(1.4, 2),
    Float64Array.of(1, 1),
    2,
    { most: 4, least: 2 },
  );
  assert.ok(low && high);
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} and ${b}`);
  near(low.measured, 0.15);
  near(low.error ?? 0, 0.05);
  near(low.expected, 0.2);
  assert.deepEqual([low.items, high.items, high.degree, high.error], [2, 1, 100, null]);
  near(high.measured, 1);
});

/** A safetensors file of one tensor; `header` replaces parts of its description. */
function file(header: object = {}, metadata: object = {}): ArrayBuffer {
  const described = { dtype: 'F32', shape: [3, 2], data_offsets: [4, 28], ...header };
  const text = new TextEncoder().encode(
    JSON.stringify({ __metadata__: metadata, 'current/item': described }),
  );
  const bytes = new Uint8Array(8 + text.length + 28);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  for (let i = 0; i < 6; i++) view.setFloat32(8 + text.length + 4 + 4 * i, i + 0.5, true);
  return bytes.buffer;
}

test('a table is read from a checkpoint wherever it lies; what is none is named', () => {
  const { rows, dim, vectors } = readTable(file(), 'current/item');
  assert.deepEqual([rows, dim, [...vectors]], [3, 2, [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]]);
  assert.throws(() => readTable(file(), 'best/item'), /best\/item: the file has no tensor/);
  assert.throws(() => readTable(file({ dtype: 'F64' }), 'current/item'), /F64 of shape 3 × 2/);
  assert.throws(() => readTable(file({ shape: [6] }), 'current/item'), /no table/);
  assert.throws(
    () => readTable(file({ shape: [4, 2] }), 'current/item'),
    /4 × 2 floats do not lie/,
  );
  assert.throws(() => readTable(file({ data_offsets: [8, 32] }), 'current/item'), /8 to 32/);
  assert.throws(() => readTable(new ArrayBuffer(4), 'x'), /4 bytes has no header/);
  assert.throws(() => readTable(file().slice(0, 20), 'x'), /the header has/);
});

test('a checkpoint says where its run stands', () => {
  const state = { history: [{ loss: 2 }, { loss: 1.5 }], step: 3, loss_sum: 4.5 };
  const checkpoint = file({}, { 'warren.checkpoint': JSON.stringify(state) });
  const { steps, epochs, lossSum, items } = reading(checkpoint, 10);
  assert.deepEqual([steps, epochs, lossSum], [23, 2, 39.5]);
  assert.deepEqual([...squaredLengths(items)], [2.5, 18.5, 50.5]);
  assert.throws(() => reading(file(), 10), /warren\.checkpoint: .* no such key/);
});
