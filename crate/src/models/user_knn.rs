//! UserKNN: what the most similar users have.

use super::lists::Neighbour;
use super::neighbours::{Neighbourhoods, PARAMS};
use super::{Model, ModelInput, Query, Tensor, at_hand, score_each};
use crate::data::interactions::{Sequences, Split};
use crate::error::Result;
use crate::params::Method;
use crate::task::LocalFuture;
use std::rc::Rc;

/// Description of UserKNN.
pub static METHOD: Method = Method {
    name: "user-knn",
    title: "UserKNN",
    doc: "Scores an item by the summed similarity of those of the user's nearest users who have it.",
    formula: "score(u, i) = Σ_{v ∈ N_k(u)} sim(u, v) · R_vi",
    source: "Zhang et al., KDD 2021, section 5 (baseline)",
    params: PARAMS,
};

/// UserKNN on the training part of the data.
///
/// # Errors
/// None.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let holders = input.split.train.transpose(input.split.n_items);
    let neighbours = Neighbourhoods::new(input.params, &input.split.train, &holders);
    Ok(Box::new(UserKnn { split: input.split, holders, neighbours }))
}

struct UserKnn {
    split: Rc<Split>,
    /// Users of each item.
    holders: Sequences,
    neighbours: Neighbourhoods,
}

impl Model for UserKnn {
    fn steps_per_epoch(&self) -> usize {
        self.neighbours.n_blocks()
    }

    fn is_iterative(&self) -> bool {
        false
    }

    fn step(&mut self) -> Result<Option<f64>> {
        self.neighbours.step(&self.split.train, &self.holders);
        Ok(Some(0.0))
    }

    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        score_each(queries, scores, |query, scores| {
            let new;
            let neighbours: &[Neighbour] = match query.user {
                Some(user) => self.neighbours.of(user as usize),
                None => {
                    new = self.neighbours.of_new(query.history, &self.split.train, &self.holders);
                    &new
                }
            };
            scores.fill(0.0);
            for &(neighbour, similarity) in neighbours {
                for &item in self.split.train.row(neighbour as usize) {
                    scores[item as usize] += similarity;
                }
            }
        })
    }

    /// The items whose users overlap most with this item's, by the model's own similarity.
    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        let (sets, holders) = (&self.holders, &self.split.train);
        let mut common = vec![0; sets.n_rows()];
        let own = sets.row(item as usize);
        self.neighbours.overlap().nearest(own, Some(item), n, sets, holders, &mut common)
    }

    fn state(&self) -> LocalFuture<'_, Result<Vec<Tensor>>> {
        at_hand(self.neighbours.state())
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        self.neighbours.restore(state).map(drop)
    }
}
