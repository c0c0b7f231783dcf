// One thread of the pool: instantiates the module on the shared memory and works for rayon as long as it lives.

import init, { wbg_rayon_start_worker } from './warren.js';

self.onmessage = async ({ data }) => {
  self.onmessage = null;
  try {
    await init(data.init);
  } catch (e) {
    return postMessage(String(e));
  }
  postMessage('ready');
  // Not now: the message must go out first.
  setTimeout(() => work(data), 0);
};

function work({ receiver, alarm }) {
  try {
    wbg_rayon_start_worker(receiver);
  } catch (e) {
    // Whoever waits for this thread waits for ever, the engine's worker first of all: only the page can act.
    new BroadcastChannel(alarm).postMessage(e instanceof Error ? e.message : String(e));
  }
}
