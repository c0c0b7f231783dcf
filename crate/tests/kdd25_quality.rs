//! The KDD 2025 paper's findings on ml-latest-small: weight decay makes angle losses, by way of the lengths of
//! vectors, and PRISM gives the lengths from the beginning. Short runs; the grids in `docs/grids` hold the long ones.

mod common;

use serde_json::{Value, json};
use warren::pipeline::Trained;
use warren::presets::PRESETS;

/// A preset trained for a few epochs with these sections changed.
fn trained(name: &str, epochs: usize, changes: &Value) -> Option<Trained> {
    let preset = PRESETS.iter().find(|p| p.name == name).expect("a preset");
    let mut config = (preset.config)();
    // Five times the presets' rate and few epochs: enough to tell.
    let short = json!({
        "seed": 1,
        "optimizer": { "learning_rate": 5e-3 },
        "train": { "epochs": epochs, "eval_every": epochs, "patience": 0 },
        "evaluate": { "cutoffs": "20" },
    });
    warren::config::overlay(&mut config, &short);
    warren::config::overlay(&mut config, changes);
    let config = common::config(&config);
    let prepared = common::movielens(&config)?;
    Some(common::trained(&config, &prepared))
}

fn metric(run: &Trained, name: &str) -> f64 {
    let value = run.record["metrics"]["test"][name].as_f64().unwrap_or_else(|| panic!("no {name}"));
    println!("{} {name}: {value:.4}", run.record["config"]["regularizer"]);
    value
}

const SPEARMAN: &str = "Spearman magnitude/popularity";

#[test]
fn weight_decay_makes_directau_by_the_lengths_of_vectors() {
    let run = |decay: Value| trained("mf-directau", 6, &json!({ "regularizer": decay }));
    let Some(full) = run(json!({})) else { return };
    let none = run(json!({ "name": "none" })).expect("the same data");
    let [with, without] = [&full, &none].map(|run| metric(run, "NDCG@20"));
    assert!(with > 0.13 && with > 1.15 * without, "{with} with weight decay, {without} without");
    let [with, without] = [&full, &none].map(|run| metric(run, SPEARMAN));
    assert!(
        with > 0.8 && without < 0.5,
        "lengths follow popularity by {with}, {without} without weight decay"
    );
    // By the angle alone the two are much nearer: what weight decay taught is in the lengths.
    let [with, without] = [&full, &none].map(|run| metric(run, "NDCG@20 cosine"));
    assert!(with < 1.15 * without, "by angle {with} with weight decay, {without} without");
}

#[test]
fn ssm_reaches_the_independent_trainer() {
    let Some(run) = trained("mf-ssm", 8, &json!({})) else { return };
    let value = metric(&run, "NDCG@20");
    assert!(value > 0.234, "test NDCG@20 {value}");
}
