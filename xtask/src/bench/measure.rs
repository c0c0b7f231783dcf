//! Running every side on one job.

use crate::exec::{Invocation, cargo, find_in_path};
use crate::toolchain::{Need, ensure};
use crate::{Outcome, build, paths, ui};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Versions that the figures were measured with; the environment's folder is named by them.
const PYTHON_PACKAGES: [&str; 2] = ["numpy==2.4.6", "scipy==1.17.1"];
const SCIPY: &str = include_str!("spectral.py");

/// One side's figures for one job.
pub struct Measured {
    /// Who: `SciPy, 1 thread`.
    pub side: &'static str,
    figures: Value,
}

impl Measured {
    pub fn number(&self, key: &str) -> Option<f64> {
        self.figures[key].as_f64()
    }

    pub fn text(&self, key: &str) -> &str {
        self.figures[key].as_str().unwrap_or_default()
    }
}

/// Everything that is built or installed once for all jobs.
pub struct Tools {
    native: PathBuf,
    python: PathBuf,
    chromium: PathBuf,
}

impl Tools {
    pub fn prepare() -> Outcome<Self> {
        let facts = ensure(&[Need::Node, Need::Browser])?;
        build::build_wasm(build::Options { profile: build::Profile::Release, threads: true, gpu: true })?;
        let program = cargo().args(["build", "--quiet", "--release", "--package", "warren"]);
        let program = program.args(["--example", "spectral_bench"]);
        ui::timed("Compiling", "the native side", || program.run())?;
        let native = target().join("release/examples").join(paths::program("spectral_bench"));
        let chromium = facts.chromium.ok_or("Chromium is missing")?;
        Ok(Self { native, python: environment(&PYTHON_PACKAGES, "import scipy, numpy")?, chromium })
    }

    /// What the sides are, for the head of a table.
    pub fn versions(&self) -> String {
        let ask = |program: &Path| Invocation::new(program).arg("--version").ask().unwrap_or_default();
        format!("{}; {}; {}", PYTHON_PACKAGES.join(", "), ask(&self.python), ask(&self.chromium))
    }

