//! `warren train`: a configuration, a run, its record, tables and saved model.

use crate::host;
use crate::output::{self, Output};
use crate::source::Source;
use crate::text::{self, Table};
use clap::ArgMatches;
use serde_json::{Map, Value, json};
use std::str::FromStr;
use warren::catalog::{MODELS, unknown_name};
use warren::config::{self, RunConfig};
use warren::data::interactions::Side;
use warren::error::{Code, Error, Result};
use warren::models::LambdaGroups;
use warren::pipeline::{
    self, Trained,
    export::{self, TableFormat},
};
use warren::presets::PRESETS;
use warren::regularizer::lambda_opt::Group;
use warren::task;
use warren::train::checkpoint::Checkpoint;
use warren::train::control::Control;

/// Runs `warren train FILE`.
pub fn run(matches: &ArgMatches) -> crate::Done {
    let mut source = Source::of(matches)?;
    let saved = matches.get_one::<String>("resume").map(|path| read_saved(path)).transpose()?;
    let config = config(matches, &source, saved.as_ref())?;
    source.take_config(&config);
    let report = Output::of(matches, "report")?;
    let save = Output::of(matches, "save")?;
    let tables = [Side::User, Side::Item].map(|side| table(matches, side));
    let [user, item] = tables;
    let tables = [user?, item?];
    if tables.iter().any(Option::is_some) && !config.is_iterative() {
        let message = format!("{} has no tables to write", config.model.method.name);
        return Err(Error::new(Code::OutOfRange, message).for_key("--out-user, --out-item"));
    }
    let stdout_is_data = [&report, &save].into_iter().flatten().any(Output::is_stdout);

    let task = host::task(matches.get_flag("quiet"));
    let prepared = source.prepare(&task)?;
    let control = Control::new();
    let mut listener = |_| {};
    let work = pipeline::train(&prepared, &config, saved.as_ref(), &control, &mut listener, &task);
    let trained = task::run(work)?;
    drop(task);

    output::summary(&summary(&config, &trained), stdout_is_data)?;
    for (side, (out, format)) in
        [Side::User, Side::Item].into_iter().zip(tables).filter_map(|(s, t)| Some((s, t?)))
    {
        let tables = trained.model.tables().expect("checked to have tables");
        let vectors = if side == Side::User { &tables.user } else { &tables.item };
        out.write(&export::table(format, prepared.ids(side), vectors)?)?;
    }
    if let Some(save) = save {
        save.write(&trained.checkpoint.to_bytes()?)?;
    }
    match report {
        Some(report) => report.write_json(&trained.record),
        None => Ok(()),
    }
}

/// A saved model or checkpoint.
pub fn read_saved(path: &str) -> Result<Checkpoint> {
    let bytes = std::fs::read(path).map_err(|e| Error::from(e).in_file(path))?;
    Checkpoint::from_bytes(&bytes).map_err(|e| e.in_file(path))
}

/// Preset, file, `--set` and data options, laid over each other in this order.
fn config(matches: &ArgMatches, source: &Source, saved: Option<&Checkpoint>) -> Result<RunConfig> {
    let mut value = Value::Object(Map::new());
    if let Some(saved) = saved {
        value = saved.header.config.clone();
    }
    if let Some(name) = matches.get_one::<String>("preset") {
        let preset = PRESETS.iter().find(|p| p.name == name);
        let preset = preset.ok_or_else(|| {
            unknown_name("preset", name, PRESETS.iter().map(|p| p.name)).for_key("--preset")
        })?;
        value = (preset.config)();
    }
    if let Some(path) = matches.get_one::<String>("config") {
        let text = if path == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(path)
        };
        let text = text.map_err(|e| Error::from(e).in_file(path))?;
        config::overlay(&mut value, &config::parse_json(&text).map_err(|e| e.in_file(path))?);
    }
    for setting in matches.get_many::<String>("set").into_iter().flatten() {
        config::overlay(&mut value, &set(setting)?);
    }
    config::overlay(&mut value, &source.given());
    if value.get("model").is_none() {
        let message = "say what to train: --preset NAME, --config JSON or --set model.name=NAME (`warren methods` lists them)";
        return Err(Error::new(Code::OutOfRange, message));
    }
    RunConfig::parse(&value)
}

/// `optimizer.learning_rate=0.01` as `{"optimizer": {"learning_rate": 0.01}}`. What is not JSON is text.
fn set(setting: &str) -> Result<Value> {
    let Some((key, text)) = setting.split_once('=') else {
        let message = format!("\"{setting}\" is not KEY=VALUE, e.g. optimizer.learning_rate=0.01");
        return Err(Error::new(Code::OutOfRange, message).for_key("--set"));
    };
    if key.split('.').count() > 2 {
        let message = format!("\"{key}\" is no key: keys are SECTION.NAME, or seed");
        return Err(Error::new(Code::UnknownKey, message).for_key("--set"));
    }
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    Ok(key.rsplit('.').fold(value, |inner, part| json!({ part: inner })))
}

