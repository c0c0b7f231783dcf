//! What `warren sweep` leaves: its table as JSON, which says what belongs to the grid, and the runs' records.

use crate::Outcome;
use serde_json::Value;
use std::path::Path;

/// Before the name of a metric of the validation part.
const VALIDATION: &str = "validation ";

/// The record of a finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run(pub Value);

impl Run {
    /// A value of the configuration, `regularizer.lambda`; `None` where the method has no such key.
    pub fn setting(&self, key: &str) -> Option<&Value> {
        let (section, name) = key.split_once('.')?;
        self.0["config"].get(section)?.get(name)
    }

    /// A setting that is text; empty where there is none.
    pub fn text(&self, key: &str) -> &str {
        self.setting(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A setting that is a number.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.setting(key)?.as_f64()
    }

    pub fn seed(&self) -> Option<u64> {
        self.0["config"]["seed"].as_u64()
    }

    /// A metric of the test part, or of the validation part by its prefix.
    pub fn metric(&self, name: &str) -> Option<f64> {
        match name.strip_prefix(VALIDATION) {
            Some(name) => self.0["metrics"]["validation"][name].as_f64(),
            None => self.0["metrics"]["test"][name].as_f64(),
        }
    }

    /// The metric by which the best epoch was chosen, on the validation part.
    pub fn monitored(&self) -> Option<f64> {
        self.metric(&format!("{VALIDATION}{}", self.text("train.monitor")))
    }

    pub fn best_epoch(&self) -> Option<f64> {
        self.0["best_epoch"].as_f64()
    }

    /// Seconds of training up to the best epoch. Records of sweeps have no history: it is the best epoch's share
    /// of all epochs, whose number follows from why the run ended.
    pub fn seconds_to_best(&self) -> Option<f64> {
        let best = self.best_epoch()?;
        let most = self.number("train.epochs")?;
        let epochs = match self.0["reason"].as_str()? {
            "patience" => most.min(best + self.number("train.patience")? * self.number("train.eval_every")?),
            "epochs" => most,
            _ => return None,
        };
        Some(self.0["seconds"]["train"].as_f64()? * best / epochs)
    }
}

/// One configuration of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The settings that vary, with their values as text.
    pub settings: Vec<(String, String)>,
    /// The finished runs, one a seed, in the order of the seeds.
    pub runs: Vec<Run>,
}

impl Row {
    /// Mean and sample deviation (`None` for a single run) of what the runs have; `None` where a run has none.
    pub fn over_seeds(&self, of: impl Fn(&Run) -> Option<f64>) -> Option<Spread> {
        Spread::of(&self.runs.iter().map(of).collect::<Option<Vec<f64>>>()?)
    }

    /// Median of the runs' seconds to their best epochs: one run on a busy machine does not decide it.
    pub fn seconds_to_best(&self) -> Option<f64> {
        let mut seconds = self.runs.iter().map(Run::seconds_to_best).collect::<Option<Vec<f64>>>()?;
        seconds.sort_by(f64::total_cmp);
        let (low, high) = (seconds.len().checked_sub(1)? / 2, seconds.len() / 2);
        Some((seconds[low] + seconds[high]) / 2.0)
    }

    pub fn metric(&self, name: &str) -> Option<Spread> {
        self.over_seeds(|run| run.metric(name))
    }

    /// A run to read the configuration from; all of a row differ in the seed alone.
    pub fn any(&self) -> Option<&Run> {
        self.runs.first()
    }
}

/// Mean and sample standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub mean: f64,
    /// Divided by n − 1; `None` for a single value.
    pub deviation: Option<f64>,
}

impl Spread {
    fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        (!values.is_empty()).then_some(Self { mean, deviation })
    }
}

/// A grid's results.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    pub metrics: Vec<String>,
    /// Seeds of each row.
    pub seeds: usize,
    pub rows: Vec<Row>,
}

impl Results {
    /// Reads the table (`--table X.json`) and the records (`--out`).
    pub fn read(table: &Path, records: &Path) -> Outcome<Self> {
        let text = |path: &Path| {
            std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
        };
        let json = serde_json::from_str(&text(table)?).map_err(|e| format!("{}: {e}", table.display()))?;
        let mut runs = Vec::new();
        for (i, line) in text(records)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let record = serde_json::from_str(line);
            runs.push(Run(record.map_err(|e| format!("{}:{}: {e}", records.display(), i + 1))?));
        }
        Self::join(&json, &runs).map_err(|e| format!("{}: {e}", records.display()))
    }

    /// Finds each row's records. A file may hold runs of other grids, and which of them belong to this one is not
    /// decided anew here: a row's runs are those with its settings and with the very values that the table has.
    pub fn join(table: &Value, records: &[Run]) -> Outcome<Self> {
        let fault = |key: &str| format!("the sweep's table has no `{key}`");
        let texts = |value: &Value| -> Option<Vec<String>> {
            value.as_array()?.iter().map(|v| v.as_str().map(str::to_owned)).collect()
        };
        let keys = texts(&table["keys"]).ok_or_else(|| fault("keys"))?;
        let metrics = texts(&table["metrics"]).ok_or_else(|| fault("metrics"))?;
        let seeds = table["seeds"].as_u64().ok_or_else(|| fault("seeds"))? as usize;
        let mut rows = Vec::new();
        for row in table["rows"].as_array().ok_or_else(|| fault("rows"))? {
            let values = texts(&row["settings"]).ok_or_else(|| fault("settings"))?;
            let settings: Vec<_> =
                keys.iter().cloned().zip(values).filter(|(_, value)| value != "–").collect();
            let done = row["runs"].as_u64().ok_or_else(|| fault("runs"))? as usize;
            let fitting: Vec<&Run> = records.iter().filter(|run| has(run, &settings)).collect();
            let mut runs: Vec<Run> = Vec::new();
            for at in 0..done {
                // Of two records of the same run the later one counts.
                let new = |run: &Run| runs.iter().all(|known| known.seed() != run.seed());
                let found =
                    fitting.iter().rev().find(|run| new(run) && measured(run, row, &metrics, done, at));
                let run = found.ok_or_else(|| {
                    format!("no record has the values of run {} of {done} of the row {settings:?}", at + 1)
                })?;
                runs.push((*run).clone());
            }
            rows.push(Row { settings, runs });
        }
        Ok(Self { metrics, seeds, rows })
    }

    pub fn done(&self) -> usize {
        self.rows.iter().map(|row| row.runs.len()).sum()
    }
}

