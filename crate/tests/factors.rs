//! Factorisations on the tape: they agree with the form by hand, resume to the bit, learn with every loss, and
//! their weight decay reaches the rows that it says.

mod common;

use common::{Build, model};
use ndarray::Array2;
use rand::RngExt;
use serde_json::{Value, json};
use std::rc::Rc;
use warren::config::{RunConfig, overlay};
use warren::data::interactions::{Sequences, Split};
use warren::loss;
use warren::models::{Model, Query, Tensor, lightgcn, mf, nonlinear_mf};
use warren::task::{Task, run};
use warren::train::evaluate::{Options, Part, evaluate};

/// 60 users of three tastes over 45 items; users and items of each taste differ in how much they have.
fn split() -> Rc<Split> {
    let mut rng = warren::rng::Seed(5).stream("data");
    let mut parts = [Vec::new(), Vec::new()];
    for user in 0..60_u32 {
        let chance = |i: u32| if i % 3 == user % 3 { 0.3 + 0.6 * f64::from(i) / 45.0 } else { 0.05 };
        let row: Vec<u32> = (0..45).filter(|&i| rng.random_bool(chance(i))).collect();
        let (test, train): (Vec<u32>, Vec<u32>) = row.into_iter().partition(|_| rng.random_bool(0.2));
        parts[0].push(train);
        parts[1].push(test);
    }
    let [train, test] = parts.map(Sequences::from_rows);
    let validation = Sequences::from_rows(vec![[0_u32; 0]; 60]);
    Rc::new(Split { n_users: 60, n_items: 45, train, validation, test })
}

fn config(changes: &Value) -> RunConfig {
    let mut config = json!({
        "seed": 7,
        "model": { "name": "mf", "dim": 8 },
        "optimizer": { "name": "adam", "learning_rate": 0.02 },
        "train": { "batch_size": 100, "monitor": "NDCG@10" },
        "evaluate": { "cutoffs": "10", "mask": "train", "cosine": true },
    });
    overlay(&mut config, changes);
    RunConfig::parse(&config).unwrap_or_else(|e| panic!("{e}"))
}

const MODELS: [(&str, Build); 3] =
    [("mf", mf::build_on_tape), ("nonlinear-mf", nonlinear_mf::build), ("lightgcn", lightgcn::build)];

fn step(model: &mut dyn Model) -> f64 {
    model.step().unwrap_or_else(|e| panic!("{e}")).expect("the CPU computes at once")
}

fn state(model: &dyn Model) -> Vec<Tensor> {
    run(model.state()).expect("a state")
}

/// Largest difference, relative to the largest value.
fn difference(a: &Array2<f32>, b: &Array2<f32>) -> f32 {
    let scale = b.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    a.iter().zip(b).fold(0.0_f32, |m, (x, y)| m.max((x - y).abs())) / scale
}

#[test]
fn the_tape_and_the_form_by_hand_agree() {
    let split = split();
    let sampling = [json!({}), json!({ "negatives": 3, "reject_known": false }), json!({ "pool": "batch" })];
    let decays = [
        json!({ "name": "none" }),
        json!({ "name": "weight-decay", "lambda": 0.01 }),
        json!({ "name": "weight-decay", "mode": "batch", "lambda": 0.01 }),
    ];
    // Adagrad and SGD follow the gradient's size; Adam would magnify the rounding of gradients near 0.
    let optimizers = [
        json!({ "name": "sgd", "learning_rate": 2.0 }),
        json!({ "name": "adagrad", "learning_rate": 0.05 }),
        json!({ "name": "adam", "learning_rate": 1e-3, "epsilon": 1e-4 }),
    ];
    for loss in &sampling {
        for decay in &decays {
            for optimizer in &optimizers {
                let config = config(&json!({ "loss": loss, "regularizer": decay, "optimizer": optimizer }));
                let (mut by_hand, mut on_tape) =
                    (model(mf::build, &config, &split), model(mf::build_on_tape, &config, &split));
                let who = format!("{loss} {decay} {optimizer}");
                for n in 0..3 * by_hand.steps_per_epoch() {
                    let (a, b) = (step(&mut *by_hand), step(&mut *on_tape));
                    assert!((a / b - 1.0).abs() < 2e-5, "{who}, step {n}: {a} by hand, {b} on the tape");
                }
                // Each goes on from where the other is.
                let states = [state(&*by_hand), state(&*on_tape)];
                by_hand.restore(&states[1]).unwrap_or_else(|e| panic!("{who}: {e}"));
                on_tape.restore(&states[0]).unwrap_or_else(|e| panic!("{who}: {e}"));
                for _ in 0..by_hand.steps_per_epoch() {
                    let (a, b) = (step(&mut *by_hand), step(&mut *on_tape));
                    assert!((a / b - 1.0).abs() < 2e-5, "{who}, exchanged: {a} by hand, {b} on the tape");
                }
                let (a, b) = (by_hand.tables().expect("tables"), on_tape.tables().expect("tables"));
                for (a, b) in [(&a.user, &b.user), (&a.item, &b.item)] {
                    assert!(difference(a, b) < 2e-5, "{who}: {}", difference(a, b));
                }
            }
        }
    }
}

