//! Whole configurations under a name, tried on ml-latest-small.
//!
//! How the MF-BPR presets were chosen: the grid below, by validation NDCG@20 (filter 20/20, random split
//! 0.8/0.1/0.1, d = 64, Xavier-uniform tables, Adam 1e-3, batch 2048, seed 1; `crate/tests/bpr_quality.rs` runs
//! it again). Full weight decay of 1e-5 with known items rejected is best; over seeds 1, 2, 3 its test
//! NDCG@20 is 0.2274, 0.2085, 0.2271 (mean 0.2210).
//!
//! | weight decay | λ | rejects known | validation | test | best epoch |
//! |---|---|---|---|---|---|
//! | none | 0 | yes | 0.2250 | 0.2172 | 110 |
//! | none | 0 | no | 0.2244 | 0.2168 | 65 |
//! | full | 1e-6 | yes | 0.2256 | 0.2178 | 110 |
//! | full | 1e-6 | no | 0.2261 | 0.2180 | 60 |
//! | full | 1e-5 | yes | 0.2326 | 0.2274 | 120 |
//! | full | 1e-5 | no | 0.2309 | 0.2234 | 60 |
//! | full | 1e-4 | yes | 0.2109 | 0.1960 | 115 |
//! | full | 1e-4 | no | 0.2153 | 0.2045 | 230 |
//! | batch | 1e-5 | yes | 0.2320 | 0.2259 | 120 |
//! | batch | 1e-5 | no | 0.2303 | 0.2201 | 65 |
//! | batch | 1e-4 | yes | 0.2179 | 0.2044 | 115 |
//! | batch | 1e-4 | no | 0.2215 | 0.2126 | 145 |
//!
//! The same from LEPORID tables, by their gain (best epochs 45, 45, 45, 55):
//!
//! | gain | validation | test |
//! |---|---|---|
//! | 0.02 | 0.2363 | 0.2278 |
//! | 0.05 | 0.2396 | 0.2305 |
//! | 0.1 | 0.2422 | 0.2277 |
//! | 0.2 | 0.2323 | 0.2190 |
//!
//! The presets of angle losses take the weight decay and (MAWU) the weights that `docs/grids/kdd25.json` found best on
//! the validation part; `docs/results.md` has the table.

use serde_json::Value;

/// A configuration under a name.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Name: lower case with hyphens.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// What it shows, in a sentence or two.
    pub doc: &'static str,
    /// The configuration; keys that it leaves out take their defaults.
    pub config: fn() -> Value,
}

