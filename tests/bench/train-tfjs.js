// TensorFlow.js's side of `cargo xtask bench train`, in a classic worker: its wasm backend with SIMD and one
// thread, or its WebGPU backend for a job with `"device": "gpu"`. The same network, loss and optimizer as
// crate/src/models/dlr2.rs, channels last, and the same kernels.
//
// The wasm backend has no gradient of a convolution's weights, and its gradient of the input is a plain loop. Both
// are made of operations that it does have (`weightGradient`, `inputGradient`); the WebGPU backend's gradients are
// its own. All are checked by the identity ⟨g, x ⋆ w⟩ = ⟨∂x, x⟩ = ⟨∂w, w⟩ on every shape before anything is timed.
/* global importScripts, tf */
importScripts('/tfjs/tfjs/dist/tf.min.js');

const RECENT = 5;
let onGpu = false;

self.onmessage = async ({ data: job }) => {
  try {
    onGpu = job.device === 'gpu';
    await (onGpu ? startWebGpu() : startWasm());
    const stem = [1, job.channels, RECENT + 1, job.dim, 1, 1];
    for (const sizes of [stem, ...job.conv]) await check(sizes, job.batch);
    // The kernels of a GPU are not timed: each would have to be waited for.
    const kernels = onGpu
      ? {}
      : {
          gemm: job.gemm.map((sizes) => gemm(sizes, job)),
          conv: job.conv.map((sizes) => conv(sizes, job)),
        };
    const result = { ...(await steps(job)), version: tf.version_core, ...kernels };
    self.postMessage({ kind: 'done', result });
  } catch (error) {
    self.postMessage({ kind: 'failed', message: `TensorFlow.js: ${error.message ?? error}` });
  }
};

async function startWasm() {
  importScripts('/tfjs/tfjs-backend-wasm/dist/tf-backend-wasm.min.js');
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  tf.wasm.setWasmPaths('/tfjs/tfjs-backend-wasm/dist/');
  await start('wasm');
  if (!tf.env().get('WASM_HAS_SIMD_SUPPORT')) throw new Error('no SIMD');
}

async function startWebGpu() {
  importScripts('/tfjs/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js');
  await start('webgpu');
}

async function start(backend) {
  if (!(await tf.setBackend(backend)) || tf.getBackend() !== backend)
    throw new Error(`the ${backend} backend did not start`);
}

const convolve = (x, w, stride) => tf.conv2d(x, w, stride, Math.floor(w.shape[0] / 2));

/** Weights' gradient: a product of the input's patches (a slice for each place in the kernel) with the output's. */
function weightGradient(x, grad, size, stride) {
  const padding = Math.floor(size / 2);
  const [inputs, [n, height, width, outputs]] = [x.shape[3], grad.shape];
  const around = [padding, padding];
  const padded = padding ? tf.pad(x, [[0, 0], around, around, [0, 0]]) : x;
  const patches = Array.from({ length: size * size }, (_, place) => {
    const [row, column] = [Math.floor(place / size), place % size];
    const last = [row + stride * (height - 1) + 1, column + stride * (width - 1) + 1];
    const taken = tf.stridedSlice(
      padded,
      [0, row, column, 0],
      [n, ...last, inputs],
      [1, stride, stride, 1],
    );
    return tf.transpose(tf.reshape(taken, [-1, inputs]));
  });
  const product = tf.matMul(tf.concat(patches, 0), tf.reshape(grad, [-1, outputs]));
  return tf.reshape(product, [size, size, inputs, outputs]);
}

/** Input's gradient: the output's with zeros between, convolved with the turned kernel. */
function inputGradient(grad, w, stride) {
  const turned = tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(stride === 1 ? grad : spread(grad), turned, 1, Math.floor(w.shape[0] / 2));
}

/** A zero after each row and each column. */
function spread(grad) {
  const [n, h, w, c] = grad.shape;
  const columns = tf.pad(tf.reshape(grad, [n * h * w, c]), [
    [0, 0],
    [0, c],
  ]);
  const rows = tf.pad(tf.reshape(columns, [n * h, 2 * w * c]), [
    [0, 0],
    [0, 2 * w * c],
  ]);
  return tf.reshape(rows, [n, 2 * h, 2 * w, c]);
}

/** The gradients of a convolution that the backend is timed with: of the input and of the weights. */
function gradients(x, w, grad, stride) {
  if (!onGpu) return [inputGradient(grad, w, stride), weightGradient(x, grad, w.shape[0], stride)];
  return tf.grads((x, w) => convolve(x, w, stride))([x, w], grad);
}

