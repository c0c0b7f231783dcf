//! Data and settings at the edge of what there can be: every model and initialisation gives numbers or a
//! message, never NaN and never a panic.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use warren::catalog::{self, INITS, MODELS};
use warren::config::RunConfig;
use warren::data::formats::{LoadOptions, Loader};
use warren::error::{Code, Error, Result};
use warren::models::Query;
use warren::pipeline::{self, Prepared, Trained};
use warren::task::{Host, LocalFuture, Progress, Task, run};
use warren::train::control::Control;

/// Rows `user,item` in file order, without ratings and times.
fn prepare(rows: &[(u32, u32)], config: &RunConfig) -> Result<Prepared> {
    let mut text = "user,item\n".to_owned();
    rows.iter().for_each(|(u, i)| text.push_str(&format!("u{u},i{i}\n")));
    let mut loader = Loader::new(LoadOptions::default());
    loader.begin("edge.csv")?;
    loader.push(text.as_bytes())?;
    let data = loader.finish_now()?.data;
    assert!(!data.has_times && !data.has_ratings);
    run(pipeline::prepare(&data, &config.data, config.seed, &Task::silent()))
}

fn train(prepared: &Prepared, config: &RunConfig) -> Result<Trained> {
    run(pipeline::train(prepared, config, None, &Control::new(), &mut |_| (), &Task::silent()))
}

/// Everything that the run says is a number, and it recommends and can be taken up again.
fn check(what: &str, prepared: &Prepared, trained: &Trained) {
    for part in ["test", "validation"] {
        for (name, value) in trained.record["metrics"][part].as_object().expect("metrics") {
            let value = value.as_f64().unwrap_or(f64::NAN);
            assert!((0.0..=1.0).contains(&value), "{what}: {part} {name} is {value}");
        }
    }
    let has_others = prepared.split.n_users * prepared.split.n_items > prepared.summary.interactions;
    let auc = &trained.record["metrics"]["test"]["AUC"];
    assert_eq!(auc.is_f64(), has_others, "{what}: AUC {auc}");
    assert!(!trained.record["history"].to_string().contains("null"), "{what}: {}", trained.record);
    let mut scores = vec![0.0; prepared.split.n_items];
    for (user, history) in [(Some(0), prepared.split.train.row(0)), (None, &[0][..]), (None, &[])] {
        run(trained.model.score(&[Query { user, history }], &mut scores)).expect("scores");
        assert!(scores.iter().all(|s| s.is_finite()), "{what}: {user:?}: {scores:?}");
        let items = run(pipeline::recommend(trained.model.as_ref(), prepared, user, history, 100))
            .expect("recommends");
        assert_eq!(items.len(), prepared.split.n_items - history.len(), "{what}: {user:?}");
    }
    pipeline::restore(prepared, &trained.checkpoint).unwrap_or_else(|e| panic!("{what}: {e}"));
}

/// The configurations of every model, and of the trained ones from every initialisation.
fn configs(changes: &Value) -> Vec<(String, RunConfig)> {
    let mut out = Vec::new();
    for model in MODELS.entries {
        for init in INITS.methods().take(if model.iterative { usize::MAX } else { 1 }) {
            let mut config = json!({
                "model": { "name": model.method.name },
                "init": { "name": init.name },
                "train": { "epochs": 1 },
                "evaluate": { "kdd19": true },
            });
            for (section, method) in [("model", model.method), ("init", init)] {
                for (key, value) in
                    [("dim", 1), ("neighbors", 1), ("k", 1), ("channels", 1), ("epoch_steps", 2)]
                {
                    if method.params.iter().any(|p| p.name == key) {
                        config[section][key] = value.into();
                    }
                }
            }
            warren::config::overlay(&mut config, changes);
            let name = format!("{} from {}", model.method.name, init.name);
            out.push((name, RunConfig::parse(&config).unwrap_or_else(|e| panic!("{e}"))));
        }
    }
    out
}

#[test]
fn tiny_data() {
    let crowd = |n: u32| (0..n).flat_map(|u| (0..6).map(move |i| (u, i))).collect::<Vec<_>>();
    let cases: [(&str, Vec<(u32, u32)>); 6] = [
        ("two identical users", (0..20).map(|n| (n % 2, n / 2)).collect()),
        ("users with all items", crowd(4)),
        ("one item", (0..9).map(|u| (u, 0)).collect()),
        ("one user", (0..9).map(|i| (0, i)).collect()),
        ("three pairs", vec![(0, 0), (0, 1), (1, 1)]),
        ("nothing shared", (0..16).map(|n| (n / 2, n)).collect()),
    ];
    for (case, rows) in &cases {
        for split in ["temporal:0.7,0.1,0.2", "random:0.8,0.1,0.1", "leave-one-out"] {
            for (name, config) in configs(&json!({ "data": { "split": split } })) {
                let what = format!("{case}, {split}, {name}");
                let result = prepare(rows, &config).and_then(|p| train(&p, &config).map(|t| (p, t)));
                match result {
                    Ok((prepared, trained)) => check(&what, &prepared, &trained),
                    Err(e) => {
                        let text = e.to_string();
                        let known = ["leaves nothing to train on", "no neighbours are possible"];
                        assert!(known.iter().any(|k| text.contains(k)), "{what}: {text}");
                    }
                }
            }
        }
    }
}

