//! No regularisation.

use super::{BatchRows, Regularizer};
use crate::autodiff::{Gradients, Tensor};
use crate::nn::RowGradient;
use crate::params::{Method, Params};
use ndarray::Array2;

/// Description of training without a penalty.
pub static METHOD: Method = Method {
    name: "none",
    title: "None",
    doc: "Trains on the loss alone.",
    formula: "",
    source: "",
    params: &[],
};

/// No penalty.
pub fn build(_: &Params) -> Box<dyn Regularizer> {
    Box::new(Nothing)
}

struct Nothing;

impl Regularizer for Nothing {
    fn add_gradient(&self, _: usize, _: &Array2<f32>, _: &mut RowGradient) {}

    fn rest(&self) -> f32 {
        0.0
    }

    fn add_to_gradients(&self, _: &[Tensor], _: &[BatchRows], _: &mut Gradients) {}
}
