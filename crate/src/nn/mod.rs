//! What learning stands on: embedding tables, their row-sparse gradients, state tensors, vector kernels.
//! Losses, optimizers, regularisers and models share these and need not know of each other.

pub mod gradient;
pub mod layers;
pub mod tensor;
pub mod vector;

pub use gradient::{Gradients, RowGradient};
pub use tensor::{Tensor, named};

use ndarray::Array2;

/// User and item embeddings, one row each (`n_users × d`, `n_items × d`).
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    /// `n_users × d`.
    pub user: Array2<f32>,
    /// `n_items × d`.
    pub item: Array2<f32>,
}
