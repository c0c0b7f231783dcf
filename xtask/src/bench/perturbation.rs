//! The experiment of figure 2: rank-one updates against a dense solver for every new edge.

use super::measure::{Tools, threads_of_this_machine};
use super::report;
use crate::exec::{Invocation, cargo};
use crate::{Outcome, paths, ui};
use serde_json::{Value, json};
use std::fmt::Write;

const NUMPY: &str = include_str!("perturbation.py");

/// NumPy would take minutes for all graphs; its time is proportional to their number.
const NUMPY_GRAPHS: u64 = 5;

/// By which `aligned` and `norm` of two builds may differ.
const TOLERANCE: f64 = 1e-6;

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
        records.push((side, measures(&page["curves"])?));
    }
    for (side, threads) in [("native, 1 thread", "1"), ("native, all threads", "0")] {
        let record = native(&job, threads)?;
        let stages = record["seconds"].as_object().ok_or("a record without seconds")?;
        rows.push((side, stages.values().filter_map(Value::as_f64).sum()));
        records.push((side, measures(&record["curves"])?));
    }
    for (side, found) in &records[1..] {
        same_measures((records[0].0, &records[0].1), (side, found))?;
    }
    let text = table(&rows, graphs, &tools.versions());
    println!("{text}");
    if write { report::write("perturbation", "Speed of the perturbation experiment", &text) } else { Ok(()) }
}

fn native(job: &Value, threads: &str) -> Outcome<Value> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(std::path::PathBuf::from);
    let target = target.unwrap_or_else(|| paths::root().join("target"));
    let report = std::env::temp_dir().join(format!("warren-perturbation-{}.json", std::process::id()));
    let mut run = Invocation::new(target.join("release").join(paths::program("warren")));
    run = run.args(["simulate", "--quiet", "--report"]).arg(&report);
    for (key, value) in job.as_object().into_iter().flatten() {
        run = run.arg(format!("--{key}")).arg(value.to_string());
    }
    let text = run.env("RAYON_NUM_THREADS", threads).run_quiet().and_then(|()| {
        std::fs::read_to_string(&report).map_err(|e| format!("cannot read {}: {e}", report.display()))
    });
    let _ = std::fs::remove_file(&report);
    serde_json::from_str(&text?).map_err(|e| format!("the command line's record is not JSON: {e}"))
}

/// Of each degree of the first curve: degree, nodes, `aligned` and `norm`. `raw` depends on signs that rounding
/// decides now and then, and the page's functions round otherwise than the machine's.
fn measures(curves: &Value) -> Outcome<Vec<[f64; 4]>> {
    let points = curves[0]["by_degree"].as_array().ok_or("a record without curves")?;
    let of = |point: &Value, key: &str| point[key].as_f64().ok_or_else(|| format!("{point} has no {key}"));
    let all = |p: &Value| Ok([of(p, "degree")?, of(p, "nodes")?, of(p, "aligned")?, of(p, "norm")?]);
    points.iter().map(all).collect()
}

/// An error that says where two sides differ by more than [`TOLERANCE`].
fn same_measures(a: (&str, &[[f64; 4]]), b: (&str, &[[f64; 4]])) -> Outcome {
    if a.1.len() != b.1.len() {
        return Err(format!("{} found {} degrees, {} {}", a.0, a.1.len(), b.0, b.1.len()));
    }
    for (x, y) in a.1.iter().zip(b.1) {
        if x.iter().zip(y).any(|(x, y)| (x - y).abs() > TOLERANCE) {
            let text = "different points (degree, nodes, aligned, norm)";
            return Err(format!("{text}: {} {x:?}, {} {y:?}", a.0, b.0));
        }
    }
    Ok(())
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
         unnormalised Laplacian; NumPy ran {NUMPY_GRAPHS} of the graphs, its time is scaled up. All builds of \
         Warren gave the same curves of `aligned` and `norm` to 1e-6; `raw` has signs that rounding decides now \
         and then.\n"
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
    fn different_curves_are_told_apart() {
        let curve =
            |aligned: f64| json!([{"by_degree": [{"degree": 3, "nodes": 2, "aligned": aligned, "norm": 0}]}]);
        let [a, same, other] = [0.5, 0.5 + 1e-9, 0.5 + 1e-5].map(|x| measures(&curve(x)).expect("a curve"));
        assert_eq!(same_measures(("a", &a), ("b", &same)), Ok(()));
        assert!(same_measures(("a", &a), ("b", &other)).unwrap_err().contains("b [3.0, 2.0, 0.50001, 0.0]"));
        assert!(same_measures(("a", &a), ("b", &[])).is_err());
        assert!(measures(&json!([{}])).is_err());
    }

    #[test]
    fn ratios_are_against_the_first_row() {
        let text = table(&[("a", 100.0), ("b", 2.0)], 50, "v");
        assert!(text.contains("| b | 2.00 | 0.0200 | 13.3 |"), "{text}");
    }
}
