//! TopPop, UserKNN and ItemKNN on ml-latest-small against an independent program.

mod common;

use serde_json::{Value, json};
use std::rc::Rc;
use warren::task::{Task, run};
use warren::train::{control::Control, train};

#[test]
fn baselines_on_ml_latest_small() {
    let Some(split) = common::temporal() else { return };
    let golden: Value =
        serde_json::from_str(include_str!("golden/ml-latest-small-metrics.json")).expect("JSON");
    assert_eq!((split.n_users, split.n_items), (625, 1283));
    let sizes = [split.train.len(), split.validation.len(), split.test.len()];
    assert_eq!(
        sizes.map(Value::from),
        [&golden["train"], &golden["validation"], &golden["test"]].map(Clone::clone)
    );
    let split = Rc::new(split);
    // Equal counts have one order; similarities of neighbours may tie up to rounding.
    for (name, key, tolerance) in [
        ("top-pop", "TopPop", 1e-9),
        ("user-knn", "UserKNN cosine k=100", 3e-3),
        ("item-knn", "ItemKNN cosine k=100", 3e-3),
    ] {
        let config = common::config(&json!({"model": {"name": name}}));
        let mut model = common::model(&config, &split);
        let trained = run(train(
            &mut *model,
            &split,
            &config.settings(),
            None,
            &Control::new(),
            &mut |_| (),
            &Task::silent(),
        ))
        .expect("trains");
        let mut worst = 0.0_f64;
        for (metric, expected) in golden[key].as_object().expect("metrics") {
            let difference = (trained.metrics.test[metric] - expected.as_f64().expect("a number")).abs();
            worst = worst.max(difference);
        }
        println!("{name}: largest difference {worst:.1e}");
        assert!(worst <= tolerance, "{name}: a metric differs by {worst}");
    }
}
