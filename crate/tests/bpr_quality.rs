//! MF-BPR on ml-latest-small reaches what an independent trainer reaches.

mod common;

use serde_json::{Value, json};
use warren::data::interactions::{Sequences, Split};
use warren::error::Result;
use warren::models::{Model, Query, Tensor};
use warren::pipeline::Trained;
use warren::presets::PRESETS;
use warren::task::{LocalFuture, Task, run};
use warren::train::evaluate::{Options, Part, evaluate};

/// A preset with these sections changed, judged at 20 only.
fn preset(name: &str, changes: &Value) -> Value {
    let preset = PRESETS.iter().find(|p| p.name == name).expect("a preset");
    let mut config = (preset.config)();
    config["evaluate"]["cutoffs"] = "20".into();
    warren::config::overlay(&mut config, changes);
    config
}

fn trained(config: &Value) -> Option<Trained> {
    let config = common::config(config);
    let prepared = common::movielens(&config)?;
    Some(common::trained(&config, &prepared))
}

fn ndcg(run: &Trained, part: &str) -> f64 {
    run.record["metrics"][part]["NDCG@20"].as_f64().expect("a metric")
}

fn print(label: &str, run: &Trained) {
    let (record, header) = (&run.record, &run.checkpoint.header);
    let last = header.history.last().expect("an epoch");
    let best: f64 = header.history.iter().map(|e| e.pairs_per_second).fold(0.0, f64::max);
    println!(
        "| {label} | {:.4} | {:.4} | {} of {} | {:.1} s | at best {best:.0} pairs/s |",
        ndcg(run, "validation"),
        ndcg(run, "test"),
        record["best_epoch"],
        last.epoch,
        header.train_seconds,
    );
}

/// The grid behind the MF-BPR presets (`presets.rs` shows its results).
#[test]
#[ignore = "takes minutes; run with --ignored --nocapture"]
fn grid() {
    for (mode, lambda) in
        [("none", 0.0), ("full", 1e-6), ("full", 1e-5), ("full", 1e-4), ("batch", 1e-5), ("batch", 1e-4)]
    {
        for reject in [true, false] {
            let regularizer = match mode {
                "none" => json!({"name": "none"}),
                _ => json!({"name": "weight-decay", "mode": mode, "lambda": lambda}),
            };
            let changes = json!({"seed": 1, "loss": {"reject_known": reject}, "regularizer": regularizer});
            let Some(run) = trained(&preset("mf-bpr", &changes)) else { return };
            print(&format!("{mode} | {lambda:e} | {reject}"), &run);
        }
    }
}

/// How large LEPORID tables should be for a dot product.
#[test]
#[ignore = "takes minutes; run with --ignored --nocapture"]
fn gains() {
    for gain in [0.02, 0.05, 0.1, 0.2] {
        let changes = json!({"seed": 1, "init": {"name": "leporid", "gain": gain}});
        let Some(run) = trained(&preset("first-light", &changes)) else { return };
        print(&format!("leporid, gain {gain}"), &run);
    }
}

/// A model that treats every user as new, with the training items as history.
struct AsNew<'a>(&'a dyn Model, &'a Split);

impl Model for AsNew<'_> {
    fn steps_per_epoch(&self) -> usize {
        1
    }
    fn is_iterative(&self) -> bool {
        false
    }
    fn step(&mut self) -> Result<Option<f64>> {
        Ok(Some(0.0))
    }
    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        Box::pin(async move {
            let user = queries[0].user.expect("a user of the data, alone");
            self.0.score(&[Query { user: None, history: self.1.train.row(user as usize) }], scores).await
        })
    }
    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        self.0.similar_items(item, n)
    }
    fn state(&self) -> LocalFuture<'_, Result<Vec<Tensor>>> {
        unreachable!("an evaluation saves nothing")
    }
    fn restore(&mut self, _: &[Tensor]) -> Result<()> {
        Ok(())
    }
}

/// What the fold-in of new users loses against trained vectors: less than a tenth.
#[test]
fn new_users_are_served_nearly_as_well() {
    let config =
        common::config(&preset("mf-bpr", &json!({"seed": 1, "train": {"epochs": 60, "eval_every": 60}})));
    let Some(prepared) = common::movielens(&config) else { return };
    let model = common::trained(&config, &prepared).model;
    // Every fifth user is enough to tell, and a fold-in takes some milliseconds.
    let mut sample = Split::clone(&prepared.split);
    let row = |u: usize| if u.is_multiple_of(5) { prepared.split.test.row(u) } else { &[] };
    sample.test = Sequences::from_rows((0..sample.n_users).map(row));
    let options = Options::new(&config.evaluate).expect("valid");
    let ndcg = |model: &dyn Model| {
        run(evaluate(model, &sample, Part::Test, &options, &mut 0.0, &Task::silent())).expect("ranks")["NDCG@20"]
    };
    let (trained, folded) = (ndcg(&*model), ndcg(&AsNew(&*model, &sample)));
    println!("test NDCG@20 of trained users {trained:.4}, of the same as new users {folded:.4}");
    assert!(folded > 0.9 * trained, "{folded} against {trained}");
}

/// The preset, over three seeds of split, tables and batches.
#[test]
fn preset_reaches_the_independent_trainer() {
    let run = |seed: u64| {
        let run = trained(&preset("mf-bpr", &json!({ "seed": seed })))?;
        print(&format!("seed {seed}"), &run);
        let parts = ["popular", "neutral", "unpopular"]
            .map(|s| &run.record["metrics"]["test"][format!("NDCG@20 {s}")]);
        let sum: f64 = parts.iter().map(|part| part.as_f64().expect("a metric")).sum();
        assert!((sum - ndcg(&run, "test")).abs() < 1e-12, "the strata add up to {sum}");
        Some(ndcg(&run, "test"))
    };
    let runs: Vec<Option<f64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = [1, 2, 3].map(|seed| scope.spawn(move || run(seed))).into();
        threads.into_iter().map(|t| t.join().expect("trains")).collect()
    });
    let Some(values) = runs.into_iter().collect::<Option<Vec<f64>>>() else { return };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    println!("mean {mean:.4}");
    assert!(mean >= 0.20, "mean test NDCG@20 {mean}");
}
