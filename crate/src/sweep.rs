//! Ablations: a grid of settings × seeds as a queue of runs, and their results as one table.
//!
//! ```
//! use serde_json::json;
//! use warren::sweep::Sweep;
//!
//! let sweep = Sweep::parse(&json!({
//!     "base": { "model": { "name": "mf", "dim": 8 } },
//!     "grid": { "init.name": ["random", "leporid"], "optimizer.learning_rate": [0.001, 0.01] },
//!     "seeds": [1, 2, 3],
//! }))?;
//! assert_eq!((sweep.rows.len(), sweep.runs.len()), (4, 12));
//! assert_eq!(sweep.rows[1].label, "init.name=random, optimizer.learning_rate=0.01");
//! # Ok::<(), warren::error::Error>(())
//! ```

mod grid;
pub mod records;
pub mod table;

use crate::config::{RunConfig, overlay};
use crate::error::{Code, Error, Result};
use crate::rng::Seed;
use crate::train::evaluate::Options;
use grid::{Grid, Setting};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Runs of one sweep at most.
pub const MAX_RUNS: usize = 10_000;

/// A checked grid, expanded. Only [`Sweep::parse`] makes one.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The keys that vary, in the order in which they are given: `init.name`, `init.alpha`, …
    pub keys: Vec<String>,
    /// The configurations without their seeds, in order.
    pub rows: Vec<Row>,
    /// The seeds, in order.
    pub seeds: Vec<u64>,
    /// The runs in the order of the queue: row by row, seed by seed.
    pub runs: Vec<SweepRun>,
    /// The metrics of the table, e.g. `HR@10` (of the test part) or `validation HR@10`.
    pub metrics: Vec<String>,
    /// Combinations that were left out because without the keys that do not apply they repeat another.
    pub repeated: usize,
}

/// One configuration of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// `init.name=leporid, init.alpha=0.5`: the settings that vary; the model's name if nothing does.
    pub label: String,
    /// The value of each of [`Sweep::keys`]; `None` where the key does not apply.
    pub values: Vec<Option<Value>>,
}

/// One run of a sweep.
#[derive(Debug, Clone)]
pub struct SweepRun {
    /// Its row.
    pub row: usize,
    /// Its configuration, with its seed.
    pub config: RunConfig,
}

impl Sweep {
    /// Checks and expands a grid:
    ///
    /// ```json
    /// {
    ///   "base":  { "model": { "name": "mf" } },
    ///   "grid":  { "init.name": ["svd", "leporid"], "init.alpha": [0.3, 0.5] },
    ///   "runs":  [{ "model.name": "slim" }, { "model": { "name": "mf", "dim": 32 } }],
    ///   "seeds": [1, 2, 3],
    ///   "skip_unknown": true,
    ///   "metrics": ["HR@10", "F1@10"]
    /// }
    /// ```
    ///
    /// `base` is a configuration. `grid` gives the full product of its values, the last key varying fastest;
    /// `runs` lists combinations that are no full product; with both, every run meets the whole grid. All are
    /// laid over `base` as [`overlay`] does: a section that gets another name starts from that method's
    /// defaults. `seeds` (by default the one of `base`) vary fastest of all.
    ///
    /// A key of the grid that a combination's methods do not take is an error naming the combination; with
    /// `skip_unknown` it is left out there, and combinations that then repeat an earlier one are dropped. A
    /// key that no method of its section takes is an error always.
    ///
    /// # Errors
    /// [`Code::OutOfRange`], [`Code::UnknownKey`] or [`Code::UnknownName`] with key, value and what is allowed.
    pub fn parse(value: &Value) -> Result<Self> {
        let grid = Grid::parse(value)?;
        let mut sweep = Self {
            keys: grid.varying(),
            rows: Vec::new(),
            seeds: grid.seeds.clone(),
            runs: Vec::new(),
            metrics: Vec::new(),
            repeated: 0,
        };
        let (mut seen, mut configs) = (HashSet::new(), Vec::new());
        for combination in grid.combinations() {
            let (config, kept) = grid.configure(&combination)?;
            if !seen.insert(without_seed(&config)) {
                if !grid.skip_unknown {
                    let message = format!("the combination {} is there twice", label(&combination, &config));
                    return Err(Error::new(Code::OutOfRange, message).for_key("grid"));
                }
                sweep.repeated += 1;
                continue;
            }
            sweep.add(&kept, &config);
            configs.push(config);
        }
        sweep.metrics = metrics(grid.metrics.as_deref(), &configs)?;
        Ok(sweep)
    }

