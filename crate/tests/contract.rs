//! What every entry of the catalogue owes, checked for all of them: a new method is covered by its line in
//! the catalogue.

#[path = "support/schema.rs"]
mod schema;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use warren::catalog::{self, INITS, LOSSES, MODELS, OPTIMIZERS, REGULARIZERS};
use warren::config::RunConfig;
use warren::data::formats::{LoadOptions, Loader};
use warren::data::interactions::{Interactions, Side};
use warren::init::Tables;
use warren::models::{Model, Query};
use warren::params::{Kind, Method, Params};
use warren::pipeline::{self, Prepared};
use warren::presets::PRESETS;
use warren::rng::Seed;
use warren::sweep::Sweep;
use warren::task::{Task, run};
use warren::train::control::Control;

/// 30 users and 24 items in two groups, as a file.
fn ratings() -> String {
    let mut text = "user,item,rating,timestamp\n".to_owned();
    for user in 0..30_u32 {
        for n in 0..8_u32 {
            let item = 12 * (user % 2) + (user * 5 + n + n * n % 3) % 12;
            text.push_str(&format!(
                "u{user},i{item},{},{}\n",
                1 + n % 5,
                1_000_000_000 + 60 * (100 * user + n)
            ));
        }
    }
    text
}

fn load(name: &str, bytes: &[u8]) -> Interactions {
    let mut loader = Loader::new(LoadOptions::default());
    loader.begin(name).unwrap();
    loader.push(bytes).unwrap();
    loader.finish_now().unwrap_or_else(|e| panic!("{name}: {e}")).data
}

fn prepared() -> Prepared {
    let data = load("tiny.csv", ratings().as_bytes());
    run(pipeline::prepare(&data, &Params::defaults(catalog::data()), Seed(3), &Task::silent())).unwrap()
}

/// Small enough for the tiny data: the defaults suit real files.
fn section(method: &Method) -> Value {
    let mut out = json!({ "name": method.name });
    for (key, value) in [("k", 5), ("neighbors", 5), ("dim", 4), ("channels", 2), ("epoch_steps", 3)] {
        if method.params.iter().any(|p| p.name == key) {
            out[key] = value.into();
        }
    }
    out
}

fn config(model: &Method, changes: &Value) -> RunConfig {
    let mut value = json!({ "seed": 3, "model": section(model), "train": { "epochs": 2, "batch_size": 32 } });
    warren::config::overlay(&mut value, changes);
    RunConfig::parse(&value).unwrap_or_else(|e| panic!("{}: {e}", model.name))
}

fn fit(prepared: &Prepared, config: &RunConfig) -> pipeline::Trained {
    let task = Task::silent();
    run(pipeline::train(prepared, config, None, &Control::new(), &mut |_| {}, &task))
        .unwrap_or_else(|e| panic!("{}: {e}", config.to_json()))
}

fn scores(model: &dyn Model, prepared: &Prepared) -> Vec<Vec<u32>> {
    let users = (0..prepared.split.n_users as u32).map(Some).chain([None]);
    users
        .map(|user| {
            let mut scores = vec![0.0; prepared.split.n_items];
            let history = prepared.split.train.row(user.unwrap_or(0) as usize);
            run(model.score(&[Query { user, history }], &mut scores)).expect("scores");
            assert!(scores.iter().all(|s| s.is_finite()), "user {user:?}: {scores:?}");
            scores.iter().map(|s| s.to_bits()).collect()
        })
        .collect()
}

#[test]
fn descriptions_are_complete() {
    for (kind, methods) in catalog::sections() {
        let mut names = BTreeSet::new();
        for m in methods {
            let who = format!("{kind}: {}", m.name);
            assert!(names.insert(m.name), "{who} is there twice");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(!m.name.is_empty() && m.name.chars().all(plain), "{who}: not a lower-case name");
            assert!(!m.title.is_empty() && m.doc.ends_with('.'), "{who}: title and a sentence are due");
            let published = ["Models", "Losses", "Initialisations", "Metrics", "Splits"].contains(&kind);
            assert!(!published || !m.source.is_empty(), "{who}: has no source");
            let computed = ["Models", "Losses", "Metrics"].contains(&kind);
            assert!(!computed || !m.formula.is_empty(), "{who}: has no formula");
            parameters_are_complete(m, &who);
        }
    }
}

fn parameters_are_complete(m: &'static Method, who: &str) {
    let mut names = BTreeSet::new();
    for p in m.params {
        let who = format!("{who}.{}", p.name);
        assert!(names.insert(p.name), "{who} is there twice");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(p.name != "name" && p.name.chars().all(plain), "{who}: not a snake_case name");
        assert!(!p.title.is_empty() && p.doc.len() > 3, "{who}: title and doc are due");
        if let Kind::Float { min, log, .. } = p.kind {
            assert!(!log || min >= 0.0, "{who}: no logarithm below 0");
        }
        let mut given = Params::defaults(m);
        given.set(p.name, &p.kind.default_value(), "").unwrap_or_else(|e| panic!("{who}: default: {e}"));
    }
}

