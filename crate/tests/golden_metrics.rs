//! TopPop, UserKNN and ItemKNN on ml-latest-small against an independent program.

mod common;

use serde_json::Value;
use warren::presets::PRESETS;

#[test]
fn baselines_on_ml_latest_small() {
    let golden: Value = serde_json::from_str(include_str!("golden/ml-latest-small.json")).expect("JSON");
    // Equal counts have one order; similarities of neighbours may tie up to rounding.
    for (preset, key, tolerance) in [
        ("top-pop", "TopPop", 1e-9),
        ("user-knn", "UserKNN cosine k=100", 3e-3),
        ("item-knn", "ItemKNN cosine k=100", 3e-3),
    ] {
        let preset = PRESETS.iter().find(|p| p.name == preset).expect("a preset");
        let config = common::config(&(preset.config)());
        let Some(prepared) = common::movielens(&config) else { return };
        let record = common::trained(&config, &prepared).record;
        for count in ["users", "items", "interactions", "train", "validation", "test"] {
            assert_eq!(record[count], golden[count], "{count}");
        }
        let mut worst = 0.0_f64;
        for (metric, expected) in golden[key].as_object().expect("metrics") {
            let got = record["metrics"]["test"][metric].as_f64().expect("a metric");
            worst = worst.max((got - expected.as_f64().expect("a number")).abs());
        }
        println!("{}: largest difference {worst:.1e}", preset.name);
        assert!(worst <= tolerance, "{}: a metric differs by {worst}", preset.name);
    }
}
