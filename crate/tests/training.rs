//! The loop on a small made-up data set: resuming, stopping, cancelling, diverging, and what is refused.

mod common;

use common::model;
use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use warren::config::RunConfig;
use warren::data::interactions::{Sequences, Split};
use warren::error::{Code, Error, Result};
use warren::models::{Model, Query, mf};
use warren::rng::Seed;
use warren::task::{Host, LocalFuture, Progress, Task, run};
use warren::train::checkpoint::Checkpoint;
use warren::train::{Event, TrainedRun, control::Control, train};

/// 40 users of two tastes over 30 items.
fn split(seed: u64) -> Rc<Split> {
    let mut rng = Seed(seed).stream("data");
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for user in 0..40_u32 {
        let mut row: Vec<u32> =
            (0..30).filter(|i| rng.random_bool(if i % 2 == user % 2 { 0.6 } else { 0.1 })).collect();
        row.shuffle(&mut rng);
        let test = row.split_off(row.len() * 8 / 10);
        let validation = row.split_off(row.len() * 7 / 8);
        for (part, items) in parts.iter_mut().zip([row, validation, test]) {
            part.push(items);
        }
    }
    let [train, validation, test] = parts.map(Sequences::from_rows);
    Rc::new(Split { n_users: 40, n_items: 30, train, validation, test })
}

fn settings(changes: &[(&str, Value)]) -> Value {
    let mut config = json!({
        "seed": 7, "model": {"name": "mf", "dim": 8}, "optimizer": {"learning_rate": 0.05},
        "regularizer": {"name": "weight-decay", "lambda": 1e-3},
        "train": {"epochs": 6, "batch_size": 50, "patience": 0}, "evaluate": {"cutoffs": "5,20", "kdd19": true},
    });
    for (pointer, value) in changes {
        let (section, key) = pointer.split_once('.').expect("section.key");
        config[section][key] = value.clone();
    }
    config
}

/// Trains with these settings; the model comes back too.
fn fit(
    config: &Value,
    split: &Rc<Split>,
    resume: Option<&Checkpoint>,
    control: &Control,
    task: &Task,
) -> (Result<TrainedRun>, Box<dyn Model>) {
    let config = RunConfig::parse(config).expect("a configuration");
    let mut model = model(mf::build, &config, split);
    let result = run(train(&mut *model, split, &config.settings(), resume, control, &mut |_| (), task));
    (result, model)
}

/// A host that does something at one of the checkpoints of a stage. How many an evaluation has depends on time.
struct At<F> {
    stage: Cell<&'static str>,
    calls: RefCell<BTreeMap<&'static str, usize>>,
    act: F,
}

impl<F: Fn(&str, usize) -> Result<()>> Host for At<F> {
    fn report(&self, progress: &Progress) {
        self.stage.set(progress.stage);
    }
    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>> {
        let (mut calls, stage) = (self.calls.borrow_mut(), self.stage.get());
        let count = calls.entry(stage).or_default();
        *count += 1;
        let result = (self.act)(stage, *count);
        Some(Box::pin(async move { result }))
    }
}

fn at(act: impl Fn(&str, usize) -> Result<()> + 'static) -> Task {
    Task::new(At { stage: Cell::new(""), calls: RefCell::default(), act })
}

/// Everything that must not depend on time.
fn without_times(run: &TrainedRun) -> (Vec<(f64, Value)>, Value, usize) {
    let history = run.history.iter().map(|e| (e.loss, json!(e.validation))).collect();
    (history, json!(run.metrics), run.best_epoch)
}

#[test]
fn resuming_anywhere_gives_the_same_bits() {
    let (split, config) = (split(1), settings(&[]));
    let (whole, model) = fit(&config, &split, None, &Control::new(), &Task::silent());
    let (whole, tables) = (whole.expect("trains"), model.tables().expect("tables").clone());
    let n = split.train.len().div_ceil(50);
    // Stops in the first epoch, at an epoch's last and first step, in an evaluation, in a later epoch, and near the end.
    let train = [1, 4, 2 * n, n + 1, 3 * n + 2, 6 * n - 1].map(|step| ("train", step));
    for call in train.into_iter().chain([("evaluate", 1)]) {
        let control = Rc::new(Control::new());
        let stopper = control.clone();
        let task = at(move |stage, n| {
            if (stage, n) == call {
                stopper.stop();
            }
            Ok(())
        });
        let (part, _) = fit(&config, &split, None, &control, &task);
        let part = part.expect("stops without an error");
        assert_eq!(part.reason, "stopped", "{call:?}");
        let bytes = part.checkpoint.to_bytes().expect("encodes");
        let saved = Checkpoint::from_bytes(&bytes).expect("reads its own file");
        let (rest, model) = fit(&config, &split, Some(&saved), &Control::new(), &Task::silent());
        let rest = rest.expect("goes on");
        assert_eq!(without_times(&rest), without_times(&whole), "{call:?}");
        assert_eq!(model.tables().expect("tables"), &tables, "{call:?}");
        let mut last = [rest.checkpoint.current.clone(), whole.checkpoint.current.clone()];
        last.iter_mut().for_each(|s| s.sort_by(|a, b| a.name.cmp(&b.name)));
        assert_eq!(last[0], last[1], "{call:?}");
    }
}