/// Without times the order of the file stands for them.
#[test]
fn file_order_stands_for_time() {
    let config = RunConfig::parse(&json!({ "model": { "name": "top-pop" } })).unwrap();
    let rows: Vec<_> = (0..10).rev().map(|i| (0, i)).collect();
    let prepared = prepare(&rows, &config).unwrap();
    let ids =
        |items: &[u32]| items.iter().map(|&i| prepared.data.items[i as usize].clone()).collect::<Vec<_>>();
    assert_eq!(ids(prepared.split.validation.row(0)), ["i2"]);
    assert_eq!(ids(prepared.split.test.row(0)), ["i1", "i0"]);
    assert_eq!(prepared.summary.time_range, None);
}

/// Nobody to validate on: the run goes to its last epoch and keeps it; there are no metrics instead of NaN.
#[test]
fn nobody_to_validate_on() {
    let rows: Vec<_> = (0..12).map(|n| (n / 3, n % 4)).collect();
    for (name, config) in
        configs(&json!({ "train": { "epochs": 3, "patience": 1 }, "init": { "name": "xavier" } }))
    {
        let prepared = prepare(&rows, &config).unwrap();
        assert_eq!((prepared.summary.validation, prepared.summary.test), (0, 4));
        let trained = train(&prepared, &config).unwrap();
        assert_eq!(trained.record["metrics"]["validation"], json!({}), "{name}");
        assert!(trained.record["metrics"]["test"]["HR@5"].is_f64(), "{name}");
        assert_eq!(trained.record["reason"], "epochs", "{name}");
        assert_eq!(trained.record["best_epoch"], if config.is_iterative() { 3 } else { 1 }, "{name}");
    }
}

/// Cancels at a checkpoint.
struct Cancelling(std::cell::Cell<usize>);

impl Host for Cancelling {
    fn report(&self, _: &Progress) {}
    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>> {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.unwrap_or(0));
        left.is_none().then(|| Box::pin(async { Err(Error::cancelled()) }) as LocalFuture<'_, _>)
    }
}

/// A cancel at any checkpoint of generating and preparing ends the work with its own error.
#[test]
fn cancelled_anywhere() {
    let &(method, build) = catalog::BUILTIN.find("ml-100k").unwrap();
    let params = warren::params::Params::defaults(method);
    let config = RunConfig::parse(&json!({ "model": { "name": "top-pop" } })).unwrap();
    let work = |task: &Task| -> Result<()> {
        let data = run(build(&params, config.seed, task))?;
        run(pipeline::prepare(&data, &config.data, config.seed, task)).map(drop)
    };
    let mut checkpoints = 0;
    while let Err(e) = work(&Task::new(Cancelling(checkpoints.into()))) {
        assert_eq!((e.code, e.to_string().as_str()), (Code::Cancelled, "cancelled"));
        checkpoints += 1;
    }
    assert!(checkpoints > 25, "only {checkpoints} checkpoints");
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2..3_i64).prop_map(Value::from),
        "[a-z0-9:.,@ -]{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({ "name": "adam" })),
    ]
}

/// Names that mean something somewhere: keys, methods, choices.
fn words() -> Vec<&'static str> {
    let mut words: Vec<&str> = catalog::sections()
        .into_iter()
        .flat_map(|(_, methods)| methods)
        .flat_map(|m| m.params.iter().map(|p| p.name).chain([m.name]))
        .chain([
            "name",
            "seed",
            "data",
            "model",
            "init",
            "loss",
            "regularizer",
            "optimizer",
            "train",
            "evaluate",
        ])
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Any JSON is a configuration or a message; a configuration means the same when it is read again.
    #[test]
    fn any_json_is_checked(
        sections in prop::collection::vec(
            (prop::sample::select(words()), prop::collection::vec((prop::sample::select(words()), anything()), 0..4)),
            0..6,
        ),
        model in prop::sample::select(words()),
        loose in anything(),
    ) {
        let mut config = json!({ "model": { "name": model } });
        for (section, keys) in sections {
            let keys: Map<String, Value> = keys.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
            warren::config::overlay(&mut config, &json!({ section: keys }));
        }
        for value in [&config, &loose] {
            match RunConfig::parse(value) {
                Ok(config) => {
                    let json = config.to_json();
                    prop_assert_eq!(RunConfig::parse(&json).unwrap().to_json(), json);
                }
                Err(e) => prop_assert!(!e.message.is_empty()),
            }
        }
    }

    /// One value changed anywhere in a valid configuration.
    #[test]
    fn any_value_is_checked(section in 0_usize..8, key in prop::sample::select(words()), value in anything()) {
        let preset = (warren::presets::PRESETS[1].config)();
        let mut config = RunConfig::parse(&preset).unwrap().to_json();
        let name = ["data", "model", "init", "loss", "regularizer", "optimizer", "train", "evaluate"][section];
        config[name][key] = value;
        if let Ok(config) = RunConfig::parse(&config) {
            let json = config.to_json();
            prop_assert_eq!(RunConfig::parse(&json).unwrap().to_json(), json);
        }
    }
}
