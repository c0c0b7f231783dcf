//! `warren methods` and `warren schema`: the catalogue for people and programs.

use crate::derived::{default, range};
use crate::output::stdout;
use crate::text::{self, Table};
use clap::ArgMatches;
use console::style;
use warren::catalog::{self, nearest};
use warren::error::{Code, Error, Result};
use warren::params::Method;
use warren::presets;

/// Runs `warren methods [NAME] [--json]`.
pub fn run(matches: &ArgMatches) -> crate::Done {
    if matches.get_flag("json") {
        return stdout(format!("{:#}\n", catalog::to_json()).as_bytes());
    }
    let text = match matches.get_one::<String>("name") {
        None => list(),
        Some(name) => explain(name)?,
    };
    stdout(text.as_bytes())
}

/// Runs `warren schema`.
pub fn schema() -> crate::Done {
    stdout(format!("{:#}\n", catalog::schema()).as_bytes())
}

/// Every method under its kind, one line each.
fn list() -> String {
    let sections = catalog::sections();
    let names = sections.iter().flat_map(|(_, methods)| methods).map(|m| m.name);
    let name_width = names.chain(presets::PRESETS.iter().map(|p| p.name)).map(str::len).max().unwrap_or(0);
    let line = |name: &str, doc: &str| {
        let indent = name_width + 4;
        let name = console::pad_str(name, name_width, console::Alignment::Left, None).into_owned();
        format!("  {}  {}\n", style(name).cyan(), text::wrap(doc, text::width(), indent))
    };
    let mut out = String::new();
    for (title, methods) in &sections {
        out.push_str(&text::heading(title, ""));
        methods.iter().for_each(|m| out.push_str(&line(m.name, m.doc)));
        out.push('\n');
    }
    out.push_str(&text::heading("Presets", "warren train --preset NAME"));
    presets::PRESETS.iter().for_each(|p| out.push_str(&line(p.name, p.title)));
    out.push_str(&format!("\n{}\n", style("`warren methods NAME` explains one.").dim()));
    out
}

/// Everything the catalogue says of the methods (there may be several kinds) and presets of this name.
fn explain(name: &str) -> Result<String> {
    let sections = catalog::sections();
    let mut parts: Vec<String> = Vec::new();
    for (title, methods) in &sections {
        parts.extend(methods.iter().filter(|m| m.name == name).map(|m| describe(m, title)));
    }
    if let Some(preset) = presets::PRESETS.iter().find(|p| p.name == name) {
        let title = text::heading(preset.title, &format!("{} · preset", preset.name));
        let doc = text::wrap(preset.doc, text::width(), 2);
        parts.push(format!("{title}  {doc}\n\n{:#}\n", (preset.config)()));
    }
    if parts.is_empty() {
        let known = sections.iter().flat_map(|(_, m)| m.iter().map(|m| m.name));
        let hint = nearest(name, known.chain(presets::PRESETS.iter().map(|p| p.name)));
        let hint = hint.map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default();
        let message = format!("nothing is called \"{name}\" (`warren methods` lists what there is){hint}");
        return Err(Error::new(Code::UnknownName, message).with_value(name));
    }
    Ok(parts.join("\n"))
}

fn describe(method: &Method, kind: &str) -> String {
    let mut out = text::heading(method.title, &format!("{} · {}", method.name, kind.to_lowercase()));
    out.push_str(&format!("  {}\n", text::wrap(method.doc, text::width(), 2)));
    let facts = [("formula", method.formula), ("source", method.source)];
    for (label, text) in facts.into_iter().filter(|(_, text)| !text.is_empty()) {
        let wrapped = text::wrap(text, text::width(), 11);
        out.push_str(&format!("\n  {}  {wrapped}", style(format!("{label:<7}")).dim()));
    }
    if method.formula.len() + method.source.len() > 0 {
        out.push('\n');
    }
    if method.params.is_empty() {
        return out;
    }
    out.push('\n');
    let mut table = Table::new(["parameter", "default", "allowed", "unit"]).left(2).left(3);
    for p in method.params {
        table.row([p.name.to_owned(), default(&p.kind), range(&p.kind), p.unit.to_owned()]);
    }
    out.push_str(&table.render());
    out.push('\n');
    let width = method.params.iter().map(|p| p.name.len()).max().unwrap_or(0);
    for p in method.params {
        let name = format!("{:<width$}", p.name);
        out.push_str(&format!("  {}  {}\n", style(name).cyan(), text::wrap(p.doc, text::width(), width + 4)));
    }
    out
}
