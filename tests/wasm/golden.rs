//! MovieLens-latest-small in the browser against the reference programs' numbers.
//!
//! The file is never committed. `cargo xtask test` compiles it in (feature `test-data`) where
//! `$WARREN_DATA/ml-latest-small/ratings.csv` exists; without it xtask says that this is skipped, and
//! under `CI=true` the tests fail.

use crate::support::{engine, js, load, plain, watched};
use serde_json::{Value, json};
use std::rc::Rc;
use warren::wasm::Engine;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

#[cfg(feature = "test-data")]
const RATINGS: Option<&[u8]> =
    Some(include_bytes!(concat!(env!("WARREN_DATA"), "/ml-latest-small/ratings.csv")));
#[cfg(not(feature = "test-data"))]
const RATINGS: Option<&[u8]> = None;

/// The data as the reference programs filter and split it.
fn data() -> Value {
    json!({"min_user": 20, "min_item": 20, "split": "temporal:0.7,0.1,0.2"})
}

fn golden(text: &str) -> Value {
    serde_json::from_str(text).expect("a golden file is JSON")
}

/// An engine with the data; `None` where there is no file.
async fn movielens() -> Option<Rc<Engine>> {
    let Some(ratings) = RATINGS else {
        assert_ne!(option_env!("CI"), Some("true"), "WARREN_DATA must lead to ml-latest-small in CI");
        console_log!("SKIPPED: set WARREN_DATA to a folder with ml-latest-small/ratings.csv");
        return None;
    };
    let (engine, w) = (engine(), watched());
    let loaded = load(&engine, "ratings.csv", ratings, json!({})).await.unwrap();
    assert_eq!(loaded["format"], "movielens");
    engine.prepare(&js(data()), 123.0, &w.job).await.unwrap();
    Some(engine)
}

fn close(got: &Value, want: &Value, tolerance: f64, what: &str) {
    let (got, want) = (got.as_f64().expect(what), want.as_f64().expect(what));
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{what}: {got} is not {want}");
}

#[wasm_bindgen_test]
async fn counts_graphs_and_spectra() {
    let Some(engine) = movielens().await else { return };
    let want = golden(include_str!("../../crate/tests/golden/ml-latest-small.json"));
    let w = watched();
    let summary = plain(&engine.prepare(&js(data()), 123.0, &w.job).await.unwrap());
    for key in ["users", "items", "interactions", "train", "validation", "test"] {
        assert_eq!(summary[key], want[key], "{key}");
    }
    for side in ["user", "item"] {
        let want = &want[format!("{side}_graph").as_str()];
        for (init, values) in [("le", "le_eigenvalues"), ("leporid", "leporid_eigenvalues")] {
            let init = json!({"name": init, "k": 50});
            let options = json!({"side": side, "init": init, "dim": 32, "seed": 123});
            let got = plain(&engine.embed(&js(options), &w.job).await.unwrap());
            for key in ["nodes", "edges", "isolated", "components"] {
                assert_eq!(got["graph"][key], want[key], "{side} {key}");
            }
            for key in ["weight_sum", "d_max", "d_min"] {
                close(&got["graph"][key], &want[key], 1e-6, key);
            }
            // LE leaves the trivial eigenvectors out of its table, not out of the spectrum's order.
            let (got, want) = (got["values"].as_array().unwrap(), want[values].as_array().unwrap());
            for (got, want) in got.iter().zip(want) {
                close(got, want, 1e-6, &format!("{side} {values}"));
            }
        }
    }
}

#[wasm_bindgen_test]
async fn metrics_of_the_direct_models() {
    let Some(engine) = movielens().await else { return };
    let want = golden(include_str!("../../crate/tests/golden/ml-latest-small.json"));
    for (model, reference, tolerance) in [
        (json!({"name": "top-pop"}), "TopPop", 1e-9),
        (json!({"name": "user-knn", "neighbors": 100}), "UserKNN cosine k=100", 0.003),
        (json!({"name": "item-knn", "neighbors": 100}), "ItemKNN cosine k=100", 0.003),
    ] {
        let w = watched();
        let config = json!({"seed": 123, "data": data(), "model": model});
        let record = plain(&engine.train(&js(config), &w.job).await.unwrap());
        for (metric, want) in want[reference].as_object().unwrap() {
            close(&record["metrics"]["test"][metric], want, tolerance, &format!("{reference} {metric}"));
        }
    }
}
