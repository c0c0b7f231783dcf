//! SLIM: a sparse linear model that explains each item by others.
//!
//! Column `i` of W minimises `½ ‖r_i − R w‖² + ½ λ₂ ‖w‖² + λ₁ ‖w‖₁` over `w ≥ 0`, `w_i = 0`, where `r_i` is the
//! item's column of R. Coordinate descent solves it exactly (Friedman et al., J. Stat. Softw. 2010): in turn
//! each weight takes the value that is best while the others stay.

use super::item_knn::NearestItems;
use super::item_weights::{Direction, FindWeights, ItemWeights};
use super::lists::{Neighbour, best};
use super::neighbours::Overlap;
use super::{Model, ModelInput};
use crate::data::interactions::Split;
use crate::error::Result;
use crate::params::{Kind, Method, Param};

/// Description of SLIM.
pub static METHOD: Method = Method {
    name: "slim",
    title: "SLIM",
    doc: "Learns for each item the few other items, with non-negative weights, that best predict who has it.",
    formula: "score(u, i) = Σ_{j ∈ I_u} w_ji, W = argmin ½ ‖R − R W‖² + ½ λ₂ ‖W‖² + λ₁ ‖W‖₁, W ≥ 0, diag W = 0",
    source: "Ning & Karypis, ICDM 2011, eq. 4 (with neighbours as candidates: fsSLIM, section 3.4)",
    params: &[
        Param {
            name: "l1",
            title: "sparsity λ₁",
            doc: "Weight of the sum of weights: larger values leave fewer items in each explanation.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 1000.0, default: 5.0, log: true },
        },
        Param {
            name: "l2",
            title: "shrinkage λ₂",
            doc: "Weight of the squared weights: larger values spread an explanation over more items.",
            unit: "",
            kind: Kind::Float { min: 0.001, max: 100_000.0, default: 1.0, log: true },
        },
        Param {
            name: "neighbors",
            title: "candidates",
            doc: "From how many items, nearest by cosine, an item may be explained; as many as there are items gives all.",
            unit: "",
            kind: Kind::Int { min: 1, max: 10_000, default: 200 },
        },
    ],
};

/// A weight that moves by less than this no longer counts as moving.
const TOLERANCE: f64 = 1e-5;
/// Sweeps over all candidates at most; between two of them only weights that are not zero move.
const MAX_SWEEPS: usize = 50;
/// Sweeps over the weights that are not zero, at most, after each sweep over all.
const MAX_INNER: usize = 50;
/// What an item's regression takes, roughly, in passes over the interactions of its candidates: a few over all of
/// them, more over the few whose weights are not zero.
const PASSES: usize = 12;

/// SLIM on the training part of the data.
///
/// # Errors
/// None.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let params = input.params;
    let k = params.usize("neighbors");
    let nearest = NearestItems::new(Overlap::cosine(), &input.split);
    let find = Regression {
        l1: params.f64("l1"),
        l2: params.f64("l2"),
        per_item: k.min(input.split.n_items) * input.split.train.len() / input.split.n_items.max(1),
        nearest,
        residual: vec![0.0; input.split.n_users],
    };
    Ok(Box::new(ItemWeights::new(input.split, k, find)))
}

struct Regression {
    l1: f64,
    l2: f64,
    /// Interactions of an item's candidates, on average.
    per_item: usize,
    nearest: NearestItems,
    /// Scratch: `r_i − R w` of the item in hand, all zeros before and after.
    residual: Vec<f64>,
}

impl FindWeights for Regression {
    const DIRECTION: Direction = Direction::Incoming;

    fn work(&self, item: usize) -> usize {
        self.nearest.work(item) + PASSES * self.per_item
    }

    fn find(&mut self, item: u32, k: usize, split: &Split) -> Vec<Neighbour> {
        // An item that shares no user with this one cannot lower the error by a positive weight.
        let candidates = self.nearest.find(item, k, split);
        for &user in self.nearest.users_of.row(item as usize) {
            self.residual[user as usize] = 1.0;
        }
        let mut weights = vec![0.0; candidates.len()];
        let everything: Vec<usize> = (0..candidates.len()).collect();
        for _ in 0..MAX_SWEEPS {
            if self.sweep(&everything, &candidates, &mut weights) < TOLERANCE {
                break;
            }
            let active: Vec<usize> = everything.iter().copied().filter(|&c| weights[c] > 0.0).collect();
            for _ in 0..MAX_INNER {
                if self.sweep(&active, &candidates, &mut weights) < TOLERANCE {
                    break;
                }
            }
        }
        self.residual.fill(0.0);
        let weighted = candidates.iter().zip(weights).map(|(&(other, _), w)| (other, w as f32));
        best(weighted.filter(|(_, w)| *w > 0.0).collect(), k)
    }
}

impl Regression {
    /// Sets each of these candidates' weights to its best value; returns the largest change.
    fn sweep(&mut self, of: &[usize], candidates: &[Neighbour], weights: &mut [f64]) -> f64 {
        let mut largest = 0.0_f64;
        for &c in of {
            let users = self.nearest.users_of.row(candidates[c].0 as usize);
            let (n, old) = (users.len() as f64, weights[c]);
            let fit = users.iter().map(|&u| self.residual[u as usize]).sum::<f64>() + n * old;
            let new = (fit - self.l1).max(0.0) / (n + self.l2);
            let change = new - old;
            if change != 0.0 {
                weights[c] = new;
                users.iter().for_each(|&u| self.residual[u as usize] -= change);
                largest = largest.max(change.abs());
            }
        }
        largest
    }
}

#[cfg(test)]
mod tests {
    use super::super::item_weights::tests::{dense, difference, fitted_weights, small_split};
    use super::*;
    use ndarray::Array2;
    use serde_json::json;

    /// The same minimum by projected gradient descent on dense matrices: another method, so another way to err.
    fn by_gradient(l1: f64, l2: f64) -> Array2<f64> {
        let r = dense(&small_split());
        let gram = r.t().dot(&r);
        // The trace bounds the largest eigenvalue.
        let rate = 1.0 / (gram.diag().sum() + l2);
        let mut w = Array2::<f64>::zeros(gram.dim());
        for _ in 0..30_000 {
            let gradient = gram.dot(&w) - &gram + &(l2 * &w) + l1;
            w.zip_mut_with(&gradient, |w, g| *w = (*w - rate * g).max(0.0));
            w.diag_mut().fill(0.0);
        }
        w
    }

    #[test]
    fn equals_gradient_descent_on_dense_matrices() {
        for (l1, l2) in [(0.5, 2.0), (3.0, 0.5)] {
            let given = json!({ "l1": l1, "l2": l2, "neighbors": 25 });
            let (fitted, expected) = (fitted_weights(&METHOD, build, &given), by_gradient(l1, l2));
            assert!(fitted.iter().any(|w| *w > 0.1) && fitted.diag().iter().all(|w| *w == 0.0));
            let error = difference(&fitted, &expected);
            assert!(error < 1e-3, "l1 {l1}, l2 {l2}: largest difference {error}");
        }
    }

    #[test]
    fn few_candidates_leave_few_weights() {
        let fitted = fitted_weights(&METHOD, build, &json!({ "l1": 0.01, "neighbors": 3 }));
        for column in fitted.columns() {
            assert!(column.iter().filter(|w| **w > 0.0).count() <= 3);
        }
    }
}
