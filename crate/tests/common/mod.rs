//! What several test programs share.
#![allow(dead_code, reason = "each test program uses its own part")]

use ndarray::Array2;
use rand::RngExt;
use serde_json::Value;
use std::path::PathBuf;
use std::rc::Rc;
use warren::config::RunConfig;
use warren::data::formats::{LoadOptions, Loader};
use warren::data::interactions::Split;
use warren::linalg::Cpu;
use warren::models::{Model, ModelInput, Tables};
use warren::pipeline::{Prepared, Trained, prepare, train};
use warren::task::{Task, run};
use warren::train::control::Control;

/// A file of real data under `$WARREN_DATA` (default: `shared/data` beside the repository), e.g.
/// `ml-latest-small/ratings.csv`. Where it is missing the test says so and skips, but fails if `CI=true`.
pub fn real_data(file: &str) -> Option<PathBuf> {
    found(data_folder().join(file))
}

/// Numbers of an independent program, in the folder `reference` beside that of the real data; missing as there.
pub fn reference(file: &str) -> Option<Value> {
    let path = found(data_folder().parent()?.join("reference").join(file))?;
    Some(serde_json::from_str(&std::fs::read_to_string(path).expect("readable")).expect("JSON"))
}

fn data_folder() -> PathBuf {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("WARREN_DATA").map_or(default, PathBuf::from)
}

fn found(path: PathBuf) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path);
    }
    let message = format!("{} not found (set WARREN_DATA)", path.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    // Straight to the terminal: the test harness would swallow eprintln of a passing test.
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "SKIPPED: {message}");
    None
}

/// A configuration that has to be right.
pub fn config(json: &Value) -> RunConfig {
    RunConfig::parse(json).unwrap_or_else(|e| panic!("{e}"))
}

/// ml-latest-small, filtered and split as the configuration says; `None` where the data set is absent.
pub fn movielens(config: &RunConfig) -> Option<Prepared> {
    let path = real_data("ml-latest-small/ratings.csv")?;
    let mut loader = Loader::new(LoadOptions::default());
    loader.begin("ratings.csv").expect("a file");
    loader.push(&std::fs::read(path).expect("readable")).expect("well-formed");
    let loaded = loader.finish_now().expect("a data set");
    Some(run(prepare(&loaded.data, &config.data, config.seed, &Task::silent())).expect("enough data"))
}

/// What makes a model.
pub type Build = fn(ModelInput<'_>) -> warren::error::Result<Box<dyn Model>>;

/// What builds a model of eight dimensions on the CPU, from random tables within ±0.5.
pub fn input<'a>(config: &'a RunConfig, split: &Rc<Split>) -> ModelInput<'a> {
    let mut rng = config.seed.stream("init");
    let mut table = |n| Array2::from_shape_fn((n, 8), |_| rng.random_range(-0.5_f32..0.5));
    ModelInput {
        params: &config.model,
        split: split.clone(),
        tables: Some(Tables { user: table(split.n_users), item: table(split.n_items) }),
        loss: &config.loss,
        regularizer: &config.regularizer,
        optimizer: &config.optimizer,
        train: &config.train,
        device: Rc::new(Cpu::new()),
        seed: config.seed,
    }
}

/// The model of that input.
pub fn model(build: Build, config: &RunConfig, split: &Rc<Split>) -> Box<dyn Model> {
    build(input(config, split)).unwrap_or_else(|e| panic!("{e}"))
}

/// Trains from beginning to end.
pub fn trained(config: &RunConfig, prepared: &Prepared) -> Trained {
    run(train(prepared, config, None, &Control::new(), &mut |_| (), &Task::silent()))
        .unwrap_or_else(|e| panic!("{e}"))
}
