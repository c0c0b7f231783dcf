// The engine of pkg/ in a worker of the benchmark's own: one job, timed, with the memory it took.

let job;

self.onmessage = async ({ data }) => {
  if (data.kind === 'cancel') return job?.cancel();
  try {
    self.postMessage({ kind: 'done', result: await measure(data) });
  } catch (error) {
    self.postMessage({ kind: 'failed', code: error.code, message: error.message ?? String(error) });
  }
};

async function measure({ work, file }) {
  const module = await import(work.threads ? '/threads/warren.js' : '/warren.js');
  const { Engine, Job } = module;
  const { memory } = await module.default();
  if (work.threads) await module.initThreadPool(work.threads);
  const engine = new Engine((message) => self.postMessage({ kind: 'failed', message }));
  const quiet = new Job(() => {});
  if (work.simulate) {
    const began = performance.now();
    const { curves } = await engine.simulate(work.simulate, quiet);
    return { curves, wall: (performance.now() - began) / 1000 };
  }
  if (work.builtin) await engine.load_builtin('synthetic', work.builtin, work.seed, quiet);
  else {
    const loading = engine.begin_load({});
    loading.begin_file('ratings.csv');
    loading.push(new Uint8Array(file), quiet);
    await engine.finish_load(loading, quiet);
  }
  const prepared = await engine.prepare(work.data, work.seed, quiet);
  let stage = '';
  job = new Job((kind, value) => {
    if (kind !== 'progress' || value.stage === stage) return;
    stage = value.stage;
    self.postMessage({ kind: 'stage', stage });
  });
  const { alpha, k, tolerance, seed, dim } = work;
  const embedding = { name: 'leporid', alpha, k, tolerance, scale: 'raw' };
  const got = await engine.embed({ side: 'user', init: embedding, dim, seed }, job);
  const { seconds, residuals, products, graph, values } = got;
  const residual = Math.max(...residuals);
  return { prepared, seconds, residual, products, graph, values, bytes: memory.buffer.byteLength };
}
