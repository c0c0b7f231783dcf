//! RP3β: P3α with a penalty on popular items.

use super::walks::{self, alpha, neighbors};
use super::{Model, ModelInput};
use crate::error::Result;
use crate::params::{Kind, Method, Param};

/// Description of RP3β.
pub static METHOD: Method = Method {
    name: "rp3-beta",
    title: "RP3β",
    doc: "P3α whose weights are divided by a power of the item's popularity, so that the walk ends less often at items that all walks reach.",
    formula: "score(u, i) ∝ Σ_{j ∈ I_u} w(j, i), w(j, i) = |U_j|^−α Σ_{v ∈ U_j ∩ U_i} |I_v|^−α / |U_i|^β",
    source: "Paudel et al., ACM TiiS 7(1), 2017 (with the exponent α of Cooper et al., WWW 2014)",
    params: &[
        neighbors(500),
        alpha(0.8),
        Param {
            name: "beta",
            title: "exponent β",
            doc: "Power of the item's popularity that divides its weights: 0 is P3α.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 5.0, default: 0.6, log: false },
        },
    ],
};

/// RP3β on the training part of the data.
///
/// # Errors
/// None.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let beta = input.params.f64("beta");
    Ok(walks::build(input, beta))
}

#[cfg(test)]
mod tests {
    use super::super::walks::tests::equals_dense;
    use super::*;
    use serde_json::json;

    #[test]
    fn equals_the_dense_walk() {
        let given = json!({ "alpha": 0.8, "beta": 0.6, "neighbors": 7 });
        equals_dense(&METHOD, build, &given, [0.8, 0.6], 7);
        equals_dense(&METHOD, build, &json!({ "alpha": 1.0, "beta": 0.0, "neighbors": 25 }), [1.0, 0.0], 25);
    }
}
