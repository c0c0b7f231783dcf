//! What a run tells while it goes on, and what it leaves behind.

use super::checkpoint::Checkpoint;
use crate::models::LambdaGroups;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Metric name to value, e.g. `NDCG@20`.
pub type Metrics = BTreeMap<String, f64>;

/// One epoch in a run's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validation: Option<Metrics>,
    /// Strengths at the end of the epoch, by frequency, where the regulariser learns them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lambda: Option<LambdaGroups>,
}

/// What a run tells its listener.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// The run has its data, its tables and its plan.
    Start {
        /// The complete, checked configuration.
        config: Value,
        /// Epochs at most.
        epochs: usize,
        /// Steps of one epoch.
        steps_per_epoch: usize,
        /// Epochs that a checkpoint brought along; 0 for a new run.
        resumed_epoch: usize,
    },
    /// An epoch ended.
    Epoch(EpochRecord),
    /// The device failed; the run goes on on the CPU, with a new `Start`, from its last snapshot. The steps since
    /// then are computed again, so nothing is lost.
    Fallback {
        /// What the device failed with.
        reason: String,
    },
    /// The run ended.
    Done {
        /// Why it ended: `epochs`, `patience`, `stopped`.
        reason: String,
        /// The epoch whose state was kept.
        best_epoch: usize,
    },
}

/// Metrics of the state that was kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FinalMetrics {
    /// On the test part.
    pub test: Metrics,
    /// On the validation part.
    pub validation: Metrics,
}

/// What a run leaves behind; the model holds the best state.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedRun {
    /// Metrics of the best state.
    pub metrics: FinalMetrics,
    /// Every epoch.
    pub history: Vec<EpochRecord>,
    /// The epoch whose state was kept; 0 if the run was stopped before its first epoch ended.
    pub best_epoch: usize,
    /// Why it ended: `epochs`, `patience`, `stopped`.
    pub reason: String,
    /// Seconds by stage: `train`, `evaluate`.
    pub seconds: BTreeMap<String, f64>,
    /// To save, or to go on from later.
    pub checkpoint: Checkpoint,
}

/// A run as a report: what the CLI's `--report` writes and the page downloads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRecord {
    /// Version of Warren.
    pub warren: String,
    /// The complete configuration.
    pub config: Value,
    /// The data: `name`, `fingerprint` and counts.
    pub data: Value,
    /// Metrics of the best state.
    pub metrics: FinalMetrics,
    /// Every epoch.
    pub history: Vec<EpochRecord>,
    /// The epoch whose state was kept.
    pub best_epoch: usize,
    /// Why the run ended.
    pub reason: String,
    /// Seconds by stage.
    pub seconds: BTreeMap<String, f64>,
}

impl TrainedRun {
    /// The report, with `data` as whoever loaded it describes it.
    pub fn record(&self, data: Value) -> RunRecord {
        RunRecord {
            warren: env!("CARGO_PKG_VERSION").into(),
            config: self.checkpoint.header.config.clone(),
            data,
            metrics: self.metrics.clone(),
            history: self.history.clone(),
            best_epoch: self.best_epoch,
            reason: self.reason.clone(),
            seconds: self.seconds.clone(),
        }
    }
}