/// All presets; the first is what the page opens with.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "first-light",
        title: "First light: MF-BPR from LEPORID",
        doc: "Matrix factorisation with the BPR loss from LEPORID embeddings, shrunk to a tenth, instead of random ones: on ml-latest-small it is at its best after 45 epochs where random tables need 120 (seed 1).",
        config: first_light,
    },
    Preset {
        name: "mf-bpr",
        title: "MF-BPR (KDD'25 protocol)",
        doc: "Matrix factorisation with the BPR loss and full weight decay from Xavier-uniform tables; random split, training items masked. Tuned on ml-latest-small: test NDCG@20 about 0.22.",
        config: mf_bpr,
    },
    Preset {
        name: "mf-bpr-no-decay",
        title: "MF-BPR without weight decay",
        doc: "The same without weight decay, to compare with: on ml-latest-small test NDCG@20 falls from 0.227 to 0.217 (seed 1).",
        config: || {
            let mut config = mf_bpr();
            config["regularizer"] = parsed(r#"{ "name": "none" }"#);
            config
        },
    },
    Preset {
        name: "mf-ssm",
        title: "MF-SSM with weight decay (KDD'25)",
        doc: "Matrix factorisation with the sampled softmax of cosines and full weight decay of 1e-3, which writes popularity into the lengths of the vectors.",
        config: || angles("ssm", 2048, Some(1e-3)),
    },
    Preset {
        name: "mf-directau",
        title: "MF-DirectAU with weight decay (KDD'25)",
        doc: "Alignment and uniformity on the sphere with full weight decay of 1e-3: its loss sees angles alone, so that weight decay decides what lengths say.",
        config: || angles("directau", 1024, Some(1e-3)),
    },
    Preset {
        name: "mf-directau-prism",
        title: "MF-DirectAU with PRISM (KDD'25)",
        doc: "The same without weight decay, from vectors whose lengths encode popularity from the beginning.",
        config: || angles("directau", 1024, None),
    },
    Preset {
        name: "mf-mawu",
        title: "MF-MAWU with weight decay (KDD'25)",
        doc: "Alignment by learnt margins with full weight decay of 1e-3.",
        config: || angles("mawu", 1024, Some(1e-3)),
    },
    Preset {
        name: "mf-mawu-prism",
        title: "MF-MAWU with PRISM (KDD'25)",
        doc: "The same without weight decay, from vectors whose lengths encode popularity from the beginning.",
        config: || angles("mawu", 1024, None),
    },
    Preset {
        name: "mf-lambda-opt",
        title: "MF-λOpt-DUI (KDD'19)",
        doc: "Matrix factorisation whose L2 strengths, one for each dimension of every user and item, are learnt from the validation pairs while it trains.",
        config: || kdd19(r#"{ "name": "lambda-opt", "granularity": "dui", "learning_rate": 0.01 }"#),
    },
    Preset {
        name: "mf-lambda-fix",
        title: "MF-λFix (KDD'19)",
        doc: "The same with one fixed strength: the best of the paper's grid on ml-latest-small.",
        config: || kdd19(r#"{ "name": "fixed", "lambda": 0.01 }"#),
    },
    Preset {
        name: "lightgcn",
        title: "LightGCN",
        doc: "Three layers over the training interactions with the BPR loss, at the settings tuned for matrix factorisation.",
        config: lightgcn,
    },
    Preset {
        name: "dlr2-paper",
        title: "DLR² from LEPORID (KDD'21)",
        doc: "The KDD 2021 paper's network at full size, 64 and 128 channels, from LEPORID embeddings: 5,000 steps of 32 pairs.",
        config: || dlr2(64, 64, 50, 1000),
    },
    Preset {
        name: "dlr2-small",
        title: "DLR² small",
        doc: "The same with 16 and 32 channels and d = 32, for the processor of a laptop: 2,000 steps of 32 pairs.",
        config: || dlr2(16, 32, 20, 50),
    },
    Preset {
        name: "ncf",
        title: "NCF (KDD'21 protocol)",
        doc: "NeuMF from small random tables on the temporal split: batches of 256 pairs with four negatives each.",
        config: ncf,
    },
    Preset {
        name: "item-knn",
        title: "ItemKNN (KDD'21 protocol)",
        doc: "Cosine neighbourhoods of 100 items on the temporal split: the strongest simple baseline on ml-latest-small.",
        config: || neighbours("item-knn"),
    },
    Preset {
        name: "user-knn",
        title: "UserKNN (KDD'21 protocol)",
        doc: "Cosine neighbourhoods of 100 users on the temporal split.",
        config: || neighbours("user-knn"),
    },
    Preset {
        name: "top-pop",
        title: "TopPop (KDD'21 protocol)",
        doc: "The most popular items for everybody: what any personal recommender has to beat.",
        config: top_pop,
    },
];

/// Text is a tenth of the code that building the same value takes, and the page carries all presets.
fn parsed(json: &str) -> Value {
    serde_json::from_str(json).expect("a preset is JSON")
}

/// These sections with the filter, split and evaluation of the KDD 2021 paper.
fn kdd21_with(sections: &str) -> Value {
    let mut config = parsed(
        r#"{
            "data": { "min_user": 20, "min_item": 20, "split": "temporal:0.7,0.1,0.2" },
            "evaluate": { "cutoffs": "1,5,10,20", "mask": "train-validation" }
        }"#,
    );
    if let Value::Object(sections) = parsed(sections) {
        sections.into_iter().for_each(|(name, section)| config[name] = section);
    }
    config
}

fn top_pop() -> Value {
    kdd21_with(r#"{ "model": { "name": "top-pop" } }"#)
}

fn neighbours(name: &str) -> Value {
    let mut config =
        kdd21_with(r#"{ "model": { "neighbors": 100, "similarity": "cosine", "shrink": 0.0 } }"#);
    config["model"]["name"] = name.into();
    config
}

fn mf_bpr() -> Value {
    parsed(
        r#"{
            "data": { "min_user": 20, "min_item": 20, "split": "random:0.8,0.1,0.1" },
            "model": { "name": "mf", "dim": 64 },
            "init": { "name": "xavier" },
            "loss": { "name": "bpr", "negatives": 1, "reject_known": true },
            "regularizer": { "name": "weight-decay", "mode": "full", "lambda": 1e-5 },
            "optimizer": { "name": "adam", "learning_rate": 1e-3 },
            "train": { "epochs": 300, "batch_size": 2048, "eval_every": 5, "patience": 6, "monitor": "NDCG@20" },
            "evaluate": { "cutoffs": "1,5,10,20", "mask": "train" }
        }"#,
    )
}

/// The KDD 2019 protocol with this regulariser.
fn kdd19(regularizer: &str) -> Value {
    let mut config = mf_bpr();
    config["data"]["split"] = "temporal:0.6,0.2,0.2".into();
    config["regularizer"] = parsed(regularizer);
    config["train"] = parsed(
        r#"{ "epochs": 200, "batch_size": 1024, "eval_every": 5, "patience": 0, "monitor": "NDCG@100 (KDD'19)" }"#,
    );
    config["evaluate"] = parsed(r#"{ "cutoffs": "50,100", "kdd19": true }"#);
    config
}

fn lightgcn() -> Value {
    let mut config = mf_bpr();
    config["model"] = parsed(r#"{ "name": "lightgcn", "dim": 64, "layers": 3 }"#);
    config
}

/// Matrix factorisation by an angle loss with full weight decay, or with PRISM in its place.
fn angles(loss: &str, batch_size: usize, decay: Option<f64>) -> Value {
    let mut config = mf_bpr();
    config["loss"] = parsed(r#"{ "name": "" }"#);
    config["loss"]["name"] = loss.into();
    config["train"]["batch_size"] = batch_size.into();
    config["train"]["epochs"] = 1000.into();
    config["evaluate"]["cosine"] = true.into();
    match decay {
        Some(lambda) => config["regularizer"]["lambda"] = lambda.into(),
        None => {
            config["regularizer"] = parsed(r#"{ "name": "none" }"#);
            config["init"]["prism"] = true.into();
        }
    }
    config
}

/// `epochs` of 100 steps each, over which the learning rate falls to 0; graphs of `k` neighbours.
fn dlr2(channels: usize, dim: usize, epochs: usize, k: usize) -> Value {
    let mut config = kdd21_with(
        r#"{
            "model": { "name": "dlr2", "channels": 0, "dim": 0, "epoch_steps": 100, "decay_steps": 0 },
            "init": { "name": "leporid", "k": 0 },
            "optimizer": { "name": "adam", "learning_rate": 1e-3 },
            "train": { "epochs": 0, "batch_size": 32, "eval_every": 5, "patience": 0, "monitor": "F1@10" }
        }"#,
    );
    let values = [
        ("model", "channels", channels),
        ("model", "dim", dim),
        ("model", "decay_steps", 100 * epochs),
        ("init", "k", k),
        ("train", "epochs", epochs),
    ];
    for (section, name, value) in values {
        config[section][name] = value.into();
    }
    config
}

fn ncf() -> Value {
    kdd21_with(
        r#"{
            "model": { "name": "ncf", "dim": 64, "layers": 1, "negatives": 4, "l2": 1e-5 },
            "init": { "name": "random" },
            "optimizer": { "name": "adam", "learning_rate": 1e-3 },
            "train": { "epochs": 60, "batch_size": 256, "eval_every": 1, "patience": 6, "monitor": "F1@10" }
        }"#,
    )
}

fn first_light() -> Value {
    let mut config = mf_bpr();
    config["init"] = parsed(r#"{ "name": "leporid", "gain": 0.1 }"#);
    config
}