#[test]
fn every_loss_resumes_to_the_bit() {
    let split = split();
    for (name, build) in MODELS {
        for (method, _) in loss::ALL {
            let config = config(
                &json!({ "model": { "name": name, "dim": 8 }, "loss": { "name": method.name }, "regularizer": { "name": "weight-decay", "lambda": 1e-3 } }),
            );
            let mut whole = model(build, &config, &split);
            let (mut middle, end) = (Vec::new(), 2 * whole.steps_per_epoch());
            for n in 0..end {
                // Within an epoch, and at the end of one.
                if n == 3 || n == end / 2 {
                    middle.push((n, state(&*whole)));
                }
                step(&mut *whole);
            }
            for (n, saved) in middle {
                let mut other = model(build, &config, &split);
                other.restore(&saved).unwrap_or_else(|e| panic!("{name}, {}: {e}", method.name));
                for _ in n..end {
                    step(&mut *other);
                }
                assert_eq!(state(&*other), state(&*whole), "{name}, {}, from step {n}", method.name);
            }
        }
    }
}

fn metrics(model: &dyn Model, config: &RunConfig, split: &Split) -> warren::train::Metrics {
    let options = Options::new(&config.evaluate).expect("valid");
    run(evaluate(model, split, Part::Test, &options, &mut 0.0, &Task::silent())).expect("ranks")
}

#[test]
fn every_loss_and_model_learns() {
    let split = split();
    for (name, build) in MODELS {
        for (method, _) in loss::ALL {
            // At weight 1, 45 items in eight dimensions lie evenly at the cost of every taste.
            let loss = match method.name {
                "directau" => json!({ "name": "directau", "gamma": 0.5 }),
                "mawu" => json!({ "name": "mawu", "gamma_user": 0.2, "gamma_item": 0.2 }),
                // The vectors that a random network gives are short: a push of 0.1 would turn them round.
                "amf" => json!({ "name": "amf", "epsilon": 0.01 }),
                other => json!({ "name": other }),
            };
            let config = config(&json!({ "model": { "name": name, "dim": 8 }, "loss": loss }));
            let mut model = model(build, &config, &split);
            let before = metrics(&*model, &config, &split)["NDCG@10"];
            let mut epoch = || (0..model.steps_per_epoch()).map(|_| step(&mut *model)).sum::<f64>();
            let first = epoch();
            let last = (0..30).map(|_| epoch()).last().expect("epochs");
            let after = metrics(&*model, &config, &split);
            println!(
                "{name}, {}: loss {first:.3} to {last:.3}, NDCG {before:.3} to {:.3}, by angle {:.3}",
                method.name, after["NDCG@10"], after["NDCG@10 cosine"]
            );
            assert!(last < first, "{name}, {}: the loss went from {first} to {last}", method.name);
            // By chance about 0.15.
            let best = after["NDCG@10"].max(after["NDCG@10 cosine"]);
            assert!(best > before + 0.08, "{name}, {}: from {before} to {after:?}", method.name);
        }
    }
}

