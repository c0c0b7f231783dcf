//! Sweeps: the page queues their runs itself; the engine expands the grid and makes the table.

use super::Engine;
use super::border::{JsResult, from_js, to_js};
use crate::sweep::Sweep;
use crate::sweep::table::Table;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Engine {
    /// The runs of a grid in the order of their queue: list of type `SweepRun`.
    pub fn expand_sweep(&self, grid: &JsValue) -> JsResult {
        let sweep = Sweep::parse(&from_js::<Value>(grid, "grid")?)?;
        let runs: Vec<_> = sweep
            .runs
            .iter()
            .map(|run| json!({ "label": sweep.label(run), "config": run.config.to_json() }))
            .collect();
        Ok(to_js(&runs)?)
    }

    /// Means and deviations of the records (of which `config`, `data.fingerprint` and `metrics` are read) of a
    /// grid's runs on this data, as text in this format.
    pub fn sweep_table(
        &self,
        grid: &JsValue,
        fingerprint: &str,
        records: &JsValue,
        format: &str,
    ) -> JsResult<String> {
        let sweep = Sweep::parse(&from_js::<Value>(grid, "grid")?)?;
        let records: Vec<Value> = from_js(records, "records")?;
        Ok(Table::of(&sweep, fingerprint, &records).render(format.parse()?))
    }
}
