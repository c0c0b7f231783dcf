//! Reads how many tests passed from what the test programs print.

use std::fmt;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

/// Sums the closing lines of cargo-nextest, of Rust's own test programs (also in a browser) and of Node's runner.
pub fn read(output: &str) -> Count {
    let mut total = Count::default();
    for line in output.lines() {
        let line = without_colours(line);
        let line = line.trim();
        if line.starts_with("test result:") || line.starts_with("Summary [") {
            total += counts_before_words(line);
        } else if let Some(words) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            let mut words = words.split(' ');
            if let (Some(what), Some(Ok(n)), None) =
                (words.next(), words.next().map(str::parse::<u32>), words.next())
            {
                match what {
                    "pass" => total.passed += n,
                    "fail" | "cancelled" => total.failed += n,
                    "skipped" | "todo" => total.skipped += n,
                    _ => {}
                }
            }
        }
    }
    total
}

/// `3 passed; 1 failed; 2 ignored`, in whatever order and with whatever between.
fn counts_before_words(line: &str) -> Count {
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut count = Count::default();
    for pair in words.windows(2) {
        let Ok(n) = pair[0].parse::<u32>() else {
            continue;
        };
        match pair[1] {
            "passed" => count.passed += n,
            "failed" | "timed" => count.failed += n,
            "ignored" | "skipped" => count.skipped += n,
            _ => {}
        }
    }
    count
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c == '\x1b' {
            rest.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(passed: u32, failed: u32, skipped: u32) -> Count {
        Count { passed, failed, skipped }
    }

    #[test]
    fn reads_every_runner() {
        let cargo =
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(read(&cargo.repeat(2)), count(6, 0, 2));
        let nextest = "     \x1b[32mSummary\x1b[0m [   0.004s] \x1b[1m4\x1b[0m tests run: \x1b[1m3\x1b[0m passed (1 slow), 1 failed, 2 skipped";
        assert_eq!(read(nextest), count(3, 1, 2));
        let node = "ℹ tests 3\nℹ suites 1\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms 56.1";
        assert_eq!(read(node), count(2, 1, 0));
        assert_eq!(read("# pass 5\n# a heading of 3\n"), count(5, 0, 0));
    }

    #[test]
    fn the_last_line_is_plain() {
        assert_eq!(count(12, 0, 0).to_string(), "12 passed, 0 failed");
        assert_eq!(count(12, 1, 3).to_string(), "12 passed, 1 failed, 3 skipped");
    }
}