/// Rows outside the batch move by weight decay alone, or not at all.
#[test]
fn weight_decay_reaches_the_rows_it_says() {
    let split = split();
    for (name, build) in &MODELS[..2] {
        for (mode, factor) in [("full", 1.0 - 0.5 * 0.1), ("batch", 1.0)] {
            let config = config(&json!({
                "model": { "name": name, "dim": 8 },
                "loss": { "name": "mawu" },
                "regularizer": { "name": "weight-decay", "mode": mode, "lambda": 0.1 },
                "optimizer": { "name": "sgd", "learning_rate": 0.5 },
                "train": { "batch_size": 6 },
            }));
            let mut model = model(*build, &config, &split);
            let before = state(&*model);
            step(&mut *model);
            let after = state(&*model);
            for table in ["user", "item"] {
                let of = |state: &[Tensor]| {
                    state.iter().find(|t| t.name == table).expect("a table").values.clone()
                };
                let (before, after) = (of(&before), of(&after));
                let outside = before
                    .rows()
                    .into_iter()
                    .zip(after.rows())
                    .filter(|(b, a)| b.iter().zip(a.iter()).all(|(b, a)| (b * factor - a).abs() < 1e-6));
                let outside = outside.count();
                // Six pairs at most have six users and six items.
                assert!(
                    outside >= before.nrows() - 6 && outside < before.nrows(),
                    "{name}, {mode}: {outside} of {table}"
                );
            }
        }
    }
}

#[test]
fn networks_decay_whole_in_both_modes() {
    let split = split();
    for mode in ["full", "batch"] {
        let with = |lambda: f64| {
            let config = config(&json!({
                "model": { "name": "nonlinear-mf", "dim": 8 },
                "regularizer": { "name": "weight-decay", "mode": mode, "lambda": lambda },
                "optimizer": { "name": "sgd", "learning_rate": 0.5 },
            }));
            let mut model = model(nonlinear_mf::build, &config, &split);
            let before = state(&*model);
            step(&mut *model);
            (before, state(&*model))
        };
        let ((before, plain), (_, decayed)) = (with(0.0), with(0.1));
        for name in ["user.layer1.weight", "item.layer2.bias"] {
            let of =
                |state: &[Tensor]| state.iter().find(|t| t.name == name).expect("a weight").values.clone();
            let expected = of(&plain) - of(&before) * 0.05;
            assert!(difference(&of(&decayed), &expected) < 1e-5, "{mode}: {name}");
        }
    }
}

/// One user and one item form no pair to keep apart, and have no deviation.
#[test]
fn batches_of_one_pair_are_trained() {
    let split = split();
    for (name, build) in MODELS {
        for (method, _) in loss::ALL {
            let config = config(&json!({
                "model": { "name": name, "dim": 8 },
                "loss": { "name": method.name },
                "train": { "batch_size": 1 },
            }));
            let mut model = model(build, &config, &split);
            let before = model.tables().expect("tables").clone();
            for _ in 0..5 {
                let loss = step(&mut *model);
                assert!(loss.is_finite(), "{name}, {}: {loss}", method.name);
            }
            let after = model.tables().expect("tables");
            assert!(after.user.iter().chain(&after.item).all(|x| x.is_finite()), "{name}, {}", method.name);
            assert_ne!(after, &before, "{name}, {}", method.name);
        }
    }
}

/// MACR ranks by what is left of a score once its reference is taken off.
#[test]
fn macr_takes_its_reference_off() {
    let split = split();
    let scores = |reference: f64| {
        let config = config(&json!({ "loss": { "name": "macr", "reference": reference } }));
        let model = model(mf::build, &config, &split);
        let mut scores = vec![0.0; 45];
        run(model.score(&[Query { user: Some(3), history: &[] }], &mut scores)).expect("scores");
        (scores, run(model.state()).expect("a state"))
    };
    let ((plain, state), (shifted, _)) = (scores(0.0), scores(2.0));
    let of = |name: &str| state.iter().find(|t| t.name == name).expect("a parameter").values.clone();
    let (user, item) = (of("user"), of("item"));
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    let user_branch = sigmoid(user.row(3).dot(&of("branch.user").column(0)));
    for i in 0..45 {
        let branch = sigmoid(item.row(i).dot(&of("branch.item").column(0)));
        let score = user.row(3).dot(&item.row(i));
        for (found, reference) in [(plain[i], 0.0), (shifted[i], 2.0)] {
            let expected = (score - reference) * user_branch * branch;
            assert!(
                (found - expected).abs() < 1e-5,
                "item {i}, c = {reference}: {found} instead of {expected}"
            );
        }
    }
}

#[test]
fn models_without_vectors_have_no_rankings_by_angle() {
    let (split, config) = (split(), config(&json!({ "model": { "name": "top-pop" } })));
    let top_pop = model(warren::models::top_pop::build, &config, &split);
    let options = Options::new(&config.evaluate).expect("valid");
    let e = run(evaluate(&*top_pop, &split, Part::Test, &options, &mut 0.0, &Task::silent())).unwrap_err();
    assert!(e.to_string().starts_with("evaluate.cosine: this model's scores are no inner products"), "{e}");
}
