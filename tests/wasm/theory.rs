//! The map of theorem 3.1 without any data.

use crate::support::{engine, js, member, plain};
use js_sys::Float64Array;
use serde_json::json;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_map_has_a_row_a_degree_and_a_column_a_batch_size() {
    let options = json!({"degrees": [1, 50, 1000], "batch_sizes": [100, 2000], "interactions": 1000});
    let map = engine().theory(&js(options)).unwrap();
    let table = |name: &str| member(&map, name).unchecked_into::<Float64Array>().to_vec();
    let (probability, change) = (table("probability"), table("change"));
    assert_eq!(member(&map, "rows").as_f64().zip(member(&map, "columns").as_f64()), Some((3.0, 2.0)));
    assert!((probability[2] - (1.0 - 0.95_f64.powi(100))).abs() < 1e-12, "{probability:?}");
    assert_eq!(probability[4..], [1.0, 1.0]);
    // η = 0.1, λ = 0.001, length 1, cosine 0.
    let expected = 1e-8 - 2e-4 + probability[0] * 0.01;
    assert!((change[0] - expected).abs() < 1e-15, "{change:?}");
    assert_eq!(table("balanced_length").len(), 6);
}

#[wasm_bindgen_test]
fn bad_options_are_errors_with_key_and_value() {
    let e = engine().theory(&js(json!({"degrees": [2000], "batch_sizes": [1], "interactions": 1000})));
    let e = plain(&e.unwrap_err());
    assert_eq!((e["code"].as_str(), e["key"].as_str()), (Some("out-of-range"), Some("degrees.0")));
    assert_eq!(e["value"], "2000");
}
