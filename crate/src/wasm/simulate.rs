//! The perturbation lab: small graphs, their embeddings before and after, and the experiment. Needs no data.

use super::Engine;
use super::border::{JsResult, from_js, to_js, to_js_with};
use super::embed::floats;
use super::host::Job;
use crate::error::{Code, Error, Result};
use crate::graph::barabasi_albert::{SmallGraph, barabasi_albert, edge_stream, graph_stream, random_edge};
use crate::graph::perturbation::Change;
use crate::graph::perturbation::dense::{self, Perturbation};
use crate::graph::perturbation::options::{BarabasiAlbertOptions, SimulateConfig, SpectralMethod};
use crate::rng::Seed;
use crate::simulate;
use js_sys::{Array, Float64Array, Reflect, Uint32Array};
use serde_json::{Map, Value, json};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Engine {
    /// A seeded graph by preferential attachment, the experiment's first: type `SmallGraph`.
    pub fn barabasi_albert(&self, options: &JsValue) -> JsResult {
        let options = BarabasiAlbertOptions::parse(&from_js(options, "options")?)?;
        let graph = barabasi_albert(options.nodes, options.attach, &mut graph_stream(options.seed, 0))?;
        let edges = Uint32Array::from(graph.edges().as_flattened());
        Ok(to_js_with(&json!({"nodes": graph.nodes()}), &[("edges", edges.into())])?)
    }

    /// A new edge at a node, `[smaller, larger]`, or `null` if it is joined to all.
    pub fn random_edge(&self, options: &JsValue) -> JsResult {
        let edges = edges(options, "edges")?;
        let given = keys(options, &["nodes", "node", "seed", "count"])?;
        let graph = SmallGraph::new(whole(&given, "nodes", 2_000)? as usize, &edges, "edges")?;
        let node = whole(&given, "node", graph.nodes() as u64 - 1)? as usize;
        let (seed, count) = (whole(&given, "seed", MAX_SAFE)?, whole(&given, "count", MAX_SAFE)?);
        Ok(to_js(&random_edge(&graph, node, &mut edge_stream(Seed(seed), count)))?)
    }

    /// Each method's embeddings of two graphs on the same nodes, and how far each node moves: list of type
    /// `Perturbation`.
    pub async fn perturb(&self, options: &JsValue, job: &Job) -> JsResult {
        let (before, after) = (edges(options, "before")?, edges(options, "after")?);
        let given = keys(options, &["nodes", "dim", "methods"])?;
        let nodes = whole(&given, "nodes", 2_000)? as usize;
        let (before, after) =
            (SmallGraph::new(nodes, &before, "before")?, SmallGraph::new(nodes, &after, "after")?);
        let dim = if given.contains_key("dim") { whole(&given, "dim", 2_000)? as usize } else { 40 };
        let methods = SpectralMethod::parse_all(given.get("methods"))?;
        let found = dense::perturb(&before, &after, dim, &methods, &job.task()).await?;
        let list = found.iter().map(perturbation).collect::<Result<Array>>()?;
        Ok(list.into())
    }

    /// Runs the experiment; events go to the job's listener. Type `SimulationRecord`.
    pub async fn simulate(&self, options: &JsValue, job: &Job) -> JsResult {
        let config = SimulateConfig::parse(&from_js(options, "options")?)?;
        let (task, state) = (job.task(), job.state());
        let control = state.control();
        let mut events = |event: simulate::Event| state.send("event", &event);
        let record = simulate::simulate(&config, &control, &mut events, &task).await?;
        Ok(to_js(&record)?)
    }
}

/// Largest whole number up to which a JavaScript number holds every one exactly.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// The keys of `options` that are plain data, checked to be among `names`; typed arrays are left out.
fn keys(options: &JsValue, names: &[&str]) -> Result<Map<String, Value>> {
    let mut map = Map::new();
    for name in names {
        let value = Reflect::get(options, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        if !value.is_undefined() {
            map.insert((*name).to_owned(), from_js(&value, name)?);
        }
    }
    Ok(map)
}

/// A whole number among the options, which must be given.
fn whole(given: &Map<String, Value>, key: &str, most: u64) -> Result<u64> {
    let value = given.get(key).unwrap_or(&Value::Null);
    let number = value.as_f64().filter(|v| v.fract() == 0.0 && (0.0..=most as f64).contains(v));
    number.map(|v| v as u64).ok_or_else(|| {
        Error::new(Code::OutOfRange, format!("{value} is not a whole number from 0 to {most}"))
            .for_key(key)
            .with_value(value.to_string())
    })
}

/// Pairs of nodes `a0, b0, a1, b1, …`.
fn edges(options: &JsValue, key: &str) -> Result<Vec<[u32; 2]>> {
    let value = Reflect::get(options, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED);
    let refuse =
        |text: String, value: String| Error::new(Code::OutOfRange, text).for_key(key).with_value(value);
    let Some(array) = value.dyn_ref::<Uint32Array>() else {
        let text = "the edges are to be a Uint32Array of pairs of nodes".to_owned();
        return Err(refuse(text, format!("{value:?}")));
    };
    let flat = array.to_vec();
    let (pairs, rest) = flat.as_chunks::<2>();
    if !rest.is_empty() {
        let text = format!("{} numbers are no list of pairs", flat.len());
        return Err(refuse(text, flat.len().to_string()));
    }
    Ok(pairs.to_vec())
}

/// One method's result with its tables as typed arrays.
fn perturbation(found: &Perturbation) -> Result<JsValue> {
    let values = |v: &[f64]| JsValue::from(Float64Array::from(v));
    let of = |measure: fn(&Change) -> f64| values(&found.changes.iter().map(measure).collect::<Vec<_>>());
    to_js_with(
        &json!({"method": found.method}),
        &[
            ("values_before", values(&found.values_before)),
            ("values_after", values(&found.values_after)),
            ("before", floats(&found.before)),
            ("after", floats(&found.after)),
            ("raw", of(|c| c.raw)),
            ("aligned", of(|c| c.aligned)),
            ("norm", of(|c| c.norm)),
        ],
    )
}
