//! The figures of docs/results.md: from rows to points.

pub mod kdd19;
pub mod kdd25;

use super::chart::{Figure, Point};
use super::records::{Results, Row, Run, Spread};
use crate::Outcome;
use serde_json::Value;

/// What a figure may need.
pub struct Drawing<'a> {
    pub results: &'a Results,
    /// The record of a run with its history, which is made where it is not there.
    pub history: &'a dyn Fn(&Run) -> Outcome<Value>,
}

/// A figure to be written to docs/figures/.
pub struct Drawn {
    /// Without `.svg`.
    pub name: &'static str,
    /// What it shows; also the text for those who do not see it.
    pub about: String,
    pub figure: Figure,
}

impl Drawn {
    fn new(name: &'static str, figure: Figure) -> Self {
        Self { name, about: figure.about.clone(), figure }
    }
}

/// A row's point; `None` where runs of it are missing or have no such value.
fn point(x: f64, y: Option<Spread>) -> Option<Point> {
    y.map(|y| Point { x, y: y.mean, dy: y.deviation, ..Point::default() })
}

/// The rows for which `of` holds, each with a run to read the configuration from.
fn rows<'a>(
    results: &'a Results,
    of: impl Fn(&Run) -> bool + 'a,
) -> impl Iterator<Item = (&'a Row, &'a Run)> {
    results.rows.iter().filter_map(|row| Some((row, row.any()?))).filter(move |(_, run)| of(run))
}

/// The row with the highest monitored validation metric, mean over the seeds.
fn best<'a>(rows: impl Iterator<Item = (&'a Row, &'a Run)>) -> Option<&'a Row> {
    let valued = rows.filter_map(|(row, _)| Some((row, row.over_seeds(|run| run.monitored())?.mean)));
    valued.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(row, _)| row)
}
