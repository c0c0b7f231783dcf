//! **Warren**: how initialisation and regularisation decide what a recommender learns.
//!
//! One crate with three faces: this library, the `warren` command (feature `cli`) and the JavaScript
//! bindings behind the page (feature `wasm`).
//!
//! # A tour
//!
//! Interactions are read by a [`Loader`](data::formats::Loader), chunk by chunk, whatever their format; or
//! they come from [`catalog::BUILTIN`]. [`pipeline::prepare`] filters and splits them.
//! [`pipeline::embed`] makes an initial table of users or items, [`pipeline::train`] a whole run with its
//! record, [`pipeline::recommend`] a list for somebody. What a run does is one JSON object, checked once by
//! [`RunConfig::parse`](config::RunConfig::parse).
//!
//! Long work is `async` and takes a [`Task`](task::Task), which shows progress and can pause or cancel it.
//! Natively [`task::run`] drives it to its end.
//!
//! ```
//! use serde_json::json;
//! use warren::catalog::INITS;
//! use warren::config::RunConfig;
//! use warren::data::formats::{LoadOptions, Loader};
//! use warren::data::interactions::Side;
//! use warren::pipeline;
//! use warren::task::{Task, run};
//! use warren::train::control::Control;
//!
//! # fn main() -> warren::error::Result<()> {
//! // Load: 40 users, 30 items, two tastes.
//! let mut file = String::from("userId,movieId,rating,timestamp\n");
//! for user in 0..40 {
//!     for n in 0..10 {
//!         file += &format!("{user},{},4.0,{n}\n", 15 * (user % 2) + (user + n) % 15);
//!     }
//! }
//! let mut loader = Loader::new(LoadOptions::default());
//! loader.begin("ratings.csv")?;
//! loader.push(file.as_bytes())?;
//! let data = loader.finish_now()?.data;
//!
//! // Prepare: filter and split as the configuration says.
//! let config = RunConfig::parse(&json!({
//!     "seed": 7,
//!     "data": { "min_user": 5, "split": "random:0.8,0.1,0.1" },
//!     "model": { "name": "mf", "dim": 8 },
//!     "init": { "name": "leporid", "k": 10, "gain": 0.1 },
//!     "optimizer": { "name": "adam", "learning_rate": 0.05 },
//!     "train": { "epochs": 20, "monitor": "NDCG@5" },
//! }))?;
//! let task = Task::silent();
//! let prepared = run(pipeline::prepare(&data, &config.data, config.seed, &task))?;
//! assert_eq!((prepared.summary.users, prepared.summary.train), (40, 320));
//!
//! // Embed: the items' eigenvectors, one row each.
//! let leporid = INITS.params(Some(&json!({ "name": "leporid", "k": 10 })))?;
//! let outcome = run(pipeline::embed(&prepared, &[Side::Item], &leporid, 4, config.seed, &task))?;
//! assert_eq!(outcome.embeddings[0].vectors.dim(), (30, 4));
//!
//! // Train, and recommend to the first user.
//! let control = Control::new();
//! let trained = run(pipeline::train(&prepared, &config, None, &control, &mut |_event| (), &task))?;
//! assert!(trained.record["metrics"]["test"]["NDCG@5"].as_f64() > Some(0.0));
//! let history = prepared.split.train.row(0);
//! let items = run(pipeline::recommend(trained.model.as_ref(), &prepared, Some(0), history, 3))?;
//! assert_eq!(items.len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! A method (a model, loss, initialisation, …) is one file with its [`Method`](params::Method), a `mod` line
//! and a line in [`catalog`]; help texts, forms, the JSON schema and the contract tests follow from there.
//! [`data`] reads and splits, [`graph`] and [`linalg`] solve for spectra, [`init`] makes tables, [`models`]
//! learn with [`loss`], [`regularizer`] and [`optim`], [`train`] loops and evaluates by [`metrics`].

pub mod autodiff;
pub mod catalog;
pub mod config;
pub mod data;
pub mod error;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod graph;
pub mod init;
pub mod linalg;
pub mod loss;
pub mod metrics;
pub mod models;
pub mod nn;
pub mod optim;
mod order;
pub mod params;
pub mod pipeline;
pub mod presets;
pub mod regularizer;
pub mod rng;
pub mod simulate;
pub mod sweep;
pub mod task;
pub mod train;
#[cfg(feature = "wasm")]
pub mod wasm;
