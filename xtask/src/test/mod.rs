//! `test`: every kind of test, one stage after the other; the first that fails ends the run.

mod count;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use count::Count;

use crate::args::Args;
use crate::build;
use crate::exec::{Invocation, cargo, find_in_path, node};
use crate::toolchain::{Facts, Module, Need, WasmCargo, bindgen, ensure};
use crate::{Outcome, paths, stamp, ui};

pub const HELP: &str = "\
Runs all tests, or only the stages that are named:

  --rust        the crate's and this tool's own tests, natively
  --doc         the examples in the documentation
  --gpu         the GPU backend on a Vulkan adapter (lavapipe computes in software); Linux only
  --unit        the page's modules under Node (tests/unit)
  --wasm        the wasm module's tests in headless Chromium (tests/wasm)
  --e2e         the built page in headless Chromium (tests/e2e)

  --only WORD   within these stages, tests whose name holds WORD
  --dev         builds the page quickly instead of as published
  --no-threads  builds the page without its module with threads; the tests of it are left out

Stops at the first stage that fails. The last line says how many tests passed and failed.
";

struct Stage {
    name: &'static str,
    about: &'static str,
    run: fn(&Options) -> Outcome<(bool, Count)>,
}

const STAGES: &[Stage] = &[
    Stage { name: "rust", about: "the crate and this tool, natively", run: rust },
    Stage { name: "doc", about: "examples in the documentation", run: doc },
    Stage { name: "gpu", about: "the GPU backend on Vulkan, natively", run: gpu },
    Stage { name: "unit", about: "the page's modules under Node", run: unit },
    Stage { name: "wasm", about: "the module in headless Chromium", run: wasm },
    Stage { name: "e2e", about: "the page in headless Chromium", run: e2e },
];

struct Options {
    only: Option<String>,
    build: build::Options,
}

pub fn command(mut args: Args) -> Outcome {
    let mut stages: Vec<&Stage> = STAGES.iter().filter(|s| args.switch(&format!("--{}", s.name))).collect();
    if stages.is_empty() {
        stages = STAGES.iter().collect();
    }
    let options = Options { only: args.value("--only")?, build: build::Options::take(&mut args)? };
    args.finish()?;

    let mut lines = Vec::new();
    let mut total = Count::default();
    let mut failed = None;
    for stage in stages {
        ui::line("Testing", stage.about);
        let start = Instant::now();
        let (passed, mut count) = (stage.run)(&options).unwrap_or_else(|message| {
            ui::error(&message);
            (false, Count::default())
        });
        if !passed {
            // A stage may fail without a failed test: what does not compile counts as one.
            count.failed = count.failed.max(1);
            failed = Some(stage.name);
        }
        total += count;
        lines.push(summary(stage, count, start.elapsed()));
        if failed.is_some() {
            break;
        }
    }
    println!();
    lines.iter().for_each(|line| println!("{line}"));
    if let Some(name) = failed {
        println!("stage `{name}` failed, its output is above; again: cargo xtask test --{name}");
    }
    println!("{total}");
    if failed.is_some() {
        // Not by an error message, which would come after the line that scripts read last.
        std::process::exit(1);
    }
    Ok(())
}

fn summary(stage: &Stage, count: Count, took: Duration) -> String {
    format!("{:<6}{:<36}{:>9}  {count}", stage.name, stage.about, ui::seconds(took))
}

fn run_and_count(invocation: &Invocation) -> Outcome<(bool, Count)> {
    let (success, output) = invocation.run_and_keep()?;
    Ok((success, count::read(&output)))
}

fn rust(options: &Options) -> Outcome<(bool, Count)> {
    let nextest = find_in_path(&["cargo-nextest"]).is_some();
    let mut tests = if nextest {
        cargo().args([
            "nextest",
            "run",
            "--workspace",
            "--no-tests=pass",
            "--status-level=fail",
            "--cargo-quiet",
        ])
    } else {
        // Without --doc: those are the next stage.
        cargo().args(["test", "--workspace", "--quiet", "--lib", "--bins", "--tests"])
    };
    if let Some(word) = &options.only {
        tests = tests.arg(word);
    }
    run_and_count(&tests)
}

fn doc(options: &Options) -> Outcome<(bool, Count)> {
    let tests = cargo().args(["test", "--workspace", "--quiet", "--doc"]);
    run_and_count(&match &options.only {
        Some(word) => tests.arg(word),
        None => tests,
    })
}

