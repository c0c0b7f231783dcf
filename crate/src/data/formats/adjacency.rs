//! Adjacency lists: `user item item …`, one user a line, ids between spaces (as LightGCN's `train.txt`).

use super::collector::Collector;
use super::{Format, Head, LoadOptions, RowParser};
use crate::error::{Error, Result};
use crate::params::Method;
use std::collections::BTreeSet;

/// Description of the adjacency format.
pub static METHOD: Method = Method {
    name: "adjacency",
    title: "adjacency list",
    doc: "One line a user: the user's id, then the ids of the items, between spaces; their order stands for time.",
    formula: "user item item …",
    source: "He et al., SIGIR 2020 (the files of LightGCN)",
    params: &[],
};

/// The adjacency format.
pub static FORMAT: Format = Format { method: &METHOD, detect, open };

fn detect(head: &Head<'_>) -> Option<u8> {
    let mut users = BTreeSet::new();
    let (mut lengths, mut longest) = (BTreeSet::new(), 0);
    for line in head.lines.iter().take(200) {
        // Other separators and names of columns speak for a table.
        if line.iter().any(|b| b",;|\t\"{:".contains(b)) {
            return None;
        }
        let tokens: Vec<&[u8]> = line.split(|&b| b == b' ').filter(|t| !t.is_empty()).collect();
        users.insert(tokens[0]);
        lengths.insert(tokens.len());
        longest = longest.max(tokens.len());
    }
    let ragged = lengths.len() > 1 || head.lines.len() == 1;
    let one_line_a_user = users.len() == head.lines.len().min(200);
    match longest {
        0 | 1 => None,
        _ if ragged && one_line_a_user => Some(70),
        // Lines of one length with a repeated first column are a table with spaces for separators.
        2 if !ragged => Some(30),
        _ if one_line_a_user => Some(35),
        _ => None,
    }
}

fn open(_: &Head<'_>, _: &LoadOptions) -> Result<Box<dyn RowParser>> {
    Ok(Box::new(Adjacency))
}

struct Adjacency;

impl RowParser for Adjacency {
    fn line(&mut self, line: &[u8], number: u64, out: &mut Collector) -> Result<()> {
        let mut ids = line.split(u8::is_ascii_whitespace).filter(|id| !id.is_empty());
        let Some(user) = ids.next() else { return Ok(()) };
        ids.try_for_each(|item| out.add(user, item, None, None).map_err(|e: Error| e.at_line(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::formats::Reader;

    #[test]
    fn lists() {
        let mut reader = Reader::new("train.txt", LoadOptions::default());
        reader.push(b"0 5 6 7\n1 5\n2\n3 7 5 7").unwrap();
        let data = reader.finish().unwrap();
        assert_eq!((data.users.len(), data.items.len(), data.rows.len(), data.repeated), (3, 3, 6, 1));
        assert!(!data.has_times && !data.has_ratings);
    }

    #[test]
    fn a_table_with_spaces_is_not_a_list() {
        let head = |lines: &[&'static str]| Head {
            name: "x.txt",
            lines: lines.iter().map(|l| l.as_bytes()).collect(),
        };
        assert_eq!(detect(&head(&["1 2 5 881250949", "1 3 4 881250950"])), None);
        assert_eq!(detect(&head(&["1 2 5", "2 3 4 8 9"])), Some(70));
    }
}
