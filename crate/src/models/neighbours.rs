//! The k nearest users or items by the overlap of their training interactions: what UserKNN, ItemKNN and SLIM share.

use super::Tensor;
use super::lists::{Lists, Neighbour, best};
use crate::data::interactions::Sequences;
use crate::error::Result;
use crate::params::{Kind, Param, Params};

/// The parameters of both neighbourhood models.
pub(super) const PARAMS: &[Param] = &[
    Param {
        name: "neighbors",
        title: "neighbours",
        doc: "How many nearest neighbours count (ties: lower index first).",
        unit: "",
        kind: Kind::Int { min: 1, max: 10_000, default: 100 },
    },
    Param {
        name: "similarity",
        title: "similarity",
        doc: "How the overlap is related to the sizes: cosine |a∩b| / √(|a||b|), Jaccard |a∩b| / |a∪b|.",
        unit: "",
        kind: Kind::Choice { options: &["cosine", "jaccard"], default: "cosine" },
    },
    Param {
        name: "shrink",
        title: "shrinkage",
        doc: "Added to the similarity's denominator: lowers similarities that rest on few interactions.",
        unit: "interactions",
        kind: Kind::Float { min: 0.0, max: 10_000.0, default: 0.0, log: false },
    },
];

/// How similar two sets are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overlap {
    jaccard: bool,
    shrink: f64,
}

impl Overlap {
    /// From the parameters in [`PARAMS`].
    pub(super) fn new(params: &Params) -> Self {
        Self { jaccard: params.str("similarity") == "jaccard", shrink: params.f64("shrink") }
    }

    /// Plain cosine, without shrinkage.
    pub(super) fn cosine() -> Self {
        Self { jaccard: false, shrink: 0.0 }
    }

    fn of(self, common: u32, a: usize, b: usize) -> f32 {
        let (common, a, b) = (f64::from(common), a as f64, b as f64);
        let size = if self.jaccard { a + b - common } else { (a * b).sqrt() };
        (common / (size + self.shrink)) as f32
    }

    /// The `k` sets of `sets` most similar to `own`, best first (ties: lower index first), without `except`.
    /// Only positive similarities count. `holders` lists, for each element, the sets that have it; `common`
    /// is scratch, all zeros before and after, as long as `sets`.
    pub(super) fn nearest(
        self,
        own: &[u32],
        except: Option<u32>,
        k: usize,
        sets: &Sequences,
        holders: &Sequences,
        common: &mut [u32],
    ) -> Vec<Neighbour> {
        let mut met = Vec::new();
        for &element in own {
            for &set in holders.row(element as usize) {
                if common[set as usize] == 0 {
                    met.push(set);
                }
                common[set as usize] += 1;
            }
        }
        let mut found = Vec::with_capacity(met.len());
        for &set in &met {
            let shared = std::mem::take(&mut common[set as usize]);
            if Some(set) != except {
                found.push((set, self.of(shared, own.len(), sets.row(set as usize).len())));
            }
        }
        best(found, k)
    }
}

/// About how many additions [`Overlap::nearest`] takes for `own`.
pub(super) fn work(own: &[u32], holders: &Sequences) -> usize {
    own.iter().map(|&e| holders.row(e as usize).len()).sum()
}

/// The neighbour lists of every set, found block by block.
pub(super) struct Neighbourhoods {
    overlap: Overlap,
    lists: Lists,
    common: Vec<u32>,
}

impl Neighbourhoods {
    /// Nothing found yet.
    pub(super) fn new(params: &Params, sets: &Sequences, holders: &Sequences) -> Self {
        let n = sets.n_rows();
        let lists = Lists::new(n, params.usize("neighbors"), |r| work(sets.row(r), holders));
        Self { overlap: Overlap::new(params), lists, common: vec![0; n] }
    }

    /// Blocks in all.
    pub(super) fn n_blocks(&self) -> usize {
        self.lists.n_blocks()
    }

    /// Finds the neighbours of the next block; true once all are found.
    pub(super) fn step(&mut self, sets: &Sequences, holders: &Sequences) -> bool {
        let (overlap, k, common) = (self.overlap, self.lists.k(), &mut self.common);
        self.lists.step(|r| overlap.nearest(sets.row(r), Some(r as u32), k, sets, holders, common))
    }

    /// The similarity.
    pub(super) fn overlap(&self) -> Overlap {
        self.overlap
    }

    /// The neighbours of set `r`, best first.
    pub(super) fn of(&self, r: usize) -> &[Neighbour] {
        self.lists.of(r)
    }

    /// The neighbours of a set that is none of the data's.
    pub(super) fn of_new(&self, own: &[u32], sets: &Sequences, holders: &Sequences) -> Vec<Neighbour> {
        self.overlap.nearest(own, None, self.lists.k(), sets, holders, &mut vec![0; sets.n_rows()])
    }

    /// As [`Lists::state`].
    pub(super) fn state(&self) -> Vec<Tensor> {
        self.lists.state()
    }

    /// As [`Lists::restore`].
    ///
    /// # Errors
    /// As [`Model::restore`](super::Model::restore).
    pub(super) fn restore(&mut self, state: &[Tensor]) -> Result<bool> {
        self.lists.restore(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Method;
    use serde_json::json;

    static DEMO: Method =
        Method { name: "demo", title: "", doc: "", formula: "", source: "", params: PARAMS };

    #[test]
    fn blocks_equal_the_plain_definition() {
        let sets = Sequences::from_rows([vec![0, 1, 2], vec![1, 2], vec![3], vec![0, 1, 2], vec![]]);
        let holders = sets.transpose(4);
        for similarity in ["cosine", "jaccard"] {
            let given = json!({"neighbors": 2, "similarity": similarity, "shrink": 0.5});
            let params = Params::check(&DEMO, given.as_object().unwrap(), "").unwrap();
            let mut found = Neighbourhoods::new(&params, &sets, &holders);
            while !found.step(&sets, &holders) {}
            let (close, far) = if similarity == "cosine" {
                (3.0 / 3.5, 2.0 / (6.0_f64.sqrt() + 0.5))
            } else {
                (3.0 / 3.5, 2.0 / 3.5)
            };
            assert_eq!(found.of(0), [(3, close as f32), (1, far as f32)]);
            // Sets 0 and 3 tie.
            assert_eq!(found.of(1), [(0, far as f32), (3, far as f32)]);
            assert!(found.of(2).is_empty() && found.of(4).is_empty());
            assert_eq!(found.of_new(&[3], &sets, &holders), [(2, (1.0 / 1.5) as f32)]);
            let mut copy = Neighbourhoods::new(&params, &sets, &holders);
            assert!(copy.restore(&found.state()).unwrap());
            assert_eq!(copy.of(1), found.of(1));
        }
    }
}
