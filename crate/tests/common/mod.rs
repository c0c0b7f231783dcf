//! What several test programs share.
#![allow(dead_code, reason = "each test program uses its own part")]

use serde_json::Value;
use std::path::PathBuf;
use warren::config::RunConfig;
use warren::data::formats::{LoadOptions, Loader};
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

/// Trains from beginning to end.
pub fn trained(config: &RunConfig, prepared: &Prepared) -> Trained {
    run(train(prepared, config, None, &Control::new(), &mut |_| (), &Task::silent()))
        .unwrap_or_else(|e| panic!("{e}"))
}
