//! Epochs of matrix factorisation, for `cargo xtask bench mf`: natively and, with `wasm-bindgen`, in a browser. It is
//! compiled as the page's module is, but is no part of it.
//!
//! `mf_bench JOB`: the job is JSON (see `Job`), the result JSON on standard output.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use warren::config::RunConfig;
use warren::data::synthetic;
use warren::linalg::parallel;
use warren::params::Params;
use warren::pipeline::{Prepared, prepare, train};
use warren::task::Task;
use warren::train::control::Control;

/// What to measure; `tests/bench/mf-tfjs.js` and `xtask/src/bench/mf.py` read the same.
#[derive(Deserialize)]
struct Job {
    /// Parameters of the generator.
    builtin: Map<String, Value>,
    /// A file for the training pairs, which the other sides read: all users, then all items, as u32 in the order
    /// of this machine's bytes. Only natively.
    pairs: Option<String>,
    /// Configurations of runs with the same data and seed.
    runs: Vec<Value>,
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Outcome<()> {
    let job = std::env::args().nth(1).ok_or("usage: mf_bench JOB")?;
    println!("{}", warren::task::run(measure(&job))?);
    Ok(())
}

/// The browser calls [`in_browser::bench`].
#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(all(target_arch = "wasm32", feature = "wasm"))]
mod in_browser {
    use wasm_bindgen::prelude::*;

    /// JSON in, JSON out.
    #[wasm_bindgen]
    pub async fn bench(job: String) -> Result<String, JsError> {
        let result = super::measure(&job).await;
        result.map(|result| result.to_string()).map_err(|e| JsError::new(&e.to_string()))
    }
}

/// Each run's fastest epoch in pairs a second and seconds, and the mean losses of its first and last epoch; the sizes
/// of the data and the most memory that was taken.
async fn measure(job: &str) -> Outcome<Value> {
    let job: Job = serde_json::from_str(job)?;
    let configs = job.runs.iter().map(RunConfig::parse).collect::<Result<Vec<_>, _>>()?;
    let first = configs.first().ok_or("there is no run")?;
    let generator = Params::check(&synthetic::METHOD, &job.builtin, "builtin")?;
    let data = synthetic::generate(&generator, first.seed, &Task::silent()).await?;
    let prepared = prepare(&data, &first.data, first.seed, &Task::silent()).await?;
    drop(data);
    if let Some(path) = &job.pairs {
        write_pairs(&prepared, path)?;
    }
    let mut runs = Vec::new();
    for config in &configs {
        runs.push(run(&prepared, config).await?);
    }
    let split = &prepared.split;
    Ok(json!({
        "threads": parallel::threads(),
        "users": split.n_users,
        "items": split.n_items,
        "pairs": split.train.len(),
        "runs": runs,
        "bytes": peak_memory()?,
    }))
}

async fn run(prepared: &Prepared, config: &RunConfig) -> Outcome<Value> {
    let trained = train(prepared, config, None, &Control::default(), &mut |_| {}, &Task::silent()).await?;
    let history = trained.record["history"].as_array().ok_or("the record has no history")?;
    let numbers =
        |key: &str| -> Vec<f64> { history.iter().filter_map(|epoch| epoch[key].as_f64()).collect() };
    let (speeds, losses) = (numbers("pairs_per_second"), numbers("loss"));
    let best = speeds.iter().copied().fold(0.0, f64::max);
    Ok(json!({
        "pairs_per_second": best,
        "seconds": prepared.split.train.len() as f64 / best,
        "losses": [losses.first(), losses.last()],
    }))
}

fn write_pairs(prepared: &Prepared, path: &str) -> Outcome<()> {
    let (users, items): (Vec<u32>, Vec<u32>) = prepared.split.train.pairs().unzip();
    let bytes: Vec<u8> = users.iter().chain(&items).flat_map(|n| n.to_ne_bytes()).collect();
    Ok(std::fs::write(path, bytes)?)
}

/// Bytes at the most: of the module's memory, which never shrinks.
#[cfg(target_arch = "wasm32")]
fn peak_memory() -> Outcome<Option<u64>> {
    const PAGE: u64 = 1 << 16;
    Ok(Some(core::arch::wasm32::memory_size(0) as u64 * PAGE))
}

/// Bytes at the most: of the process, where the system says (Linux).
#[cfg(not(target_arch = "wasm32"))]
fn peak_memory() -> Outcome<Option<u64>> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(None) };
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    Ok(kilobytes.map(|n| n.trim().parse::<u64>()).transpose()?.map(|n| n * 1024))
}
