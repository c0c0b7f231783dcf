//! The tables, in Markdown, on the terminal and in docs/results.md.

use super::measure::Measured;
use super::sizes::Size;
use crate::{Outcome, sections};
use std::fmt::Write;

/// One table a size; ratios are against SciPy's row, below 1 is faster.
pub fn tables(rows: &[(Size, Vec<Measured>)], versions: &str) -> String {
    let mut out = format!("{}.\n{versions}.\n", machine());
    for (size, sides) in rows {
        let scipy = &sides[0];
        let (nodes, edges) = (number(&sides[2], "nodes"), number(&sides[2], "edges"));
        let _ = writeln!(
            out,
            "\n### {}: {nodes:.0} nodes, {:.2} M stored weights\n",
            size.name,
            2.0 * edges / 1e6
        );
        out.push_str(
            "| | graph s | ratio | CPU | solve s | ratio | CPU | residual | products | memory MB |\n",
        );
        out.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        for side in sides {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {:.1e} | {:.0} | {:.0} |",
                side.side,
                times(side, scipy, "graph"),
                times(side, scipy, "solve"),
                number(side, "residual"),
                number(side, "products"),
                number(side, "bytes") / 1e6,
            );
        }
        let _ = writeln!(
            out,
            "\nSciPy: {}, its graph has {:.0} edges of {edges:.0} (it breaks ties as it likes).",
            scipy.text("dtype"),
            number(scipy, "edges"),
        );
        let page = &sides[1];
        let cancels = ["graph", "solve"]
            .map(|stage| page.number(&format!("{stage}_cancel")).map(|ms| format!("{ms:.0} ms ({stage})")));
        let cancels: Vec<String> = cancels.into_iter().flatten().collect();
        if !cancels.is_empty() {
            let longest = number(page, "longest");
            let _ = writeln!(
                out,
                "In the tab a cancel is answered after {}; the page itself stood still for {longest:.0} ms at most.",
                cancels.join(" and ")
            );
        }
    }
    out
}

/// Seconds, the ratio of wall-clock times and that of processor times.
fn times(side: &Measured, scipy: &Measured, stage: &str) -> String {
    let get = |side: &Measured, what: &str| number(side, &format!("{stage}_{what}"));
    let ratio = |what: &str| get(side, what) / get(scipy, what);
    format!("{:.2} | {:.2} | {:.2}", get(side, "seconds"), ratio("seconds"), ratio("cpu"))
}

pub fn number(side: &Measured, key: &str) -> f64 {
    side.number(key).unwrap_or(f64::NAN)
}

/// Date, processor, cores and what else the machine was doing.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().filter(|l| !l.is_empty()).unwrap_or("unknown");
    format!(
        "{}: {}, {cores} cores, load at the end {load}",
        date(),
        model.map_or(std::env::consts::ARCH, |m| m.1)
    )
}

/// Today in UTC, `2026-01-31` (days to civil date: Howard Hinnant's algorithm).
fn date() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let days = (now.as_secs() / 86_400) as i64 + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (m, d) = (if month < 10 { month + 3 } else { month - 9 }, of_year - (153 * month + 2) / 5 + 1);
    format!("{}-{m:02}-{d:02}", year + era * 400 + i64::from(m <= 2))
}

/// Replaces the section of docs/results.md that the bench `name` writes, or adds it under `title`.
pub fn write(name: &str, title: &str, text: &str) -> Outcome {
    sections::write("bench", name, title, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_their_shape() {
        assert!(date().len() == 10 && date().as_str() > "2026-01-01", "{}", date());
    }
}