function trainedConvolution(x, w, stride) {
  if (onGpu) return convolve(x, w, stride);
  return tf.customGrad((x, w, save) => {
    save([x, w]);
    return {
      value: convolve(x, w, stride),
      gradFunc: (grad, [x, w]) => gradients(x, w, grad, stride),
    };
  })(x, w);
}

/** Rows of a table; tfjs-wasm cannot sum segments, but its scatter adds. */
function rows(table, indices) {
  if (onGpu) return tf.gather(table, indices);
  return tf.customGrad((table) => ({
    value: tf.gather(table, indices),
    gradFunc: (grad) => {
      const flat = tf.reshape(grad, [-1, table.shape[1]]);
      return tf.scatterND(tf.reshape(indices, [-1, 1]), flat, table.shape);
    },
  }))(table);
}

async function check([inputs, outputs, height, width, size, stride], batch) {
  const x = tf.randomNormal([batch, height, width, inputs]);
  const w = tf.randomNormal([size, size, inputs, outputs]);
  const y = convolve(x, w, stride);
  const inner = async (a, b) => (await tf.sum(tf.mul(a, b)).data())[0];
  const want = await inner(y, y);
  const [ofInput, ofWeights] = gradients(x, w, y, stride);
  const got = [await inner(ofInput, x), await inner(ofWeights, w)];
  for (const value of got) {
    if (!(Math.abs(value - want) < 1e-3 * want))
      throw new Error(
        `a gradient of ${[inputs, outputs, size, stride]} is wrong: ${got}, not ${want}`,
      );
  }
}

function variables({ users, items, dim, channels: c }) {
  const list = [];
  const variable = (value) => {
    list.push(tf.variable(value));
    return list[list.length - 1];
  };
  const kernel = (inputs, outputs, size) => {
    const shape = [size, size, inputs, outputs];
    return variable(tf.randomNormal(shape, 0, Math.sqrt(2 / (inputs * size * size))));
  };
  const dense = (inputs, outputs) => {
    const bound = 1 / Math.sqrt(inputs);
    const uniform = (shape) => variable(tf.randomUniform(shape, -bound, bound));
    return { w: uniform([inputs, outputs]), b: uniform([outputs]) };
  };
  const flat = 2 * c * Math.ceil((RECENT + 1) / 2) * Math.ceil(dim / 2);
  const p = {
    user: variable(tf.randomNormal([users, dim])),
    item: variable(tf.randomNormal([items, dim])),
    stem: kernel(1, c, 1),
    convolutions: [kernel(c, c, 3), kernel(c, c, 3), kernel(c, 2 * c, 3), kernel(2 * c, 2 * c, 3)],
    shortcut: kernel(c, 2 * c, 1),
    gamma: variable(tf.ones([2 * c])),
    beta: variable(tf.zeros([2 * c])),
    feature: dense(flat, dim),
    // The first layer of S in two parts: the feature's product serves both items.
    state: dense(dim, 256),
    itemPart: variable(tf.randomUniform([dim, 256], -1 / Math.sqrt(dim), 1 / Math.sqrt(dim))),
    s: [dense(256, 256), dense(256, 128), dense(128, 1)],
    g: [dense(dim, 256), dense(256, 256), dense(256, 128), dense(128, dim)],
  };
  return { p, list };
}

const apply = (layer, x) => tf.add(tf.matMul(x, layer.w), layer.b);
const mlp = (layers, x) =>
  layers.reduce((x, layer, i) => (i ? apply(layer, tf.relu(x)) : apply(layer, x)), x);

function feature(p, running, users, states) {
  const [n, dim] = [users.size, p.user.shape[1]];
  const items = tf.reshape(rows(p.item, states), [n, RECENT, dim]);
  const image = tf.concat([tf.reshape(rows(p.user, users), [n, 1, dim]), items], 1);
  let x = tf.relu(trainedConvolution(tf.reshape(image, [n, RECENT + 1, dim, 1]), p.stem, 1));
  const [a, b, c, d] = p.convolutions;
  const inner = trainedConvolution(tf.relu(trainedConvolution(x, a, 1)), b, 1);
  x = tf.relu(tf.add(inner, x));
  const way = trainedConvolution(x, p.shortcut, 2);
  const channels = way.shape[3];
  const flat = tf.reshape(way, [-1, channels]);
  const mean = tf.mean(flat, 0);
  const centred = tf.sub(flat, mean);
  const variance = tf.mean(tf.square(centred), 0);
  running.mean = tf.keep(tf.add(tf.mul(running.mean, 0.9), tf.mul(mean, 0.1)));
  running.variance = tf.keep(tf.add(tf.mul(running.variance, 0.9), tf.mul(variance, 0.1)));
  const scaled = tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))), p.gamma), p.beta);
  const last = trainedConvolution(tf.relu(trainedConvolution(x, c, 2)), d, 1);
  x = tf.relu(tf.add(last, tf.reshape(scaled, way.shape)));
  return apply(p.feature, tf.reshape(x, [n, x.size / n]));
}