#[test]
fn models_fit_score_repeat_and_save() {
    let prepared = prepared();
    for entry in MODELS.entries {
        let name = entry.method.name;
        let config = config(entry.method, &json!({}));
        let trained = fit(&prepared, &config);
        assert_eq!(trained.model.is_iterative(), entry.iterative, "{name}: the catalogue says otherwise");
        assert_eq!(config.dim().is_some(), trained.model.tables().is_some(), "{name}: tables and `dim`");
        let first = scores(trained.model.as_ref(), &prepared);
        let again = fit(&prepared, &config);
        assert_eq!(first, scores(again.model.as_ref(), &prepared), "{name}: the same seed, other scores");
        assert!(trained.record["metrics"]["test"]["NDCG@10"].is_f64(), "{name}: {}", trained.record);
        for item in 0..3 {
            let similar = trained.model.similar_items(item, 5);
            assert!(similar.len() <= 5 && similar.is_sorted_by(|a, b| a.1 >= b.1), "{name}: {similar:?}");
            assert!(similar.iter().all(|s| s.0 != item), "{name}: an item is no reason for itself");
        }
        let bytes = trained.checkpoint.to_bytes().unwrap();
        let saved = warren::train::checkpoint::Checkpoint::from_bytes(&bytes).unwrap();
        let restored = pipeline::restore(&prepared, &saved).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(first, scores(restored.as_ref(), &prepared), "{name}: saved and restored, other scores");
        assert_eq!(
            run(pipeline::recommend(restored.as_ref(), &prepared, Some(0), prepared.split.train.row(0), 3))
                .expect("recommends")
                .len(),
            3
        );
    }
}

#[test]
fn an_interrupted_run_is_the_same_run() {
    let prepared = prepared();
    for entry in MODELS.entries.iter().filter(|e| e.iterative) {
        for optimizer in OPTIMIZERS.methods() {
            let change = |epochs: u32| json!({ "optimizer": { "name": optimizer.name }, "train": { "epochs": epochs, "patience": 0 } });
            let whole = fit(&prepared, &config(entry.method, &change(4)));
            let half = fit(&prepared, &config(entry.method, &change(2)));
            let longer = config(entry.method, &change(4));
            let (task, control) = (Task::silent(), Control::new());
            let saved = Some(&half.checkpoint);
            let resumed =
                run(pipeline::train(&prepared, &longer, saved, &control, &mut |_| {}, &task)).unwrap();
            let bits = |t: &pipeline::Trained| scores(t.model.as_ref(), &prepared);
            assert_eq!(bits(&whole), bits(&resumed), "{} with {}", entry.method.name, optimizer.name);
        }
    }
}

#[test]
fn initialisations_give_finite_tables_and_repeat() {
    let prepared = prepared();
    for method in INITS.methods() {
        let params = INITS.params(Some(&section(method))).unwrap();
        let embed = |sides: &[Side]| {
            let task = Task::silent();
            let outcome = run(pipeline::embed(&prepared, sides, &params, 4, Seed(3), &task));
            outcome.unwrap_or_else(|e| panic!("{}: {e}", method.name)).embeddings
        };
        let both = embed(&[Side::User, Side::Item]);
        for (e, n) in both.iter().zip([prepared.split.n_users, prepared.split.n_items]) {
            assert_eq!(e.vectors.dim(), (n, 4), "{}", method.name);
            assert!(e.vectors.iter().all(|v| v.is_finite()), "{}", method.name);
            assert_eq!(e.values.len(), e.residuals.len(), "{}: a residual for each value", method.name);
        }
        assert_eq!(both, embed(&[Side::User, Side::Item]), "{}: the same seed, other numbers", method.name);
        assert_eq!(both[1], embed(&[Side::Item])[0], "{}: one side alone differs", method.name);
    }
}

/// PRISM goes on top of all of them: a form or a grid may ask for it whatever the initialisation.
#[test]
fn initialisations_take_prism() {
    let prepared = prepared();
    for method in INITS.methods() {
        let mut given = section(method);
        (given["prism"], given["prism_strength"]) = (true.into(), 0.5.into());
        let params = INITS.params(Some(&given)).unwrap_or_else(|e| panic!("{}: {e}", method.name));
        let task = Task::silent();
        let outcome = pipeline::embed(&prepared, &[Side::User], &params, 4, Seed(3), &task);
        let vectors = run(outcome).unwrap().embeddings.remove(0).vectors;
        for (row, known) in vectors.rows().into_iter().zip(prepared.split.train.rows()) {
            let (length, expected) = (row.dot(&row).sqrt(), 0.5 * ((known.len() + 2) as f32).ln() + 0.5);
            assert!((length - expected).abs() < 1e-5, "{}: {length} instead of {expected}", method.name);
        }
    }
}

