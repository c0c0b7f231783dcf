//! The settings of a configuration that belong to no method.

use crate::data::split;
use crate::params::{Kind, Method, Param};

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
        doc: "Seed of every random stream: split, initial tables, order of the pairs, negatives.",
        unit: "",
        kind: Kind::Int { min: 0, max: 1 << 53, default: 123 },
    }],
};

/// The section `data`: filter and split.
pub static DATA: Method = Method {
    name: "data",
    title: "Data",
    doc: "Drops weak ratings, then rare users and items until nothing changes, and splits the rest.",
    formula: "",
    source: "",
    params: &[
        Param {
            name: "min_user",
            title: "least per user",
            doc: "Users with fewer interactions are dropped; 1 keeps all.",
            unit: "interactions",
            kind: Kind::Int { min: 1, max: 1_000_000, default: 1 },
        },
        Param {
            name: "min_item",
            title: "least per item",
            doc: "Items with fewer interactions are dropped; 1 keeps all.",
            unit: "interactions",
            kind: Kind::Int { min: 1, max: 1_000_000, default: 1 },
        },
        Param {
            name: "min_rating",
            title: "lowest rating",
            doc: "Interactions rated lower are dropped, before all else; 0 looks at no rating.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 1e6, default: 0.0, log: false },
        },
        Param {
            name: "split",
            title: "split",
            doc: "Parts to train, validate and test on: temporal:0.7,0.1,0.2 (each user's by time), \
                  random:0.8,0.1,0.1 (of all) or leave-one-out (each user's last).",
            unit: "",
            kind: Kind::Text { pattern: split::PATTERN, default: "temporal:0.7,0.1,0.2" },
        },
    ],
};
