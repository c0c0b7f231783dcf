//! Graphs and embeddings.

use super::border::{self, JsResult, from_js, to_js, to_js_with, whole};
use super::host::Job;
use super::{Engine, entry};
use crate::catalog::INITS;
use crate::config;
use crate::data::interactions::Side;
use crate::error::{Code, Error};
use crate::order::descending;
use crate::pipeline::{self, Prepared, export};
use js_sys::{Float32Array, Float64Array, Uint8Array};
use ndarray::Array2;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A computed embedding with the data whose rows it describes.
pub(super) struct Embedded {
    vectors: Array2<f32>,
    side: Side,
    prepared: Rc<Prepared>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmbedOptions {
    side: Side,
    init: Value,
    dim: f64,
    seed: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnnOptions {
    side: Side,
    k: Option<f64>,
    similarity: Option<String>,
}

#[wasm_bindgen]
impl Engine {
    /// The KNN graph of a side in numbers: type `KnnGraph`.
    pub async fn knn_graph(&self, options: &JsValue, job: &Job) -> JsResult {
        let KnnOptions { side, k, similarity } = from_js(options, "options")?;
        let (prepared, task) = (self.prepared()?, job.task());
        let k = whole(k.unwrap_or(50.0), "k")? as usize;
        let similarity = similarity.unwrap_or_else(|| "jaccard".into());
        let (graph, degrees) = pipeline::knn_graph(&prepared, side, k, &similarity, &task).await?;
        Ok(to_js_with(&graph, &[("degrees", Float64Array::from(&degrees[..]).into())])?)
    }

    /// The initial embeddings of a side: type `Embedding`.
    pub async fn embed(&self, options: &JsValue, job: &Job) -> JsResult {
        let EmbedOptions { side, init, dim, seed } = from_js(options, "options")?;
        let (prepared, task) = (self.prepared()?, job.task());
        let seed: Map<String, Value> = seed.map(|seed| ("seed".to_owned(), seed)).into_iter().collect();
        let (init, seed) = (INITS.params(Some(&init))?, config::seed(&seed)?);
        let dim = whole(dim, "dim")? as usize;
        let outcome = pipeline::embed(&prepared, &[side], &init, dim, seed, &task).await?;
        let embedding = outcome.embeddings.into_iter().next();
        let embedding =
            embedding.ok_or_else(|| Error::new(Code::BadState, "the method gave no embedding"))?;
        let id = self.handle();
        let summary = json!({
            "id": id,
            "side": side,
            "init": init.to_json(),
            "rows": embedding.vectors.nrows(),
            "dim": embedding.vectors.ncols(),
            "values": embedding.values,
            "residuals": embedding.residuals,
            "products": embedding.products,
            "graph": embedding.graph,
            "seconds": outcome.seconds.to_json(),
        });
        let degrees = match &embedding.graph {
            Some(_) => Float64Array::from(&embedding.degrees[..]).into(),
            None => JsValue::NULL,
        };
        let members = [("vectors", floats(&embedding.vectors)), ("degrees", degrees)];
        let result = to_js_with(&summary, &members)?;
        let embedded = Embedded { vectors: embedding.vectors, side, prepared };
        self.embeddings.borrow_mut().insert(id, Rc::new(embedded));
        Ok(result)
    }

    /// The `n` rows nearest to `row` by cosine, best first: list of type `Neighbour`.
    pub fn embedding_neighbours(&self, id: f64, row: f64, n: f64) -> JsResult {
        let vectors = &entry(&self.embeddings, id, "embedding")?.vectors;
        let row = border::index(row, vectors.nrows(), "row")?;
        let nearest = nearest(vectors, row as usize, whole(n, "n")? as usize);
        let nearest: Vec<_> = nearest.iter().map(|&(row, s)| json!({"row": row, "similarity": s})).collect();
        Ok(to_js(&nearest)?)
    }

    /// An embedding as a file (`npy`, `safetensors`, `csv`).
    pub fn export_embedding(&self, id: f64, format: &str) -> JsResult<Uint8Array> {
        let embedded = entry(&self.embeddings, id, "embedding")?;
        let ids = embedded.prepared.ids(embedded.side);
        Ok(Uint8Array::from(&export::table(format.parse()?, ids, &embedded.vectors)?[..]))
    }

    /// Forgets an embedding.
    pub fn remove_embedding(&self, id: f64) {
        self.embeddings.borrow_mut().remove(&(id as u32));
    }
}

/// A table as one array, row by row.
pub(super) fn floats(table: &Array2<f32>) -> JsValue {
    match table.as_slice() {
        Some(slice) => Float32Array::from(slice).into(),
        None => Float32Array::from(&table.iter().copied().collect::<Vec<_>>()[..]).into(),
    }
}

/// Cosine of every row with `row`; a zero row is like nothing. Ties go to the lower row.
fn nearest(vectors: &Array2<f32>, row: usize, n: usize) -> Vec<(usize, f64)> {
    let norm = |r: usize| vectors.row(r).iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    let dot = |a, b| -> f64 {
        vectors.row(a).iter().zip(vectors.row(b)).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
    };
    let own = norm(row);
    let cosine = |r| {
        let product = own * norm(r);
        if product > 0.0 { dot(row, r) / product } else { 0.0 }
    };
    let cosines: Vec<f64> = (0..vectors.nrows()).map(cosine).collect();
    let best = descending(&cosines).into_iter().filter(|&r| r != row).take(n);
    best.map(|r| (r, cosines[r])).collect()
}
