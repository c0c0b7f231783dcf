//! Embeddings of a side and the graphs behind them, with their report.

use super::{Clock, Prepared, Seconds};
use crate::catalog::{INITS, SIMILARITIES};
use crate::data::interactions::Side;
use crate::error::{Code, Error, Result};
use crate::graph::{GraphStats, knn};
use crate::init::{Embedding, InitInput};
use crate::params::Params;
use crate::rng::Seed;
use crate::task::Task;
use serde_json::{Value, json};

/// Embeddings and how they came about.
pub struct EmbedOutcome {
    /// One for each side asked for, in that order.
    pub embeddings: Vec<Embedding>,
    /// Seconds by stage: `graph`, `solve`.
    pub seconds: Seconds,
}

/// Embeds the sides by an initialisation, from the training part alone.
///
/// # Errors
/// [`Code::OutOfRange`] if `dim` is 0 or exceeds the smaller side; [`Code::Cancelled`]; what the method finds.
pub async fn embed(
    prepared: &Prepared,
    sides: &[Side],
    init: &Params,
    dim: usize,
    seed: Seed,
    task: &Task,
) -> Result<EmbedOutcome> {
    if dim == 0 {
        return Err(Error::new(Code::OutOfRange, "0 is not a whole number from 1").for_key("dim").with_value("0"));
    }
    let entry = INITS.find(init.method.name)?;
    let clock = Clock::start(task, "solve");
    let input = InitInput { split: &prepared.split, dim, seed };
    let embeddings = (entry.build)(init, &input, sides, clock.task()).await?;
    Ok(EmbedOutcome { embeddings, seconds: clock.stop() })
}
