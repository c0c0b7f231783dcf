//! ReSN: BPR with a penalty on the largest singular value of the scores, along which popularity lies.

use super::negatives::{self, Sampling};
use super::{Loss, Vectors, bpr};
use crate::autodiff::Var;
use crate::params::{Kind, Method, Param, Params};

/// Added to the denominator, which vanishes where all scores do.
const TINY: f32 = 1e-12;

/// Description of ReSN.
pub static METHOD: Method = Method {
    name: "resn",
    title: "BPR with ReSN",
    doc: "BPR that also holds down the spectral norm of the batch's scores, whose first singular vector is the items' popularity: a debiasing baseline.",
    formula: "L = L_BPR + γ · ‖U VᵀV Uᵀ1‖² / ‖V Uᵀ1‖² / (n_u n_i)",
    source: "Lin et al., WSDM 2025; KDD 2025, section D.2",
    params: &[
        Param {
            name: "gamma",
            title: "weight γ",
            doc: "Weight of the penalty, which is divided by the number of scores so that it does not depend on the batch's size.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 1e6, default: 0.1, log: true },
        },
        negatives::count(1),
        negatives::reject_known(true),
        negatives::POOL,
    ],
};

/// ReSN from its parameters.
pub fn build(params: &Params) -> Box<dyn Loss> {
    Box::new(Resn { sampling: Sampling::new(params), gamma: params.f32("gamma") })
}

struct Resn {
    sampling: Sampling,
    gamma: f32,
}

/// `‖Y v‖²` with `v = Yᵀ1 / ‖Yᵀ1‖` of the scores `Y = U Vᵀ`, which is never formed: about its largest squared
/// singular value where all scores lean the same way.
fn squared_norm(user: &Var, item: &Var) -> Var {
    let d = user.shape()[1];
    let sums = item.matmul(&user.sum_columns().reshape(&[d, 1]));
    let folded = item.transpose().matmul(&sums);
    let scores = user.matmul(&folded);
    scores.square().sum().div(&sums.square().sum().affine(1.0, TINY))
}

impl Loss for Resn {
    fn sampling(&self) -> Sampling {
        self.sampling
    }

    fn value(&self, _: &[Var], vectors: &Vectors<'_>) -> Var {
        let (user, item) = (vectors.user, vectors.positives(vectors.item));
        let entries = (user.shape()[0] * item.shape()[0]) as f32;
        bpr::value(vectors).add(&squared_norm(user, &item).affine(self.gamma / entries, 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::{Device, Tape, Tensor};
    use crate::linalg::Cpu;
    use crate::loss::rows::{example, plain_bpr};
    use std::rc::Rc;

    /// Scores of rank one have one singular value, ‖a‖·‖b‖, and the estimate is exact.
    #[test]
    fn of_rank_one_it_is_the_squared_singular_value() {
        let device: Device = Rc::new(Cpu::new());
        let tape = Tape::new(&device);
        let column = |values: &[f32]| tape.constant(&Tensor::from_slice(&device, &[values.len(), 1], values));
        let norm = squared_norm(&column(&[1.0, 2.0, 3.0]), &column(&[2.0, -1.0]));
        let value = norm.value().read_now().unwrap()[0];
        assert!((value - 14.0 * 5.0).abs() < 1e-4, "{value}");
    }

    /// The formula by plain loops.
    #[test]
    fn adds_the_penalty_of_the_batchs_scores() {
        let mut loss = Resn { sampling: Sampling::uniform(1, false), gamma: 2.0 };
        example(&mut loss, &[1; 4], |found, [user, item], rows| {
            let pick = |table: &ndarray::Array2<f64>, of: &[u32]| {
                table.select(ndarray::Axis(0), &of.iter().map(|&r| r as usize).collect::<Vec<_>>())
            };
            let scores = pick(user, &rows.users).dot(&pick(item, &rows.items[..rows.n_positives]).t());
            let sums = scores.sum_axis(ndarray::Axis(0));
            let along = scores.dot(&sums);
            let penalty = 2.0 * along.dot(&along) / sums.dot(&sums) / scores.len() as f64;
            let expected = plain_bpr(user, item, rows) + penalty;
            assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
        });
    }
}
