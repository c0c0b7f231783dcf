//! NCF trained: every variant learns, λ shortens vectors, and on real data it ranks for users it knows and for
//! others.

mod common;

use serde_json::{Value, json};
use std::rc::Rc;
use warren::config::{RunConfig, overlay};
use warren::data::interactions::{Sequences, Split};
use warren::data::synthetic;
use warren::models::{Model, Tables};
use warren::params::Params;
use warren::pipeline::{Prepared, Trained, build, prepare, recommend};
use warren::task::{Task, run};

fn config(changes: &Value) -> RunConfig {
    let mut config = json!({
        "seed": 1,
        "data": { "min_user": 20, "min_item": 20, "split": "temporal:0.7,0.1,0.2" },
        "model": { "name": "ncf", "dim": 32 },
        "init": { "name": "random" },
        "optimizer": { "learning_rate": 4e-3 },
        "train": { "epochs": 8, "batch_size": 256, "eval_every": 8, "monitor": "F1@10" },
    });
    overlay(&mut config, changes);
    common::config(&config)
}

/// Batches of 32 pairs of 120 users of the generator, for five epochs.
fn small(model: &Value) -> (RunConfig, Prepared) {
    let mut changes = json!({
        "data": { "min_user": 1, "min_item": 1 },
        "model": { "dim": 16 },
        "optimizer": { "learning_rate": 5e-3 },
        "train": { "epochs": 5, "batch_size": 32 },
    });
    overlay(&mut changes, &json!({ "model": model }));
    let config = config(&changes);
    let mut params = Params::defaults(&synthetic::METHOD);
    for (key, value) in [("users", 120), ("items", 80), ("interactions", 2500)] {
        params.set(key, &value.into(), "").expect("a parameter of the generator");
    }
    let data = run(synthetic::generate(&params, config.seed, &Task::silent())).expect("data");
    let prepared = run(prepare(&data, &config.data, config.seed, &Task::silent())).expect("enough data");
    (config, prepared)
}

fn fit(model: &Value) -> Trained {
    let (config, prepared) = small(model);
    common::trained(&config, &prepared)
}

#[test]
fn every_variant_learns() {
    for variant in [
        json!({}),
        json!({ "parts": "gmf" }),
        json!({ "parts": "mlp" }),
        json!({ "parts": "mlp", "layers": 3 }),
        // Narrower than its depth: the last layers have width 1.
        json!({ "layers": 6 }),
        json!({ "negatives": 1 }),
        json!({ "l2": 0.0 }),
    ] {
        let trained = fit(&variant);
        let losses: Vec<f64> = (trained.record["history"].as_array().expect("epochs").iter())
            .map(|epoch| epoch["loss"].as_f64().expect("a loss"))
            .collect();
        println!("{variant}: {losses:.4?}");
        assert!(losses[4] < 0.98 * losses[0], "{variant}: {losses:?}");
    }
}

#[test]
fn tables_of_both_parts_stand_side_by_side_and_shrink_with_lambda() {
    let table = |model: &Value| fit(model).model.tables().expect("tables").item.clone();
    let (both, gmf, decayed) =
        (table(&json!({ "l2": 0.0 })), table(&json!({ "parts": "gmf" })), table(&json!({ "l2": 0.1 })));
    assert_eq!((both.dim(), gmf.dim()), ((80, 32), (80, 16)));
    let squares = |t: &ndarray::Array2<f32>| t.iter().map(|v| v * v).sum::<f32>();
    assert!(squares(&decayed) < 0.5 * squares(&both), "{} against {}", squares(&decayed), squares(&both));
}

/// Order and negatives of a batch depend on its number alone, also behind the end of an epoch.
#[test]
fn a_saved_state_goes_on_in_the_middle_of_an_epoch() {
    let (config, prepared) = small(&json!({}));
    let start = || {
        let table =
            |n| ndarray::Array2::from_shape_fn((n, 16), |(r, c)| ((r * 7 + c * 3) % 11) as f32 / 11.0);
        let tables = Tables { user: table(prepared.split.n_users), item: table(prepared.split.n_items) };
        build(&prepared, &config, Some(tables)).expect("a model")
    };
    let step = |model: &mut dyn Model| model.step().expect("finite").expect("at once on the CPU");
    let (mut whole, mut resumed) = (start(), start());
    let steps = whole.steps_per_epoch();
    for _ in 0..steps + 3 {
        step(whole.as_mut());
    }
    resumed.restore(&run(whole.state()).expect("at hand")).expect("its own state");
    for n in 0..steps {
        assert_eq!(step(whole.as_mut()), step(resumed.as_mut()), "step {n} after");
    }
    assert_eq!(whole.tables(), resumed.tables());
}

/// The share of these users with a test item among ten.
fn hit_ratio(trained: &Trained, prepared: &Prepared, users: &[u32], whole: &Split, known: bool) -> f64 {
    let hit = |&&user: &&u32| {
        let (history, test) = (whole.train.row(user as usize), whole.test.row(user as usize));
        let user = known.then_some(user);
        let found = run(recommend(trained.model.as_ref(), prepared, user, history, 10)).expect("recommends");
        found.iter().any(|r| test.contains(&r.item))
    };
    users.iter().filter(hit).count() as f64 / users.len() as f64
}

/// ml-latest-small, where every third user is left out of the training and then comes as somebody new.
#[test]
fn ranks_for_users_and_for_strangers() {
    let ncf = config(&json!({}));
    let Some(mut prepared) = common::movielens(&ncf) else { return };
    let whole = prepared.split.clone();
    let (new, old): (Vec<u32>, Vec<u32>) = (0..whole.n_users as u32).partition(|user| user % 3 == 0);
    let rows = whole.train.rows().enumerate().map(|(user, row)| if user % 3 == 0 { &[] } else { row });
    let train = Sequences::from_rows(rows);
    prepared.split = Rc::new(Split { train, ..Split::clone(&whole) });
    let trained = common::trained(&ncf, &prepared);
    let [old_ncf, new_ncf] =
        [(&old, true), (&new, false)].map(|(u, known)| hit_ratio(&trained, &prepared, u, &whole, known));
    let popular = common::trained(&config(&json!({ "model": { "name": "top-pop" } })), &prepared);
    let [old_popular, new_popular] =
        [(&old, true), (&new, false)].map(|(u, known)| hit_ratio(&popular, &prepared, u, &whole, known));
    println!(
        "HR@10: known users {old_ncf:.4} (TopPop {old_popular:.4}), new {new_ncf:.4} ({new_popular:.4})"
    );
    assert!(old_ncf > old_popular + 0.05, "{old_ncf} against {old_popular}");
    assert!(new_ncf > new_popular + 0.05, "{new_ncf} against {new_popular}");
}
