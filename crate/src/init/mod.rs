//! Initial embedding tables. Each initialisation is one file with its description beside its code.

pub mod normal;
pub mod spectral;
pub mod svd;
pub mod xavier;

use crate::data::interactions::{Side, Split};
use crate::error::Result;
use crate::params::Params;
use crate::rng::Seed;
use crate::task::{LocalFuture, Task};
use ndarray::Array2;

/// User and item embeddings, one row each (`n_users × d`, `n_items × d`).
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    /// `n_users × d`.
    pub user: Array2<f32>,
    /// `n_items × d`.
    pub item: Array2<f32>,
}

/// One side's embedding and, for spectral methods, how well it was solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// `n × d`, one row a node.
    pub vectors: Array2<f32>,
    /// Eigenvalues (LE, LEPORID: ascending, of the Laplacian) or singular values (SVD: descending); empty for others.
    pub values: Vec<f64>,
    /// Residual ‖Av−λv‖ of each pair; empty for methods that solve nothing.
    pub residuals: Vec<f64>,
    /// How many times a vector was multiplied by the operator.
    pub products: usize,
    /// What the KNN graph looked like, for methods that build one.
    pub graph: Option<crate::graph::GraphStats>,
}

/// What an initialisation gets besides its parameters.
pub struct InitInput<'a> {
    /// The data; only the training part may be used.
    pub split: &'a Split,
    /// Embedding size d.
    pub dim: usize,
    /// Seed of the run.
    pub seed: Seed,
}

/// An initialisation: embeddings of the sides asked for, in that order.
pub type InitFn = for<'a> fn(&'a Params, &'a InitInput<'a>, &'a [Side], &'a Task) -> LocalFuture<'a, Result<Vec<Embedding>>>;
