//! Running other programs: visibly, quietly, with a time limit, or with the output both shown and kept.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, paths};

/// A program with its arguments and environment, printable as one would type it.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    program: OsString,
    args: Vec<OsString>,
    /// `None` removes a variable.
    env: Vec<(String, Option<OsString>)>,
    dir: Option<PathBuf>,
}

impl Invocation {
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { program: program.as_ref().to_owned(), args: vec![], env: vec![], dir: None }
    }

    /// Words split at spaces: for fixed command lines.
    pub fn line(line: &str) -> Self {
        let mut words = line.split_whitespace();
        Self::new(words.next().expect("a command line has a program")).args(words)
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.env.push((name.to_owned(), None));
        self
    }

    pub fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = Some(dir.as_ref().to_owned());
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).stdin(Stdio::null());
        command.current_dir(self.dir.clone().unwrap_or_else(paths::root));
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    fn spawn(&self, mut command: Command) -> Outcome<Child> {
        command.spawn().map_err(|e| format!("cannot start `{self}`: {e}"))
    }

    /// Runs it with its output on this terminal.
    pub fn run(&self) -> Outcome {
        let status = self.spawn(self.command())?.wait().map_err(|e| e.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("`{self}` failed ({status})")) }
    }

    /// Runs it and stops it when `limit` is over.
    pub fn run_within(&self, limit: Duration) -> Outcome {
        let mut child = self.spawn(self.command())?;
        let start = Instant::now();
        loop {
            match child.try_wait().map_err(|e| e.to_string())? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("`{self}` failed ({status})")),
                None if start.elapsed() > limit => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(format!("`{self}` took more than {} s and was stopped", limit.as_secs()));
                }
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Its standard output if it succeeds; `None` if it is missing or fails. For questions such as `--version`.
    pub fn ask(&self) -> Option<String> {
        let output = self.command().stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Its standard output; its standard error goes to the terminal.
    pub fn ask_or_say(&self) -> Outcome<String> {
        let output = self.command().stderr(Stdio::inherit()).output();
        let output = output.map_err(|e| format!("cannot start `{}`: {e}", self.program.display()))?;
        if !output.status.success() {
            return Err(format!("`{}` failed ({})", self.program.display(), output.status));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it quietly; its output is part of the error if it fails.
    pub fn run_quiet(&self) -> Outcome {
        let output = self.command().output().map_err(|e| format!("cannot start `{self}`: {e}"))?;
        if output.status.success() {
            return Ok(());
        }
        let _ = std::io::stderr().write_all(&output.stdout);
        let _ = std::io::stderr().write_all(&output.stderr);
        Err(format!("`{self}` failed ({})", output.status))
    }

    /// Runs it, shows its output as it comes, and returns it with whether it succeeded.
    pub fn run_and_keep(&self) -> Outcome<(bool, String)> {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn(command)?;
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let errors = std::thread::spawn(move || echo(err));
        let mut kept = echo(out);
        kept.push_str(&errors.join().unwrap_or_default());
        let status = child.wait().map_err(|e| e.to_string())?;
        Ok((status.success(), kept))
    }
}

fn echo(from: impl Read) -> String {
    let mut kept = String::new();
    let mut from = BufReader::new(from);
    let mut line = vec![];
    while matches!(from.read_until(b'\n', &mut line), Ok(n) if n > 0) {
        let _ = std::io::stderr().write_all(&line);
        kept.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    kept
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            if let Some(value) = value {
                write!(f, "{name}={} ", quoted(value))?;
            }
        }
        write!(f, "{}", quoted(&self.program))?;
        self.args.iter().try_for_each(|a| write!(f, " {}", quoted(a)))
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_=+./:,@%~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\x1f', " "))
    }
}

/// The first of `names` that is a file in PATH.
pub fn find_in_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let dirs: Vec<_> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| dirs.iter().map(|d| d.join(paths::program(name))).find(|p| p.is_file()))
}

/// The cargo that runs this tool, so that the same toolchain goes on.
pub fn cargo() -> Invocation {
    Invocation::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

pub fn node(script: &str) -> Invocation {
    Invocation::new("node").arg(paths::node_script(script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_one_would_type_it() {
        let i =
            Invocation::line("apt-get install -y lld").env("DEBIAN_FRONTEND", "noninteractive").arg("a b");
        assert_eq!(i.to_string(), "DEBIAN_FRONTEND=noninteractive apt-get install -y lld 'a b'");
    }

    #[cfg(unix)]
    #[test]
    fn stops_what_takes_too_long() {
        let error = Invocation::line("sleep 5").run_within(Duration::from_millis(100)).unwrap_err();
        assert!(error.contains("sleep 5"), "{error}");
    }

    #[test]
    fn a_missing_program_is_no_answer() {
        assert_eq!(Invocation::line("no-such-program-here --version").ask(), None);
    }
}