#[test]
fn checkpoints_on_request_and_longer_runs() {
    let (split, short) = (split(1), settings(&[("train.epochs", 3.into())]));
    let control = Rc::new(Control::new());
    let epochs = Rc::new(RefCell::new(Vec::new()));
    let (asker, seen) = (control.clone(), epochs.clone());
    control.on_epoch(move |epoch| {
        seen.borrow_mut().push(epoch);
        if epoch == 2 {
            asker.request_checkpoint();
        }
    });
    fit(&short, &split, None, &control, &Task::silent()).0.expect("trains");
    assert_eq!(*epochs.borrow(), [1, 2, 3]);
    let saved = control.take_checkpoint().expect("was asked for");
    assert_eq!((saved.header.history.len(), saved.header.step), (2, 0));
    let long = settings(&[]);
    let (resumed, _) = fit(&long, &split, Some(&saved), &Control::new(), &Task::silent());
    let (whole, _) = fit(&long, &split, None, &Control::new(), &Task::silent());
    assert_eq!(without_times(&resumed.expect("goes on")), without_times(&whole.expect("trains")));
}

#[test]
fn the_best_state_is_kept_and_patience_ends_the_run() {
    let split = split(1);
    let config = settings(&[("train.epochs", 400.into()), ("train.patience", 4.into())]);
    let (run, model) = fit(&config, &split, None, &Control::new(), &Task::silent());
    let run = run.expect("trains");
    assert_eq!((run.reason.as_str(), run.history.len()), ("patience", run.best_epoch + 4));
    let of = |e: usize| run.history[e - 1].validation.as_ref().expect("evaluated")["NDCG@20"];
    assert!(run.history.iter().all(|e| of(e.epoch) <= of(run.best_epoch)));
    assert_eq!(run.metrics.validation["NDCG@20"], of(run.best_epoch));
    let best = run.checkpoint.best.iter().find(|t| t.name == "user").expect("user table");
    assert_eq!(&model.tables().expect("tables").user, &best.values);
    assert!(run.metrics.test["AUC"] > 0.6 && run.metrics.test.contains_key("HR@5 (KDD'19)"));
}

#[test]
fn events_come_in_order() {
    let (split, config) = (split(1), settings(&[("train.epochs", 2.into())]));
    let checked = RunConfig::parse(&config).expect("a configuration");
    let mut model = model(mf::build, &checked, &split);
    let mut events = Vec::new();
    run(train(
        &mut *model,
        &split,
        &checked.settings(),
        None,
        &Control::new(),
        &mut |e| events.push(e),
        &Task::silent(),
    ))
    .expect("trains");
    let steps = split.train.len().div_ceil(50);
    assert!(
        matches!(&events[0], Event::Start { epochs: 2, steps_per_epoch, resumed_epoch: 0, .. } if *steps_per_epoch == steps)
    );
    assert!(
        matches!(&events[1], Event::Epoch(e) if e.epoch == 1 && e.loss > 0.0 && e.pairs_per_second > 0.0)
    );
    assert!(matches!(&events[2], Event::Epoch(e) if e.epoch == 2));
    assert!(matches!(&events[3], Event::Done { reason, .. } if reason == "epochs") && events.len() == 4);
    assert_eq!(json!(events[1])["type"], "epoch");
}

#[test]
fn cancelling_in_a_step_or_an_evaluation_fails_as_cancelled() {
    let split = split(1);
    for call in [("train", 1), ("train", 3), ("evaluate", 1), ("train", 12)] {
        let task = at(move |stage, n| if (stage, n) == call { Err(Error::cancelled()) } else { Ok(()) });
        let error = fit(&settings(&[]), &split, None, &Control::new(), &task).0.expect_err("cancelled");
        assert_eq!((error.code, error.message.as_str()), (Code::Cancelled, "cancelled"));
    }
}

