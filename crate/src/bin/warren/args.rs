//! The command line: subcommands and options. Options that are parameters of a method come from the
//! catalogue, explained by it.

use crate::derived;
use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::{Arg, ArgAction, Command, value_parser};
use warren::catalog::{self, INITS};
use warren::graph::perturbation::options::SIMULATE;

const ABOUT: &str = "Initialisation and regularisation of recommenders";

const DATA_HELP: &str = "\
FILE is a file of interactions: MovieLens 100K, 1M or latest (also zipped), RecBole .inter, adjacency \
lists, CSV, TSV or JSONL, plain or gzipped; \"-\" reads stdin.";

const SIMULATE_HELP: &str = "\
The experiment of figure 2 (Zhang et al., KDD 2021). In Barabási–Albert graphs every node gets new edges, one at a \
time, each to a node drawn uniformly from those it is not joined to. The node's embedding before and after is its \
row in the first eigenvectors of the graph's Laplacian; printed is how far it moves, averaged over the nodes of one \
degree: raw = ‖u′ − u‖ with the signs that a dense solver gives its eigenvectors; aligned = the same after turning \
every eigenvector to agree with the one before; norm = | ‖u′‖ − ‖u‖ |.";

const EXIT_HELP: &str = "Exit codes: 0 done, 1 bad data or file, 2 bad usage, 130 cancelled by Ctrl-C.";

/// The whole command line.
pub fn command() -> Command {
    let styles = Styles::styled()
        .header(AnsiColor::Cyan.on_default().bold())
        .usage(AnsiColor::Cyan.on_default().bold())
        .literal(Style::new().bold());
    Command::new("warren")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(EXIT_HELP)
        .styles(styles)
        .max_term_width(110)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(inspect())
        .subcommand(embed())
        .subcommand(train())
        .subcommand(sweep())
        .subcommand(recommend())
        .subcommand(simulate())
        .subcommand(methods())
        .subcommand(Command::new("schema").about("Print the JSON Schema of a run's configuration"))
}

fn inspect() -> Command {
    with_data(Command::new("inspect").about("Count what a file holds and what filter and split leave of it"))
        .arg(report("Write the counts as JSON"))
}

fn embed() -> Command {
    let inits: Vec<_> = INITS.methods().collect();
    let names: Vec<_> = inits.iter().map(|m| m.name).collect();
    let side = Arg::new("side")
        .long("side")
        .value_name("SIDE")
        .default_value("user")
        .help("What to embed: user or item");
    let init = Arg::new("init")
        .long("init")
        .value_name("NAME")
        .default_value("leporid")
        .help(format!("Initialisation: {}; `warren methods NAME` explains each", names.join(", ")));
    let command = Command::new("embed")
        .about("Compute an initial embedding of the users or the items")
        .arg(side)
        .arg(init)
        .arg(number("dim", "D", "Embedding size d: numbers a node").default_value("32"))
        .args(derived::options("init", &inits, "Parameters of the initialisation"));
    with_data(command)
        .arg(table(
            "out",
            "The table; its ending says how: .npy, .safetensors or .csv. Without: CSV on stdout",
        ))
        .arg(report("Write sizes, graph, eigenvalues, residuals and timings as JSON"))
}

fn train() -> Command {
    with_data(Command::new("train").about("Train a recommender and evaluate it"))
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("JSON")
                .help("The run's configuration (`warren schema` describes it; - is stdin)")
                .help_heading("Run"),
        )
        .arg(
            Arg::new("preset")
                .long("preset")
                .value_name("NAME")
                .help("Start from a preset; --config, --set and the data options change it")
                .help_heading("Run"),
        )
        .arg(
            Arg::new("set")
                .long("set")
                .value_name("KEY=VALUE")
                .action(ArgAction::Append)
                .help("Change one key, e.g. --set optimizer.learning_rate=0.01 (repeatable)")
                .help_heading("Run"),
        )
        .arg(report("Write the run's record as JSON: configuration, data, metrics, history, timings"))
        .arg(table("out-user", "Write the trained user table (.npy, .safetensors or .csv)"))
        .arg(table("out-item", "Write the trained item table (.npy, .safetensors or .csv)"))
        .arg(
            Arg::new("save")
                .long("save")
                .value_name("FILE")
                .help("Save the model and how to go on from it (.safetensors), for --resume and `recommend`")
                .help_heading("Output"),
        )
        .arg(
            Arg::new("resume")
                .long("resume")
                .value_name("FILE")
                .conflicts_with("preset")
                .conflicts_with("config")
                .help("Go on from a saved model, with its configuration; --set train.epochs=… goes further")
                .help_heading("Run"),
        )
}

