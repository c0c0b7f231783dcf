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
pub use run::{Trained, build, build_on, restore, train, train_on};

use crate::config::unnamed;
use crate::data::filter::{Filter, filter};
use crate::data::interactions::{Interactions, Side, Split};
use crate::data::split::{SplitKind, split};
use crate::data::stats::{DataSummary, summarize};
use crate::error::Result;
use crate::params::Params;
use crate::rng::Seed;
use crate::task::Task;
use clock::Clock;
use serde_json::{Value, json};
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

/// Filters, splits and describes a data set by the section `data` of a configuration.
///
/// # Errors
/// [`Code::NoData`](crate::error::Code) if the filter or the split leaves nothing to work with,
/// [`Code::OutOfRange`](crate::error::Code) for a rating threshold on data without ratings;
/// [`Code::Cancelled`](crate::error::Code).
pub async fn prepare(data: &Interactions, config: &Params, seed: Seed, task: &Task) -> Result<Prepared> {
    let kind: SplitKind = config.str("split").parse()?;
    let thresholds = Filter {
        min_user: config.usize("min_user"),
        min_item: config.usize("min_item"),
        min_rating: Some(config.f32("min_rating")).filter(|min| *min > 0.0),
    };
    let (kept, dropped) = filter(data, &thresholds, task).await?;
    let split = split(&kept, kind, seed, task).await?;
    task.checkpoint().await?;
    let summary = summarize(&kept, &split, dropped);
    Ok(Prepared {
        data: Rc::new(kept),
        split: Rc::new(split),
        summary,
        config: config.clone(),
        seed,
        parse_seconds: 0.0,
    })
}

impl Prepared {
    /// The ids of a side's nodes, by number.
    pub fn ids(&self, side: Side) -> &[String] {
        match side {
            Side::User => &self.data.users,
            Side::Item => &self.data.items,
        }
    }

    /// An item's title; empty where the file gives none.
    pub fn title(&self, item: u32) -> &str {
        self.data.info.titles.get(item as usize).map_or("", String::as_str)
    }

    /// The sizes at the top of every report: `users items interactions train validation test`.
    pub fn counts(&self) -> [(&'static str, Value); 6] {
        let s = &self.summary;
        [
            ("users", s.users.into()),
            ("items", s.items.into()),
            ("interactions", s.interactions.into()),
            ("train", s.train.into()),
            ("validation", s.validation.into()),
            ("test", s.test.into()),
        ]
    }

    /// The `data` of a report: name and fingerprint of the whole, then the summary of what was kept.
    pub fn describe(&self) -> Value {
        let mut out = json!({ "name": self.data.name, "fingerprint": self.data.fingerprint });
        if let Value::Object(summary) = json!(self.summary) {
            summary.into_iter().for_each(|(key, value)| out[key] = value);
        }
        out
    }

    /// The beginning of every report: version, seed and data settings, data, sizes.
    pub fn report(&self) -> Value {
        let mut out = json!({
            "warren": env!("CARGO_PKG_VERSION"),
            "config": { "seed": self.seed.0, "data": unnamed(&self.config) },
            "data": self.describe(),
        });
        self.counts().into_iter().for_each(|(key, value)| out[key] = value);
        out["seconds"] = json!({ "parse": self.parse_seconds });
        out
    }
}
