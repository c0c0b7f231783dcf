//! `warren embed`: an initial table, its file and its report.

use crate::output::{self, Output};
use crate::source::Source;
use crate::text::{self, Table};
use crate::{derived, host};
use clap::ArgMatches;
use serde_json::{Map, Value};
use std::str::FromStr;
use warren::catalog::INITS;
use warren::data::interactions::Side;
use warren::error::Result;
use warren::init::Embedding;
use warren::params::Params;
use warren::pipeline::{
    self, EmbedOutcome, Prepared,
    export::{self, TableFormat},
};
use warren::task;

/// Runs `warren embed FILE`.
pub fn run(matches: &ArgMatches) -> crate::Done {
    // Everything that can be wrong with the command is found before the file is read.
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let side = Side::from_str(text("side").unwrap_or_default()).map_err(derived::as_option)?;
    let init = init_params(matches)?;
    let dim = matches.get_one::<u32>("dim").copied().unwrap_or_default() as usize;
    let format = match text("out") {
        None | Some("-") => TableFormat::Csv,
        Some(path) => TableFormat::from_str(&Output::extension(path)).map_err(|e| e.for_key("--out"))?,
    };
    let source = Source::of(matches)?;
    let out = Output::open(text("out").unwrap_or("-"))?;
    let report = Output::of(matches, "report")?;
    let table_on_stdout = out.is_stdout();
    let stdout_is_data = table_on_stdout || report.as_ref().is_some_and(Output::is_stdout);

    let task = host::task(matches.get_flag("quiet"));
    let prepared = source.prepare(&task)?;
    let seed = source.seed();
    let outcome = task::run(pipeline::embed(&prepared, &[side], &init, dim, seed, &task))
        .map_err(derived::as_option)?;
    drop(task);

    let embedding = &outcome.embeddings[0];
    let ids = prepared.ids(side);
    output::summary(&summary(&prepared, side, &init, &outcome), stdout_is_data)?;
    if let Some(report) = report {
        report.write_json(&outcome.report(&prepared, side, &init, seed))?;
    }
    out.write(&export::table(format, ids, &embedding.vectors)?)
}

/// The initialisation and its parameters. An option of another initialisation is a mistake, not ignored.
fn init_params(matches: &ArgMatches) -> Result<Params> {
    let methods: Vec<_> = INITS.methods().collect();
    let name = matches.get_one::<String>("init").expect("has a default");
    let mut section = Map::from_iter([("name".to_owned(), Value::from(name.as_str()))]);
    section.extend(derived::given(matches, "init", &methods));
    INITS.params(Some(&Value::Object(section))).map_err(derived::as_option)
}

fn summary(prepared: &Prepared, side: Side, init: &Params, outcome: &EmbedOutcome) -> String {
    let embedding = &outcome.embeddings[0];
    let (n, d) = embedding.vectors.dim();
    let nodes = match side {
        Side::User => "users",
        Side::Item => "items",
    };
    let remark = format!("{} {nodes} × {d} of {}", text::count(n), prepared.data.name);
    let mut out = text::heading(init.method.title, &remark);
    if let Some(graph) = &embedding.graph {
        let mut table = Table::new([""; 2]);
        table.row(["edges".into(), text::count(graph.edges)]);
        table.row(["weight sum".into(), text::number(graph.weight_sum)]);
        table
            .row(["degree".into(), format!("{} … {}", text::number(graph.d_min), text::number(graph.d_max))]);
        table.row(["components".into(), text::count(graph.components)]);
        table.row(["isolated".into(), text::count(graph.isolated)]);
        out.push_str(&format!("\n{}", table.render()));
    }
    if !embedding.values.is_empty() {
        out.push_str(&format!("\n{}", spectrum(embedding)));
    }
    let seconds: Vec<_> = outcome.seconds.iter().map(|(s, v)| format!("{s} {}", host::seconds(v))).collect();
    out.push_str(&format!("\n  {}\n", seconds.join(" · ")));
    out
}

/// The first and the last values with their residuals.
fn spectrum(embedding: &Embedding) -> String {
    const SHOWN: usize = 4;
    let n = embedding.values.len();
    let mut table = Table::new(["", "value", "residual"]);
    for (i, value) in embedding.values.iter().enumerate() {
        if n > 2 * SHOWN && i == SHOWN {
            table.row(["⋮", "⋮", "⋮"]);
        }
        if n <= 2 * SHOWN || i < SHOWN || i >= n - SHOWN {
            let residual = embedding.residuals.get(i).map(|r| format!("{r:.0e}")).unwrap_or_default();
            table.row([(i + 1).to_string(), format!("{value:.6}"), residual]);
        }
    }
    table.render()
}
