//! Penalties on the size of the tables (methods: section 5).
//!
//! Adding a regulariser: one file, its `mod` line and its line in [`ALL`].

pub mod none;
pub mod weight_decay;

use crate::error::{Code, Error, Result};
use crate::nn::RowGradient;
use crate::params::{Method, Params};
use ndarray::Array2;

/// A penalty on the tables.
pub trait Regularizer {
    /// Adds the penalty's gradient for the rows of the batch to `gradient`, which lists them. `slot` is 0
    /// for the user table and 1 for the item table.
    fn add_gradient(&self, slot: usize, table: &Array2<f32>, gradient: &mut RowGradient);

    /// The λ of the gradient `λΘ` that rows outside the batch get; 0 where they get none. The optimizer
    /// applies it, so that no dense gradient need be stored.
    fn rest(&self) -> f32;
}

/// Makes a regulariser from its checked parameters.
pub type RegularizerFn = fn(&Params) -> Box<dyn Regularizer>;

/// Every regulariser with its builder.
pub static ALL: &[(&Method, RegularizerFn)] =
    &[(&none::METHOD, none::build), (&weight_decay::METHOD, weight_decay::build)];

/// The regulariser that `params` describes.
///
/// # Errors
/// [`Code::UnknownName`] if it is none of [`ALL`].
pub fn build(params: &Params) -> Result<Box<dyn Regularizer>> {
    let name = params.method.name;
    match ALL.iter().find(|(method, _)| method.name == name) {
        Some((_, build)) => Ok(build(params)),
        None => Err(Error::new(Code::UnknownName, format!("\"{name}\" is not a regulariser"))
            .for_key("regularizer.name")),
    }
}
