//! The experiment of figure 2: rank-one updates against a dense solver for every new edge.

use super::measure::{Tools, flat_text, threads_of_this_machine};
use super::report;
use crate::exec::{Invocation, cargo};
use crate::{Outcome, paths, ui};
use serde_json::{Value, json};
use std::fmt::Write;

const NUMPY: &str = include_str!("perturbation.py");

/// NumPy would take minutes for all graphs; its time is proportional to their number.
const NUMPY_GRAPHS: u64 = 5;

/// Measures and prints; `quick` runs a tenth of the graphs.
pub fn run(quick: bool, write: bool) -> Outcome {
    let graphs = if quick { NUMPY_GRAPHS } else { 50 };
    let job = json!({"nodes": 100, "attach": 10, "seed": 123, "graphs": graphs, "repeats": 30, "dim": 40});
    let tools = Tools::prepare()?;
    let program = cargo().args(["build", "--quiet", "--release", "--package", "warren", "--bin", "warren"]);
    ui::timed("Compiling", "the command line", || program.run())?;
    ui::line("Measuring", &format!("NumPy on {NUMPY_GRAPHS} of {graphs} graphs"));
    let mut numpy_job = job.clone();
    numpy_job["graphs"] = NUMPY_GRAPHS.into();
    let numpy = tools.python(NUMPY, &numpy_job)?;
    let numpy_seconds = seconds(&numpy["seconds"])? * graphs as f64 / NUMPY_GRAPHS as f64;
    let mut rows = vec![("NumPy, 1 thread", numpy_seconds)];
    ui::line("Measuring", "wasm and native, with one thread and with all");
    let mut records = Vec::new();
    for (side, threads) in [("wasm, 1 thread", 0), ("wasm, all threads", threads_of_this_machine())] {
        let page = tools.page_result(&json!({"simulate": job, "threads": threads}))?;
        rows.push((side, seconds(&page["wall"])?));
        records.push(numbers(&page["curves"]));
    }
    for (side, threads) in [("native, 1 thread", "1"), ("native, all threads", "0")] {
        let record = native(&job, threads)?;
        let stages = record["seconds"].as_object().ok_or("a record without seconds")?;
        rows.push((side, stages.values().filter_map(Value::as_f64).sum()));
        records.push(numbers(&record["curves"]));
    }
    if records[0] != records[2] || records[2] != records[3] {
        return Err("the baseline module, one thread and several gave different curves".to_owned());
    }
    let text = table(&rows, graphs, &tools.versions());
    println!("{text}");
    if write { report::write("perturbation", "Speed of the perturbation experiment", &text) } else { Ok(()) }
}

fn native(job: &Value, threads: &str) -> Outcome<Value> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(std::path::PathBuf::from);
    let target = target.unwrap_or_else(|| paths::root().join("target"));
    let mut run = Invocation::new(target.join("release").join(paths::program("warren")));
    run = run.args(["simulate", "--quiet", "--report", "-"]);
    for (key, value) in job.as_object().into_iter().flatten() {
        run = run.arg(format!("--{key}")).arg(value.to_string());
    }
    flat_text(&run.env("RAYON_NUM_THREADS", threads))
}

/// All numbers in a value, in order: JavaScript writes 0 for 0.0.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().flat_map(numbers).collect(),
        Value::Object(map) => map.values().flat_map(numbers).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

fn seconds(value: &Value) -> Outcome<f64> {
    value.as_f64().ok_or_else(|| format!("{value} is no number of seconds"))
}

/// Ratios are against NumPy, below 1 is faster.
fn table(rows: &[(&str, f64)], graphs: u64, versions: &str) -> String {
    let mut out = format!("{}.\n{versions}.\n\n", report::machine());
    let updates = graphs as f64 * 3_000.0;
    let _ = writeln!(
        out,
        "{graphs} graphs of 100 nodes, 30 new edges a node ({updates:.0} in all), 40 eigenvectors of the \
         unnormalised Laplacian; NumPy ran {NUMPY_GRAPHS} of the graphs, its time is scaled up.\n"
    );
    out.push_str("| | s | ratio | µs a new edge |\n|---|--:|--:|--:|\n");
    for (side, seconds) in rows {
        let ratio = seconds / rows[0].1;
        let _ = writeln!(out, "| {side} | {seconds:.2} | {ratio:.4} | {:.1} |", seconds / updates * 1e6);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_against_the_first_row() {
        let text = table(&[("a", 100.0), ("b", 2.0)], 50, "v");
        assert!(text.contains("| b | 2.00 | 0.0200 | 13.3 |"), "{text}");
    }
}
