//! The registry: every method once. Help texts, forms, the JSON schema, the configuration check and the
//! contract tests all read these tables.
//!
//! Adding a method is one new file with its [`Method`], its `mod` line, and one line here (or, where the
//! layers below choose among the methods themselves, in the `ALL` that stands here). The first entry of a
//! table is what a configuration that does not name one gets.

mod schema;
mod settings;
mod table;

pub use schema::schema;
pub use settings::{DATA, RUN};
pub(crate) use table::object;
pub use table::{Described, ModelEntry, Table, nearest, unknown_name};

use crate::data::interactions::Interactions;
use crate::data::{builtin, formats, split, synthetic};
use crate::error::Result;
use crate::graph::similarity::{self, Similarity};
use crate::init::{self, InitFn};
use crate::loss::{self, LossFn};
use crate::models::{self, Model, ModelInput};
use crate::optim::{self, OptimizerFn};
use crate::params::{Method, Params};
use crate::presets::PRESETS;
use crate::regularizer::{self, RegularizerFn};
use crate::rng::Seed;
use crate::task::{LocalFuture, Task};
use crate::{metrics, train};
use serde::Serialize;
use serde_json::{Value, json};

/// Makes a model.
pub type ModelFn = for<'a> fn(ModelInput<'a>) -> Result<Box<dyn Model>>;

/// A model that is fitted directly.
const fn direct(method: &'static Method, build: ModelFn) -> ModelEntry<ModelFn> {
    ModelEntry { method, iterative: false, sections: &[], build }
}

/// A model that is trained over epochs.
const fn trained(method: &'static Method, build: ModelFn) -> ModelEntry<ModelFn> {
    let sections = &["init", "loss", "regularizer", "optimizer", "train"];
    ModelEntry { method, iterative: true, sections, build }
}

/// A network with losses of its own, trained over epochs on whatever device there is.
const fn network(method: &'static Method, build: ModelFn) -> ModelEntry<ModelFn> {
    let sections = &["init", "optimizer", "train"];
    ModelEntry { method, iterative: true, sections, build }
}

/// The recommenders.
pub static MODELS: Table<ModelEntry<ModelFn>> = Table {
    kind: "model",
    section: "model",
    entries: &[
        trained(&models::mf::METHOD, models::mf::build),
        trained(&models::nonlinear_mf::METHOD, models::nonlinear_mf::build),
        trained(&models::lightgcn::METHOD, models::lightgcn::build),
        network(&models::dlr2::METHOD, models::dlr2::build),
        network(&models::ncf::METHOD, models::ncf::build),
        direct(&models::top_pop::METHOD, models::top_pop::build),
        direct(&models::user_knn::METHOD, models::user_knn::build),
        direct(&models::item_knn::METHOD, models::item_knn::build),
        direct(&models::slim::METHOD, models::slim::build),
        direct(&models::p3_alpha::METHOD, models::p3_alpha::build),
        direct(&models::rp3_beta::METHOD, models::rp3_beta::build),
    ],
};

/// The initialisations of embedding tables.
pub static INITS: Table<(&'static Method, InitFn)> = Table {
    kind: "initialisation",
    section: "init",
    entries: &[
        (&init::xavier::METHOD, init::xavier::build),
        (&init::normal::METHOD, init::normal::build),
        (&init::svd::METHOD, init::svd::build),
        (&init::spectral::LE, init::spectral::build),
        (&init::spectral::LEPORID, init::spectral::build),
    ],
};