#[test]
fn a_diverging_run_says_where_and_what_to_try() {
    let config = settings(&[
        ("optimizer.name", "sgd".into()),
        ("optimizer.learning_rate", 10.0.into()),
        ("regularizer.lambda", 10.0.into()),
        ("train.eval_every", 100.into()),
        ("train.epochs", 100.into()),
    ]);
    let error = fit(&config, &split(1), None, &Control::new(), &Task::silent()).0.expect_err("diverges");
    assert_eq!(error.code, Code::NotConverged);
    for part in ["epoch", "step", "optimizer.learning_rate (now 10)"] {
        assert!(error.message.contains(part), "{error}");
    }
}

#[test]
fn a_batch_larger_than_the_data_is_all_of_it() {
    let split = split(1);
    let (run, model) = fit(
        &settings(&[("train.batch_size", 1_000_000.into())]),
        &split,
        None,
        &Control::new(),
        &Task::silent(),
    );
    assert_eq!((run.expect("trains").history.len(), model.steps_per_epoch()), (6, 1));
}

#[test]
fn unusable_settings_and_checkpoints_are_refused() {
    let (split, config) = (split(1), settings(&[]));
    let refuse =
        |changes: &[(&str, Value)]| RunConfig::parse(&settings(changes)).expect_err("refused").to_string();
    let message = refuse(&[("train.monitor", "NDCG@7".into())]);
    assert!(
        message.starts_with("train.monitor: \"NDCG@7\" is none of the metrics evaluated (AUC, F1@20"),
        "{message}"
    );
    let message = refuse(&[("evaluate.cutoffs", "5,x".into())]);
    assert_eq!(
        message,
        "evaluate.cutoffs: \"x\" is not a whole number from 1 to 1000 (such as in \"1,5,10,20\")"
    );
    let message = refuse(&[("optimizer.learning_rate", Value::Null)]);
    assert_eq!(message, "optimizer.learning_rate: null is not a number from 0.00000001 to 10");

    let (run, _) = fit(&config, &split, None, &Control::new(), &Task::silent());
    let saved = run.expect("trains").checkpoint;
    let resume = |config: &Value, split| {
        fit(config, split, Some(&saved), &Control::new(), &Task::silent()).0.expect_err("refused")
    };
    let other = self::split(2);
    let error = resume(&config, &other);
    assert!(error.code == Code::BadState && error.message.contains("other data"), "{error}");
    let error = resume(&settings(&[("optimizer.learning_rate", 0.01.into())]), &split);
    assert_eq!(
        error.to_string(),
        "optimizer.learning_rate: the checkpoint was made with 0.05 where this run has 0.01"
    );

    let bytes = saved.to_bytes().expect("encodes");
    let message = |bytes: &[u8]| Checkpoint::from_bytes(bytes).expect_err("refused").message;
    assert!(message(&bytes[..bytes.len() - 9]).starts_with("not a complete .safetensors file"));
    assert!(message(b"userId,movieId,rating\n").starts_with("not a complete .safetensors file"));
    let other = safetensors::serialize(Vec::<(String, safetensors::tensor::TensorView)>::new(), None)
        .expect("encodes");
    assert!(message(&other).contains("not a checkpoint of Warren"));
}

#[test]
fn a_new_user_gets_what_an_old_one_with_the_same_history_gets() {
    let split = split(1);
    let (run, model) =
        fit(&settings(&[("train.epochs", 30.into())]), &split, None, &Control::new(), &Task::silent());
    run.expect("trains");
    let mut scores = vec![0.0; 30];
    // A few users drew more items of the other taste.
    let of_own_taste = (0..40).filter(|&user| {
        warren::task::run(model.score(&[Query { user: None, history: split.train.row(user) }], &mut scores))
            .expect("scores");
        let sum = |parity: usize| (0..30).filter(|i| i % 2 == parity).map(|i| scores[i]).sum::<f32>();
        sum(user % 2) > sum(1 - user % 2)
    });
    let of_own_taste = of_own_taste.count();
    assert!(of_own_taste >= 34, "{of_own_taste} of 40");
    // Items of one taste lie together.
    let near: Vec<_> = (0..30).map(|item| (item, model.similar_items(item, 5))).collect();
    let alike: usize =
        near.iter().map(|(item, near)| near.iter().filter(|(i, _)| i % 2 == item % 2).count()).sum();
    assert!(alike > 100, "{alike} of 150");
    for (item, near) in near {
        assert!(
            near.len() == 5
                && near.windows(2).all(|w| w[0].1 >= w[1].1)
                && near.iter().all(|&(i, _)| i != item)
        );
    }
}
