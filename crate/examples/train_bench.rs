//! Steps of DLR² and single kernels, for `cargo xtask bench train`: natively and, with `wasm-bindgen`, in a
//! browser. It is compiled as the page's module is, but is no part of it.
//!
//! `train_bench JOB`: the job is JSON (see `Job`), the result JSON on standard output. `train_bench --adapter` says
//! instead which WebGPU adapter there is.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::num::NonZeroUsize;
use std::rc::Rc;
use warren::autodiff::Device;
use warren::config::RunConfig;
use warren::data::interactions::Side;
use warren::data::synthetic;
use warren::linalg::backend::{Backend, Buffer, Conv2d, Gemm};
use warren::linalg::{Cpu, parallel};
use warren::models::{Model, Tables};
use warren::params::Params;
use warren::pipeline::{build_on, embed, prepare};
use warren::task::Task;
use web_time::Instant;

/// What to measure; `tests/bench/train-tfjs.js` and `xtask/src/bench/train.py` read the same.
#[derive(Deserialize)]
struct Job {
    /// Parameters of the generator.
    builtin: Map<String, Value>,
    /// A run's configuration with DLR².
    config: Value,
    /// What the steps are computed on; kernels are always the CPU's.
    #[serde(default)]
    device: On,
    /// Steps that are queued before they are waited for.
    #[serde(default = "one")]
    portion: NonZeroUsize,
    /// Portions that are timed, after a step and a portion that are not.
    steps: usize,
    /// For each kernel.
    seconds: f64,
    /// Images of a convolution.
    batch: usize,
    /// `[m, n, k]`.
    gemm: Vec<[usize; 3]>,
    /// `[channels in, channels out, height, width, kernel, stride]`.
    conv: Vec<[usize; 6]>,
}

/// What to compute on.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum On {
    #[default]
    Cpu,
    /// WebGPU, natively Vulkan; only with the feature `gpu`.
    Gpu,
}

impl On {
    async fn start(self) -> Outcome<Device> {
        match self {
            Self::Cpu => Ok(Rc::new(Cpu::new())),
            Self::Gpu => gpu().await,
        }
    }
}

#[cfg(feature = "gpu")]
async fn gpu() -> Outcome<Device> {
    Ok(Rc::new(warren::gpu::Gpu::start().await?))
}

#[cfg(not(feature = "gpu"))]
async fn gpu() -> Outcome<Device> {
    Err("device \"gpu\": this build has no WebGPU (the feature `gpu`)".into())
}

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Outcome<()> {
    let job = std::env::args().nth(1).ok_or("usage: train_bench JOB, or train_bench --adapter")?;
    let result = match job.as_str() {
        "--adapter" => warren::task::run(adapter()),
        job => warren::task::run(measure(job))?,
    };
    println!("{result}");
    Ok(())
}

