//! Filter and split, and the tables of users and items that the page's charts and lists read.

use super::border::{JsResult, from_js, to_js, to_js_with, whole};
use super::host::Job;
use super::{Engine, Loaded, border, entry};
use crate::catalog;
use crate::data::interactions::Side;
use crate::data::stats::training_counts;
use crate::error::Result;
use crate::params::Params;
use crate::pipeline::{self, Prepared};
use crate::rng::Seed;
use crate::task::Task;
use js_sys::{Int32Array, Uint32Array};
use serde_json::{Map, Value, json};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_time::Instant;

#[wasm_bindgen]
impl Engine {
    /// Filters and splits the loaded data: type `DataSummary`.
    pub async fn prepare(&self, data: &JsValue, seed: f64, job: &Job) -> JsResult {
        let (seed, section): (_, Value) = (Seed(whole(seed, "seed")?), from_js(data, "data")?);
        let config = data_section(&section)?;
        let prepared = self.prepare_as(&config, seed, &job.task()).await?;
        *self.prepared.borrow_mut() = Some(prepared.clone());
        Ok(to_js(&prepared.summary)?)
    }

    /// Ids, titles, genres and training counts of a side: type `SideTable`.
    pub fn side_table(&self, side: &str) -> JsResult {
        let (side, prepared) = (side.parse()?, self.prepared()?);
        let (data, split) = (&prepared.data, &prepared.split);
        let counts = training_counts(split, side);
        let mut genre_names: Vec<&str> = Vec::new();
        let mut genres = vec![-1; split.n(side)];
        let (ids, titles) = match side {
            Side::User => (&data.users, &[][..]),
            Side::Item => {
                let firsts: Vec<_> = data.info.genres.iter().map(|g| g.first().map(String::as_str)).collect();
                genre_names = firsts.iter().copied().flatten().collect();
                genre_names.sort_unstable();
                genre_names.dedup();
                for (number, first) in genres.iter_mut().zip(firsts) {
                    *number = first.and_then(|g| genre_names.binary_search(&g).ok()).map_or(-1, |n| n as i32);
                }
                (&data.items, &data.info.titles[..])
            }
        };
        let table = json!({"side": side, "ids": ids, "titles": titles, "genre_names": genre_names});
        let arrays = [
            ("genres", Int32Array::from(&genres[..]).into()),
            ("counts", Uint32Array::from(&counts[..]).into()),
        ];
        Ok(to_js_with(&table, &arrays)?)
    }

    /// The training items of a user in order of time, of a run's data if one is given: list of type `Item`.
    pub fn history(&self, user: f64, run: Option<f64>) -> JsResult {
        let prepared = match run {
            Some(run) => entry(&self.runs, run, "run")?.prepared.clone(),
            None => self.prepared()?,
        };
        let user = border::index(user, prepared.split.n_users, "user")?;
        let items = prepared.split.train.row(user as usize).iter();
        let items: Vec<_> = items
            .map(|&i| json!({"item": i, "id": prepared.data.items[i as usize], "title": prepared.title(i)}))
            .collect();
        Ok(to_js(&items)?)
    }
}

impl Engine {
    /// The loaded data filtered and split like this: what there is if it was made so, otherwise anew.
    pub(super) async fn prepare_as(&self, config: &Params, seed: Seed, task: &Task) -> Result<Rc<Prepared>> {
        let Loaded { data, seconds } = self.loaded()?;
        let there = self.prepared.borrow().clone();
        if let Some(prepared) = there.filter(|p| p.seed == seed && p.config.to_json() == config.to_json()) {
            return Ok(prepared);
        }
        task.checkpoint().await?;
        let began = Instant::now();
        let mut prepared = pipeline::prepare(&data, config, seed, task).await?;
        prepared.parse_seconds = seconds + began.elapsed().as_secs_f64();
        Ok(Rc::new(prepared))
    }
}

/// The section `data` of a configuration, checked.
fn data_section(given: &Value) -> Result<Params> {
    let empty = Map::new();
    let given = catalog::object(Some(given).filter(|v| !v.is_null()), "data", &empty)?;
    Params::check(catalog::data(), given, "data")
}
