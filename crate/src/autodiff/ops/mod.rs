//! Operations on [`Var`](super::Var)s, each forward beside backward.
//!
//! In the formulas `dx` is the gradient of the loss with respect to x; `dy` with respect to the result.

mod arrange;
mod batch_norm;
mod conv2d;
mod elementwise;
mod gather;
mod matmul;
mod normalize;
mod pairs;
mod reduce;
mod spmm;
mod uniformity;

pub use batch_norm::BatchNorm;
pub use spmm::SparseMatrix;
