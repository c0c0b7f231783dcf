//! The grid as given: its keys, values and seeds, each checked by itself, and the combinations they make.

use super::{MAX_RUNS, laid_over, shown};
use crate::catalog::{self, INITS, LOSSES, MODELS, OPTIMIZERS, REGULARIZERS, nearest};
use crate::config::{RunConfig, seed};
use crate::error::{Code, Error, Result};
use crate::params::Method;
use serde_json::{Map, Value, json};

/// `SECTION.NAME` and its value.
pub type Setting = (String, Value);

const KEYS: [&str; 6] = ["base", "grid", "runs", "seeds", "skip_unknown", "metrics"];
const SECTIONS: [&str; 8] =
    ["data", "model", "init", "loss", "regularizer", "optimizer", "train", "evaluate"];

/// A grid whose parts are right by themselves.
pub struct Grid {
    base: Value,
    /// Each key with its values.
    axes: Vec<(String, Vec<Value>)>,
    /// The listed runs; one without settings if there is no list.
    listed: Vec<Vec<Setting>>,
    pub seeds: Vec<u64>,
    pub skip_unknown: bool,
    pub metrics: Option<Vec<String>>,
}

impl Grid {
    pub fn parse(value: &Value) -> Result<Self> {
        let Value::Object(given) = value else {
            return Err(out_of_range("a sweep is a JSON object, {\"base\": …, \"grid\": …}", ""));
        };
        if let Some(key) = given.keys().find(|k| !KEYS.contains(&k.as_str())) {
            let hint = hint(key, KEYS.into_iter());
            let message = format!("unknown key \"{key}\" (a sweep takes {}){hint}", KEYS.join(", "));
            return Err(Error::new(Code::UnknownKey, message).for_key(key.clone()));
        }
        let empty = Map::new();
        let base = catalog::object(given.get("base"), "base", &empty)?;
        let grid = Self {
            base: Value::Object(base.clone()),
            axes: axes(catalog::object(given.get("grid"), "grid", &empty)?)?,
            listed: listed(given.get("runs"))?,
            seeds: match given.get("seeds") {
                None => vec![seed(base)?.0],
                Some(seeds) => self::seeds(seeds)?,
            },
            skip_unknown: match given.get("skip_unknown") {
                None => false,
                Some(Value::Bool(skip)) => *skip,
                Some(other) => {
                    return Err(out_of_range(&format!("{other} is not true or false"), "skip_unknown"));
                }
            },
            metrics: given.get("metrics").map(metrics).transpose()?,
        };
        grid.check_size()?;
        Ok(grid)
    }

    fn check_size(&self) -> Result<()> {
        let sizes = [self.listed.len()].into_iter().chain(self.axes.iter().map(|(_, values)| values.len()));
        let sizes: Vec<usize> = sizes.chain([self.seeds.len()]).filter(|&n| n > 1).collect();
        let runs = sizes.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        if runs.is_some_and(|n| n <= MAX_RUNS) {
            return Ok(());
        }
        let product = sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
        Err(out_of_range(&format!("{product} runs are more than the {MAX_RUNS} a sweep may have"), "grid")
            .with_value(product))
    }

    /// The keys whose value is not the same everywhere, in order of appearance.
    pub fn varying(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for (key, value) in self.listed.iter().flatten() {
            let same = |run: &Vec<Setting>| run.iter().any(|(k, v)| k == key && v == value);
            if !keys.contains(key) && !self.listed.iter().all(same) {
                keys.push(key.clone());
            }
        }
        let axes = self.axes.iter().filter(|(_, values)| values.len() > 1).map(|(key, _)| key.clone());
        keys.extend(axes.filter(|key| !keys.contains(key)).collect::<Vec<_>>());
        keys
    }

    /// All combinations, in order. A key of the grid that a listed run states too has the run's value.
    pub fn combinations(&self) -> Vec<Vec<Setting>> {
        let mut out = self.listed.clone();
        for (key, values) in &self.axes {
            let longer = |combination: Vec<Setting>| {
                if combination.iter().any(|(known, _)| known == key) {
                    return vec![combination];
                }
                let with = |value: &Value| [&combination[..], &[(key.clone(), value.clone())]].concat();
                values.iter().map(with).collect::<Vec<_>>()
            };
            out = out.into_iter().flat_map(longer).collect();
        }
        out
    }

    /// The configuration of a combination, and those of its settings that apply to it.
    pub fn configure(&self, combination: &[Setting]) -> Result<(RunConfig, Vec<Setting>)> {
        let mut kept = combination.to_vec();
        let place = |e: Error| {
            let all: Vec<_> = combination.iter().map(|(k, v)| format!("{k}={}", shown(v))).collect();
            let end = if all.is_empty() {
                String::new()
            } else {
                format!(" (in the combination {})", all.join(", "))
            };
            Error { message: e.message.clone() + &end, ..e }
        };
        loop {
            let parsed = RunConfig::parse(&laid_over(&self.base, &kept));
            let at = match &parsed {
                Ok(config) => {
                    let read = config.to_json();
                    // A section that the model does not read decides nothing.
                    kept.iter().position(|(key, _)| read.get(section(key)).is_none())
                }
                Err(e) if e.code == Code::UnknownKey => {
                    kept.iter().position(|(key, _)| Some(key) == e.key.as_ref())
                }
                Err(_) => None,
            };
            match (at, parsed) {
                (None, Ok(config)) => return Ok((config, kept)),
                (Some(at), _) if self.skip_unknown => drop(kept.remove(at)),
                (Some(at), Ok(config)) => {
                    let (key, model) = (&kept[at].0, config.model.method.name);
                    let message = format!("{model} does not read the section \"{}\"", section(key));
                    return Err(place(Error::new(Code::UnknownKey, message).for_key(key.clone())));
                }
                (_, Err(e)) => return Err(place(e)),
            }
        }
    }
}

