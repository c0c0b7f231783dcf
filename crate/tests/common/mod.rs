//! What several test programs share.
#![allow(dead_code, reason = "each test program uses its own part")]

use serde_json::{Value, json};
use std::path::PathBuf;
use std::rc::Rc;
use warren::catalog::INITS;
use warren::config::RunConfig;
use warren::data::formats::{LoadOptions, Loader};
use warren::data::interactions::{Interactions, Side, Split};
use warren::init::{InitInput, Tables};
use warren::models::{Model, ModelInput};
use warren::task::{Task, run};
use warren::{catalog, pipeline};

/// A file of real data under `$WARREN_DATA` (default: `shared/data` beside the repository), e.g.
/// `ml-latest-small/ratings.csv`. Where it is missing the test says so and skips, but fails if `CI=true`.
pub fn real_data(file: &str) -> Option<PathBuf> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let root = std::env::var_os("WARREN_DATA").map_or(default, PathBuf::from);
    let path = root.join(file);
    if path.is_file() {
        return Some(path);
    }
    let message = format!("{file} not found under {} (set WARREN_DATA)", root.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    // Straight to the terminal: the test harness would swallow eprintln of a passing test.
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "SKIPPED: {message}");
    None
}

/// ml-latest-small as a data set.
pub fn ratings() -> Option<Interactions> {
    let bytes = std::fs::read(real_data("ml-latest-small/ratings.csv")?).expect("readable");
    let mut loader = Loader::new(LoadOptions::default());
    loader.begin("ratings.csv").expect("a name");
    loader.push(&bytes).expect("well-formed");
    Some(loader.finish_now().expect("well-formed").data)
}

/// ml-latest-small, filtered to 20 interactions a user and item and split so.
fn split(how: &str, seed: u64) -> Option<Split> {
    let config = config(&json!({ "seed": seed, "data": { "min_user": 20, "min_item": 20, "split": how } }));
    let prepared = pipeline::prepare(&ratings()?, &config.data, config.seed).expect("enough is left");
    Some(Rc::unwrap_or_clone(prepared.split))
}

/// The temporal split 0.7 / 0.1 / 0.2 of each user's interactions.
pub fn temporal() -> Option<Split> {
    split("temporal:0.7,0.1,0.2", 1)
}

/// The random split 0.8 / 0.1 / 0.1 over all interactions.
pub fn random(seed: u64) -> Option<Split> {
    split("random:0.8,0.1,0.1", seed)
}

/// The configuration; matrix factorisation and seed 1 where it names none.
pub fn config(json: &Value) -> RunConfig {
    let mut value = json!({ "seed": 1, "model": { "name": "mf" } });
    warren::config::overlay(&mut value, json);
    RunConfig::parse(&value).expect("a valid configuration")
}

/// The configuration's model on this split, with its initial tables where it has tables.
pub fn model(config: &RunConfig, split: &Rc<Split>) -> Box<dyn Model> {
    let tables = config.dim().map(|dim| {
        let (_, build) = INITS.find(config.init.method.name).expect("a known name");
        let input = InitInput { split, dim, seed: config.seed };
        let sides = run(build(&config.init, &input, &[Side::User, Side::Item], &Task::silent()));
        let mut vectors = sides.expect("tables").into_iter().map(|e| e.vectors);
        let mut next = || vectors.next().expect("two sides");
        Tables { user: next(), item: next() }
    });
    let entry = catalog::MODELS.find(config.model.method.name).expect("a known name");
    let input = ModelInput {
        params: &config.model,
        split: split.clone(),
        tables,
        loss: &config.loss,
        regularizer: &config.regularizer,
        optimizer: &config.optimizer,
        train: &config.train,
        seed: config.seed,
    };
    (entry.build)(input).expect("a model")
}