#[test]
fn losses_regularizers_and_optimizers_combine() {
    // With a validation part, from which strengths can be learnt.
    let data = load("tiny.csv", ratings().as_bytes());
    let mut params = Params::defaults(catalog::data());
    params.set("split", &"temporal:0.6,0.2,0.2".into(), "").unwrap();
    let prepared = run(pipeline::prepare(&data, &params, Seed(3), &Task::silent())).unwrap();
    for loss in LOSSES.methods() {
        for regularizer in REGULARIZERS.methods() {
            for optimizer in OPTIMIZERS.methods() {
                let names = format!("{} + {} + {}", loss.name, regularizer.name, optimizer.name);
                let change = json!({
                    "loss": section(loss), "regularizer": section(regularizer), "optimizer": section(optimizer),
                });
                for entry in MODELS.entries.iter().filter(|e| e.iterative) {
                    let config = config(entry.method, &change);
                    let table = |n: usize| {
                        ndarray::Array2::from_shape_fn((n, 4), |(r, c)| 0.1 + ((r * 7 + c * 3) % 5) as f32)
                    };
                    let (user, item) = (table(prepared.split.n_users), table(prepared.split.n_items));
                    let before = Tables { user, item };
                    let model = pipeline::build(&prepared, &config, Some(before.clone()));
                    // What looks ahead by hand needs the one model and loss that have that form; SGDA is of SGD.
                    let learns = ["lambda-opt", "sgda"].contains(&regularizer.name)
                        && entry.sections.contains(&"regularizer");
                    let by_hand = (entry.method.name, loss.name) == ("mf", "bpr");
                    if learns && !(by_hand && (regularizer.name != "sgda" || optimizer.name == "sgd")) {
                        let e = model.err().unwrap_or_else(|| panic!("{names}: accepted"));
                        let key = if by_hand { "optimizer.name" } else { "regularizer.name" };
                        assert_eq!(e.key.as_deref(), Some(key), "{names}: {e}");
                        continue;
                    }
                    let mut model = model.unwrap_or_else(|e| panic!("{names}: {e}"));
                    for _ in 0..2 {
                        let loss = model
                            .step()
                            .unwrap_or_else(|e| panic!("{names}: {e}"))
                            .expect("at once on the CPU");
                        assert!(loss.is_finite(), "{names}: {loss}");
                    }
                    assert_ne!(model.tables(), Some(&before), "{names}: nothing moved");
                }
            }
        }
    }
}

#[test]
fn presets_are_valid_and_survive_their_own_json() {
    let schema = catalog::schema();
    for preset in PRESETS {
        let given = (preset.config)();
        assert_eq!(schema::violation(&schema, &given, ""), None, "{}", preset.name);
        let config = RunConfig::parse(&given).unwrap_or_else(|e| panic!("{}: {e}", preset.name));
        let json = config.to_json();
        assert_eq!(schema::violation(&schema, &json, ""), None, "{}: {json}", preset.name);
        assert_eq!(RunConfig::parse(&json).unwrap().to_json(), json, "{}", preset.name);
        assert!(!preset.title.is_empty() && preset.doc.ends_with('.'), "{}", preset.name);
    }
    let names: BTreeSet<_> = PRESETS.iter().map(|p| p.name).collect();
    assert_eq!(names.len(), PRESETS.len());
}

/// The committed grids are sweeps of runs that there are.
#[test]
fn grids_are_valid() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/grids");
    let files = std::fs::read_dir(folder).expect("the folder of grids").map(|e| e.expect("an entry").path());
    let mut found = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        let grid = warren::config::parse_json(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let sweep = Sweep::parse(&grid).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        assert!(!sweep.runs.is_empty() && !sweep.metrics.is_empty(), "{}", file.display());
        found += 1;
    }
    assert!(found > 5, "only {found} grids");
}

