//! ml-latest-small for tests. The reader, filter and splits below stand in for the crate's own until those
//! are merged: REPLACE with `warren::data`.
#![allow(dead_code, reason = "each test program uses a part")]

use rand::seq::SliceRandom;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use warren::config::RunConfig;
use warren::data::interactions::{Sequences, Split};
use warren::init::Tables;
use warren::models::{self, Model, ModelInput};
use warren::params::{Method, Params};
use warren::rng::Seed;
use warren::{loss, optim, regularizer, train};

/// Folder of the data sets: `$WARREN_DATA`, or `shared/data` beside the crate.
pub fn data_folder() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    std::env::var_os("WARREN_DATA").map_or_else(|| PathBuf::from(beside), PathBuf::from)
}

/// (user, item, time) in file order, or `None` with a visible line where the data set is absent (in
/// continuous integration its absence is a failure).
pub fn ratings() -> Option<Vec<(String, String, i64)>> {
    let path = data_folder().join("ml-latest-small/ratings.csv");
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        assert!(std::env::var_os("CI").is_none(), "{} is absent; set WARREN_DATA", path.display());
        eprintln!("SKIPPED: {} is absent; set WARREN_DATA", path.display());
        return None;
    };
    let rows = reader.records().map(|r| {
        let r = r.expect("well-formed");
        (r[0].to_owned(), r[1].to_owned(), r[3].parse().expect("a time"))
    });
    Some(rows.collect())
}

/// Numbers rows after the filter "20 interactions a user and item".
fn filtered(mut rows: Vec<(String, String, i64)>) -> (usize, usize, Vec<(u32, u32, i64)>) {
    loop {
        let (mut users, mut items) = (HashMap::new(), HashMap::new());
        for (u, i, _) in &rows {
            *users.entry(u.clone()).or_insert(0) += 1;
            *items.entry(i.clone()).or_insert(0) += 1;
        }
        let before = rows.len();
        rows.retain(|(u, i, _)| users[u] >= 20 && items[i] >= 20);
        if rows.len() == before {
            break;
        }
    }
    let (mut users, mut items) = (HashMap::new(), HashMap::new());
    let rows = rows.into_iter().map(|(u, i, t)| {
        let (n, m) = (users.len() as u32, items.len() as u32);
        (*users.entry(u).or_insert(n), *items.entry(i).or_insert(m), t)
    });
    let rows: Vec<_> = rows.collect();
    (users.len(), items.len(), rows)
}

fn split_of(n_users: usize, n_items: usize, parts: [Vec<Vec<u32>>; 3]) -> Split {
    let [train, validation, test] = parts.map(Sequences::from_rows);
    Split { n_users, n_items, train, validation, test }
}

/// The temporal split 0.7 / 0.1 / 0.2 of each user's interactions.
pub fn temporal() -> Option<Split> {
    let (n, m, rows) = filtered(ratings()?);
    let mut users = vec![Vec::new(); n];
    for (at, &(u, i, t)) in rows.iter().enumerate() {
        users[u as usize].push((t, at, i));
    }
    let mut parts = [vec![Vec::new(); n], vec![Vec::new(); n], vec![Vec::new(); n]];
    for (u, row) in users.iter_mut().enumerate() {
        row.sort_unstable();
        let (a, b) = (row.len() * 7 / 10, row.len() * 8 / 10);
        for (at, &(_, _, i)) in row.iter().enumerate() {
            parts[usize::from(at >= a) + usize::from(at >= b)][u].push(i);
        }
    }
    Some(split_of(n, m, parts))
}

/// The random split 0.8 / 0.1 / 0.1 over all interactions.
pub fn random(seed: u64) -> Option<Split> {
    let (n, m, rows) = filtered(ratings()?);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.shuffle(&mut Seed(seed).stream("split"));
    let (a, b) = (rows.len() * 8 / 10, rows.len() * 9 / 10);
    let mut part_of = vec![0; rows.len()];
    for (place, &at) in order.iter().enumerate() {
        part_of[at] = usize::from(place >= a) + usize::from(place >= b);
    }
    let mut parts = [vec![Vec::new(); n], vec![Vec::new(); n], vec![Vec::new(); n]];
    for (at, &(u, i, _)) in rows.iter().enumerate() {
        parts[part_of[at]][u as usize].push(i);
    }
    Some(split_of(n, m, parts))
}

/// Xavier-uniform tables.
pub fn xavier(split: &Split, dim: usize, seed: Seed) -> Tables {
    use rand::RngExt;
    let mut rng = seed.stream("init");
    let mut table = |n: usize| {
        let bound = (6.0 / (n + dim) as f32).sqrt();
        ndarray::Array2::from_shape_fn((n, dim), |_| rng.random_range(-bound..bound))
    };
    Tables { user: table(split.n_users), item: table(split.n_items) }
}

static EMPTY: Method = Method { name: "none", title: "", doc: "", formula: "", source: "", params: &[] };

/// A configuration with these sections; `model`, `regularizer` and `optimizer` by name.
pub fn config(json: &Value) -> RunConfig {
    let pick = |section: &str, methods: &[&'static Method]| {
        let given = json.get(section).cloned().unwrap_or_else(|| json!({}));
        let given = given.as_object().expect("an object").clone();
        let name = given.get("name").and_then(Value::as_str).unwrap_or(methods[0].name);
        let method = methods.iter().find(|m| m.name == name).expect("a known name");
        Params::check(method, &given, section).expect("valid parameters")
    };
    let models: [&'static Method; 4] =
        [&models::mf::METHOD, &models::top_pop::METHOD, &models::user_knn::METHOD, &models::item_knn::METHOD];
    RunConfig {
        seed: Seed(json["seed"].as_u64().unwrap_or(1)),
        data: Params::defaults(&EMPTY),
        model: pick("model", &models),
        init: Params::defaults(&EMPTY),
        loss: pick("loss", &[&loss::bpr::METHOD]),
        regularizer: pick("regularizer", &[&regularizer::none::METHOD, &regularizer::weight_decay::METHOD]),
        optimizer: pick("optimizer", &[&optim::adam::METHOD, &optim::sgd::METHOD]),
        train: pick("train", &[&train::TRAIN]),
        evaluate: pick("evaluate", &[&train::evaluate::EVALUATE]),
    }
}

/// The configuration's model on this split, with Xavier-uniform tables where it has tables.
pub fn model(config: &RunConfig, split: &Rc<Split>) -> Box<dyn Model> {
    let name = config.model.method.name;
    let input = ModelInput {
        params: &config.model,
        split: split.clone(),
        tables: (name == "mf").then(|| xavier(split, config.model.usize("dim"), config.seed)),
        loss: &config.loss,
        regularizer: &config.regularizer,
        optimizer: &config.optimizer,
        train: &config.train,
        seed: config.seed,
    };
    let build = match name {
        "mf" => models::mf::build,
        "top-pop" => models::top_pop::build,
        "user-knn" => models::user_knn::build,
        _ => models::item_knn::build,
    };
    build(input).expect("a model")
}
