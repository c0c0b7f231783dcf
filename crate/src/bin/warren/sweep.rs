//! `warren sweep`: the runs of a grid one after another, each kept as soon as it is done.

use crate::host;
use crate::output::{self, Output};
use crate::source::Source;
use clap::ArgMatches;
use console::style;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::time::Instant;
use warren::config::{self, overlay};
use warren::data::interactions::Interactions;
use warren::error::{Code, Error, Result};
use warren::pipeline::{self, Prepared};
use warren::sweep::records::{Records, line};
use warren::sweep::table::{Format, Table};
use warren::sweep::{Sweep, SweepRun, key};
use warren::task;
use warren::train::control::Control;

/// Runs `warren sweep FILE --grid JSON --out JSONL`.
pub fn run(matches: &ArgMatches) -> crate::Done {
    let mut source = Source::of(matches)?;
    let (sweep, base_seed) = grid(matches, &source)?;
    let path = matches.get_one::<String>("out").expect("clap requires it");
    let (mut file, mut records) = open(path)?;
    let table = matches.get_one::<String>("table").map(|path| table(path)).transpose()?;
    let quiet = matches.get_flag("quiet");

    source.take_seed(base_seed);
    let data = source.load(&host::task(quiet))?;
    let queue: Vec<&SweepRun> = sweep
        .runs
        .iter()
        .filter(|run| !records.by_key.contains_key(&key(&run.config.to_json(), &data.fingerprint)))
        .collect();
    say(quiet, &plan(&sweep, queue.len(), records.by_key.len(), path));

    let mut work = Work { sweep: &sweep, data: &data, prepared: None, quiet, seconds: 0.0 };
    let mut failed = Vec::new();
    for (i, run) in queue.iter().enumerate() {
        match work.run(run, i, queue.len()) {
            Ok(record) => {
                let written = append(&mut file, &record).map_err(|e| Error::from(e).in_file(path))?;
                records.by_key.insert(written["key"].as_str().unwrap_or_default().to_owned(), written);
            }
            Err(e) if e.code == Code::Cancelled => {
                let done = sweep.runs.len() - queue.len() + i - failed.len();
                let message = format!(
                    "cancelled: {done} of {} runs are done and kept in {path}; the same command goes on from there",
                    sweep.runs.len()
                );
                return Err(Error::new(Code::Cancelled, message));
            }
            Err(e) => {
                say(quiet, &format!("{} {}: {e}", style("failed").for_stderr().red(), sweep.label(run)));
                failed.push((sweep.label(run), e));
            }
        }
    }
    finish(&sweep, &data, &records, table)?;
    let Some((label, e)) = failed.first() else { return Ok(()) };
    let message = format!(
        "{} of {} runs failed; the first, {label}: {e}. They are tried again when the command is repeated",
        failed.len(),
        sweep.runs.len()
    );
    Err(Error::new(Code::NotConverged, message))
}

/// The grid, with the data options laid over its base; and the base's seed, which is that of generated data.
fn grid(matches: &ArgMatches, source: &Source) -> Result<(Sweep, u64)> {
    let path = matches.get_one::<String>("grid").expect("clap requires it");
    let text =
        if path == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    let text = text.map_err(|e| Error::from(e).in_file(path))?;
    let mut value = config::parse_json(&text).map_err(|e| e.in_file(path))?;
    if let Value::Object(grid) = &mut value {
        let base = grid.entry("base").or_insert_with(|| Value::Object(serde_json::Map::new()));
        if base.is_object() {
            overlay(base, &source.given());
        }
    }
    let sweep = Sweep::parse(&value).map_err(|e| e.in_file(path))?;
    let seed = value["base"].as_object().map(config::seed).transpose()?;
    Ok((sweep, seed.map_or(0, |seed| seed.0)))
}

