//! The results of a sweep: mean and deviation over the seeds, one row a configuration.

use super::{Sweep, key, shown};
use crate::error::{Code, Error, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::str::FromStr;

/// Before the name of a metric of the validation part.
pub const VALIDATION: &str = "validation ";

/// A metric over the seeds that are done.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The values, in the order of the seeds.
    pub values: Vec<f64>,
}

impl Cell {
    /// Mean; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (!self.values.is_empty()).then(|| self.values.iter().sum::<f64>() / self.values.len() as f64)
    }

    /// Sample standard deviation (divided by n − 1); `None` for fewer than two values.
    pub fn deviation(&self) -> Option<f64> {
        let n = self.values.len();
        let mean = self.mean().filter(|_| n > 1)?;
        Some((self.values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt())
    }

    /// `0.5648 ± 0.0021`; `–` without values.
    fn text(&self) -> String {
        match (self.mean(), self.deviation()) {
            (Some(mean), Some(deviation)) => format!("{mean:.4} ± {deviation:.4}"),
            (Some(mean), None) => format!("{mean:.4}"),
            _ => "–".into(),
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The value of each varying key as text; `–` where it does not apply.
    pub settings: Vec<String>,
    /// Runs that are done.
    pub done: usize,
    /// One cell a metric.
    pub cells: Vec<Cell>,
}

/// The table of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The varying keys; a single `model.name` if nothing varies.
    pub keys: Vec<String>,
    /// The metrics.
    pub metrics: Vec<String>,
    /// Seeds of each row.
    pub seeds: usize,
    /// The rows.
    pub rows: Vec<TableRow>,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Columns in line, for people.
    Text,
    /// Mean and deviation in columns of their own, all digits.
    Csv,
    /// A table of GitHub's Markdown.
    Markdown,
    /// A `tabular`.
    Latex,
    /// Rows with settings, means, deviations and all values.
    Json,
}

impl FromStr for Format {
    type Err = Error;

    /// From its name or a file's ending.
    fn from_str(name: &str) -> Result<Self> {
        match name {
            "text" | "txt" => Ok(Self::Text),
            "csv" => Ok(Self::Csv),
            "markdown" | "md" => Ok(Self::Markdown),
            "latex" | "tex" => Ok(Self::Latex),
            "json" => Ok(Self::Json),
            _ => Err(Error::new(
                Code::OutOfRange,
                format!("there is no table format \"{name}\" (there are txt, csv, md, tex, json)"),
            )
            .with_value(name)),
        }
    }
}

impl Table {
    /// The table of the records there are; `fingerprint` is the data's. Records of other runs are passed over.
    pub fn of<'a>(sweep: &Sweep, fingerprint: &str, records: impl IntoIterator<Item = &'a Value>) -> Self {
        let of_key = |record: &'a Value| {
            (key(&record["config"], record["data"]["fingerprint"].as_str().unwrap_or_default()), record)
        };
        let records: HashMap<String, &Value> = records.into_iter().map(of_key).collect();
        let empty = Cell { values: Vec::new() };
        let mut rows: Vec<TableRow> = sweep
            .rows
            .iter()
            .map(|row| TableRow {
                settings: if sweep.keys.is_empty() {
                    vec![row.label.clone()]
                } else {
                    row.values.iter().map(|v| v.as_ref().map_or_else(|| "–".into(), shown)).collect()
                },
                done: 0,
                cells: vec![empty.clone(); sweep.metrics.len()],
            })
            .collect();
        for run in &sweep.runs {
            let Some(record) = records.get(&key(&run.config.to_json(), fingerprint)) else { continue };
            let row = &mut rows[run.row];
            row.done += 1;
            for (cell, metric) in row.cells.iter_mut().zip(&sweep.metrics) {
                cell.values.extend(value(record, metric));
            }
        }
        let keys = if sweep.keys.is_empty() { vec!["model.name".into()] } else { sweep.keys.clone() };
        Self { keys, metrics: sweep.metrics.clone(), seeds: sweep.seeds.len(), rows }
    }

    /// The table in this format.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Csv => self.csv(),
            Format::Markdown => self.markdown(),
            Format::Latex => self.latex(),
            Format::Json => format!("{:#}\n", self.to_json()),
        }
    }

    /// Keys, metrics, and rows with settings, number of runs, means, deviations (`null` for fewer than two
    /// runs) and values.
    pub fn to_json(&self) -> Value {
        let row = |row: &TableRow| {
            let mut metrics = json!({});
            for (name, cell) in self.metrics.iter().zip(&row.cells) {
                metrics[name] =
                    json!({ "mean": cell.mean(), "deviation": cell.deviation(), "values": cell.values });
            }
            json!({ "settings": row.settings, "runs": row.done, "metrics": metrics })
        };
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        json!({ "keys": self.keys, "metrics": self.metrics, "seeds": self.seeds, "rows": rows })
    }

    fn header(&self) -> Vec<String> {
        let runs = ["runs".to_owned()];
        self.keys.iter().chain(&runs).chain(&self.metrics).cloned().collect()
    }

    fn cells(&self, row: &TableRow) -> Vec<String> {
        let runs = if row.done == self.seeds {
            row.done.to_string()
        } else {
            format!("{} of {}", row.done, self.seeds)
        };
        let metrics = row.cells.iter().map(|cell| cell.text());
        row.settings.iter().cloned().chain([runs]).chain(metrics).collect()
    }

    fn text(&self) -> String {
        let rows: Vec<_> =
            [self.header()].into_iter().chain(self.rows.iter().map(|r| self.cells(r))).collect();
        let width = |c: usize| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..rows[0].len()).map(width).collect();
        let mut out = String::new();
        for row in &rows {
            let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, w)| format!("{cell:<w$}")).collect();
            out.push_str(cells.join("  ").trim_end());
            out.push('\n');
        }
        out
    }

    fn csv(&self) -> String {
        let field = |text: &str| {
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let number = |v: Option<f64>| v.map_or_else(String::new, |v| v.to_string());
        let mut header: Vec<String> = self.keys.iter().map(|k| field(k)).chain(["runs".into()]).collect();
        header.extend(self.metrics.iter().flat_map(|m| [field(m), field(&format!("{m} deviation"))]));
        let mut out = header.join(",") + "\r\n";
        for row in &self.rows {
            let mut cells: Vec<String> = row.settings.iter().map(|s| field(s)).collect();
            cells.push(row.done.to_string());
            cells.extend(row.cells.iter().flat_map(|c| [number(c.mean()), number(c.deviation())]));
            out.push_str(&(cells.join(",") + "\r\n"));
        }
        out
    }

    fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<_> = cells.iter().map(|c| c.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let header = self.header();
        let side = |c: usize| if c < self.keys.len() { "---" } else { "--:" };
        let marks: Vec<_> = (0..header.len()).map(side).collect();
        let rows = self.rows.iter().map(|row| line(&self.cells(row))).collect::<String>();
        format!("{}|{}|\n{rows}", line(&header), marks.join("|"))
    }

    fn latex(&self) -> String {
        let safe = |text: &str| {
            let mut out = String::new();
            for c in text.chars() {
                match c {
                    '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
                    '\\' => out.push_str("\\textbackslash{}"),
                    '–' => out.push_str("--"),
                    c => out.push(c),
                }
            }
            out
        };
        let line = |cells: Vec<String>| {
            // Cells with ± come as text and become mathematics here.
            let cells: Vec<_> = cells.iter().map(|c| safe(c).replace('±', "$\\pm$")).collect();
            format!("{} \\\\\n", cells.join(" & "))
        };
        let columns = "l".repeat(self.keys.len()) + &"r".repeat(1 + self.metrics.len());
        let rows = self.rows.iter().map(|row| line(self.cells(row))).collect::<String>();
        let header = line(self.header());
        format!(
            "\\begin{{tabular}}{{{columns}}}\n\\hline\n{header}\\hline\n{rows}\\hline\n\\end{{tabular}}\n"
        )
    }
}

/// A metric of a record: of the test part, or of the validation part by its prefix.
fn value(record: &Value, metric: &str) -> Option<f64> {
    match metric.strip_prefix(VALIDATION) {
        Some(name) => record["metrics"]["validation"][name].as_f64(),
        None => record["metrics"]["test"][metric].as_f64(),
    }
}
