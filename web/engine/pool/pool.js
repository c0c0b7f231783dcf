// Starts the pool of workers that share the module's memory. `cargo xtask build` puts this file and
// pool-worker.js into pkg/threads/, beside the bindings, in the place of wasm-bindgen-rayon's own script.

/** Firefox collects workers that nobody holds, though they compute. */
const workers = [];

/** Called by the bindings' `initThreadPool`; settles once every thread runs, or the first has failed. */
export async function startWorkers(module, memory, builder) {
  const message = {
    init: { module_or_path: module, memory },
    receiver: builder.receiver(),
    // The client gave the engine's worker a name of its own, and listens there.
    alarm: self.name,
  };
  await Promise.all(Array.from({ length: builder.numThreads() }, () => startWorker(message)));
  builder.build();
}

function startWorker(message) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./pool-worker.js', import.meta.url), { type: 'module' });
    workers.push(worker);
    worker.onmessage = ({ data }) =>
      data === 'ready' ? resolve() : reject(new Error(`a thread did not start: ${data}`));
    worker.onerror = (e) =>
      reject(new Error(e.message || 'the script of the threads did not load'));
    worker.postMessage(message);
  });
}