/// The schema and the check are two readers of the same tables: they have to agree.
#[test]
fn schema_and_check_agree() {
    let schema = catalog::schema();
    let both = |value: &Value| {
        let (parsed, violation) = (RunConfig::parse(value), schema::violation(&schema, value, ""));
        assert_eq!(parsed.is_ok(), violation.is_none(), "{value}: {parsed:?} but {violation:?}");
        parsed.is_ok()
    };
    for entry in MODELS.entries {
        assert!(both(&json!({ "model": section(entry.method) })));
    }
    assert!(both(&json!({ "model": { "name": "mf" }, "seed": (1_u64 << 53) - 1 })));
    for split in ["temporal", "random:0.5,0.25,2.5e-1", " temporal: 0.6, 0.2 ,0.2", "leave-one-out"] {
        let given = json!({ "model": { "name": "mf" }, "data": { "split": split } });
        assert!(both(&given), "{split}");
    }
    assert!(both(&json!({ "model": { "name": "mf" }, "evaluate": { "cutoffs": "20, 5" } })));
    let mf = |section: &str, key: &str, value: Value| {
        let mut config = json!({ "model": { "name": "mf" } });
        config[section][key] = value;
        config
    };
    for wrong in [
        json!({}),
        json!({ "model": { "name": "mf" }, "modle": {} }),
        json!({ "model": { "name": "mff" } }),
        json!({ "model": { "name": "mf" }, "seed": -1 }),
        json!({ "model": { "name": "mf" }, "seed": 1_u64 << 53 }),
        json!({ "model": { "name": "mf" }, "train": [] }),
        mf("model", "dims", 3.into()),
        mf("model", "dim", 0.into()),
        mf("data", "min_users", 3.into()),
        mf("train", "epochs", 0.5.into()),
        mf("evaluate", "mask", "everything".into()),
        mf("train", "epochs", "many".into()),
        mf("data", "split", "newest".into()),
        mf("data", "split", "temporal:0.7,0.3".into()),
        mf("data", "split", "leave-one-out:1,2,3".into()),
        mf("evaluate", "cutoffs", "5;10".into()),
        mf("evaluate", "cutoffs", "".into()),
    ] {
        assert!(!both(&wrong), "{wrong} passed");
    }
}

#[test]
fn mistakes_across_keys_are_named() {
    let fault = |change: Value| {
        let mut value = json!({ "model": { "name": "mf" } });
        warren::config::overlay(&mut value, &change);
        RunConfig::parse(&value).unwrap_err().to_string()
    };
    let message = fault(json!({ "train": { "monitor": "NDCG@7" } }));
    assert!(message.starts_with("train.monitor: \"NDCG@7\" is none of the metrics evaluated ("), "{message}");
    let message = fault(json!({ "evaluate": { "cutoffs": "5,many" } }));
    assert!(message.starts_with("evaluate.cutoffs: \"many\" is not a whole number"), "{message}");
    let message = fault(json!({ "data": { "split": "random:1,1,1" } }));
    assert_eq!(message, "data.split: \"random:1,1,1\": the shares sum to 3, not 1");
}

/// Sections that the model does not read are checked, but not recorded.
#[test]
fn unread_sections() {
    let top_pop = |loss: &str| json!({ "model": { "name": "top-pop" }, "loss": { "name": loss } });
    let config = RunConfig::parse(&top_pop("bpr")).unwrap().to_json();
    assert!(
        config.get("loss").is_none() && config.get("train").is_none() && config.get("evaluate").is_some()
    );
    assert!(RunConfig::parse(&top_pop("bprr")).unwrap_err().to_string().contains("did you mean \"bpr\"?"));
}

/// The same interactions in every format give the same data.
#[test]
fn formats_read_the_same_data() {
    let csv = ratings();
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let lines = |separator: &str| rows.iter().map(|r| r.join(separator) + "\n").collect::<String>();
    let expected = load("ratings.csv", csv.as_bytes());
    assert_eq!((expected.users.len(), expected.items.len()), (30, 24));
    let inter = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n".to_owned() + &lines("\t");
    let jsonl: String = rows
        .iter()
        .map(|r| {
            format!(
                "{{\"user\":\"{}\",\"item\":\"{}\",\"rating\":{},\"timestamp\":{}}}\n",
                r[0], r[1], r[2], r[3]
            )
        })
        .collect();
    for (name, text) in
        [("u.data", lines("\t")), ("ratings.dat", lines("::")), ("x.inter", inter), ("x.jsonl", jsonl)]
    {
        let read = load(name, text.as_bytes());
        assert_eq!(
            (&read.users, &read.items, &read.rows),
            (&expected.users, &expected.items, &expected.rows),
            "{name}"
        );
        assert_eq!(read.fingerprint, expected.fingerprint, "{name}");
    }
    let mut adjacency = String::new();
    for user in 0..30 {
        let items: BTreeSet<_> =
            expected.rows.iter().filter(|r| r.user == user).map(|r| r.item.to_string()).collect();
        adjacency.push_str(&format!("{user} {}\n", Vec::from_iter(items).join(" ")));
    }
    let read = load("train.txt", adjacency.as_bytes());
    assert_eq!((read.users.len(), read.items.len(), read.rows.len()), (30, 24, expected.rows.len()));
}
