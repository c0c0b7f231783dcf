//! Training on real data through the pipeline, as the page and the command line do it.

#[path = "../common/mod.rs"]
mod common;

use serde_json::Value;
use warren::config::RunConfig;
use warren::data::formats::{LoadOptions, Loader};
use warren::pipeline::{Prepared, Trained, prepare, train};
use warren::task::{Task, run};
use warren::train::control::Control;

/// A configuration that has to be right.
pub fn config(json: &Value) -> RunConfig {
    RunConfig::parse(json).unwrap_or_else(|e| panic!("{e}"))
}

/// ml-latest-small, filtered and split as the configuration says; `None` where the data set is absent.
pub fn movielens(config: &RunConfig) -> Option<Prepared> {
    let path = common::real_data("ml-latest-small/ratings.csv")?;
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
