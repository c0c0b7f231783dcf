//! Theorem 3.1 of KDD 2025 over degree × batch size. Needs no data.

use super::Engine;
use super::border::{JsResult, from_js, to_js_with};
use crate::regularizer::theory::map::TheoryOptions;
use js_sys::Float64Array;
use ndarray::Array2;
use serde_json::json;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Engine {
    /// How likely items of these degrees are to be in batches of these sizes, and what a step makes of their
    /// lengths: type `TheoryMap`.
    pub fn theory(&self, options: &JsValue) -> JsResult {
        let map = TheoryOptions::parse(&from_js(options, "options")?)?.map()?;
        let (rows, columns) = map.probability.dim();
        Ok(to_js_with(
            &json!({"rows": rows, "columns": columns}),
            &[
                ("probability", doubles(&map.probability)),
                ("change", doubles(&map.change)),
                ("balanced_length", doubles(&map.balanced_length)),
            ],
        )?)
    }
}

/// A table, row by row.
fn doubles(table: &Array2<f64>) -> JsValue {
    let values: Vec<f64> = table.iter().copied().collect();
    Float64Array::from(&values[..]).into()
}
