//! Scores from item–item weights: what ItemKNN, SLIM and the random walks share.
//!
//! `score(u, i) = Σ_{j ∈ I_u} w(j, i)`, where each item's list holds either the weights that come to it
//! (neighbours, regression) or those that go out from it (walks).

use super::lists::{Lists, Neighbour, best};
use super::{Model, Query, Tensor, at_hand, score_each};
use crate::data::interactions::Split;
use crate::error::Result;
use crate::task::LocalFuture;
use std::rc::Rc;

/// How the weights of one item's list are found.
pub(super) trait FindWeights {
    /// Which weights the list of item `i` holds.
    const DIRECTION: Direction;

    /// About how many additions the list of `item` takes.
    fn work(&self, item: usize) -> usize;

    /// The list of `item`: at most `k` others with positive weight, best first.
    fn find(&mut self, item: u32, k: usize, split: &Split) -> Vec<Neighbour>;
}

/// What the list of item `i` holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Direction {
    /// `w(j, i)`: from which other items its score comes.
    Incoming,
    /// `w(i, j)`: to which other items its score goes.
    Outgoing,
}

/// A model of item–item weights.
pub(super) struct ItemWeights<F> {
    split: Rc<Split>,
    find: F,
    lists: Lists,
    /// The lists of the other direction; empty until all are found.
    inverse: Vec<Vec<Neighbour>>,
}

impl<F: FindWeights> ItemWeights<F> {
    /// Lists of at most `k` items each, none found yet.
    pub(super) fn new(split: Rc<Split>, k: usize, find: F) -> Self {
        let lists = Lists::new(split.n_items, k, |item| find.work(item));
        Self { split, find, lists, inverse: Vec::new() }
    }

    fn finish(&mut self, found: bool) {
        self.inverse = if found { self.lists.inverse() } else { Vec::new() };
    }

    /// The weights of `item` in this direction; none before all are found.
    fn weights(&self, item: u32, direction: Direction) -> &[Neighbour] {
        if self.inverse.is_empty() {
            &[]
        } else if direction == F::DIRECTION {
            self.lists.of(item as usize)
        } else {
            &self.inverse[item as usize]
        }
    }
}

impl<F: FindWeights> Model for ItemWeights<F> {
    fn steps_per_epoch(&self) -> usize {
        self.lists.n_blocks()
    }

    fn is_iterative(&self) -> bool {
        false
    }

    fn step(&mut self) -> Result<Option<f64>> {
        let (find, split, k) = (&mut self.find, &self.split, self.lists.k());
        let found = self.lists.step(|item| find.find(item as u32, k, split));
        self.finish(found);
        Ok(Some(0.0))
    }

    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        score_each(queries, scores, |query, scores| {
            scores.fill(0.0);
            let history = query.user.map_or(query.history, |user| self.split.train.row(user as usize));
            for &item in history {
                for &(to, weight) in self.weights(item, Direction::Outgoing) {
                    scores[to as usize] += weight;
                }
            }
        })
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        let incoming = self.weights(item, Direction::Incoming).to_vec();
        // Only lists that were found this way are in order; few of the others are ever asked for.
        best(incoming, n)
    }

    fn state(&self) -> LocalFuture<'_, Result<Vec<Tensor>>> {
        at_hand(self.lists.state())
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        let found = self.lists.restore(state)?;
        self.finish(found);
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::ModelFn;
    use crate::data::interactions::Sequences;
    use crate::models::ModelInput;
    use crate::params::{Method, Params};
    use crate::rng::Seed;
    use crate::task::now;
    use ndarray::Array2;
    use rand::RngExt;
    use serde_json::Value;

    /// 40 users and 25 items in three groups; the last item occurs nowhere.
    pub fn small_split() -> Split {
        let mut rng = Seed(11).stream("test");
        let rows: Vec<Vec<u32>> = (0..40_u32)
            .map(|u| {
                (0..24).filter(|i| rng.random::<f64>() < if i % 3 == u % 3 { 0.5 } else { 0.1 }).collect()
            })
            .collect();
        let none = Sequences::from_rows(vec![[0_u32; 0]; 40]);
        Split {
            n_users: 40,
            n_items: 25,
            train: Sequences::from_rows(rows),
            validation: none.clone(),
            test: none,
        }
    }

    /// R as a dense matrix, users × items.
    pub fn dense(split: &Split) -> Array2<f64> {
        let mut r = Array2::zeros((split.n_users, split.n_items));
        split.train.pairs().for_each(|(u, i)| r[(u as usize, i as usize)] = 1.0);
        r
    }

    /// Fits a model and gives W (`n_items × n_items`, from row to column): the scores of one-item histories.
    pub fn fitted_weights(method: &'static Method, build: ModelFn, params: &Value) -> Array2<f64> {
        let check = |m, v: &Value| Params::check(m, v.as_object().unwrap(), "").unwrap();
        let params = check(method, params);
        let other = Params::defaults(crate::catalog::train());
        let split = Rc::new(small_split());
        let mut model = build(ModelInput {
            params: &params,
            split: split.clone(),
            tables: None,
            loss: &other,
            regularizer: &other,
            optimizer: &other,
            train: &other,
            device: Rc::new(crate::linalg::Cpu::new()),
            seed: Seed(1),
        })
        .unwrap();
        for _ in 0..model.steps_per_epoch() {
            model.step().unwrap();
        }
        let mut weights = Array2::zeros((split.n_items, split.n_items));
        let mut scores = vec![0.0; split.n_items];
        for item in 0..split.n_items as u32 {
            now(model.score(&[Query { user: None, history: &[item] }], &mut scores)).unwrap();
            for (to, &s) in scores.iter().enumerate() {
                weights[(item as usize, to)] = f64::from(s);
            }
        }
        weights
    }

    /// Largest difference of two matrices.
    pub fn difference(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
        (a - b).iter().fold(0.0, |m, d| m.max(d.abs()))
    }
}
