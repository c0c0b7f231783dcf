//! Sampled softmax of cosines: a user's item should be found among sampled ones.

use super::negatives::{self, Sampling};
use super::{Loss, SHORTEST, Vectors};
use crate::autodiff::Var;
use crate::params::{Kind, Method, Param, Params};

/// Description of SSM.
pub static METHOD: Method = Method {
    name: "ssm",
    title: "SSM",
    doc: "Sampled softmax: each training item should have a larger share of e^(cosine / τ) than randomly drawn items.",
    formula: "L = −mean ln( e^{cos(u,i)/τ} / (e^{cos(u,i)/τ} + Σ_j e^{cos(u,j)/τ}) )",
    source: "Wu et al., TOIS 2024; KDD 2025, eq. 7",
    params: &[
        Param {
            name: "temperature",
            title: "temperature τ",
            doc: "How sharply cosines are told apart: the lower, the more the hardest negatives count.",
            unit: "",
            kind: Kind::Float { min: 0.01, max: 10.0, default: 0.2, log: true },
        },
        negatives::count(20),
        negatives::reject_known(false),
        negatives::POOL,
    ],
};

/// SSM from its parameters.
pub fn build(params: &Params) -> Box<dyn Loss> {
    Box::new(Ssm { sampling: Sampling::new(params), temperature: params.f32("temperature") })
}

struct Ssm {
    sampling: Sampling,
    temperature: f32,
}

impl Loss for Ssm {
    fn sampling(&self) -> Sampling {
        self.sampling
    }

    fn value(&self, _: &[Var], vectors: &Vectors<'_>) -> Var {
        let (user, item) = (vectors.user.normalize_rows(SHORTEST), vectors.item.normalize_rows(SHORTEST));
        let (pairs, k) = (vectors.rows.user.len(), vectors.rows.n_negatives());
        let positive = vectors.of_pairs(&user, &item).affine(1.0 / self.temperature, 0.0);
        let negative = vectors.of_negatives(&user, &item).affine(1.0 / self.temperature, 0.0);
        let all = positive.reshape(&[pairs, 1]).concat(&negative.reshape(&[pairs, k]));
        all.log_sum_exp_rows().sub(&positive).mean()
    }
}