/// The records there are, and their file, ready to append to.
fn open(path: &str) -> Result<(File, Records)> {
    let refuse = |e: std::io::Error| Error::new(Code::Io, format!("cannot write: {e}")).in_file(path);
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(Error::from(e).in_file(path)),
    };
    let records = Records::read(&bytes).map_err(|e| e.in_file(path))?;
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(refuse)?;
    if records.cut_off > 0 {
        // Not for `--quiet`: the file is changed.
        let warning = format!(
            "{path}: the last line was not written to its end ({} bytes); it is removed and its run made again",
            records.cut_off
        );
        let _ = console::Term::stderr().write_line(&warning);
        file.set_len(records.whole as u64).map_err(refuse)?;
    }
    Ok((file, records))
}

fn table(path: &str) -> Result<(Output, Format)> {
    let format = if path == "-" { Ok(Format::Text) } else { Output::extension(path).parse() };
    let format = format.map_err(|e: Error| e.for_key("--table"))?;
    Ok((Output::open(path)?, format))
}

fn plan(sweep: &Sweep, left: usize, known: usize, path: &str) -> String {
    let (rows, seeds, all) = (sweep.rows.len(), sweep.seeds.len(), sweep.runs.len());
    let counted = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let mut out = [counted(rows, "configuration"), counted(seeds, "seed")].join(" × ");
    out.push_str(&format!(" = {}", counted(all, "run")));
    if sweep.repeated > 0 {
        out.push_str(&format!(" ({} combinations repeat others and are left out)", sweep.repeated));
    }
    let done = all - left;
    if done > 0 {
        out.push_str(&format!("; {done} are in {path} already"));
    }
    if known > done {
        out.push_str(&format!("; {} other records there are left alone", known - done));
    }
    out
}

/// The queue at work.
struct Work<'a> {
    sweep: &'a Sweep,
    data: &'a Interactions,
    /// The last filter and split.
    prepared: Option<Prepared>,
    quiet: bool,
    /// What the runs so far have taken.
    seconds: f64,
}

impl Work<'_> {
    /// The `i`-th of the `n` runs that were left: its record.
    fn run(&mut self, run: &SweepRun, i: usize, n: usize) -> Result<Value> {
        let left = if i == 0 {
            String::new()
        } else {
            let left = self.seconds / i as f64 * (n - i) as f64;
            format!(", about {} left", host::seconds(left))
        };
        say(self.quiet, &format!("run {} of {n}: {}{left}", i + 1, self.sweep.label(run)));
        let (began, task) = (Instant::now(), host::task(self.quiet));
        task::run(task.checkpoint())?;
        let config = &run.config;
        let fits = |p: &Prepared| p.seed == config.seed && p.config.to_json() == config.data.to_json();
        if !self.prepared.as_ref().is_some_and(fits) {
            let made = pipeline::prepare(self.data, &config.data, config.seed, &task);
            self.prepared = Some(task::run(made)?);
        }
        let prepared = self.prepared.as_ref().expect("just made");
        let (control, mut listener) = (Control::new(), |_| {});
        let trained = task::run(pipeline::train(prepared, config, None, &control, &mut listener, &task))?;
        self.seconds += began.elapsed().as_secs_f64();
        Ok(trained.record)
    }
}

/// Appends a record and sees it to the disk; gives it as it was written.
fn append(file: &mut File, record: &Value) -> std::io::Result<Value> {
    let line = line(record);
    file.write_all(line.as_bytes())?;
    file.sync_data()?;
    Ok(serde_json::from_str(&line)?)
}

fn finish(
    sweep: &Sweep,
    data: &Interactions,
    records: &Records,
    table: Option<(Output, Format)>,
) -> Result<()> {
    let results = Table::of(sweep, &data.fingerprint, records.by_key.values());
    let text = results.render(Format::Text);
    let Some((out, format)) = table else { return output::stdout(text.as_bytes()) };
    if !out.is_stdout() {
        output::stdout(text.as_bytes())?;
    }
    out.write(results.render(format).as_bytes())
}

fn say(quiet: bool, text: &str) {
    if !quiet {
        let _ = console::Term::stderr().write_line(text);
    }
}
