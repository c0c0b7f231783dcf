//! Penalties on the size of the tables (methods: sections 5 and 6).
//!
//! Adding a regulariser: one file, its `mod` line and its line in [`ALL`].

pub mod fixed;
pub mod lambda_opt;
pub mod none;
pub mod sgda;
pub mod theory;
pub mod weight_decay;

use crate::autodiff::{self, Tensor};
use crate::data::interactions::Split;
use crate::error::{Code, Error, Result};
use crate::linalg::backend::Indices;
use crate::nn::RowGradient;
use crate::params::{Method, Params};
use lambda_opt::LambdaOpt;
use ndarray::Array2;

/// A parameter that is a table, and its rows that a batch names, each once.
pub struct BatchRows {
    /// The parameter's number.
    pub parameter: usize,
    /// Numbers of the rows.
    pub rows: Indices,
}

/// What a regulariser may want to know before training starts.
pub struct Start<'a> {
    /// The data.
    pub split: &'a Split,
    /// Columns of the tables.
    pub dim: usize,
    /// Pairs in a batch.
    pub batch_size: usize,
}

/// A penalty on the tables.
pub trait Regularizer {
    /// Takes what it needs of the data. Called once, before anything else.
    fn begin(&mut self, _start: &Start<'_>) {}

    /// Adds the penalty's gradient for the rows of the batch to `gradient`, which lists them. `slot` is 0
    /// for the user table and 1 for the item table.
    fn add_gradient(&self, slot: usize, table: &Array2<f32>, gradient: &mut RowGradient);

    /// The λ of the gradient `λΘ` that rows outside the batch get; 0 where they get none. The optimizer
    /// applies it, so that no dense gradient need be stored.
    fn rest(&self) -> f32;

    /// The same for parameters on a backend: adds the penalty's gradient to `gradients`, where parameter `i` has
    /// the number i. `tables` says which of them are tables, and what rows the batch has; all others (weights of
    /// dense layers, biases) are used whole by every batch, so that they count as in it.
    fn add_to_gradients(
        &self,
        parameters: &[Tensor],
        tables: &[BatchRows],
        gradients: &mut autodiff::Gradients,
    );

    /// Itself, if its strengths are learnt.
    fn learns(&self) -> Option<&LambdaOpt> {
        None
    }

    /// The same, to let it learn.
    fn learns_mut(&mut self) -> Option<&mut LambdaOpt> {
        None
    }
}

/// Makes a regulariser from its checked parameters.
pub type RegularizerFn = fn(&Params) -> Box<dyn Regularizer>;

/// Every regulariser with its builder.
pub static ALL: &[(&Method, RegularizerFn)] = &[
    (&none::METHOD, none::build),
    (&weight_decay::METHOD, weight_decay::build),
    (&fixed::METHOD, fixed::build),
    (&lambda_opt::METHOD, lambda_opt::build),
    (&sgda::METHOD, sgda::build),
];

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