/// The one stage that compiles wgpu natively, and no more than that: neither the program nor the other tests.
fn gpu(options: &Options) -> Outcome<(bool, Count)> {
    if cfg!(not(target_os = "linux")) {
        ui::line("Skipping", "the GPU backend natively: its tests know Vulkan drivers of Linux only");
        return Ok((true, Count { skipped: 1, ..Count::default() }));
    }
    ensure(&[Need::Vulkan])?;
    let tests = ["test", "--package", "warren", "--quiet", "--no-default-features", "--features", "gpu"];
    let parity =
        cargo().args(tests).args(["--test", "gpu_parity", "--test", "gpu_training"]).args(&options.only);
    let (passed, mut count) = run_and_count(&parity)?;
    if !passed || options.only.is_some() {
        return Ok((passed, count));
    }
    let (passed, units) = run_and_count(&cargo().args(tests).args(["--lib", "--", "gpu::"]))?;
    count += units;
    Ok((passed, count))
}

fn unit(options: &Options) -> Outcome<(bool, Count)> {
    let files = specs("unit", ".test.ts");
    if files.is_empty() {
        return Ok((true, Count::default()));
    }
    ensure(&[Need::Node])?;
    run_and_count(&node_tests(options, &files))
}

fn wasm(options: &Options) -> Outcome<(bool, Count)> {
    let facts = ensure(&[Need::WasmStd, Need::Bindgen, Need::Browser])?;
    // The baseline's code and the GPU backend beside it, compiled once.
    let mut tests = WasmCargo::new(&facts, Module::Gpu).invocation("test").args(["--test", "wasm"]);
    // A browser has no files: the data set is compiled in. The runner shows nothing that a passing test says.
    if let Some(folder) = movielens() {
        tests = tests.args(["--features", "test-data"]).env("WARREN_DATA", folder);
    } else {
        ui::line("Skipping", "ml-latest-small in the browser: set WARREN_DATA to the folder that holds it");
    }
    let tests = tests
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", bindgen("wasm-bindgen-test-runner")?)
        .env("CHROMEDRIVER", browser(&facts).1)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver_settings(&facts)?)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    run_and_count(&match &options.only {
        Some(word) => tests.arg("--").arg(word),
        None => tests,
    })
}

/// The folder that holds `ml-latest-small/ratings.csv`: `$WARREN_DATA`, or `shared/data` beside the repository.
fn movielens() -> Option<PathBuf> {
    let beside = || Some(paths::root().parent()?.join("shared/data"));
    let folder = std::env::var_os("WARREN_DATA").map(PathBuf::from).or_else(beside)?;
    let folder = folder.canonicalize().ok()?;
    folder.join("ml-latest-small/ratings.csv").is_file().then_some(folder)
}

fn e2e(options: &Options) -> Outcome<(bool, Count)> {
    build::build(options.build)?;
    let facts = ensure(&[Need::Browser])?;
    node("typescript/bin/tsc").arg("--noEmit").run()?;
    let this = std::env::current_exe().map_err(|e| e.to_string())?;
    let tests = node_tests(options, &specs("e2e", ".spec.ts"));
    run_and_count(&tests.env("CHROME", browser(&facts).0).env("WARREN_XTASK", this))
}

/// Node's own test runner; `tests/typescript.mjs` lets it read TypeScript.
fn node_tests(options: &Options, files: &[PathBuf]) -> Invocation {
    let mut run = Invocation::line(
        "node --enable-source-maps --import ./tests/typescript.mjs --test --test-reporter=spec --test-concurrency=1",
    );
    if let Some(word) = &options.only {
        run = run.arg(format!("--test-name-pattern={word}"));
    }
    run.args(files)
}

fn specs(folder: &str, suffix: &str) -> Vec<PathBuf> {
    let mut files = stamp::files_under(&paths::root().join("tests").join(folder));
    files.retain(|f| f.to_string_lossy().ends_with(suffix));
    files
}

fn browser(facts: &Facts) -> (PathBuf, PathBuf) {
    (facts.chromium.clone().expect("ensured"), facts.chromedriver.clone().expect("ensured"))
}

/// tests/webdriver.json with this machine's browser written into it.
fn webdriver_settings(facts: &Facts) -> Outcome<PathBuf> {
    let path = paths::root().join("tests/webdriver.json");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let mut settings: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("tests/webdriver.json: {e}"))?;
    settings["goog:chromeOptions"]["binary"] = browser(facts).0.display().to_string().into();
    stamp::record("webdriver.json", &settings.to_string())?;
    Ok(paths::stamps().join("webdriver.json"))
}
