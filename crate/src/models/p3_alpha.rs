//! P3α: walks of three steps on the bipartite graph.

use super::walks::{self, alpha, neighbors};
use super::{Model, ModelInput};
use crate::error::Result;
use crate::params::Method;

/// Description of P3α.
pub static METHOD: Method = Method {
    name: "p3-alpha",
    title: "P3α",
    doc: "Scores an item by the chance that a random walk of three steps from the user, over items and other users, ends there.",
    formula: "score(u, i) ∝ Σ_{j ∈ I_u} w(j, i), w(j, i) = |U_j|^−α Σ_{v ∈ U_j ∩ U_i} |I_v|^−α",
    source: "Cooper et al., WWW 2014 (companion), section 3",
    params: &[neighbors(500), alpha(1.5)],
};

/// P3α on the training part of the data.
///
/// # Errors
/// None.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    Ok(walks::build(input, 0.0))
}

#[cfg(test)]
mod tests {
    use super::super::walks::tests::equals_dense;
    use super::*;
    use serde_json::json;

    #[test]
    fn equals_the_dense_walk() {
        equals_dense(&METHOD, build, &json!({ "alpha": 1.0, "neighbors": 25 }), [1.0, 0.0], 25);
        equals_dense(&METHOD, build, &json!({ "alpha": 1.7, "neighbors": 25 }), [1.7, 0.0], 25);
    }
}