/// Whether a run's configuration has these settings.
fn has(run: &Run, settings: &[(String, String)]) -> bool {
    let same = |known: &Value, wanted: &str| match known {
        Value::String(text) => text == wanted,
        Value::Number(number) => wanted.parse::<f64>().is_ok_and(|wanted| number.as_f64() == Some(wanted)),
        Value::Bool(known) => wanted == if *known { "true" } else { "false" },
        _ => false,
    };
    settings.iter().all(|(key, wanted)| run.setting(key).is_some_and(|known| same(known, wanted)))
}

/// Whether the `at`-th of a row's `done` values of each metric is the run's. A metric that not all runs have does
/// not say whose its values are.
fn measured(run: &Run, row: &Value, metrics: &[String], done: usize, at: usize) -> bool {
    metrics.iter().all(|name| {
        let values = row["metrics"][name]["values"].as_array().map_or(&[][..], Vec::as_slice);
        let same =
            |value: f64| run.metric(name).is_some_and(|own| (own - value).abs() <= 1e-12 * value.abs());
        values.len() != done || values[at].as_f64().is_some_and(same)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use serde_json::json;

    fn table(value: f64) -> Value {
        json!({"keys": ["regularizer.name", "regularizer.lambda"], "metrics": ["validation NDCG@20", "NDCG@20"],
            "seeds": 2, "rows": [{"settings": ["weight-decay", "0.001"], "runs": 2, "metrics": {
                "NDCG@20": {"values": [0.2, 0.3]}, "validation NDCG@20": {"values": [0.25, value]}}}]})
    }

    fn record(seed: u64, lambda: f64, test: f64, validation: f64) -> Run {
        let regularizer = json!({"name": "weight-decay", "mode": "full", "lambda": lambda});
        sample::run("directau", regularizer, seed, &[("NDCG@20", test, validation)])
    }

    #[test]
    fn a_row_has_the_runs_with_its_settings_and_values() {
        let own = [record(1, 1e-3, 0.2, 0.25), record(2, 1e-3, 0.3, 0.35)];
        let mut all = own.to_vec();
        all.push(record(1, 1e-3, 0.1, 0.25));
        all.push(record(1, 1e-4, 0.2, 0.25));
        let results = Results::join(&table(0.35), &all).unwrap();
        assert_eq!(results.rows[0].runs, own);
        assert_eq!((results.seeds, results.done()), (2, 2));
        let spread = results.rows[0].metric("NDCG@20").unwrap();
        assert!((spread.mean - 0.25).abs() < 1e-15);
        assert!((spread.deviation.unwrap() - 0.005_f64.sqrt()).abs() < 1e-15);
        assert_eq!(results.rows[0].metric("HR@20"), None);
    }

    #[test]
    fn a_value_without_a_record_is_an_error_that_names_the_row() {
        let all = [record(1, 1e-3, 0.2, 0.25), record(2, 1e-3, 0.3, 0.35)];
        let error = Results::join(&table(0.36), &all).unwrap_err();
        assert!(error.contains("run 2 of 2") && error.contains("0.001"), "{error}");
    }

    #[test]
    fn seconds_to_the_best_epoch_are_its_share() {
        let mut run = record(1, 1e-3, 0.2, 0.25);
        // Best at 20 of 20 + 6 × 5 epochs, 10 s in all.
        assert_eq!(run.seconds_to_best(), Some(4.0));
        let row = |seconds: &[f64]| {
            let with = |s: &f64| {
                let mut run = run.clone();
                run.0["seconds"]["train"] = json!(s);
                run
            };
            Row { settings: vec![], runs: seconds.iter().map(with).collect() }
        };
        assert_eq!(row(&[1000.0, 10.0, 20.0]).seconds_to_best(), Some(8.0));
        assert_eq!(row(&[10.0, 20.0]).seconds_to_best(), Some(6.0));
        assert_eq!(row(&[]).seconds_to_best(), None);
        run.0["reason"] = "epochs".into();
        assert_eq!(run.seconds_to_best(), Some(0.2));
        run.0["reason"] = "stopped".into();
        assert_eq!(run.seconds_to_best(), None);
    }
}
