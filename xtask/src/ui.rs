//! What the tool prints: lines in cargo's shape, a right-aligned verb and what it is about.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use crate::Outcome;

fn paint(code: &str, text: &str) -> String {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[1;{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// One line: a verb in the margin and what it is about.
pub fn line(verb: &str, text: &str) {
    eprintln!("{} {text}", paint("32", &format!("{verb:>12}")));
}

pub fn warn(text: &str) {
    eprintln!("{} {text}", paint("33", &format!("{:>12}", "Note")));
}

pub fn error(text: &str) {
    eprintln!("{} {text}", paint("31", "error:"));
}

/// Runs `work` between a line that says what starts and one that says how long it took.
pub fn timed<T>(verb: &str, text: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    line(verb, text);
    let start = Instant::now();
    let result = work()?;
    line("Done", &format!("in {}", seconds(start.elapsed())));
    Ok(result)
}

pub fn seconds(d: Duration) -> String {
    let s = d.as_secs_f64();
    if s < 60.0 {
        format!("{s:.1} s")
    } else {
        format!("{} min {:02.0} s", (s / 60.0) as u64, (s % 60.0).floor())
    }
}

/// Bytes in the decimal units that a browser's network panel uses.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{:.1} kB", n as f64 / 1e3),
        _ => format!("{:.2} MB", n as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_times_and_sizes_short() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(bytes(2_345_678), "2.35 MB");
    }
}
