//! Options derived from the catalogue: one for every parameter name of a group of methods.

use clap::{Arg, ArgMatches};
use serde_json::{Map, Value};
use warren::error::Error;
use warren::params::{Kind, Method, Param};

/// The options for the parameters of `methods`, grouped under `heading`. A name that several methods share
/// is one option; its help says what it means to each.
pub fn options(section: &str, methods: &[&'static Method], heading: &'static str) -> Vec<Arg> {
    names(methods)
        .into_iter()
        .map(|name| {
            let uses: Vec<_> = uses(methods, name).collect();
            let arg = Arg::new(id(section, name))
                .long(name.replace('_', "-"))
                .help(help(&uses, methods.len() > 1))
                .help_heading(heading);
            if matches!(uses[0].1.kind, Kind::Bool { .. }) {
                // `--normalized` alone switches on; `--normalized=false` off.
                return arg
                    .value_name("BOOL")
                    .num_args(0..=1)
                    .require_equals(true)
                    .default_missing_value("true");
            }
            arg.value_name(value_name(&uses[0].1.kind)).allow_hyphen_values(true)
        })
        .collect()
}

/// The values given on the command line, as a section of a configuration.
pub fn given(matches: &ArgMatches, section: &str, methods: &[&'static Method]) -> Map<String, Value> {
    names(methods)
        .into_iter()
        .filter_map(|name| {
            let text = matches.get_one::<String>(&id(section, name))?;
            let (_, param) = uses(methods, name).next()?;
            Some((name.to_owned(), read(text, &param.kind)))
        })
        .collect()
}

/// Names the option instead of the configuration key: `init.k` becomes `--k`.
pub fn as_option(mut e: Error) -> Error {
    if let Some(key) = e.key.take() {
        let name = match key.split_once('.') {
            Some((section, "name")) => section,
            Some((_, name)) => name,
            None => &key,
        };
        e.key = Some(format!("--{}", name.replace('_', "-")));
    }
    e
}

fn id(section: &str, name: &str) -> String {
    format!("{section}.{name}")
}

/// Every parameter name once, in order of first appearance.
fn names(methods: &[&'static Method]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for param in methods.iter().flat_map(|m| m.params) {
        if !names.contains(&param.name) {
            names.push(param.name);
        }
    }
    names
}

/// The methods that take a parameter, and the parameter.
fn uses<'a>(
    methods: &'a [&'static Method],
    name: &'a str,
) -> impl Iterator<Item = (&'static Method, &'static Param)> + 'a {
    methods.iter().flat_map(move |m| m.params.iter().filter(move |p| p.name == name).map(move |p| (*m, p)))
}

/// `Neighbours per node (le, leporid; a whole number from 1 to 5000; default 50)`, one line a meaning.
fn help(uses: &[(&Method, &Param)], name_methods: bool) -> String {
    let mut meanings: Vec<(&Param, Vec<&str>)> = Vec::new();
    for (method, param) in uses {
        let same = |p: &Param| p.doc == param.doc && p.kind.allowed() == param.kind.allowed();
        match meanings.iter_mut().find(|(p, _)| same(p)) {
            Some((_, takers)) => takers.push(method.name),
            None => meanings.push((param, vec![method.name])),
        }
    }
    let line = |(param, takers): &(&Param, Vec<&str>)| {
        let mut notes = Vec::new();
        if name_methods {
            notes.push(format!("for {}", takers.join(", ")));
        }
        let unit = if param.unit.is_empty() { String::new() } else { format!(" {}", param.unit) };
        notes.push(format!("{}{unit}", range(&param.kind)));
        notes.push(format!("default {}", default(&param.kind)));
        format!("{} [{}]", param.doc.trim_end_matches('.'), notes.join("; "))
    };
    meanings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The default as one would type it.
pub fn default(kind: &Kind) -> String {
    match kind.default_value() {
        Value::String(s) if s.is_empty() => "none".into(),
        Value::String(s) => s,
        other => other.as_f64().map_or_else(|| other.to_string(), number),
    }
}

/// What is allowed, in few words: `0 to 1`, `jaccard, cosine`.
pub fn range(kind: &Kind) -> String {
    match kind {
        Kind::Float { min, max, .. } => format!("{} to {}", number(*min), number(*max)),
        Kind::Int { min, max, .. } => format!("{min} to {max}"),
        Kind::Bool { .. } => "true, false".into(),
        Kind::Choice { options, .. } => options.join(", "),
        Kind::Text { .. } => "text".into(),
    }
}

/// `0.00000001` as `1e-8`.
fn number(v: f64) -> String {
    if v != 0.0 && v.abs() < 1e-3 { format!("{v:e}") } else { v.to_string() }
}

fn value_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Float { .. } => "NUMBER",
        Kind::Int { .. } => "COUNT",
        Kind::Bool { .. } => "BOOL",
        Kind::Choice { .. } => "NAME",
        Kind::Text { .. } => "TEXT",
    }
}

/// Text as the JSON that the parameter check expects; what is no number stays text, for the message.
pub fn read(text: &str, kind: &Kind) -> Value {
    let number = || text.parse::<f64>().ok().filter(|v| v.is_finite()).map(Value::from);
    match kind {
        Kind::Int { .. } => text.parse::<i64>().ok().map(Value::from).or_else(number),
        Kind::Float { .. } => number(),
        Kind::Bool { .. } => text.parse::<bool>().ok().map(Value::from),
        Kind::Choice { .. } | Kind::Text { .. } => None,
    }
    .unwrap_or_else(|| Value::from(text))
}