fn section(key: &str) -> &str {
    key.split_once('.').map_or(key, |(section, _)| section)
}

fn out_of_range(message: &str, key: &str) -> Error {
    let e = Error::new(Code::OutOfRange, message);
    if key.is_empty() { e } else { e.for_key(key) }
}

fn hint<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    nearest(wanted, names).map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default()
}

/// The values of each key of `grid`.
fn axes(grid: &Map<String, Value>) -> Result<Vec<(String, Vec<Value>)>> {
    let mut out = Vec::new();
    for (key, values) in grid {
        let place = format!("grid.{key}");
        check_key(key, &place)?;
        let Some(values) = values.as_array().filter(|v| !v.is_empty()) else {
            return Err(out_of_range(&format!("{values} is not a list of values, [1, 2]"), &place));
        };
        if let Some(at) = (1..values.len()).find(|&i| values[..i].contains(&values[i])) {
            return Err(out_of_range(&format!("{} is there twice", values[at]), &place)
                .with_value(values[at].to_string()));
        }
        out.push((key.clone(), values.clone()));
    }
    Ok(out)
}

/// The settings of each entry of `runs`: dotted keys, or sections as in a configuration.
fn listed(runs: Option<&Value>) -> Result<Vec<Vec<Setting>>> {
    let Some(runs) = runs else { return Ok(vec![Vec::new()]) };
    let Some(runs) = runs.as_array().filter(|r| !r.is_empty()) else {
        return Err(out_of_range(
            &format!("{runs} is not a list of settings, [{{\"model.name\": …}}]"),
            "runs",
        ));
    };
    let mut out = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        let place = format!("runs[{i}]");
        let Value::Object(run) = run else {
            return Err(out_of_range(&format!("{run} is not an object of settings"), &place));
        };
        let mut settings = Vec::new();
        for (key, value) in run {
            let inner = match value {
                Value::Object(inner) if !key.contains('.') => {
                    inner.iter().map(|(name, v)| (format!("{key}.{name}"), v.clone())).collect()
                }
                other => vec![(key.clone(), other.clone())],
            };
            settings.extend(inner);
        }
        for (at, (key, _)) in settings.iter().enumerate() {
            check_key(key, &format!("{place}.{key}"))?;
            if settings[..at].iter().any(|(known, _)| known == key) {
                return Err(out_of_range(&format!("\"{key}\" is there twice"), &place));
            }
        }
        out.push(settings);
    }
    Ok(out)
}

/// A key has to be one that some method of its section takes.
fn check_key(key: &str, place: &str) -> Result<()> {
    let fault = |message: String| Err(Error::new(Code::UnknownKey, message).for_key(place));
    if key == "seed" {
        return fault("seeds have a list of their own: \"seeds\"".into());
    }
    let Some((section, name)) = key.split_once('.') else {
        return fault(format!("\"{key}\" is no key: keys are SECTION.NAME, such as init.name"));
    };
    let Some(methods) = methods(section) else {
        let hint = hint(section, SECTIONS.into_iter());
        return fault(format!("there is no section \"{section}\" (there are {}){hint}", SECTIONS.join(", ")));
    };
    let chosen = !["data", "train", "evaluate"].contains(&section);
    let mut names: Vec<&str> = methods.iter().flat_map(|m| m.params).map(|p| p.name).collect();
    names.extend(chosen.then_some("name"));
    names.sort_unstable();
    names.dedup();
    if names.contains(&name) {
        return Ok(());
    }
    let hint = hint(name, names.iter().copied());
    fault(format!("nothing in \"{section}\" takes \"{name}\" (there are {}){hint}", names.join(", ")))
}

/// The methods whose parameters a section may hold.
fn methods(section: &str) -> Option<Vec<&'static Method>> {
    Some(match section {
        "data" => vec![catalog::data()],
        "train" => vec![catalog::train()],
        "evaluate" => vec![catalog::evaluate()],
        "model" => MODELS.methods().collect(),
        "init" => INITS.methods().collect(),
        "loss" => LOSSES.methods().collect(),
        "regularizer" => REGULARIZERS.methods().collect(),
        "optimizer" => OPTIMIZERS.methods().collect(),
        _ => return None,
    })
}

fn seeds(given: &Value) -> Result<Vec<u64>> {
    let Some(list) = given.as_array().filter(|l| !l.is_empty()) else {
        return Err(out_of_range(&format!("{given} is not a list of seeds, [1, 2, 3]"), "seeds"));
    };
    let mut out = Vec::new();
    for value in list {
        let one = json!({ "seed": value });
        let one = one.as_object().expect("an object");
        let number = seed(one).map_err(|e| Error { key: Some("seeds".into()), ..e })?.0;
        if out.contains(&number) {
            return Err(
                out_of_range(&format!("{number} is there twice"), "seeds").with_value(number.to_string())
            );
        }
        out.push(number);
    }
    Ok(out)
}

fn metrics(given: &Value) -> Result<Vec<String>> {
    let names: Option<Vec<String>> =
        given.as_array().and_then(|l| l.iter().map(|v| v.as_str().map(str::to_owned)).collect());
    names
        .filter(|n| !n.is_empty())
        .ok_or_else(|| out_of_range(&format!("{given} is not a list of names, [\"HR@10\"]"), "metrics"))
}
