//! DLR² steps and single kernels against TensorFlow.js in the same browser and JAX natively.

use super::measure::{json as json_of, threads_of_this_machine};
use super::train_gpu::Bench;
use super::train_report::{Side, table};
use super::{measure, report};
use crate::exec::{Invocation, cargo, find_in_path};
use crate::toolchain::{Need, ensure};
use crate::{Outcome, build, paths, ui};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const JAX: &str = include_str!("train.py");
const JAX_PACKAGES: [&str; 2] = ["jax[cpu]==0.10.2", "numpy==2.4.6"];
pub const TFJS_PACKAGES: [&str; 3] = [
    "@tensorflow/tfjs@4.22.0",
    "@tensorflow/tfjs-backend-wasm@4.22.0",
    "@tensorflow/tfjs-backend-webgpu@4.22.0",
];

/// Products `m × n × k`: two square ones, and the last dense layer's.
const GEMM: [[usize; 3]; 3] = [[256, 256, 256], [512, 512, 512], [32, 64, 12288]];
/// The network's convolutions but the stem: channels in and out, height, width, kernel, stride.
const CONV: [[usize; 6]; 4] =
    [[64, 64, 6, 64, 3, 1], [64, 128, 6, 64, 3, 2], [128, 128, 3, 32, 3, 1], [64, 128, 6, 64, 1, 2]];

/// Measures and prints; `quick` says whether everything runs, not how fast it is.
pub fn run(quick: bool, write: bool) -> Outcome {
    let chromium = ensure(&[Need::Node, Need::Browser])?.chromium.ok_or("Chromium is missing")?;
    let (baseline, threads) = build::build_wasm_example("train_bench")?;
    let native = native()?;
    let (tfjs, python) = (tfjs()?, jax()?);
    let mut job = job(quick);
    let mut sides = Vec::new();
    let mut add = |name: &'static str, figures: Value| sides.push(Side { name, figures });

    ui::line("Measuring", "native, with one thread and with all");
    let run = |threads: &str| {
        json_of(&Invocation::new(&native).arg(job.to_string()).env("RAYON_NUM_THREADS", threads))
    };
    let (one, all) = (run("1")?, run("0")?);
    for key in ["users", "items"] {
        job[key] = one[key].clone();
    }
    ui::line("Measuring", "JAX, with one thread and with all");
    let jax = |single| json_of(&jax_run(&python, &job, single));
    add("JAX, 1 thread", jax(true)?);
    add("JAX, all threads", jax(false)?);
    ui::line("Measuring", "TensorFlow.js in Chromium");
    let page = |job: &Value, folder: &Path, side: &str| page(&chromium, job, folder, side);
    let mut slow = job.clone();
    slow["steps"] = if quick { 1 } else { 4 }.into();
    add("tfjs-wasm, 1 thread", page(&slow, &tfjs, "tfjs")?);
    ui::line("Measuring", "wasm in Chromium, with one thread and with all");
    add("wasm, 1 thread", page(&job, &baseline, "warren")?);
    if let Some(folder) = threads {
        let mut shared = job.clone();
        shared["threads"] = threads_of_this_machine().into();
        add("wasm, all threads", page(&shared, &folder, "warren")?);
    }
    add("native, 1 thread", one);
    add("native, all threads", all);
    let gpu = Bench { native: &native, chromium: &chromium, tfjs: &tfjs, quick };
    let gpu = gpu.run(&job, &mut sides)?;

    let ask = |program: &Path| Invocation::new(program).arg("--version").ask().unwrap_or_default();
    let packages = [&JAX_PACKAGES[..], &TFJS_PACKAGES[..]].concat().join(", ");
    let head =
        format!("{}.\n{packages}; {}; {}.\n\n{gpu}\n", report::machine(), ask(&python), ask(&chromium));
    let text = format!("{head}{}", table(&sides, &GEMM, &CONV, &job)?);
    println!("{text}");
    if write { report::write("train", "Speed of training", &text) } else { Ok(()) }
}

/// Read by all sides; each takes what it needs.
fn job(quick: bool) -> Value {
    let (channels, dim) = (64, 64);
    json!({
        "builtin": {"users": 300, "items": 500, "interactions": 12_000},
        "config": {
            "seed": 1,
            "data": {"min_user": 1, "min_item": 1, "split": "temporal:0.7,0.1,0.2"},
            "model": {"name": "dlr2", "channels": channels, "dim": dim, "decay_steps": 0},
            "init": {"name": "random"},
            "optimizer": {"name": "adam", "learning_rate": 1e-3},
            "train": {"batch_size": 32, "monitor": "F1@10"},
        },
        "channels": channels,
        "dim": dim,
        "batch": 32,
        "steps": if quick { 2 } else { 12 },
        "seconds": if quick { 0.02 } else { 0.2 },
        "gemm": GEMM,
        "conv": CONV,
    })
}

/// A side in headless Chromium: `warren` (the module in `folder`), `tfjs` or `mf-tfjs` (the packages in `folder`), or
/// `adapter`.
pub fn page(chromium: &Path, job: &Value, folder: &Path, side: &str) -> Outcome<Value> {
    let run = Invocation::line("node --import ./tests/typescript.mjs tests/bench/train.ts");
    json_of(&run.arg(job.to_string()).arg(folder).arg(side).env("CHROME", chromium))
}

fn native() -> Outcome<PathBuf> {
    let program = cargo().args(["build", "--quiet", "--release", "--package", "warren"]);
    let program = program.args(["--features", "gpu", "--example", "train_bench"]);
    ui::timed("Compiling", "the native side", || program.run())?;
    Ok(measure::target().join("release/examples").join(paths::program("train_bench")))
}

/// One thread: XLA's own switches and, where there is `taskset`, one core.
fn jax_run(python: &Path, job: &Value, single: bool) -> Invocation {
    let script = |run: Invocation| run.args(["-c", JAX]).arg(job.to_string()).env("JAX_PLATFORMS", "cpu");
    if !single {
        return script(Invocation::new(python));
    }
    let run = match find_in_path(&["taskset"]) {
        Some(taskset) => Invocation::new(taskset).args(["-c", "0"]).arg(python),
        None => Invocation::new(python),
    };
    script(run).env("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
}

/// Python with JAX in an environment of its own.
fn jax() -> Outcome<PathBuf> {
    measure::environment(&JAX_PACKAGES, "import jax, numpy")
}

/// The folder `@tensorflow` with the packages of TensorFlow.js, in the per-user cache.
pub fn tfjs() -> Outcome<PathBuf> {
    let folder = paths::cache().join("tfjs-4.22.0");
    let packages = folder.join("node_modules/@tensorflow");
    let files = [
        "tfjs/dist/tf.min.js",
        "tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
        "tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js",
    ];
    if files.iter().all(|f| packages.join(f).is_file()) {
        return Ok(packages);
    }
    let npm = find_in_path(&["npm", "npm.cmd"]).ok_or("TensorFlow.js needs npm, which is not in PATH")?;
    ui::timed("Installing", &format!("{} into {}", TFJS_PACKAGES.join(" and "), folder.display()), || {
        std::fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
        let install = Invocation::new(npm).args([
            "install",
            "--no-save",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]);
        install.arg("--prefix").arg(&folder).args(TFJS_PACKAGES).run_quiet()
    })?;
    Ok(packages)
}
