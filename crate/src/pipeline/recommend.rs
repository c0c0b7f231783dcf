//! Top-N items for somebody, and why.

use super::Prepared;
use crate::error::Result;
use crate::metrics::rank::top_k;
use crate::models::{Model, Query};
use serde::Serialize;

/// How many items of the history are given as reasons.
const REASONS: usize = 3;

/// How many neighbours of a recommended item are looked through for items of the history.
const NEIGHBOURS: usize = 1000;

/// One recommended item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// Number of the item in the prepared data.
    pub item: u32,
    /// Its id in the file.
    pub id: String,
    /// Its title; empty where the file gives none.
    pub title: String,
    /// The model's score: higher is better, comparable within one user only.
    pub score: f32,
    /// Items of the history nearest to this one, best first.
    pub because: Vec<Because>,
}

/// An item of the history that speaks for a recommendation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Because {
    /// Number of the item in the prepared data.
    pub item: u32,
    /// Its id in the file.
    pub id: String,
    /// Its title; empty where the file gives none.
    pub title: String,
    /// The model's own similarity of the two items.
    pub similarity: f32,
}

/// The `n` items that the model scores highest for a user of the data (`user`) or for somebody new, of whom
/// only the `history` is known. Items of the history are left out, and so are items that the model cannot
/// score. Ties go to the lower item number.
///
/// # Errors
/// Whatever the model's device failed with.
pub async fn recommend(
    model: &dyn Model,
    prepared: &Prepared,
    user: Option<u32>,
    history: &[u32],
    n: usize,
) -> Result<Vec<Recommendation>> {
    let mut scores = vec![0.0_f32; prepared.split.n_items];
    model.score(&[Query { user, history }], &mut scores).await?;
    let mut known = vec![false; scores.len()];
    history.iter().for_each(|&i| known[i as usize] = true);
    for (score, known) in scores.iter_mut().zip(&known) {
        if *known || !score.is_finite() {
            *score = f32::NEG_INFINITY;
        }
    }
    let mut best = Vec::new();
    top_k(&scores, n, &mut best);
    Ok(best
        .into_iter()
        .map(|item| Recommendation {
            item,
            id: prepared.data.items[item as usize].clone(),
            title: prepared.title(item).to_owned(),
            score: scores[item as usize],
            because: because(model, prepared, item, &known),
        })
        .collect())
}

fn because(model: &dyn Model, prepared: &Prepared, item: u32, known: &[bool]) -> Vec<Because> {
    model
        .similar_items(item, NEIGHBOURS)
        .into_iter()
        .filter(|&(i, similarity)| known[i as usize] && similarity > 0.0)
        .take(REASONS)
        .map(|(i, similarity)| Because {
            item: i,
            id: prepared.data.items[i as usize].clone(),
            title: prepared.title(i).to_owned(),
            similarity,
        })
        .collect()
}
