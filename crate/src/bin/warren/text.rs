//! Numbers and tables for people.

use console::{Alignment, measure_text_width, pad_str, style};

/// `1234567` as `1,234,567`.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A rate in three digits: `950`, `12.3k`, `4.56M`.
pub fn short(v: f64) -> String {
    match v {
        v if v >= 1e6 => format!("{:.2}M", v / 1e6),
        v if v >= 1e3 => format!("{:.1}k", v / 1e3),
        v if v >= 10.0 => format!("{v:.0}"),
        v => format!("{v:.1}"),
    }
}

/// A share as `8.48 %`.
pub fn percent(share: f64) -> String {
    if share < 0.001 && share > 0.0 {
        format!("{:.3} %", share * 100.0)
    } else {
        format!("{:.2} %", share * 100.0)
    }
}

/// A number to six significant digits, small ones as powers of ten.
pub fn number(v: f64) -> String {
    if v == 0.0 {
        "0".into()
    } else if v.abs() < 1e-4 || v.abs() >= 1e6 {
        format!("{v:.2e}")
    } else {
        let decimals = (5 - v.abs().log10().floor() as i32).clamp(0, 6) as usize;
        format!("{v:.decimals$}")
    }
}

/// Width of the terminal that shows `stdout`, 100 where it is none; lines stay readable on wide screens.
pub fn width() -> usize {
    console::Term::stdout().size_checked().map_or(100, |(_, columns)| columns as usize).clamp(40, 120)
}

/// `text` in lines of at most `width` characters, each after the first indented by `indent`.
pub fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = indent;
    for word in text.split_whitespace() {
        let length = measure_text_width(word);
        if column > indent && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// A title line and its remark: bold, then dim.
pub fn heading(title: &str, remark: &str) -> String {
    let remark = if remark.is_empty() { String::new() } else { format!("  {}", style(remark).dim()) };
    format!("{}{remark}\n", style(title).bold())
}

/// A table with a thin line under its header; the first column is left-aligned, the others right.
pub struct Table {
    rows: Vec<Vec<String>>,
    left: Vec<usize>,
}

impl Table {
    /// A table with this header.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { rows: vec![header.into_iter().map(Into::into).collect()], left: vec![0] }
    }

    /// Aligns a further column left.
    pub fn left(mut self, column: usize) -> Self {
        self.left.push(column);
        self
    }

    /// Adds a row.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The table as text, indented by two. A header of empty texts is left out, with its line.
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|c| {
                self.rows.iter().filter_map(|r| r.get(c)).map(|s| measure_text_width(s)).max().unwrap_or(0)
            })
            .collect();
        let mut out = String::new();
        for (i, row) in self.rows.iter().enumerate() {
            if i == 0 && row.iter().all(String::is_empty) {
                continue;
            }
            let cells: Vec<_> = row.iter().enumerate().map(|(c, s)| self.cell(s, c, widths[c])).collect();
            let line = format!("  {}", cells.join("  "));
            let line = line.trim_end();
            if i == 0 {
                out.push_str(&format!("{}\n", style(line).dim()));
                let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (columns.max(1) - 1));
                out.push_str(&format!("  {}\n", style(rule).dim()));
            } else {
                out.push_str(line);
                out.push('\n');
            }
        }
        out
    }

    fn cell(&self, text: &str, column: usize, width: usize) -> String {
        let side = if self.left.contains(&column) { Alignment::Left } else { Alignment::Right };
        pad_str(text, width, side, None).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(short(12_345.0), "12.3k");
        assert_eq!(percent(0.0848), "8.48 %");
        assert_eq!(number(0.330_365_1), "0.330365");
        assert_eq!(number(7_004.116), "7004.12");
    }

    #[test]
    fn wrapping_keeps_to_the_width() {
        let text = wrap("one two three four five", 12, 2);
        assert_eq!(text, "one two\n  three four\n  five");
    }
}
