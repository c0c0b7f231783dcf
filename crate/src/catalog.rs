//! The registry: every method once. Help texts, forms, the JSON schema, the configuration check and the
//! contract tests all read these tables.
//!
//! Adding a method is one new file with its [`Method`], its `mod` line, and one line here. The first entry
//! of a table is what a configuration that does not name one gets.

mod schema;
mod table;

pub use schema::schema;
pub(crate) use table::object;
pub use table::{Described, Entry, ModelEntry, Table, nearest, unknown_name};

use crate::params::{Kind, Method, Param};
use serde_json::{Value, json};

/// The top level of a configuration, outside its sections. The seed goes up to 2⁵³: JavaScript holds every
/// whole number up to there exactly.
pub static RUN: Method = Method {
    name: "run",
    title: "Run",
    doc: "What belongs to the run as a whole.",
    formula: "",
    source: "",
    params: &[Param {
        name: "seed",
        title: "seed",
        doc: "Seed of every random stream: split, initial tables, batches, negatives.",
        unit: "",
        kind: Kind::Int { min: 0, max: 1 << 53, default: 123 },
    }],
};