    /// All sides on one job, SciPy first.
    pub fn measure(&self, job: &Value) -> Outcome<Vec<Measured>> {
        let folder = std::env::temp_dir().join(format!("warren-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
        let result = self.measure_in(job, &folder);
        let _ = std::fs::remove_dir_all(&folder);
        result
    }

    fn measure_in(&self, job: &Value, folder: &Path) -> Outcome<Vec<Measured>> {
        let mut job = job.clone();
        let native = |threads: &str, folder: Option<&Path>| {
            let run = Invocation::new(&self.native).arg(job.to_string()).args(folder);
            json(&run.env("RAYON_NUM_THREADS", threads))
        };
        let one = native("1", Some(folder))?;
        // 0: as many as the machine has.
        let all = native("0", None)?;
        if one["values"] != all["values"] {
            return Err("one thread and several gave different eigenvalues".to_owned());
        }
        let page = self.chromium(&job, None)?;
        if page["graph"]["edges"] != one["edges"] {
            return Err(format!(
                "the page's graph has {} edges, the native one {}",
                page["graph"]["edges"], one["edges"]
            ));
        }
        let mut shared = job.clone();
        shared["threads"] = threads_of_this_machine().into();
        let several = self.chromium(&shared, None)?;
        let mut wasm = flat(&page);
        for stage in ["graph", "solve"] {
            // Cancelled 0.4 s into a stage; one that is over by then has nothing to cancel.
            if wasm[format!("{stage}_seconds")].as_f64().is_some_and(|s| s > 0.6) {
                wasm[format!("{stage}_cancel")] = self.cancel(&job, stage)?;
            }
        }
        job["columns"] = one["columns"].clone();
        let scipy = self.scipy(&job, folder)?;
        let side = |side, figures| Measured { side, figures };
        Ok(vec![
            side("SciPy, 1 thread", scipy),
            side("wasm, 1 thread", wasm),
            side("wasm, all threads", flat(&several)),
            side("native, 1 thread", one),
            side("native, all threads", all),
        ])
    }

    /// The page alone, for growth: graph and solve seconds, stored weights.
    pub fn page(&self, job: &Value) -> Outcome<Measured> {
        Ok(Measured { side: "wasm, 1 thread", figures: flat(&self.chromium(job, None)?) })
    }

    /// What the page answers to a job of its own.
    pub fn page_result(&self, job: &Value) -> Outcome<Value> {
        self.chromium(job, None)
    }

    /// The last line of a Python script's output, which is JSON; the job is its argument. One thread.
    pub fn python(&self, script: &str, job: &Value) -> Outcome<Value> {
        json(&one_thread(Invocation::new(&self.python).args(["-c", script]).arg(job.to_string())))
    }

    /// Milliseconds from a cancel in the middle of `stage` to its answer.
    fn cancel(&self, job: &Value, stage: &str) -> Outcome<Value> {
        Ok(self.chromium(job, Some(stage))?["cancelMilliseconds"].clone())
    }

    fn chromium(&self, job: &Value, cancel: Option<&str>) -> Outcome<Value> {
        let run = Invocation::line("node --import ./tests/typescript.mjs tests/bench/spectral.ts");
        json(&run.arg(job.to_string()).args(cancel).env("CHROME", &self.chromium))
    }

    fn scipy(&self, job: &Value, folder: &Path) -> Outcome<Value> {
        let script = folder.join("spectral.py");
        std::fs::write(&script, SCIPY).map_err(|e| format!("cannot write {}: {e}", script.display()))?;
        json(&one_thread(Invocation::new(&self.python).arg(script).arg(folder).arg(job.to_string())))
    }
}

/// Numeric libraries told to use one thread.
pub fn one_thread(run: Invocation) -> Invocation {
    let names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];
    names.into_iter().fold(run, |run, name| run.env(name, "1"))
}

pub fn threads_of_this_machine() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The page's figures under the keys of the other sides.
fn flat(page: &Value) -> Value {
    let mark = |name: &str| page["marks"][name].as_f64().unwrap_or(f64::NAN);
    serde_json::json!({
        "graph_seconds": page["seconds"]["graph"],
        "solve_seconds": page["seconds"]["solve"],
        "graph_cpu": mark("solve") - mark("graph"),
        "solve_cpu": mark("end") - mark("solve"),
        "residual": page["residual"],
        "products": page["products"],
        "nodes": page["graph"]["nodes"],
        "edges": page["graph"]["edges"],
        "bytes": page["bytes"],
        "longest": page["longest"],
    })
}

/// The last line of a program's output, which is JSON.
pub fn json(run: &Invocation) -> Outcome<Value> {
    let output = run.ask_or_say()?;
    let line = output.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|e| format!("`{line}` is not JSON: {e}"))
}

/// Where cargo puts what it builds for this machine.
pub fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| paths::root().join("target"))
}

/// Python with these packages, which `imports` loads, in an environment of its own.
pub fn environment(packages: &[&str], imports: &str) -> Outcome<PathBuf> {
    let name = packages.join("-").replace("==", "-").replace(['[', ']'], "-");
    let folder = paths::cache().join(format!("python-{name}"));
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if Invocation::new(&python).args(["-c", imports]).ask().is_some() {
        return Ok(python);
    }
    let what = packages.join(" and ");
    let system = find_in_path(&["python3", "python"])
        .ok_or_else(|| format!("{what} are a side of this comparison, and there is no python3 in PATH: install Python 3.11 or newer"))?;
    ui::timed("Installing", &format!("{what} into {}", folder.display()), || {
        Invocation::new(system).args(["-m", "venv"]).arg(&folder).run()?;
        Invocation::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages).run()
    })?;
    Ok(python)
}
