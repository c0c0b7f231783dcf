//! SGDA: a strength for each dimension, learnt by plain gradient descent beside plain gradient descent.

use super::Regularizer;
use super::lambda_opt::{CLIP, Granularity, LambdaOpt, Rule, learning_rate};
use crate::params::{Method, Params};

/// Description of SGDA.
pub static METHOD: Method = Method {
    name: "sgda",
    title: "SGDA (WSDM'12)",
    doc: "λOpt's ancestor: one strength for each dimension, shared by users and items, moved by plain gradient descent; the model trains by SGD too.",
    formula: "λ_k ← max(0, λ_k − η_λ ∂L_val(Θ̄)/∂λ_k),  Θ̄ = Θ − η (g + 2λΘ)",
    source: "Rendle, WSDM 2012; KDD 2019, section 5.1",
    params: &[learning_rate(0.01), CLIP],
};

/// SGDA from its parameters.
pub fn build(params: &Params) -> Box<dyn Regularizer> {
    Box::new(LambdaOpt::new(params, Granularity::new("d"), Rule::Descent))
}
