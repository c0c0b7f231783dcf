//! `warren recommend`: a saved model's top items for one user, with titles and reasons.

use crate::output::{self, Output};
use crate::source::Source;
use crate::text::{self, Table};
use crate::{derived, host};
use clap::ArgMatches;
use serde_json::json;
use warren::config::RunConfig;
use warren::error::{Code, Error};
use warren::pipeline::{self, Recommendation};

/// Runs `warren recommend --model FILE DATA --user ID`.
pub fn run(matches: &ArgMatches) -> crate::Done {
    let path = matches.get_one::<String>("model").expect("required");
    let saved = crate::train::read_saved(path)?;
    let mut source = Source::of(matches)?;
    source.take_config(&RunConfig::parse(&saved.header.config).map_err(|e| e.in_file(path))?);
    let report = Output::of(matches, "report")?;
    let stdout_is_data = report.as_ref().is_some_and(Output::is_stdout);

    let task = host::task(matches.get_flag("quiet"));
    let prepared = source.prepare(&task)?;
    let model = pipeline::restore(&prepared, &saved).map_err(|e| e.in_file(path))?;
    drop(task);

    let id = matches.get_one::<String>("user").expect("required");
    let user = prepared.data.users.iter().position(|u| u == id).ok_or_else(|| {
        let message =
            format!("no user \"{id}\" is left after the filter (there are {})", prepared.data.users.len());
        derived::as_option(Error::new(Code::OutOfRange, message).for_key("user").with_value(id))
    })?;
    let n = matches.get_one::<u32>("n").copied().unwrap_or_default() as usize;
    let history = prepared.split.train.row(user);
    let items =
        warren::task::run(pipeline::recommend(model.as_ref(), &prepared, Some(user as u32), history, n))?;
    output::summary(&summary(id, history.len(), &items), stdout_is_data)?;
    match report {
        Some(report) => report.write_json(&json!({ "user": id, "items": items })),
        None => Ok(()),
    }
}

fn summary(id: &str, known: usize, items: &[Recommendation]) -> String {
    let mut out =
        text::heading(&format!("For user {id}"), &format!("who has {} training items", text::count(known)));
    out.push('\n');
    // Rank, score and gaps take 16 columns; title and reason share the rest.
    let room = text::width().saturating_sub(16);
    let mut table = Table::new(["", "item", "because of", "score"]).left(1).left(2);
    for (rank, item) in items.iter().enumerate() {
        let because = item.because.first().map(|b| name(&b.title, &b.id)).unwrap_or_default();
        let cut = |s: &str, width: usize| console::truncate_str(s, width, "…").into_owned();
        table.row([
            (rank + 1).to_string(),
            cut(name(&item.title, &item.id), room * 3 / 5),
            cut(because, room * 2 / 5),
            text::number(f64::from(item.score)),
        ]);
    }
    out.push_str(&table.render());
    out
}

fn name<'a>(title: &'a str, id: &'a str) -> &'a str {
    if title.is_empty() { id } else { title }
}
