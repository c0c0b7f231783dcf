//! What is measured: data, and the K of its graph.

use crate::{Outcome, paths};
use serde_json::{Value, json};

/// A size by name.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub name: &'static str,
    source: Source,
    k: usize,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    /// Users, items, interactions and clusters for the generator.
    Generated([u64; 4]),
    /// A file in the data folder.
    File(&'static str),
}

const SIZES: &[Size] = &[
    Size { name: "ml-small", source: Source::File("ml-latest-small/ratings.csv"), k: 100 },
    Size { name: "small", source: Source::Generated([1_500, 1_000, 60_000, 8]), k: 100 },
    Size { name: "ml-1m", source: Source::Generated([6_040, 3_706, 1_000_209, 18]), k: 1_000 },
    Size { name: "30k", source: Source::Generated([29_858, 40_981, 1_027_370, 60]), k: 600 },
    Size { name: "anime", source: Source::Generated([47_143, 6_535, 6_143_751, 40]), k: 1_000 },
];

impl Size {
    pub fn named(name: &str) -> Outcome<Self> {
        let names: Vec<&str> = SIZES.iter().map(|s| s.name).collect();
        let found = SIZES.iter().find(|s| s.name == name).copied();
        found.ok_or_else(|| format!("--size {name}: it may be {}", names.join(", ")))
    }

    /// What is handed to every side; `None` if the data set is not here.
    pub fn job(&self) -> Option<Value> {
        let mut job = job(self.k);
        match self.source {
            Source::Generated(numbers) => job["builtin"] = generated(numbers),
            Source::File(path) => job["file"] = paths::data_file(path)?.display().to_string().into(),
        }
        Some(job)
    }
}

fn generated([users, items, interactions, clusters]: [u64; 4]) -> Value {
    json!({"users": users, "items": items, "interactions": interactions, "clusters": clusters})
}

fn job(k: usize) -> Value {
    json!({
        "data": {"min_user": 3, "min_item": 3, "split": "leave-one-out"},
        "seed": 1, "k": k, "dim": 64, "alpha": 0.5, "tolerance": 1e-5,
    })
}

/// Graphs of doubling size with the same K and interactions a user.
pub fn growth() -> [Value; 4] {
    [1, 2, 4, 8].map(|factor| {
        let mut job = job(300);
        job["builtin"] = generated([2_500 * factor, 1_500 * factor, 250_000 * factor, 10 * factor]);
        job
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_known_by_name() {
        assert_eq!(Size::named("anime").unwrap().job().unwrap()["builtin"]["users"], 47_143);
        assert!(Size::named("huge").unwrap_err().contains("ml-1m, 30k, anime"));
    }
}
