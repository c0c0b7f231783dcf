//! `warren simulate`: the perturbation experiment, its curves as a table and as a report.

use crate::host;
use crate::output::{self, Output};
use crate::text::{self, Table};
use clap::ArgMatches;
use serde_json::{Map, Value, json};
use warren::error::{Code, Error, Result};
use warren::graph::perturbation::curve::PerturbationCurve;
use warren::graph::perturbation::options::{SIMULATE, SimulateConfig, SpectralMethod};
use warren::simulate::{Record, simulate};
use warren::task;
use warren::train::control::Control;

/// Runs `warren simulate`.
pub fn run(matches: &ArgMatches) -> crate::Done {
    let config = config(matches)?;
    let report = Output::of(matches, "report")?;
    let task = host::task(matches.get_flag("quiet"));
    let record = task::run(simulate(&config, &Control::new(), &mut |_| (), &task))?;
    drop(task);
    output::summary(&summary(&record), report.as_ref().is_some_and(Output::is_stdout))?;
    match report {
        Some(report) => report.write_json(&report_of(&record)),
        None => Ok(()),
    }
}

fn config(matches: &ArgMatches) -> Result<SimulateConfig> {
    let mut options = Map::new();
    for param in SIMULATE.params {
        if let Some(value) = matches.get_one::<String>(param.name) {
            // What is no number is refused by the check, which says what may stand there.
            let number = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
            options.insert(param.name.to_owned(), number);
        }
    }
    if let Some(methods) = matches.get_many::<String>("method") {
        let methods = methods.map(|m| method(m)).collect::<Result<Vec<_>>>()?;
        options.insert("methods".to_owned(), methods.into());
    }
    SimulateConfig::parse(&options.into()).map_err(|e| match &e.key {
        Some(key) if !key.contains("--") => Error { key: Some(format!("--{key}")), ..e },
        _ => e,
    })
}

/// `leporid:0.5:normalised` as JSON.
fn method(text: &str) -> Result<Value> {
    let refuse = |what: String| {
        let message = format!("{what} (NAME, NAME:ALPHA or NAME:ALPHA:normalised, as in leporid:0.5)");
        Error::new(Code::OutOfRange, message).for_key("--method").with_value(text)
    };
    let mut parts = text.split(':');
    let mut json = json!({"name": parts.next()});
    for part in parts {
        if part == "normalised" {
            json["normalised"] = true.into();
        } else {
            let alpha: f64 = part.parse().map_err(|_| refuse(format!("\"{part}\" in \"{text}\" is no α")))?;
            json["alpha"] = alpha.into();
        }
    }
    SpectralMethod::parse(&json, "--method")?;
    Ok(json)
}

/// The record, with the first method's points by degree at the top level.
fn report_of(record: &Record) -> Value {
    let mut report = json!(record);
    let point = |point| {
        let mut point = json!(point);
        let degree = point.as_object_mut().and_then(|p| p.shift_remove("degree")).unwrap_or_default();
        (degree.to_string(), point)
    };
    let by_degree: Map<_, _> = record.curves[0].by_degree.iter().map(point).collect();
    report["by_degree"] = by_degree.into();
    report
}

/// One table a method, a row a degree.
fn summary(record: &Record) -> String {
    let mut out = String::new();
    for curve in &record.curves {
        out.push_str(&text::heading(&title(curve), &nodes(curve)));
        let mut table = Table::new(["degree", "nodes", "raw", "±", "aligned", "±", "norm", "±"]);
        for p in &curve.by_degree {
            let mut row = vec![p.degree.to_string(), p.nodes.to_string()];
            for (mean, error) in [(p.raw, p.raw_se), (p.aligned, p.aligned_se), (p.norm, p.norm_se)] {
                row.push(format!("{mean:.4}"));
                row.push(format!("{error:.4}"));
            }
            table.row(row);
        }
        out.push_str(&format!("{}\n", table.render()));
    }
    let seconds: Vec<_> = record.seconds.iter().map(|(s, v)| format!("{s} {}", host::seconds(*v))).collect();
    let updates = text::count(record.updates);
    out.push_str(&format!("  {updates} new edges · {}\n", seconds.join(" · ")));
    out
}

fn title(curve: &PerturbationCurve) -> String {
    let SpectralMethod { name, alpha, normalised } = curve.method;
    let name = if name == "le" { "LE".to_owned() } else { format!("LEPORID α={alpha}") };
    if normalised { format!("{name}, normalised") } else { name }
}

fn nodes(curve: &PerturbationCurve) -> String {
    let nodes: usize = curve.by_degree.iter().map(|p| p.nodes).sum();
    format!("how far a node moves by one more edge, {} nodes by degree, ± standard error", text::count(nodes))
}
