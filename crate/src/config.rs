//! A run's configuration: one JSON format for the page, the API and the CLI, checked once.

use crate::params::Params;
use crate::rng::Seed;

/// A checked configuration. Only [`RunConfig::parse`] makes one.
#[derive(Debug, Clone)]
pub struct RunConfig {
    /// Seed of every random stream of the run.
    pub seed: Seed,
    /// Filter and split (`min_user`, `min_item`, `min_rating`, `split`).
    pub data: Params,
    /// The model and its parameters.
    pub model: Params,
    /// The initialisation of its tables.
    pub init: Params,
    /// The loss.
    pub loss: Params,
    /// The regulariser.
    pub regularizer: Params,
    /// The optimizer.
    pub optimizer: Params,
    /// The loop: epochs, batch size, patience, …
    pub train: Params,
    /// Cutoffs and masks of the evaluation.
    pub evaluate: Params,
}