/// `{ "adapter": "…" }`, or null and the `reason` why there is none.
#[cfg(not(target_arch = "wasm32"))]
async fn adapter() -> Value {
    match gpu().await {
        Ok(device) => json!({ "adapter": device.adapter() }),
        Err(e) => json!({ "adapter": null, "reason": e.to_string() }),
    }
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

async fn measure(job: &str) -> Outcome<Value> {
    let job: Job = serde_json::from_str(job)?;
    let mut result = step(&job).await?;
    result["threads"] = parallel::threads().into();
    result["gemm"] = job.gemm.iter().map(|&sizes| gemm(sizes, job.seconds)).collect();
    result["conv"] = job.conv.iter().map(|&sizes| conv(sizes, job.batch, job.seconds)).collect();
    Ok(result)
}

/// Seconds of a step of the fastest portion, what was trained, the loss of the first step and the mean one of the
/// last portion.
async fn step(job: &Job) -> Outcome<Value> {
    let mut untrained = model(job).await?;
    let model = untrained.model.as_mut();
    let parameters = parameters(model).await?;
    let first = steps(model, NonZeroUsize::MIN).await?;
    let mut last = steps(model, job.portion).await?;
    let mut fastest = f64::INFINITY;
    for _ in 0..job.steps {
        let start = Instant::now();
        last = steps(model, job.portion).await?;
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    let device = model.device().ok_or("the model computes on no device")?;
    Ok(json!({
        "step": fastest / job.portion.get() as f64,
        "parameters": parameters,
        "users": untrained.users,
        "items": untrained.items,
        "losses": [first, last],
        "device": device.name(),
        "adapter": device.adapter(),
    }))
}

/// A model before its first step, and the sizes of its data.
struct Untrained {
    model: Box<dyn Model>,
    users: usize,
    items: usize,
}

async fn model(job: &Job) -> Outcome<Untrained> {
    let config = RunConfig::parse(&job.config)?;
    let generator = Params::check(&synthetic::METHOD, &job.builtin, "builtin")?;
    let data = synthetic::generate(&generator, config.seed, &Task::silent()).await?;
    let prepared = prepare(&data, &config.data, config.seed, &Task::silent()).await?;
    let dim = config.dim().ok_or("the model has no tables")?;
    let sides = [Side::User, Side::Item];
    let tables = embed(&prepared, &sides, &config.init, dim, config.seed, &Task::silent()).await?;
    let mut tables = tables.embeddings.into_iter().map(|e| e.vectors);
    let (user, item) = tables.next().zip(tables.next()).ok_or("two tables are wanted")?;
    let device = job.device.start().await?;
    let model = build_on(device.clone(), &prepared, &config, Some(Tables { user, item }))?;
    if model.device().is_none_or(|on| !Rc::ptr_eq(on, &device)) {
        return Err(format!("the model does not compute on {}", device.name()).into());
    }
    Ok(Untrained { model, users: prepared.split.n_users, items: prepared.split.n_items })
}

/// Queues so many steps and waits for them; their mean loss.
async fn steps(model: &mut dyn Model, count: NonZeroUsize) -> Outcome<f64> {
    let mut sum = 0.0;
    for _ in 0..count.get() {
        sum += model.step()?.unwrap_or(0.0);
    }
    Ok((sum + model.settle().await?) / count.get() as f64)
}

/// Numbers that are trained: the state without counters, running statistics and the optimizer's memory.
async fn parameters(model: &dyn Model) -> Outcome<usize> {
    let is_other = |name: &str| {
        name == "steps"
            || name.starts_with("optimizer.")
            || name.ends_with(".mean")
            || name.ends_with(".variance")
    };
    Ok(model.state().await?.iter().filter(|t| !is_other(&t.name)).map(|t| t.values.len()).sum())
}

/// Numbers within ±1, the same everywhere.
fn values(backend: &Cpu, len: usize) -> Buffer {
    backend.upload(&(0..len).map(|i| ((i * 7919) % 2001) as f32 / 1000.0 - 1.0).collect::<Vec<_>>())
}

fn gemm([m, n, k]: [usize; 3], seconds: f64) -> Value {
    let backend = Cpu::new();
    let [a, b, c] = [m * k, k * n, m * n].map(|len| values(&backend, len));
    fastest(seconds, || backend.gemm(Gemm::new(m, n, k), &a, &b, &c)).into()
}

/// Forward, the input's gradient, the weights' gradient.
fn conv(
    [channels_in, channels_out, height, width, kernel, stride]: [usize; 6],
    batch: usize,
    seconds: f64,
) -> Value {
    let backend = Cpu::new();
    let sizes =
        Conv2d { batch, channels_in, channels_out, height, width, kernel, stride, padding: kernel / 2 };
    let [x, w, y] =
        [sizes.input_len(), sizes.weight_len(), sizes.output_len()].map(|len| values(&backend, len));
    json!([
        fastest(seconds, || backend.conv2d(&sizes, &x, &w, &y)),
        fastest(seconds, || backend.conv2d_grad_input(&sizes, &y, &w, &x)),
        fastest(seconds, || backend.conv2d_grad_weight(&sizes, &x, &y, &w)),
    ])
}

/// Repeats `call` for about `seconds` and gives the shortest time.
fn fastest(seconds: f64, call: impl Fn()) -> f64 {
    call();
    let (start, mut best) = (Instant::now(), f64::INFINITY);
    while start.elapsed().as_secs_f64() < seconds {
        let one = Instant::now();
        call();
        best = best.min(one.elapsed().as_secs_f64());
    }
    best
}
