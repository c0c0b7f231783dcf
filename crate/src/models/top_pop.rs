//! TopPop: everybody gets what most people have.

use super::{Model, ModelInput, Query, Tensor, at_hand, named, score_each};
use crate::data::interactions::Split;
use crate::error::Result;
use crate::params::Method;
use crate::task::LocalFuture;
use ndarray::Array2;
use std::rc::Rc;

/// Description of TopPop.
pub static METHOD: Method = Method {
    name: "top-pop",
    title: "TopPop",
    doc: "Recommends to everybody the items with the most training interactions.",
    formula: "score(u, i) = |{v : R_vi = 1}|",
    source: "Zhang et al., KDD 2021, section 5 (baseline)",
    params: &[],
};

/// TopPop on the training part of the data.
///
/// # Errors
/// None.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let counts = vec![0.0; input.split.n_items];
    Ok(Box::new(TopPop { split: input.split, counts }))
}

struct TopPop {
    split: Rc<Split>,
    /// Training interactions of each item; exact up to 2²⁴.
    counts: Vec<f32>,
}

impl Model for TopPop {
    fn steps_per_epoch(&self) -> usize {
        1
    }

    fn is_iterative(&self) -> bool {
        false
    }

    fn step(&mut self) -> Result<Option<f64>> {
        self.counts = self.split.train.counts(self.split.n_items).iter().map(|&c| c as f32).collect();
        Ok(Some(0.0))
    }

    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        score_each(queries, scores, |_, scores| scores.copy_from_slice(&self.counts))
    }

    /// Nothing: popularity has no reason but popularity.
    fn similar_items(&self, _: u32, _: usize) -> Vec<(u32, f32)> {
        Vec::new()
    }

    fn state(&self) -> LocalFuture<'_, Result<Vec<Tensor>>> {
        let values = Array2::from_shape_vec((1, self.counts.len()), self.counts.clone()).expect("one row");
        at_hand(vec![Tensor { name: "counts".into(), values }])
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        let counts = named(state, "counts", (1, self.counts.len()))?;
        self.counts = counts.values.iter().copied().collect();
        Ok(())
    }
}
