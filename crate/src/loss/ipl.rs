//! IPL: BPR whose items are to gain interactions in proportion to their quality, not to their exposure.

use super::negatives::{self, Sampling};
use super::{Loss, Own, Vectors, bpr};
use crate::autodiff::Var;
use crate::autodiff::ops::SparseMatrix;
use crate::linalg::Csr;
use crate::params::{Kind, Method, Param, Params};

/// A variance counts as at least this: the root has no slope at 0.
const LEAST_VARIANCE: f32 = 1e-20;

/// Description of IPL.
pub static METHOD: Method = Method {
    name: "ipl",
    title: "BPR with IPL",
    doc: "BPR that also evens out how much predicted interest the batch's items get for their number of interactions: a debiasing baseline.",
    formula: "L = L_BPR + γ · std_i( Σ_u σ(u·i) / r_i^(2−c) )",
    source: "Liu et al., SIGIR 2023; KDD 2025, section D.2",
    params: &[
        Param {
            name: "gamma",
            title: "weight γ",
            doc: "Weight of the deviation.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 1e6, default: 1.0, log: true },
        },
        Param {
            name: "exponent",
            title: "exponent c",
            doc: "How far an item's number of interactions r speaks for its quality: the fair share grows with r^c.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 2.0, default: 1.0, log: false },
        },
        negatives::count(1),
        negatives::reject_known(true),
        negatives::POOL,
    ],
};

/// IPL from its parameters.
pub fn build(params: &Params) -> Box<dyn Loss> {
    Box::new(Ipl {
        sampling: Sampling::new(params),
        gamma: params.f32("gamma"),
        exponent: params.f64("exponent"),
        weights: Vec::new(),
    })
}

struct Ipl {
    sampling: Sampling,
    gamma: f32,
    exponent: f64,
    /// 1 / r^(2−c) of each item.
    weights: Vec<f32>,
}

impl Ipl {
    /// The matrix (`n_positives × B`) that sums the pairs of each item, divided by r^(2−c).
    fn sums(&self, vectors: &Vectors<'_>) -> Csr {
        let (rows, n) = (vectors.rows, vectors.rows.n_positives);
        let mut offsets = vec![0; n + 1];
        rows.positive.iter().for_each(|&item| offsets[item as usize + 1] += 1);
        (0..n).for_each(|item| offsets[item + 1] += offsets[item]);
        let (mut next, mut pairs) = (offsets.clone(), vec![0; rows.positive.len()]);
        for (pair, &item) in rows.positive.iter().enumerate() {
            pairs[next[item as usize]] = pair as u32;
            next[item as usize] += 1;
        }
        let weight = |&pair: &u32| self.weights[rows.items[rows.positive[pair as usize] as usize] as usize];
        let values = pairs.iter().map(weight).collect();
        Csr::new(rows.positive.len(), offsets, pairs, values)
    }
}

impl Loss for Ipl {
    fn sampling(&self) -> Sampling {
        self.sampling
    }

    fn begin(&mut self, own: &mut Own<'_>) {
        let weight = |&count: &u32| f64::from(count.max(1)).powf(self.exponent - 2.0) as f32;
        self.weights = own.item_counts.iter().map(weight).collect();
    }

    fn value(&self, _: &[Var], vectors: &Vectors<'_>) -> Var {
        let Vectors { user, item, rows } = vectors;
        let interest = vectors.of_pairs(user, item).sigmoid().reshape(&[rows.user.len(), 1]);
        let matrix = SparseMatrix::new(user.value().device(), &self.sums(vectors));
        let shares = interest.propagate(&matrix);
        let mean = shares.sum_columns().affine(-1.0 / rows.n_positives as f32, 0.0);
        let deviation = shares.add_to_rows(&mean).square().mean().max(LEAST_VARIANCE).sqrt();
        bpr::value(vectors).add(&deviation.affine(self.gamma, 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::rows::{example, plain_bpr, sigmoid};

    /// The formula by plain loops: two of the three pairs have the same item.
    #[test]
    fn adds_the_deviation_of_the_items_shares() {
        let (gamma, exponent) = (3.0_f32, 0.5);
        let sampling = Sampling::uniform(1, false);
        let mut loss = Ipl { sampling, gamma, exponent, weights: Vec::new() };
        example(&mut loss, &[4, 2, 9, 0], |found, [user, item], rows| {
            let dot = |a: u32, b: u32| user.row(a as usize).dot(&item.row(b as usize));
            let counts = [4.0_f64, 2.0, 9.0, 1.0];
            let mut shares = vec![0.0; rows.n_positives];
            for (&u, &i) in rows.user.iter().zip(&rows.positive) {
                let weight = counts[rows.items[i as usize] as usize].powf(exponent - 2.0);
                shares[i as usize] += sigmoid(dot(rows.users[u as usize], rows.items[i as usize])) * weight;
            }
            let mean = shares.iter().sum::<f64>() / shares.len() as f64;
            let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / shares.len() as f64;
            let expected = plain_bpr(user, item, rows) + f64::from(gamma) * variance.sqrt();
            assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
        });
    }
}
