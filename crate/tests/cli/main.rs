//! The command line as people use it: the real binary on real files.
#![cfg(feature = "cli")]

mod mistakes;
mod movielens;
mod session;
mod simulate;
mod support;
mod sweep;
