//! `warren`: the engine on the command line. Data goes to stdout or `--out`, progress to stderr.

mod args;
mod derived;
mod embed;
mod host;
mod inspect;
mod methods;
mod output;
mod recommend;
mod simulate;
mod source;
mod sweep;
mod text;
mod train;

use clap::error::ErrorKind;
use std::process::ExitCode;
use warren::error::{Code, Error, Result};

/// Exit codes: 1 bad data (or a file that cannot be read or written), 2 bad usage, 130 cancelled.
const EXIT_CANCELLED: u8 = 130;

fn main() -> ExitCode {
    let matches = match args::command().try_get_matches() {
        Ok(matches) => matches,
        Err(e) => {
            // Help and version are answers, not mistakes.
            let asked = matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            let _ = e.print();
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    let result = match matches.subcommand() {
        Some(("inspect", m)) => inspect::run(m),
        Some(("embed", m)) => embed::run(m),
        Some(("train", m)) => train::run(m),
        Some(("sweep", m)) => sweep::run(m),
        Some(("recommend", m)) => recommend::run(m),
        Some(("simulate", m)) => simulate::run(m),
        Some(("methods", m)) => methods::run(m),
        Some(("schema", _)) => methods::schema(),
        _ => unreachable!("clap requires a subcommand"),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => fail(&e),
    }
}

/// Says what went wrong on stderr and gives the exit code.
fn fail(e: &Error) -> ExitCode {
    let err = console::Term::stderr();
    if e.code == Code::Cancelled {
        // A sweep has kept something, and says what.
        let plain = e.message == Error::cancelled().message;
        let _ = err.write_line(if plain { "cancelled: nothing was written" } else { &e.message });
        return ExitCode::from(EXIT_CANCELLED);
    }
    let _ = err.write_line(&format!("{} {e}", console::style("error:").for_stderr().red().bold()));
    ExitCode::from(if e.is_usage() { 2 } else { 1 })
}

/// What a subcommand returns.
type Done = Result<()>;
