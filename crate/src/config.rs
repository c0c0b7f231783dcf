//! A run's configuration: one JSON format for the page, the API and the CLI, checked once.

use crate::catalog::{self, INITS, LOSSES, MODELS, OPTIMIZERS, REGULARIZERS, nearest};
use crate::data::split::SplitKind;
use crate::error::{Code, Error, Result};
use crate::params::{Method, Params};
use crate::rng::Seed;
use crate::train::Settings;
use crate::train::evaluate::Options;
use serde_json::{Map, Value};

/// The keys of a configuration, in the order in which it is written out.
const KEYS: [&str; 9] =
    ["seed", "data", "model", "init", "loss", "regularizer", "optimizer", "train", "evaluate"];

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

impl RunConfig {
    /// Checks a configuration; what it leaves out takes its default.
    ///
    /// A model that is not trained over epochs (TopPop, the KNNs) reads no `init`, `loss`, `regularizer`,
    /// `optimizer` and `train`; a network with losses of its own no `loss` and `regularizer`. Such sections are checked all the same, so that one file can be tried with
    /// several models, but [`RunConfig::to_json`] leaves them out: they decided nothing.
    ///
    /// # Errors
    /// [`Code::UnknownName`], [`Code::UnknownKey`] or [`Code::OutOfRange`], naming the key, the value and
    /// what is allowed.
    pub fn parse(value: &Value) -> Result<Self> {
        let Value::Object(given) = value else {
            return Err(Error::new(Code::OutOfRange, "a configuration is a JSON object, {\"model\": …}"));
        };
        check_keys(given)?;
        if !given.contains_key("model") {
            let names: Vec<_> = MODELS.methods().map(|m| m.name).collect();
            let message =
                format!("a configuration needs a model: {{\"name\": …}} with one of {}", names.join(", "));
            return Err(Error::new(Code::OutOfRange, message).for_key("model"));
        }
        let config = Self {
            seed: seed(given)?,
            data: section(catalog::data(), given)?,
            model: MODELS.params(given.get("model"))?,
            init: INITS.params(given.get("init"))?,
            loss: LOSSES.params(given.get("loss"))?,
            regularizer: REGULARIZERS.params(given.get("regularizer"))?,
            optimizer: OPTIMIZERS.params(given.get("optimizer"))?,
            train: section(catalog::train(), given)?,
            evaluate: section(catalog::evaluate(), given)?,
        };
        config.check_across()?;
        Ok(config)
    }

    /// True if the model is trained over epochs.
    pub fn is_iterative(&self) -> bool {
        MODELS.find(self.model.method.name).is_ok_and(|e| e.iterative)
    }

    /// Embedding size of the model's tables; `None` for models without tables.
    pub fn dim(&self) -> Option<usize> {
        let has_dim = self.model.method.params.iter().any(|p| p.name == "dim");
        (self.is_iterative() && has_dim).then(|| self.model.usize("dim"))
    }

    /// What the training loop reads.
    pub fn settings(&self) -> Settings<'_> {
        Settings { train: &self.train, evaluate: &self.evaluate, config: self.to_json() }
    }

    /// Checks between keys that each are in range by themselves.
    fn check_across(&self) -> Result<()> {
        let options = Options::new(&self.evaluate)?;
        let (monitor, names) = (self.train.str("monitor"), options.metric_names());
        if self.is_iterative() && !names.iter().any(|n| n == monitor) {
            let message = format!("\"{monitor}\" is none of the metrics evaluated ({})", names.join(", "));
            return Err(Error::new(Code::OutOfRange, message).for_key("train.monitor").with_value(monitor));
        }
        self.data.str("split").parse::<SplitKind>().map(drop)
    }

    /// The canonical JSON: every key that decided something, written out in a fixed order.
    pub fn to_json(&self) -> Value {
        let mut out = Map::new();
        out.insert("seed".into(), self.seed.0.into());
        out.insert("data".into(), unnamed(&self.data));
        out.insert("model".into(), self.model.to_json());
        let sections = MODELS.find(self.model.method.name).map_or(&[][..], |entry| entry.sections);
        for &section in sections {
            let json = match section {
                "init" => self.init.to_json(),
                "loss" => self.loss.to_json(),
                "regularizer" => self.regularizer.to_json(),
                "optimizer" => self.optimizer.to_json(),
                _ => unnamed(&self.train),
            };
            out.insert(section.into(), json);
        }
        out.insert("evaluate".into(), unnamed(&self.evaluate));
        Value::Object(out)
    }
}

/// Parses JSON text.
///
/// # Errors
/// [`Code::BadValue`] with line and column.
pub fn parse_json(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|e| {
        let message = e.to_string();
        // serde_json appends the place, which the error carries by itself.
        let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
        Error::new(Code::BadValue, format!("this is not JSON: {message}"))
            .at_line(e.line() as u64)
            .in_column(e.column().to_string())
    })
}

/// Lays `over` over `base`, key by key, as presets, files and options build on each other. A section that
/// names another method replaces the whole section: one method's parameters mean nothing to another.
pub fn overlay(base: &mut Value, over: &Value) {
    let (Value::Object(below), Value::Object(above)) = (&mut *base, over) else {
        *base = over.clone();
        return;
    };
    if above.get("name").is_some_and(|name| below.get("name") != Some(name)) {
        *below = above.clone();
        return;
    }
    for (key, value) in above {
        match below.get_mut(key) {
            Some(old) => overlay(old, value),
            None => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Checks the `seed` among these keys.
///
/// # Errors
/// [`Code::OutOfRange`] unless it is a whole number from 0 to 2⁵³ − 1.
pub fn seed(given: &Map<String, Value>) -> Result<Seed> {
    let mut run = Params::defaults(&catalog::RUN);
    if let Some(value) = given.get("seed") {
        run.set("seed", value, "")?;
    }
    // Not `usize`, which is too small for it in wasm32; below 2⁵³.
    Ok(Seed(run.f64("seed") as u64))
}

/// The parameters of a section that has no methods to choose from, without a `name`.
pub(crate) fn unnamed(params: &Params) -> Value {
    let mut json = params.to_json();
    if let Value::Object(map) = &mut json {
        map.shift_remove("name");
    }
    json
}

fn check_keys(given: &Map<String, Value>) -> Result<()> {
    let Some(key) = given.keys().find(|k| !KEYS.contains(&k.as_str())) else { return Ok(()) };
    let hint = nearest(key, KEYS.into_iter()).map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default();
    let message = format!("unknown key \"{key}\" (a configuration takes {}){hint}", KEYS.join(", "));
    Err(Error::new(Code::UnknownKey, message).for_key(key.clone()))
}

/// A section that belongs to no method: it has no `name`.
fn section(method: &'static Method, given: &Map<String, Value>) -> Result<Params> {
    let empty = Map::new();
    let object = catalog::object(given.get(method.name), method.name, &empty)?;
    if let Some(value) = object.get("name") {
        let key = format!("{}.name", method.name);
        return Err(Error::new(
            Code::UnknownKey,
            format!("unknown key \"name\": {value} (nothing to choose)"),
        )
        .for_key(key)
        .with_value(value.to_string()));
    }
    Params::check(method, object, method.name)
}
