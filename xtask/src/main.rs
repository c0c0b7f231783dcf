//! The project's own tool: `cargo xtask COMMAND`. One module a concept; `--help` lists the commands.

mod args;
mod bench;
mod build;
mod exec;
mod paths;
mod results;
mod scan;
mod sections;
mod serve;
mod size;
mod stamp;
mod test;
mod toolchain;
mod ui;

use args::Args;
use std::process::ExitCode;

/// What every command returns: nothing, or a message for the person who called.
pub type Outcome<T = ()> = Result<T, String>;

struct Command {
    name: &'static str,
    about: &'static str,
    help: &'static str,
    run: fn(Args) -> Outcome,
}

/// A new command is one module and one line here.
const COMMANDS: &[Command] = &[
    Command {
        name: "setup",
        about: "find or install what building and testing need",
        help: toolchain::HELP,
        run: toolchain::command,
    },
    Command {
        name: "build",
        about: "build the wasm module and the page into dist/",
        help: build::HELP,
        run: build::command,
    },
    Command {
        name: "serve",
        about: "build, then serve the page on this machine",
        help: serve::HELP,
        run: serve::command,
    },
    Command {
        name: "test",
        about: "run every test: Rust, wasm in a browser, the page",
        help: test::HELP,
        run: test::command,
    },
    Command {
        name: "size",
        about: "check what a first visit downloads against the budget",
        help: size::HELP,
        run: size::command,
    },
    Command {
        name: "bench",
        about: "measure against other programs, in ratios",
        help: bench::HELP,
        run: bench::command,
    },
    Command {
        name: "results",
        about: "make the runs, tables and figures of docs/results.md",
        help: results::HELP,
        run: results::command,
    },
];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(name) = words.next().filter(|n| n != "--help" && n != "-h" && n != "help") else {
        print_help();
        return ExitCode::SUCCESS;
    };
    let Some(command) = COMMANDS.iter().find(|c| c.name == name) else {
        ui::error(&format!("no command `{name}`; `cargo xtask --help` lists them"));
        return ExitCode::from(2);
    };
    let args = Args::new(words.collect());
    if args.wants_help() {
        println!("cargo xtask {}: {}\n\n{}", command.name, command.about, command.help.trim_end());
        return ExitCode::SUCCESS;
    }
    match (command.run)(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            ui::error(&message);
            ExitCode::FAILURE
        }
    }
}

fn print_help() {
    println!("cargo xtask COMMAND [OPTIONS]\n");
    for c in COMMANDS {
        println!("  {:<8}{}", c.name, c.about);
    }
    println!(
        "\n`cargo xtask COMMAND --help` says more. On a fresh machine `serve` and `test` do everything."
    );
}
