//! L2 with one strength for everything: what λOpt is compared with.

use super::Regularizer;
use super::weight_decay::WeightDecay;
use crate::params::{Kind, Method, Param, Params};

/// Description of the fixed penalty.
pub static METHOD: Method = Method {
    name: "fixed",
    title: "Fixed λ (KDD'19)",
    doc: "A penalty on the squared lengths of the rows that a batch names, negatives included, with the same strength for all of them, chosen by trying a few.",
    formula: "Ω = λ Σ ‖Θ‖²,  g ← g + 2λΘ",
    source: "Chen et al., KDD 2019, section 5.1 (MF-λFix)",
    params: &[Param {
        name: "lambda",
        title: "λ",
        doc: "Strength. The paper tries 10, 1, 0.1, … 1e-5 and 0.",
        unit: "",
        kind: Kind::Float { min: 0.0, max: 100.0, default: 0.01, log: true },
    }],
};

/// The penalty from its parameters: weight decay of the batch's rows by twice λ.
pub fn build(params: &Params) -> Box<dyn Regularizer> {
    Box::new(WeightDecay { lambda: 2.0 * params.f32("lambda"), full: false })
}
