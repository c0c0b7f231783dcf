//! **Warren**: how initialisation and regularisation decide what a recommender learns.
//!
//! One crate with three faces: this library, the `warren` command (feature `cli`) and the JavaScript
//! bindings behind the page (feature `wasm`).

pub mod catalog;
pub mod config;
pub mod data;
pub mod error;
pub mod graph;
pub mod init;
pub mod linalg;
pub mod loss;
pub mod metrics;
pub mod models;
pub mod nn;
pub mod optim;
pub mod params;
pub mod pipeline;
pub mod presets;
pub mod regularizer;
pub mod rng;
pub mod task;
pub mod train;
#[cfg(feature = "wasm")]
pub mod wasm;
