//! The pool of workers that share the module's memory: only in the build with threads.
//!
//! JavaScript calls `initThreadPool(n)` once, before any work, and then [`meet`].

pub use wasm_bindgen_rayon::init_thread_pool;

use rayon::prelude::*;
use std::sync::Barrier;
use wasm_bindgen::prelude::*;

/// Has every thread of the pool wait for all others and returns how many met: proof that they run, and at
/// the same time. Blocks for ever if one is dead, so somebody else must watch the time.
#[wasm_bindgen]
pub fn meet() -> usize {
    let barrier = Barrier::new(rayon::current_num_threads());
    let leaders: usize = rayon::broadcast(|_| usize::from(barrier.wait().is_leader())).into_iter().sum();
    // One leader a meeting; the sum over the threads' numbers goes through rayon's own splitting.
    let n = rayon::current_num_threads();
    if leaders == 1 { (0..n).into_par_iter().map(|_| 1).sum() } else { 0 }
}
