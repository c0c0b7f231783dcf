//! MF-BPR on ml-latest-small reaches what an independent trainer reaches.

mod common;

use serde_json::{Value, json};
use std::rc::Rc;
use warren::data::interactions::{Sequences, Split};
use warren::error::Result;
use warren::models::{Model, Query, Tensor};
use warren::task::{Task, run};
use warren::train::evaluate::{Options, Part, evaluate};
use warren::train::{TrainedRun, control::Control, train};

fn trained(config: &Value, seed: u64) -> Option<TrainedRun> {
    let mut config = config.clone();
    config["seed"] = seed.into();
    let config = common::config(&config);
    let split = Rc::new(common::random(seed)?);
    let mut model = common::model(&config, &split);
    Some(
        run(train(
            &mut *model,
            &split,
            &config.settings(),
            None,
            &Control::new(),
            &mut |_| (),
            &Task::silent(),
        ))
        .expect("trains"),
    )
}

/// The grid behind the preset. Prints one line a setting: validation and test NDCG@20, best epoch, speed.
#[test]
#[ignore = "takes minutes; run with --ignored --nocapture"]
fn grid() {
    for (mode, lambda) in
        [("none", 0.0), ("full", 1e-6), ("full", 1e-5), ("full", 1e-4), ("batch", 1e-5), ("batch", 1e-4)]
    {
        for reject in [true, false] {
            let regularizer = if mode == "none" {
                json!({})
            } else {
                json!({"name": "weight-decay", "mode": mode, "lambda": lambda})
            };
            let config = json!({"model": {"name": "mf"}, "loss": {"reject_known": reject}, "regularizer": regularizer,
                "train": {"epochs": 300, "eval_every": 5, "patience": 6}, "evaluate": {"cutoffs": "20", "mask": "train"}});
            let Some(run) = trained(&config, 1) else { return };
            let last = run.history.last().expect("an epoch");
            println!(
                "| {mode} | {lambda:e} | {reject} | {:.4} | {:.4} | {} of {} | {:.1} s | {:.0} pairs/s |",
                run.metrics.validation["NDCG@20"],
                run.metrics.test["NDCG@20"],
                run.best_epoch,
                last.epoch,
                run.seconds["train"],
                last.pairs_per_second,
            );
        }
    }
}

/// A model that treats every user as new, with the training items as history.
struct AsNew(Box<dyn Model>, Rc<Split>);

impl Model for AsNew {
    fn steps_per_epoch(&self) -> usize {
        1
    }
    fn is_iterative(&self) -> bool {
        false
    }
    fn step(&mut self) -> Result<f64> {
        Ok(0.0)
    }
    fn score(&self, query: Query<'_>, scores: &mut [f32]) {
        let user = query.user.expect("a user of the data");
        self.0.score(Query { user: None, history: self.1.train.row(user as usize) }, scores);
    }
    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        self.0.similar_items(item, n)
    }
    fn state(&self) -> Vec<Tensor> {
        Vec::new()
    }
    fn restore(&mut self, _: &[Tensor]) -> Result<()> {
        Ok(())
    }
}

/// What the fold-in of new users loses against trained vectors: less than a tenth.
#[test]
fn new_users_are_served_nearly_as_well() {
    let Some(split) = common::random(1) else { return };
    let mut config = (warren::presets::PRESETS[1].config)();
    config["evaluate"]["cutoffs"] = "20".into();
    config["train"]["epochs"] = 60.into();
    config["train"]["eval_every"] = 60.into();
    let (config, split) = (common::config(&config), Rc::new(split));
    let mut model = common::model(&config, &split);
    let settings = config.settings();
    let trained =
        run(train(&mut *model, &split, &settings, None, &Control::new(), &mut |_| (), &Task::silent()));
    trained.expect("trains");
    // Every fifth user is enough to tell, and a fold-in takes some milliseconds.
    let mut sample = Split::clone(&split);
    let row = |u: usize| if u.is_multiple_of(5) { split.test.row(u) } else { &[] };
    sample.test = Sequences::from_rows((0..split.n_users).map(row));
    let options = Options::new(&config.evaluate).expect("valid");
    let ndcg = |model: &dyn Model| {
        run(evaluate(model, &sample, Part::Test, &options, &mut 0.0, &Task::silent())).expect("ranks")["NDCG@20"]
    };
    let trained = ndcg(&*model);
    let folded = ndcg(&AsNew(model, split.clone()));
    println!("test NDCG@20 of trained users {trained:.4}, of the same as new users {folded:.4}");
    assert!(folded > 0.9 * trained, "{folded} against {trained}");
}

/// The preset, over three seeds of split, tables and batches.
#[test]
fn preset_reaches_the_independent_trainer() {
    let preset = warren::presets::PRESETS.iter().find(|p| p.name == "mf-bpr").expect("the preset");
    let mut config = (preset.config)();
    config["evaluate"]["cutoffs"] = "20".into();
    if common::ratings().is_none() {
        return;
    }
    let config = &config;
    let runs: Vec<TrainedRun> = std::thread::scope(|scope| {
        let threads: Vec<_> = [1, 2, 3].map(|seed| scope.spawn(move || trained(config, seed))).into();
        threads.into_iter().map(|t| t.join().expect("trains").expect("the data is there")).collect()
    });
    let mut sum = 0.0;
    for run in runs {
        let metrics = &run.metrics.test;
        let ndcg = metrics["NDCG@20"];
        let parts: f64 =
            ["popular", "neutral", "unpopular"].iter().map(|s| metrics[&format!("NDCG@20 {s}")]).sum();
        assert!((parts - ndcg).abs() < 1e-12, "the strata add up to {parts}, the whole is {ndcg}");
        let (epochs, seconds) = (run.history.len(), run.seconds["train"]);
        println!("test NDCG@20 {ndcg:.4}, best epoch {} of {epochs}, {seconds:.1} s", run.best_epoch);
        sum += ndcg;
    }
    println!("mean {:.4}", sum / 3.0);
    assert!(sum / 3.0 >= 0.20, "mean test NDCG@20 {}", sum / 3.0);
}
