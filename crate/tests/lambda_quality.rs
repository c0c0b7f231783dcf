//! What λOpt learns: stronger penalties for those with more data, and better rankings than any fixed strength.

mod common;

use common::{config, movielens, trained};
use serde_json::{Value, json};
use warren::config::overlay;
use warren::data::synthetic;
use warren::models::LambdaGroups;
use warren::params::Params;
use warren::pipeline::prepare;
use warren::presets::PRESETS;
use warren::regularizer::lambda_opt::Group;
use warren::task::{Task, run};

fn preset(name: &str, changes: &Value) -> Value {
    let preset = PRESETS.iter().find(|p| p.name == name).expect("a preset");
    let mut config = (preset.config)();
    overlay(&mut config, changes);
    config
}

/// Mean strength of the first and of the last quarter of the groups.
fn ends(groups: &[Group]) -> [f64; 2] {
    let quarter = groups.len() / 4;
    let mean = |groups: &[Group]| groups.iter().map(|g| g.mean).sum::<f64>() / groups.len() as f64;
    [mean(&groups[..quarter]), mean(&groups[groups.len() - quarter..])]
}

/// KDD'19, section 5.4: λ grows as training goes on, and more for active users than for sparse ones.
#[test]
fn active_users_end_with_stronger_penalties() {
    let changes = json!({
        "seed": 1,
        "data": { "min_user": 1, "min_item": 1 },
        "model": { "dim": 16 },
        "train": { "epochs": 150, "eval_every": 150, "monitor": "NDCG@100" },
        "evaluate": { "kdd19": false },
    });
    let config = config(&preset("mf-lambda-opt", &changes));
    let (params, task) = (Params::defaults(&synthetic::METHOD), Task::silent());
    let data = run(synthetic::generate(&params, config.seed, &task)).expect("data");
    let prepared = run(prepare(&data, &config.data, config.seed, &task)).expect("enough data");
    let history = trained(&config, &prepared).checkpoint.header.history;
    let at = |epoch: usize| -> &LambdaGroups { history[epoch - 1].lambda.as_ref().expect("strengths") };
    let users: Vec<[f64; 2]> = [10, 50, 150].map(|epoch| ends(&at(epoch).user)).into();
    println!("sparse and active users after 10, 50 and 150 epochs: {users:.3?}");
    let [sparse, active] = users[2];
    assert!(active > 1.1 * sparse, "active {active}, sparse {sparse}");
    assert!(users[0][1] < users[1][1] && users[1][1] < users[2][1], "λ grows: {users:?}");
    assert!(history.iter().all(|e| e.lambda.as_ref().expect("strengths").range[0] >= 0.0));
}

/// The best fixed strength of the paper's grid (0.01, see docs/results.md) against λOpt, one seed.
#[test]
fn learnt_strengths_beat_the_best_fixed_one() {
    let run = |name: &str| {
        let config = config(&preset(name, &json!({ "seed": 1, "train": { "eval_every": 25 } })));
        let prepared = movielens(&config)?;
        let record = trained(&config, &prepared).record;
        let metric = |name: &str| record["metrics"]["test"][name].as_f64().expect("a metric");
        let found = ["AUC", "HR@100 (KDD'19)", "NDCG@100 (KDD'19)"].map(metric);
        println!("{name}: AUC, HR@100, NDCG@100 {found:.4?}");
        Some(found)
    };
    let (Some(fixed), Some(learnt)) = (run("mf-lambda-fix"), run("mf-lambda-opt")) else { return };
    assert!(learnt.iter().zip(fixed).all(|(learnt, fixed)| *learnt > fixed), "{learnt:?} against {fixed:?}");
    assert!(learnt[2] >= 0.112, "NDCG@100 {}", learnt[2]);
}
