//! Matrix factorisation: BPR by plain SGD against implicit, by Adam against TensorFlow.js in the same browser, whole
//! epochs of BPR and DirectAU, what data of Gowalla's size take, and what learning λ costs.

use super::measure::{json as json_of, one_thread, threads_of_this_machine};
use super::mf_report::{Measured, Sides, text};
use super::train::{TFJS_PACKAGES, page, tfjs};
use super::{measure, report};
use crate::exec::{Invocation, cargo};
use crate::toolchain::{Need, ensure};
use crate::{Outcome, build, paths, ui};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const IMPLICIT: &str = include_str!("mf.py");
const IMPLICIT_PACKAGES: [&str; 3] = ["implicit==0.7.2", "numpy==2.4.6", "scipy==1.17.1"];

pub const DIM: usize = 64;
/// Pairs in a step of plain SGD. implicit moves after each pair.
pub const SGD_BATCH: usize = 256;
/// Pairs in a step of Adam.
pub const ADAM_BATCH: usize = 1024;
/// implicit's default learning rate. Our loss is the mean of a batch, so that ours is as many times higher.
const RATE: f64 = 0.01;

/// Measures and prints; `quick` says whether everything runs, not how fast it is.
pub fn run(quick: bool, write: bool) -> Outcome {
    let chromium = ensure(&[Need::Node, Need::Browser])?.chromium.ok_or("Chromium is missing")?;
    let (baseline, threads) = build::build_wasm_example("mf_bench")?;
    let native = native()?;
    let tfjs = tfjs()?;
    let python = measure::environment(&IMPLICIT_PACKAGES, "import implicit, numpy, scipy")?;
    let folder = std::env::temp_dir().join(format!("warren-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let bench = Bench { quick, chromium: &chromium, baseline, threads, native, tfjs, python: &python };
    let measured = bench.measure(&folder.join("pairs"));
    let _ = std::fs::remove_dir_all(&folder);

    let ask = |program: &Path| Invocation::new(program).arg("--version").ask().unwrap_or_default();
    let packages = [&IMPLICIT_PACKAGES[..], &TFJS_PACKAGES[..2]].concat().join(", ");
    let head = format!("{}.\n{packages}; {}; {}.\n", report::machine(), ask(&python), ask(&chromium));
    let text = format!("{head}{}", text(&measured?)?);
    println!("{text}");
    if write { report::write("mf", "Speed of matrix factorisation", &text) } else { Ok(()) }
}

/// What is run, and how much of it.
struct Bench<'a> {
    quick: bool,
    chromium: &'a Path,
    /// Folders of the module and, where it can be built, of that with threads.
    baseline: PathBuf,
    threads: Option<PathBuf>,
    native: PathBuf,
    tfjs: PathBuf,
    python: &'a Path,
}

impl Bench<'_> {
    fn measure(&self, pairs: &Path) -> Outcome<Measured> {
        let mut job = self.ml_1m();
        job["pairs"] = pairs.to_string_lossy().into();
        ui::line("Measuring", "native, with one thread and with all");
        let natively = |job: &Value| [self.natively(job, "1"), self.natively(job, "0")];
        let [ml_one, ml_all] = natively(&job);
        let (ml_one, ml_all) = (ml_one?, ml_all?);
        let [epochs_one, epochs_all] = natively(&self.rated_3());
        for key in ["users", "items"] {
            job[key] = ml_one[key].clone();
        }
        ui::line("Measuring", "implicit, with one thread");
        let script = Invocation::new(self.python).args(["-c", IMPLICIT]).arg(job.to_string());
        let implicit = json_of(&one_thread(script))?;
        ui::line("Measuring", "TensorFlow.js in Chromium");
        let tfjs = page(self.chromium, &job, &self.tfjs, "mf-tfjs")?;
        ui::line("Measuring", "wasm in Chromium, with one thread and with all");
        let (ml_1m, rated_3) = (self.ml_1m(), self.rated_3());
        let [ml_wasm, epochs_wasm] = [&ml_1m, &rated_3].map(|job| self.in_page(job));
        let [ml_shared, epochs_shared] = [&ml_1m, &rated_3].map(|job| self.in_page_with_threads(job));
        ui::line("Measuring", "data of Gowalla's size");
        let gowalla = self.gowalla();
        let sides = |wasm, shared: Option<Value>, one, all| {
            let mut sides = vec![("wasm, 1 thread", wasm)];
            sides.extend(shared.map(|shared| ("wasm, all threads", shared)));
            sides.extend([("native, 1 thread", one), ("native, all threads", all)]);
            sides
        };
        Ok(Measured {
            implicit,
            tfjs,
            ml_1m: sides(ml_wasm?, ml_shared?, ml_one, ml_all),
            rated_3: sides(epochs_wasm?, epochs_shared?, epochs_one?, epochs_all?),
            gowalla: vec![
                ("wasm, 1 thread", self.in_page(&gowalla)?),
                ("native, all threads", self.natively(&gowalla, "0")?),
            ],
            lambda: self.lambda()?,
        })
    }

    /// 0 threads: as many as the machine has.
    fn natively(&self, job: &Value, threads: &str) -> Outcome<Value> {
        json_of(&Invocation::new(&self.native).arg(job.to_string()).env("RAYON_NUM_THREADS", threads))
    }

    fn in_page(&self, job: &Value) -> Outcome<Value> {
        page(self.chromium, job, &self.baseline, "warren")
    }

    fn in_page_with_threads(&self, job: &Value) -> Outcome<Option<Value>> {
        let Some(folder) = &self.threads else { return Ok(None) };
        let mut job = job.clone();
        job["threads"] = threads_of_this_machine().into();
        Ok(Some(page(self.chromium, &job, folder, "warren")?))
    }

    /// The size of MovieLens 1M: SGD, then Adam.
    fn ml_1m(&self) -> Value {
        let data = self.data([6_040, 3_706, 1_000_209, 18]);
        let (split, epochs) = ("random:0.998,0.001,0.001", if self.quick { 1 } else { 5 });
        let sgd = json!({"name": "sgd", "learning_rate": RATE * SGD_BATCH as f64});
        json!({
            "builtin": data,
            "runs": [
                config("bpr", sgd, SGD_BATCH, epochs, split),
                config("bpr", json!({"name": "adam"}), ADAM_BATCH, epochs, split),
            ],
            "dim": DIM,
            "batch": ADAM_BATCH,
            "rate": RATE,
            "epochs": epochs,
        })
    }

    /// The size of MovieLens 1M rated 3 or more: epochs of BPR and DirectAU.
    fn rated_3(&self) -> Value {
        let data = self.data([6_040, 3_629, 836_478, 18]);
        json!({"builtin": data, "runs": epochs("random:0.998,0.001,0.001", 2)})
    }

    /// The size of Gowalla, with an evaluation of 30,000 users.
    fn gowalla(&self) -> Value {
        let data = self.data([29_858, 40_981, 1_027_370, 40]);
        json!({"builtin": data, "runs": epochs("random:0.8,0.1,0.1", 1)})
    }

    /// Fixed λ, then λOpt by dimension and in full, on data as large as ml-latest-small and as MovieLens 1M.
    fn lambda(&self) -> Outcome<Vec<Sides>> {
        ui::line("Measuring", "learnt strengths against fixed ones");
        let fixed = json!({"name": "fixed", "lambda": 0.01});
        let learnt = |granularity| json!({"name": "lambda-opt", "granularity": granularity});
        let runs = [fixed, learnt("d"), learnt("dui")].map(|regularizer| {
            let count = if self.quick { 1 } else { 5 };
            let mut run = config("bpr", json!({"name": "adam"}), ADAM_BATCH, count, "temporal:0.6,0.2,0.2");
            run["regularizer"] = regularizer;
            run
        });
        let sizes = [[625, 1_283, 68_017, 18], [6_040, 3_706, 1_000_209, 18]];
        let jobs = sizes.map(|sizes| json!({"builtin": self.data(sizes), "runs": runs}));
        let sides = |job| -> Outcome<Sides> {
            Ok(vec![
                ("wasm, 1 thread", self.in_page(job)?),
                ("native, 1 thread", self.natively(job, "1")?),
                ("native, all threads", self.natively(job, "0")?),
            ])
        };
        jobs.iter().map(sides).collect()
    }

    /// Parameters of the generator; a tenth of each where nobody reads the figures.
    fn data(&self, sizes: [usize; 4]) -> Value {
        let [users, items, interactions, clusters] = sizes;
        let part = if self.quick { 10 } else { 1 };
        json!({
            "users": users / part,
            "items": items / part,
            "interactions": interactions / (part * part),
            "clusters": clusters,
        })
    }
}

/// BPR and DirectAU by Adam.
fn epochs(split: &str, count: usize) -> [Value; 2] {
    ["bpr", "directau"].map(|loss| config(loss, json!({"name": "adam"}), ADAM_BATCH, count, split))
}

fn config(loss: &str, optimizer: Value, batch: usize, epochs: usize, split: &str) -> Value {
    json!({
        "seed": 1,
        "data": {"min_user": 1, "min_item": 1, "split": split},
        "model": {"name": "mf", "dim": DIM},
        "init": {"name": "random", "std": 0.1},
        "loss": {"name": loss},
        "regularizer": {"name": "none"},
        "optimizer": optimizer,
        "train": {"epochs": epochs, "eval_every": epochs, "batch_size": batch},
    })
}

fn native() -> Outcome<PathBuf> {
    let program = cargo().args(["build", "--quiet", "--release", "--package", "warren"]);
    let program = program.args(["--example", "mf_bench"]);
    ui::timed("Compiling", "the native side", || program.run())?;
    Ok(measure::target().join("release/examples").join(paths::program("mf_bench")))
}
