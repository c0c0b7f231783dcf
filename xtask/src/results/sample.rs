//! Records for the tests of this module.

use super::records::{Results, Row, Run};
use serde_json::{Value, json};

/// A record as `warren sweep` writes it; metrics are named, with their values on test and validation.
pub fn run(loss: &str, regularizer: Value, seed: u64, metrics: &[(&str, f64, f64)]) -> Run {
    let mut record = json!({
        "warren": "0.1.0",
        "config": {
            "seed": seed, "model": {"name": "mf", "dim": 64},
            "init": {"name": "xavier", "gain": 1.0, "prism": false, "prism_strength": 1.0},
            "loss": {"name": loss}, "regularizer": regularizer,
            "optimizer": {"name": "adam", "learning_rate": 0.001},
            "train": {"epochs": 1000, "eval_every": 5, "patience": 6, "monitor": metrics[0].0},
        },
        "data": {"name": "ratings.csv", "users": 625, "items": 1283, "interactions": 68017},
        "metrics": {"test": {}, "validation": {}},
        "best_epoch": 20, "reason": "patience", "seconds": {"train": 10.0, "evaluate": 1.0},
    });
    for (name, test, validation) in metrics {
        record["metrics"]["test"][*name] = json!(test);
        record["metrics"]["validation"][*name] = json!(validation);
    }
    Run(record)
}

/// Rows of these runs, two seeds each.
pub fn results(metrics: &[&str], rows: Vec<Vec<Run>>) -> Results {
    let rows = rows.into_iter().map(|runs| Row { settings: vec![], runs }).collect();
    Results { metrics: metrics.iter().map(|&m| m.to_owned()).collect(), seeds: 2, rows }
}

/// The sections of a configuration that decide a row's name.
pub fn decay(mode: &str, lambda: f64) -> Value {
    json!({"name": "weight-decay", "mode": mode, "lambda": lambda})
}
