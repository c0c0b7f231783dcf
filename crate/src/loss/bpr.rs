//! Bayesian personalised ranking: a user's item should score above a sampled one.

use super::by_hand::{self, ByHand};
use super::negatives::{self, Sampling};
use super::{Loss, Vectors};
use crate::autodiff::Var;
use crate::params::{Method, Params};

/// Description of BPR.
pub static METHOD: Method = Method {
    name: "bpr",
    title: "BPR",
    doc: "Pushes each training item above a randomly drawn item in its user's ranking.",
    formula: "L = −mean ln σ(u·i − u·j)",
    source: "Rendle et al., UAI 2009; KDD 2025, eq. 6",
    params: &[negatives::count(1), negatives::reject_known(true), negatives::POOL],
};

/// BPR from its parameters.
pub fn build(params: &Params) -> Box<dyn Loss> {
    Box::new(Bpr { sampling: Sampling::new(params) })
}

struct Bpr {
    sampling: Sampling,
}

/// `−mean ln σ(u·i − u·j)`, one element.
pub(super) fn value(vectors: &Vectors<'_>) -> Var {
    let Vectors { user, item, rows } = vectors;
    let [pairs, k] = [rows.user.len(), rows.n_negatives()];
    // A row for each negative of a pair, k × B, to which the scores of the positives are added.
    let negatives = vectors.of_negatives(user, item).affine(-1.0, 0.0).reshape(&[pairs, k]).transpose();
    let differences = negatives.add_to_rows(&vectors.of_pairs(user, item));
    differences.log_sigmoid().mean().affine(-1.0, 0.0)
}

impl Loss for Bpr {
    fn sampling(&self) -> Sampling {
        self.sampling
    }

    fn value(&self, _: &[Var], vectors: &Vectors<'_>) -> Var {
        value(vectors)
    }

    fn by_hand(&self) -> Option<Box<dyn ByHand>> {
        Some(Box::new(by_hand::Bpr::default()))
    }
}