fn sweep() -> Command {
    let run = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help).help_heading("Run")
    };
    with_data(
        Command::new("sweep").about("Train every combination of a grid of settings, with several seeds"),
    )
    .arg(run("grid", "JSON", GRID_HELP).required(true))
    .arg(
        run(
            "out",
            "JSONL",
            "Each finished run's record, a line each; runs that are there already are not made again",
        )
        .required(true)
        .help_heading("Output"),
    )
    .arg(table(
        "table",
        "Mean ± deviation over the seeds; the ending says how: .txt, .csv, .md, .tex or .json (- is stdout)",
    ))
}

const GRID_HELP: &str = "\
The grid (- is stdin): {\"base\": a configuration, \"grid\": {\"init.name\": [\"svd\", \"leporid\"], …}, \"runs\": \
[combinations that are no full product], \"seeds\": [1, 2, 3], \"skip_unknown\": true to leave keys out where they do \
not apply, \"metrics\": [\"HR@10\", …] of the table}; the data options change the base";

fn recommend() -> Command {
    with_data(Command::new("recommend").about("Top-N items of a saved model for one user, and why"))
        .arg(
            Arg::new("model")
                .long("model")
                .value_name("FILE")
                .required(true)
                .help("A model saved by `warren train --save`, on the same data"),
        )
        .arg(Arg::new("user").long("user").value_name("ID").required(true).help("The user's id in FILE"))
        .arg(number("n", "N", "How many items").short('n').default_value("10"))
        .arg(report("Write the items as JSON"))
}

fn simulate() -> Command {
    let options = SIMULATE.params.iter().map(|p| {
        Arg::new(p.name)
            .long(p.name)
            .value_name(p.name[..1].to_uppercase())
            .default_value(p.kind.default_value().to_string())
            .help(format!("{} ({})", p.doc, p.kind.allowed()))
    });
    Command::new("simulate")
        .about("How far one more edge moves a node's embedding, by degree, in random graphs")
        .long_about(SIMULATE_HELP)
        .args(options)
        .arg(
            Arg::new("method")
                .long("method")
                .value_name("NAME[:ALPHA][:normalised]")
                .action(ArgAction::Append)
                .help("le, or leporid with its α (0.5), each with or without :normalised; repeatable, up to six [default: le]"),
        )
        .arg(quiet())
        .arg(report("Write the record as JSON: configuration, curves, timings; by_degree is the first method's"))
        .after_help(EXIT_HELP)
}

fn quiet() -> Arg {
    Arg::new("quiet")
        .long("quiet")
        .short('q')
        .action(ArgAction::SetTrue)
        .help("No progress on stderr")
        .help_heading("Output")
}

fn methods() -> Command {
    Command::new("methods")
        .about("List every model, initialisation, loss, …, or explain one: formula, source, parameters")
        .arg(Arg::new("name").value_name("NAME").help("The method or preset to explain"))
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print the whole catalogue as JSON"),
        )
}

/// What every subcommand that reads FILE takes.
fn with_data(command: Command) -> Command {
    let heading = "Reading";
    let formats: Vec<_> = catalog::FORMATS.methods().map(|m| m.name).collect();
    let arg = |name: &'static str, value: &'static str, help: String| {
        Arg::new(name).long(name).value_name(value).help(help).help_heading(heading)
    };
    command
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .help("Interactions: a file, builtin:NAME or -"),
        )
        .arg(arg("format", "NAME", format!("Format of FILE, when it cannot tell: {}", formats.join(", "))))
        .arg(arg(
            "columns",
            "ROLE=COLUMN,…",
            "Columns of a delimited file by name or number, e.g. user=uid,item=3,rating=stars,time=when"
                .into(),
        ))
        .arg(arg("delimiter", "CHAR", "Delimiter of a delimited file: a character, or tab".into()))
        .arg(arg(
            "items",
            "FILE",
            "Titles (movies.csv, u.item, movies.dat); found beside FILE by itself".into(),
        ))
        .args(derived::options("data", &[catalog::data()], "Filter and split"))
        .args(derived::options("run", &[&catalog::RUN], "Filter and split"))
        .arg(quiet())
        .after_help(format!("{DATA_HELP} {}\n\n{EXIT_HELP}", builtin_help()))
}

fn builtin_help() -> String {
    let names: Vec<_> = catalog::BUILTIN.methods().map(|m| format!("builtin:{}", m.name)).collect();
    format!(
        "Built-in data needs no file: {}. Its settings may follow, as in builtin:synthetic?users=300,items=500; \
         `warren methods synthetic` explains them.",
        names.join(", ")
    )
}

fn report(help: &'static str) -> Arg {
    Arg::new("report")
        .long("report")
        .value_name("JSON")
        .help(format!("{help} (- is stdout)"))
        .help_heading("Output")
}

fn table(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("FILE").help(help).help_heading("Output")
}

fn number(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).value_parser(value_parser!(u32).range(1..=100_000)).help(help)
}

#[cfg(test)]
mod tests {
    /// clap's own check: no option twice, every reference known.
    #[test]
    fn command_line_is_well_formed() {
        super::command().debug_assert();
    }
}