/// The losses. Models build them, so their lines stand below the models, in [`loss::ALL`].
pub static LOSSES: Table<(&'static Method, LossFn)> =
    Table { kind: "loss", section: "loss", entries: loss::ALL };

/// The regularisers ([`regularizer::ALL`]).
pub static REGULARIZERS: Table<(&'static Method, RegularizerFn)> =
    Table { kind: "regulariser", section: "regularizer", entries: regularizer::ALL };

/// The optimizers ([`optim::ALL`]).
pub static OPTIMIZERS: Table<(&'static Method, OptimizerFn)> =
    Table { kind: "optimizer", section: "optimizer", entries: optim::ALL };

/// The metrics ([`metrics::ALL`]); an evaluation computes them all.
pub static METRICS: Table<&'static Method> =
    Table { kind: "metric", section: "metric", entries: metrics::ALL };

/// The file formats. Reading tries them, so their readers stand in [`formats::ALL`].
pub static FORMATS: Table<&'static Method> =
    Table { kind: "format", section: "format", entries: &formats::METHODS };

/// The ways to split data ([`split::METHODS`]).
pub static SPLITS: Table<&'static Method> =
    Table { kind: "split", section: "split", entries: &split::METHODS };

/// How alike two users or items are.
pub static SIMILARITIES: Table<(&'static Method, Similarity)> = Table {
    kind: "similarity",
    section: "similarity",
    entries: &[(&similarity::JACCARD, Similarity::Jaccard), (&similarity::COSINE, Similarity::Cosine)],
};

/// Makes a built-in data set.
pub type BuiltinFn = for<'a> fn(&'a Params, Seed, &'a Task) -> LocalFuture<'a, Result<Interactions>>;

fn generated<'a>(params: &'a Params, seed: Seed, task: &'a Task) -> LocalFuture<'a, Result<Interactions>> {
    Box::pin(synthetic::generate(params, seed, task))
}

/// The data sets that need no file: one that is real, and the generator at sizes that papers use.
pub static BUILTIN: Table<(&'static Method, BuiltinFn)> = Table {
    kind: "built-in data set",
    section: "builtin",
    entries: &[
        (&builtin::SOUTHERN_WOMEN, |_, _, _| Box::pin(async { builtin::southern_women() })),
        (&synthetic::METHOD, generated),
        (&synthetic::ML_100K, generated),
        (&synthetic::ML_1M, generated),
        (&synthetic::ML_1M_RATED_3, generated),
        (&synthetic::ANIME, generated),
    ],
};

/// Description of the section `data`: filter and split.
pub fn data() -> &'static Method {
    &DATA
}

/// Description of the section `train`: the loop.
pub fn train() -> &'static Method {
    &train::TRAIN
}

/// Description of the section `evaluate`.
pub fn evaluate() -> &'static Method {
    &train::evaluate::EVALUATE
}

/// Every table's title and descriptions, in the order in which they are shown.
pub fn sections() -> Vec<(&'static str, Vec<&'static Method>)> {
    vec![
        ("Models", MODELS.methods().collect()),
        ("Initialisations", INITS.methods().collect()),
        ("Losses", LOSSES.methods().collect()),
        ("Regularisers", REGULARIZERS.methods().collect()),
        ("Optimizers", OPTIMIZERS.methods().collect()),
        ("Metrics", METRICS.methods().collect()),
        ("Formats", FORMATS.methods().collect()),
        ("Splits", SPLITS.methods().collect()),
        ("Similarities", SIMILARITIES.methods().collect()),
        ("Built-in data", BUILTIN.methods().collect()),
        ("Settings", vec![&RUN, data(), train(), evaluate()]),
    ]
}

/// The whole catalogue, as the page and `warren methods --json` get it.
pub fn to_json() -> Value {
    #[derive(Serialize)]
    struct Listed {
        #[serde(flatten)]
        method: &'static Method,
        iterative: bool,
        sections: &'static [&'static str],
    }
    let listed =
        |e: &ModelEntry<ModelFn>| Listed { method: e.method, iterative: e.iterative, sections: e.sections };
    let models: Vec<_> = MODELS.entries.iter().map(listed).collect();
    let presets: Vec<_> = PRESETS
        .iter()
        .map(|p| json!({ "name": p.name, "title": p.title, "doc": p.doc, "config": (p.config)() }))
        .collect();
    json!({
        "models": models,
        "inits": INITS.methods().collect::<Vec<_>>(),
        "losses": LOSSES.methods().collect::<Vec<_>>(),
        "regularizers": REGULARIZERS.methods().collect::<Vec<_>>(),
        "optimizers": OPTIMIZERS.methods().collect::<Vec<_>>(),
        "metrics": METRICS.methods().collect::<Vec<_>>(),
        "formats": FORMATS.methods().collect::<Vec<_>>(),
        "splits": SPLITS.methods().collect::<Vec<_>>(),
        "similarities": SIMILARITIES.methods().collect::<Vec<_>>(),
        "builtin": BUILTIN.methods().collect::<Vec<_>>(),
        "data": data(),
        "train": train(),
        "evaluate": evaluate(),
        "presets": presets,
    })
}
