//! Linear algebra: block operators, the sparse and dense symmetric eigensolvers.
//!
//! [`largest_eigenpairs`] is the one entry point: it takes any symmetric [`LinearOperator`] and chooses
//! between the dense solver (small problems, or nearly all pairs wanted) and block Lanczos.

pub mod dense;
mod krylov;
pub mod lanczos;
pub mod operator;
pub mod panel;
pub mod real;
pub mod sparse;

pub use lanczos::{EigenOptions, Eigenpairs, largest_eigenpairs};
pub use operator::LinearOperator;
pub use panel::{Panel, WIDTH};
pub use real::Real;
