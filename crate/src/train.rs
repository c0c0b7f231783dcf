//! The training loop: epochs, evaluation, early stopping, events, the run's record and checkpoints.

use serde::Serialize;
use std::collections::BTreeMap;

/// Metric name to value, e.g. `NDCG@20`.
pub type Metrics = BTreeMap<String, f64>;

/// One epoch in a run's history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EpochRecord {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Mean training loss over the epoch's batches.
    pub loss: f64,
    /// Seconds of training (evaluation not counted) since the run's start.
    pub seconds: f64,
    /// Training pairs a second in this epoch.
    pub pairs_per_second: f64,
    /// Validation metrics, in epochs that evaluate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Metrics>,
}

/// What a run tells its listener.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// The run has its data, its tables and its plan.
    Start {
        /// The complete, checked configuration.
        config: serde_json::Value,
        /// Epochs at most.
        epochs: usize,
        /// Steps of one epoch.
        steps_per_epoch: usize,
    },
    /// An epoch ended.
    Epoch(EpochRecord),
    /// The run ended.
    Done {
        /// Why it ended: `epochs`, `patience`, `stopped`.
        reason: String,
        /// The epoch whose state was kept.
        best_epoch: usize,
    },
}
