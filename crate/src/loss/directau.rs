//! DirectAU: users near their items, users and items each spread over the sphere.

use super::negatives::Sampling;
use super::{Loss, SHORTEST, Vectors};
use crate::autodiff::Var;
use crate::params::{Kind, Method, Param, Params};

/// The sharpness t of the uniformity's potentials in all of these papers.
pub(super) const SHARPNESS: f32 = 2.0;

/// Description of DirectAU.
pub static METHOD: Method = Method {
    name: "directau",
    title: "DirectAU",
    doc: "Alignment of each user with its items, and uniformity of the batch's distinct users and items on the sphere; draws no negatives.",
    formula: "L = mean ‖û−î‖² + γ·½·( ln mean_{a<b} e^{−2‖û_a−û_b‖²} + ln mean_{a<b} e^{−2‖î_a−î_b‖²} )",
    source: "Wang et al., KDD 2022; KDD 2025, eq. 8 and 9",
    params: &[Param {
        name: "gamma",
        title: "uniformity γ",
        doc: "Weight of the uniformity.",
        unit: "",
        kind: Kind::Float { min: 0.0, max: 100.0, default: 1.0, log: true },
    }],
};

/// DirectAU from its parameters.
pub fn build(params: &Params) -> Box<dyn Loss> {
    Box::new(DirectAu { gamma: params.f32("gamma") })
}

struct DirectAu {
    gamma: f32,
}

impl Loss for DirectAu {
    fn sampling(&self) -> Sampling {
        Sampling::NONE
    }

    fn value(&self, _: &[Var], vectors: &Vectors<'_>) -> Var {
        let (user, item) = (vectors.user.normalize_rows(SHORTEST), vectors.item.normalize_rows(SHORTEST));
        // ‖û − î‖² = 2 − 2 cos(u, i)
        let alignment = vectors.of_pairs(&user, &item).mean().affine(-2.0, 2.0);
        let uniformity = user.uniformity(SHARPNESS).add(&vectors.positives(&item).uniformity(SHARPNESS));
        alignment.add(&uniformity.affine(0.5 * self.gamma, 0.0))
    }
}