/// The file for one side's table, with its format.
fn table(matches: &ArgMatches, side: Side) -> Result<Option<(Output, TableFormat)>> {
    let option = if side == Side::User { "out-user" } else { "out-item" };
    let Some(path) = matches.get_one::<String>(option) else { return Ok(None) };
    let format =
        TableFormat::from_str(&Output::extension(path)).map_err(|e| e.for_key(format!("--{option}")))?;
    Ok(Some((Output::open(path)?, format)))
}

fn summary(config: &RunConfig, trained: &Trained) -> String {
    let record = &trained.record;
    let mut out = text::heading(config.model.method.title, &methods(config));
    if config.is_iterative() {
        let epochs = record["history"].as_array().map_or(0, Vec::len);
        let reason = record["reason"].as_str().unwrap_or_default();
        out.push_str(&format!("  best epoch {} of {epochs}, ended by {reason}\n", record["best_epoch"]));
    }
    let cutoffs =
        config.evaluate.str("cutoffs").split(',').map(str::trim).map(str::to_owned).collect::<Vec<_>>();
    let mut header = vec![String::new()];
    header.extend(cutoffs.iter().map(|k| format!("@{k}")));
    for part in ["test", "validation"] {
        let metrics = &record["metrics"][part];
        if metrics.as_object().is_none_or(Map::is_empty) {
            out.push_str(&format!("\n  no {part} metrics: no user has an item in the {part} part\n"));
            continue;
        }
        // As wide as the longer, so that both tables stand column below column.
        header[0] = format!("{part:<10}");
        let mut table = Table::new(header.clone());
        let families = [("HR", ""), ("P", ""), ("R", ""), ("F1", ""), ("NDCG", "")];
        for (name, of) in families.into_iter().chain([("HR", " (KDD'19)"), ("NDCG", " (KDD'19)")]) {
            let value = |k: &String| metrics[format!("{name}@{k}{of}")].as_f64();
            if cutoffs.iter().any(|k| value(k).is_some()) {
                let cell = |k| value(k).map_or("".into(), |v| format!("{v:.4}"));
                table.row(std::iter::once(format!("{name}{of}")).chain(cutoffs.iter().map(cell)));
            }
        }
        if let Some(auc) = metrics["AUC"].as_f64() {
            table.row(["AUC".to_owned(), format!("{auc:.4}")]);
        }
        out.push_str(&format!("\n{}", table.render()));
    }
    if let Some(last) = trained.checkpoint.header.history.last().and_then(|epoch| epoch.lambda.as_ref()) {
        out.push_str(&format!("\n{}", strengths(last).render()));
    }
    let seconds: Vec<_> = trained.seconds.iter().map(|(s, v)| format!("{s} {}", host::seconds(v))).collect();
    out.push_str(&format!("\n  {}\n", seconds.join(" · ")));
    out
}

/// Learnt strengths at the end, by quarter of the users and items.
fn strengths(groups: &LambdaGroups) -> Table {
    let titles = ["learnt λ  ", "fewest", "", "", "most"];
    let mut table = Table::new(titles.map(str::to_owned).to_vec());
    for (side, groups) in [("users", &groups.user), ("items", &groups.item)] {
        let mean = |groups: &[Group]| {
            format!("{:.4}", groups.iter().map(|g| g.mean).sum::<f64>() / groups.len() as f64)
        };
        let cells = if groups.len() < 4 {
            // Strengths that the whole side shares, or very few rows.
            vec![mean(groups), "for all".into(), String::new(), String::new()]
        } else {
            (0..4).map(|n| mean(&groups[n * groups.len() / 4..(n + 1) * groups.len() / 4])).collect()
        };
        table.row(std::iter::once(side.to_owned()).chain(cells));
    }
    table
}

/// `xavier · bpr · weight-decay · adam`: of the methods those that the model reads.
fn methods(config: &RunConfig) -> String {
    let sections = MODELS.find(config.model.method.name).map_or(&[][..], |entry| entry.sections);
    let all = [
        ("init", &config.init),
        ("loss", &config.loss),
        ("regularizer", &config.regularizer),
        ("optimizer", &config.optimizer),
    ];
    let read = all.into_iter().filter(|(section, _)| sections.contains(section));
    let names: Vec<_> = read.map(|(_, params)| params.method.name).collect();
    if names.is_empty() { config.model.method.name.to_owned() } else { names.join(" · ") }
}
