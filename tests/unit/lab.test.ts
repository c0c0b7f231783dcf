// The perturbation lab without a browser: edits of a graph, links, axes, attributes of the element.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { along, axisAround } from '../../web/charts/axis.ts';
import { readSettings } from '../../web/embed/perturbation-settings.ts';
import { HashReader } from '../../web/hash-reader.ts';
import { conflict, LAB, type LabChoice, readMethods, writeMethods } from '../../web/lab/choice.ts';
import {
  difference,
  edited,
  joined,
  neighbours,
  readEdits,
  writeEdits,
} from '../../web/lab/edges.ts';
import { readLab, writeLab } from '../../web/lab/hash.ts';

const SQUARE = Uint32Array.of(0, 1, 0, 3, 1, 2, 2, 3);
const edit = (a: number, b: number, drawn = false) => ({ a, b, drawn });

test('an edit adds an edge or removes it, and the pairs stay sorted', () => {
  const more = edited(SQUARE, [edit(2, 0), edit(3, 2)]);
  assert.deepEqual([...more], [0, 1, 0, 2, 0, 3, 1, 2]);
  assert.deepEqual(difference(SQUARE, more), { added: [[0, 2]], removed: [[2, 3]] });
  assert.deepEqual([...edited(more, [edit(0, 2), edit(2, 3)])], [...SQUARE]);
  assert.ok(joined(more, 2, 0) && !joined(more, 3, 2));
  assert.deepEqual(neighbours(4, more), [[1, 2, 3], [0, 2], [0, 1], [0]]);
});

test('edits are written and read; nothing is guessed', () => {
  const edits = [edit(3, 17), edit(5, 9, true)];
  assert.equal(writeEdits(edits), '3-17,5-9r');
  assert.deepEqual(readEdits('3-17,5-9r', 18), edits);
  assert.deepEqual(readEdits('', 18), []);
  for (const wrong of ['3-18', '3-3', '3', '3-4x', '3-4,', '-1-4']) {
    assert.equal(readEdits(wrong, 18), null, wrong);
  }
});

test('methods are written and read, LE first', () => {
  assert.deepEqual(readMethods('0.7,le,0.1'), [null, 0.1, 0.7]);
  assert.equal(writeMethods([null, 0.1]), 'le,0.1');
  assert.deepEqual(readMethods(writeMethods([])), []);
  for (const wrong of ['1.5', 'le,le', 'lee', '0,0.1,0.2,0.3,0.4,0.5,0.6', ','])
    assert.equal(readMethods(wrong), null, wrong);
});

test('a link carries the whole lab', () => {
  const choice: LabChoice = {
    live: {
      ...LAB.live,
      nodes: 40,
      attach: 2,
      alpha: 0.25,
      normalised: true,
      edits: [edit(1, 39, true)],
      node: 39,
      measure: 'norm',
      since: 'last',
      method: 'leporid',
      colour: 'change',
      column: 7,
      sized: true,
      bars: true,
    },
    experiment: { ...LAB.experiment, graphs: 7, measure: 'aligned', methods: [null, 0.9] },
  };
  const hash = new URLSearchParams();
  for (const [key, value] of Object.entries(writeLab(choice)))
    hash.set(`lab.${key}`, String(value));
  const reader = new HashReader(hash.toString());
  assert.deepEqual(readLab(reader, LAB), choice);
  assert.deepEqual(reader.finish(), []);

  const wrong = new HashReader('lab.nodes=3&lab.edits=0-72&lab.bars=yes&lab.experiment.methods=2');
  assert.deepEqual(readLab(wrong, LAB), LAB);
  assert.deepEqual(
    wrong.finish().map((problem) => problem.split(':')[0]),
    ['lab.nodes', 'lab.edits', 'lab.bars', 'lab.experiment.methods'],
  );
});

test('what cannot go together is said with its values', () => {
  assert.equal(conflict({ nodes: 10, attach: 9, dim: 10 }), null);
  assert.match(conflict({ nodes: 10, attach: 10, dim: 5 }) ?? '', /10 others in a graph of 10/);
  assert.match(conflict({ nodes: 10, attach: 2, dim: 11 }) ?? '', /no 11 eigenvectors/);
});

test('attributes of the element are checked once, and named with their values', () => {
  const read = (attributes: Record<string, string>) =>
    readSettings((name) => attributes[name] ?? null, 'https://host.example/docs/');
  const { settings, problems } = read({ nodes: '50', alpha: '0.2', 'wasm-url': '../w.wasm' });
  assert.deepEqual(problems, []);
  assert.equal(settings.wasmUrl, 'https://host.example/w.wasm');
  const { live, experiment } = settings.choice;
  assert.deepEqual([live.nodes, live.dim, live.node, live.alpha], [50, 20, 49, 0.2]);
  assert.deepEqual([experiment.dim, experiment.methods], [20, [null, 0.2]]);
  assert.deepEqual(read({}).settings.choice, LAB);
  // Few nodes and the usual m: m follows, since nobody asked for it.
  assert.deepEqual(read({ nodes: '4' }).problems, []);
  assert.match(read({ nodes: '10', attach: '10' }).problems[0] ?? '', /nodes="10" attach="10": /);
  assert.deepEqual(read({ seed: '', theme: 'blue' }).problems, [
    `seed="" is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
    'theme="blue" is not one of auto, light, dark.',
  ]);
});

test('axes: round marks around the values, decades for logarithms', () => {
  const linear = axisAround([3, 57], false, 10);
  assert.deepEqual([linear.low, linear.high, linear.ticks.length], [0, 60, 7]);
  assert.equal(along(linear, 15), 0.25);
  const log = axisAround([0.013, 1.7, -1, 0], true, 7);
  assert.deepEqual([log.low, log.high], [0.01, 2]);
  assert.deepEqual(log.ticks, [0.01, 0.1, 1]);
  assert.ok(Math.abs(along(log, 0.1) - Math.log(10) / Math.log(200)) < 1e-12);
  assert.equal(along(log, 0), 0);
  const one = axisAround([5], false, 5);
  assert.ok(one.low <= 5 && one.high >= 5 && one.low < one.high);
});
