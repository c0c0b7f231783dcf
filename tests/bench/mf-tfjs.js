// TensorFlow.js's side of `cargo xtask bench mf`, in a classic worker: BPR by its Adam, on its wasm backend with SIMD
// and one thread, on the same pairs. What its API offers: one gather of a batch's users and one of its items, and
// gradients of both tables by one scatter each (the backend has no gradient of its own for a gather). Batches are
// drawn outside of the time.
/* global importScripts, tf */
importScripts('/tfjs/tfjs/dist/tf.min.js');
importScripts('/tfjs/tfjs-backend-wasm/dist/tf-backend-wasm.min.js');

/** Portions of an epoch, of which the fastest counts. */
const PORTIONS = 10;

self.onmessage = async ({ data: job }) => {
  try {
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    tf.wasm.setWasmPaths('/tfjs/tfjs-backend-wasm/dist/');
    if (!(await tf.setBackend('wasm')) || tf.getBackend() !== 'wasm')
      throw new Error('the wasm backend did not start');
    if (!tf.env().get('WASM_HAS_SIMD_SUPPORT')) throw new Error('no SIMD');
    const pairs = new Uint32Array(await (await fetch('/pairs')).arrayBuffer());
    self.postMessage({ kind: 'done', result: epoch(job, pairs) });
  } catch (error) {
    self.postMessage({ kind: 'failed', message: `TensorFlow.js: ${error.message ?? error}` });
  }
};

/** Rows of a table; their gradients are added up where a row comes several times. */
function rows(table, indices) {
  return tf.customGrad((table) => ({
    value: tf.gather(table, indices),
    gradFunc: (grad) => tf.scatterND(tf.reshape(indices, [-1, 1]), grad, table.shape),
  }))(table);
}

/** Mean of −ln σ(u·i − u·j); `items` are the positives, then the negatives. */
function loss(tables, { users, items }) {
  const [n, dim] = [users.size, tables.user.shape[1]];
  const user = rows(tables.user, users);
  const item = rows(tables.item, items);
  const difference = tf.sub(tf.slice(item, [0, 0], [n, dim]), tf.slice(item, [n, 0], [n, dim]));
  return tf.mean(tf.softplus(tf.neg(tf.sum(tf.mul(user, difference), 1))));
}

/** All pairs in random order, in batches with one negative each that its user does not have. */
function* batches(job, pairs) {
  const count = pairs.length / 2;
  const order = Uint32Array.from({ length: count }, (_, p) => p);
  const below = (n) => Math.floor(Math.random() * n);
  for (let last = count - 1; last > 0; last--) {
    const other = below(last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  const known = new Uint8Array(job.users * job.items);
  for (let p = 0; p < count; p++) known[pairs[p] * job.items + pairs[count + p]] = 1;
  const unknown = (user) => {
    let item = below(job.items);
    while (known[user * job.items + item]) item = below(job.items);
    return item;
  };
  for (let start = 0; start < count; start += job.batch) {
    const part = order.subarray(start, start + job.batch);
    const users = Int32Array.from(part, (p) => pairs[p]);
    const items = new Int32Array(2 * users.length);
    for (const [n, user] of users.entries()) {
      items[n] = pairs[count + part[n]];
      items[users.length + n] = unknown(user);
    }
    yield { users: tf.tensor1d(users, 'int32'), items: tf.tensor1d(items, 'int32') };
  }
}

function epoch(job, pairs) {
  const table = (n) => tf.variable(tf.randomNormal([n, job.dim], 0, 0.1));
  const tables = { user: table(job.users), item: table(job.items) };
  const optimizer = tf.train.adam(1e-3);
  const [total, steps] = [pairs.length / 2, Math.ceil(pairs.length / 2 / job.batch)];
  const portion = Math.ceil(steps / PORTIONS);
  const [losses, speeds] = [[], []];
  let [seconds, trained, done] = [0, 0, 0];
  for (const batch of batches(job, pairs)) {
    const began = performance.now();
    const value = optimizer.minimize(() => loss(tables, batch), true, [tables.user, tables.item]);
    losses.push(value.dataSync()[0]);
    seconds += (performance.now() - began) / 1000;
    trained += batch.users.size;
    tf.dispose([batch, value]);
    done++;
    if (done % portion === 0 || done === steps) {
      speeds.push(trained / seconds);
      [seconds, trained] = [0, 0];
    }
  }
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const best = Math.max(...speeds);
  return {
    pairs_per_second: best,
    seconds: total / best,
    // Of the first portion, so that one sees that it learns, and of the last.
    losses: [mean(losses.slice(0, portion)), mean(losses.slice(-portion))],
    version: tf.version_core,
  };
}
