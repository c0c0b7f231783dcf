// Our side of `cargo xtask bench train` in a browser: crate/examples/train_bench.rs as a module.
self.onmessage = async ({ data: job }) => {
  try {
    const module = await import('/module/warren.js');
    await module.default();
    if (job.threads) await module.initThreadPool(job.threads);
    const result = JSON.parse(await module.bench(JSON.stringify(job)));
    self.postMessage({ kind: 'done', result });
  } catch (error) {
    self.postMessage({ kind: 'failed', message: error.message ?? String(error) });
  }
};
