//! What the page, the JavaScript API and the command line share: from a file's interactions to split data,
//! embeddings, trained models, recommendations and their records.

mod clock;
mod embed;
pub mod export;
mod recommend;
mod run;

pub use clock::Seconds;
pub use embed::{EmbedOutcome, embed, knn_graph};
pub use recommend::{Because, Recommendation, recommend};
pub use run::{Trained, build, restore, train};

use crate::catalog;
use crate::config::unnamed;
use crate::data::interactions::{Interactions, Side, Split};
use crate::data::stats::DataSummary;
use crate::error::{Error, Result};
use crate::params::Params;
use crate::rng::Seed;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// A data set after filter and split: what everything else works on.
pub struct Prepared {
    /// The interactions that the filter kept, renumbered; `name` and `fingerprint` are those of the whole.
    pub data: Rc<Interactions>,
    /// Training, validation and test part.
    pub split: Rc<Split>,
    /// Counts, long tail and what was dropped.
    pub summary: DataSummary,
    /// The filter and split that made it.
    pub config: Params,
    /// The seed of a random split.
    pub seed: Seed,
    /// Seconds that went into reading, filtering and splitting, where the caller knows them.
    pub parse_seconds: f64,
}
