//! Embeddings of a side and the graphs behind them, with their report.

use super::{Clock, Prepared, Seconds};
use crate::catalog::{INITS, SIMILARITIES};
use crate::data::interactions::Side;
use crate::error::{Code, Error, Result};
use crate::graph::GraphStats;
use crate::graph::knn::{self, KnnOptions};
use crate::init::{Embedding, InitInput, prism};
use crate::params::Params;
use crate::rng::Seed;
use crate::task::Task;
use serde_json::{Value, json};

/// Embeddings and how they came about.
pub struct EmbedOutcome {
    /// One for each side asked for, in that order.
    pub embeddings: Vec<Embedding>,
    /// Seconds by stage: `graph`, `solve`.
    pub seconds: Seconds,
}

/// Embeds the sides by an initialisation, with PRISM on top where it says so, from the training part alone.
///
/// # Errors
/// [`Code::OutOfRange`] if `dim` is 0 or exceeds the smaller side; [`Code::Cancelled`]; what the method finds.
pub async fn embed(
    prepared: &Prepared,
    sides: &[Side],
    init: &Params,
    dim: usize,
    seed: Seed,
    task: &Task,
) -> Result<EmbedOutcome> {
    if dim == 0 {
        let e = Error::new(Code::OutOfRange, "0 is not a whole number from 1");
        return Err(e.for_key("dim").with_value("0"));
    }
    let &(_, build) = INITS.find(init.method.name)?;
    let clock = Clock::start(task, "solve");
    let input = InitInput { split: &prepared.split, dim, seed };
    let mut embeddings = build(init, &input, sides, clock.task()).await?;
    prism::apply(init, &prepared.split, sides, &mut embeddings);
    Ok(EmbedOutcome { embeddings, seconds: clock.stop() })
}

impl EmbedOutcome {
    /// The report of the first embedding: data, `config`, `side`, `graph`, `eigenvalues` (or
    /// `singular_values`), `residuals`, `products`, `seconds`.
    pub fn report(&self, prepared: &Prepared, side: Side, init: &Params, seed: Seed) -> Value {
        let embedding = &self.embeddings[0];
        let mut out = prepared.report();
        out["config"]["seed"] = seed.0.into();
        out["side"] = json!(side);
        out["init"] = init.to_json();
        out["dim"] = embedding.vectors.ncols().into();
        if let Some(graph) = &embedding.graph {
            out["graph"] = json!(graph);
        }
        if !embedding.values.is_empty() {
            // Only methods that build a graph solve for eigenvalues; the others' are singular values.
            let key = if embedding.graph.is_some() { "eigenvalues" } else { "singular_values" };
            out[key] = json!(embedding.values);
            out["residuals"] = json!(embedding.residuals);
            out["products"] = embedding.products.into();
        }
        let mut seconds = Seconds::default();
        seconds.add("parse", prepared.parse_seconds);
        self.seconds.iter().for_each(|(stage, s)| seconds.add(stage, s));
        out["seconds"] = seconds.to_json();
        out
    }
}

/// The KNN graph of a side in numbers, with the degree of every node.
///
/// # Errors
/// [`Code::OutOfRange`] unless 1 ≤ `k` < n; [`Code::UnknownName`] for the similarity; [`Code::Cancelled`].
pub async fn knn_graph(
    prepared: &Prepared,
    side: Side,
    k: usize,
    similarity: &str,
    task: &Task,
) -> Result<(GraphStats, Vec<f64>)> {
    let &(_, similarity) = SIMILARITIES.find(similarity)?;
    let nodes = match side {
        Side::User => "users",
        Side::Item => "items",
    };
    let graph =
        knn::knn_graph(&prepared.split.train_matrix(side), &KnnOptions { k, similarity, nodes }, task)
            .await?;
    Ok((graph.stats(), graph.degrees))
}