function loss(p, running, { users, states, positive, negative }) {
  const state = feature(p, running, users, states);
  const ofState = apply(p.state, state);
  const drawn = tf.tanh(mlp(p.g, state));
  const judge = (items) => mlp(p.s, tf.relu(tf.add(tf.matMul(items, p.itemPart), ofState)));
  const distance = (items) => tf.mean(tf.square(tf.sub(drawn, items)), 1);
  const [good, bad] = [rows(p.item, positive), rows(p.item, negative)];
  const lifted = tf.relu(tf.sub(0.5, judge(bad)));
  const discriminative = tf.mean(tf.add(tf.square(judge(good)), tf.square(lifted)));
  const margin = tf.add(tf.sub(distance(good), distance(bad)), 0.5);
  return tf.add(discriminative, tf.mean(tf.relu(margin)));
}

async function steps(job) {
  const { p, list } = variables(job);
  const channels = p.gamma.size;
  const running = { mean: tf.zeros([channels]), variance: tf.ones([channels]) };
  const optimizer = tf.train.adam(1e-3);
  const numbers = (n, below) =>
    tf.tensor1d(
      Int32Array.from({ length: n }, () => Math.floor(Math.random() * below)),
      'int32',
    );
  const draw = () => ({
    users: numbers(job.batch, job.users),
    states: numbers(job.batch * RECENT, job.items),
    positive: numbers(job.batch, job.items),
    negative: numbers(job.batch, job.items),
  });
  /** Mean loss of `count` steps that are waited for together, and seconds of one. */
  const portion = async (count) => {
    const batches = Array.from({ length: count }, draw);
    const before = performance.now();
    const values = batches.map((batch) => {
      const old = { ...running };
      const value = optimizer.minimize(() => loss(p, running, batch), true, list);
      tf.dispose([old, batch]);
      return value;
    });
    const sum = tf.tidy(() => tf.addN(values));
    const mean = (await sum.data())[0] / count;
    const seconds = (performance.now() - before) / 1000 / count;
    tf.dispose([values, sum]);
    return { mean, seconds };
  };
  const size = job.portion ?? 1;
  // A step and, where they are larger, a portion are a warm-up.
  const first = await portion(1);
  if (size > 1) await portion(size);
  const timed = [];
  for (let i = 0; i < job.steps; i++) timed.push(await portion(size));
  return {
    step: Math.min(...timed.map(({ seconds }) => seconds)),
    losses: [first.mean, timed[timed.length - 1].mean],
    parameters: list.reduce((sum, v) => sum + v.size, 0),
  };
}

/** The shortest of the times of about `seconds`; the wasm backend computes at once. */
function fastest(seconds, call) {
  const once = () => {
    const began = performance.now();
    tf.dispose(call());
    return (performance.now() - began) / 1000;
  };
  once();
  const start = performance.now();
  let best = Infinity;
  while (performance.now() - start < 1000 * seconds) best = Math.min(best, once());
  return best;
}

function gemm([m, n, k], { seconds }) {
  const [a, b] = [tf.randomNormal([m, k]), tf.randomNormal([k, n])];
  const best = fastest(seconds, () => tf.matMul(a, b));
  tf.dispose([a, b]);
  return best;
}

/** Forward, the input's gradient, the weights' gradient. */
function conv([inputs, outputs, height, width, size, stride], { batch, seconds }) {
  const x = tf.randomNormal([batch, height, width, inputs]);
  const w = tf.randomNormal([size, size, inputs, outputs]);
  const y = convolve(x, w, stride);
  const calls = [
    () => convolve(x, w, stride),
    () => inputGradient(y, w, stride),
    () => weightGradient(x, y, size, stride),
  ];
  const times = calls.map((call) => fastest(seconds, () => tf.tidy(call)));
  tf.dispose([x, w, y]);
  return times;
}