    fn add(&mut self, settings: &[Setting], config: &RunConfig) {
        let value =
            |key: &String| settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
        let varying: Vec<Setting> =
            settings.iter().filter(|(key, _)| self.keys.contains(key)).cloned().collect();
        let row = Row { label: label(&varying, config), values: self.keys.iter().map(value).collect() };
        self.rows.push(row);
        for &seed in &self.seeds {
            let config = RunConfig { seed: Seed(seed), ..config.clone() };
            self.runs.push(SweepRun { row: self.rows.len() - 1, config });
        }
    }

    /// `init.name=leporid, seed 2`.
    pub fn label(&self, run: &SweepRun) -> String {
        format!("{}, seed {}", self.rows[run.row].label, run.config.seed.0)
    }
}

/// The key under which a run's record is kept: SHA-256, in hex, of its configuration in canonical form and the
/// data's fingerprint. The same key is the same run.
pub fn key(config: &Value, fingerprint: &str) -> String {
    // A record that has been in JavaScript has 1 where the canonical form has 1.0.
    let canonical = RunConfig::parse(config).map_or_else(|_| config.clone(), |config| config.to_json());
    let mut hash = Sha256::new();
    hash.update(b"warren run 1\n");
    hash.update(canonical.to_string().as_bytes());
    hash.update(b"\n");
    hash.update(fingerprint.as_bytes());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `init.name=leporid, init.alpha=0.5`; the model's name if there are no settings.
fn label(settings: &[Setting], config: &RunConfig) -> String {
    if settings.is_empty() {
        return config.model.method.name.into();
    }
    settings.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect::<Vec<_>>().join(", ")
}

/// A setting's value as text: without quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The canonical configuration but for its seed.
fn without_seed(config: &RunConfig) -> String {
    let mut json = config.to_json();
    if let Value::Object(map) = &mut json {
        map.shift_remove("seed");
    }
    json.to_string()
}

/// The metrics of the table, checked against what every run evaluates; by default HR, F1 and NDCG at the
/// largest cutoff that all runs have.
fn metrics(wanted: Option<&[String]>, configs: &[RunConfig]) -> Result<Vec<String>> {
    let mut known: Option<Vec<String>> = None;
    for config in configs {
        let names = Options::new(&config.evaluate)?.metric_names();
        known = Some(match known {
            None => names,
            Some(before) => before.into_iter().filter(|name| names.contains(name)).collect(),
        });
    }
    let known = known.unwrap_or_default();
    if let Some(wanted) = wanted {
        for name in wanted {
            let plain = name.strip_prefix(table::VALIDATION).unwrap_or(name);
            if !known.iter().any(|k| k == plain) {
                let message =
                    format!("\"{name}\" is none of the metrics that every run has ({})", known.join(", "));
                return Err(Error::new(Code::OutOfRange, message).for_key("metrics").with_value(name));
            }
        }
        return Ok(wanted.to_vec());
    }
    let cutoff = |name: &String| name.strip_prefix("HR@").and_then(|k| k.parse::<u64>().ok());
    let Some(largest) = known.iter().filter_map(cutoff).max() else {
        let message = "the runs have no cutoff in common: name the metrics of the table";
        return Err(Error::new(Code::OutOfRange, message).for_key("metrics"));
    };
    Ok(["HR", "F1", "NDCG"].map(|name| format!("{name}@{largest}")).into())
}

/// `base` with these settings laid over it.
fn laid_over(base: &Value, settings: &[Setting]) -> Value {
    let mut over = Map::new();
    for (key, value) in settings {
        let (section, name) = key.split_once('.').expect("checked to be SECTION.NAME");
        let section = over.entry(section).or_insert_with(|| Value::Object(Map::new()));
        section[name] = value.clone();
    }
    let mut config = base.clone();
    overlay(&mut config, &Value::Object(over));
    config
}

#[cfg(test)]
mod tests;
