//! ItemKNN: items like those the user has.

use super::neighbours::{Neighbour, Neighbourhoods, PARAMS};
use super::{Model, ModelInput, Query, Tensor};
use crate::data::interactions::{Sequences, Split};
use crate::error::Result;
use crate::params::Method;
use std::rc::Rc;

/// Description of ItemKNN.
pub static METHOD: Method = Method {
    name: "item-knn",
    title: "ItemKNN",
    doc: "Scores an item by the summed similarity of those of its nearest items that the user has.",
    formula: "score(u, i) = Σ_{j ∈ N_k(i)} sim(i, j) · R_uj",
    source: "Zhang et al., KDD 2021, section 5 (baseline)",
    params: PARAMS,
};

/// ItemKNN on the training part of the data.
///
/// # Errors
/// None.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let users_of = input.split.train.transpose(input.split.n_items);
    let neighbours = Neighbourhoods::new(input.params, &users_of, &input.split.train);
    Ok(Box::new(ItemKnn { split: input.split, users_of, neighbours, votes: Vec::new() }))
}

struct ItemKnn {
    split: Rc<Split>,
    /// Users of each item.
    users_of: Sequences,
    neighbours: Neighbourhoods,
    /// For each item j, the items that have j among their neighbours; empty until all are found.
    votes: Vec<Vec<Neighbour>>,
}

impl ItemKnn {
    fn finish(&mut self, found: bool) {
        self.votes = if found { self.neighbours.inverse() } else { Vec::new() };
    }
}

impl Model for ItemKnn {
    fn steps_per_epoch(&self) -> usize {
        self.neighbours.n_blocks()
    }

    fn is_iterative(&self) -> bool {
        false
    }

    fn step(&mut self) -> Result<f64> {
        let found = self.neighbours.step(&self.users_of, &self.split.train);
        self.finish(found);
        Ok(0.0)
    }

    fn score(&self, query: Query<'_>, scores: &mut [f32]) {
        scores.fill(0.0);
        let history = query.user.map_or(query.history, |user| self.split.train.row(user as usize));
        for votes in history.iter().filter_map(|&item| self.votes.get(item as usize)) {
            for &(item, similarity) in votes {
                scores[item as usize] += similarity;
            }
        }
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        self.neighbours.of(item as usize).iter().take(n).copied().collect()
    }

    fn state(&self) -> Vec<Tensor> {
        self.neighbours.state()
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        let found = self.neighbours.restore(state)?;
        self.finish(found);
        Ok(())
    }
}
