//! The k nearest users or items by the overlap of their training interactions: what UserKNN and ItemKNN share.

use super::{Tensor, named};
use crate::data::interactions::Sequences;
use crate::error::{Code, Error, Result};
use crate::params::{Kind, Param, Params};
use ndarray::Array2;
use std::ops::Range;

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

/// Additions in one step, a few milliseconds' worth.
const WORK_PER_STEP: usize = 1_000_000;

/// A neighbour's number and similarity.
pub(super) type Neighbour = (u32, f32);

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
        let order = |a: &Neighbour, b: &Neighbour| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > k {
            found.select_nth_unstable_by(k - 1, order);
            found.truncate(k);
        }
        found.sort_unstable_by(order);
        found
    }
}

/// The neighbour lists of every set, found block by block.
pub(super) struct Neighbourhoods {
    overlap: Overlap,
    k: usize,
    blocks: Vec<Range<usize>>,
    /// Blocks done so far.
    done: usize,
    lists: Vec<Vec<Neighbour>>,
    common: Vec<u32>,
}

impl Neighbourhoods {
    /// Nothing found yet. The blocks are cut so that each takes about the same time.
    pub(super) fn new(params: &Params, sets: &Sequences, holders: &Sequences) -> Self {
        let (mut blocks, mut start, mut work) = (Vec::new(), 0, 0);
        for (r, row) in sets.rows().enumerate() {
            work += row.iter().map(|&e| holders.row(e as usize).len()).sum::<usize>();
            if work >= WORK_PER_STEP || r + 1 == sets.n_rows() {
                blocks.push(start..r + 1);
                (start, work) = (r + 1, 0);
            }
        }
        Self {
            overlap: Overlap::new(params),
            k: params.usize("neighbors").min(sets.n_rows().max(1)),
            blocks,
            done: 0,
            lists: vec![Vec::new(); sets.n_rows()],
            common: vec![0; sets.n_rows()],
        }
    }

    /// Blocks in all.
    pub(super) fn n_blocks(&self) -> usize {
        self.blocks.len().max(1)
    }

    /// Finds the neighbours of the next block; true once all are found.
    pub(super) fn step(&mut self, sets: &Sequences, holders: &Sequences) -> bool {
        if let Some(block) = self.blocks.get(self.done).cloned() {
            for r in block {
                let own = Some(r as u32);
                self.lists[r] =
                    self.overlap.nearest(sets.row(r), own, self.k, sets, holders, &mut self.common);
            }
            self.done += 1;
        }
        self.done >= self.blocks.len()
    }

    /// The similarity.
    pub(super) fn overlap(&self) -> Overlap {
        self.overlap
    }

    /// The neighbours of set `r`, best first.
    pub(super) fn of(&self, r: usize) -> &[Neighbour] {
        &self.lists[r]
    }

    /// The neighbours of a set that is none of the data's.
    pub(super) fn of_new(&self, own: &[u32], sets: &Sequences, holders: &Sequences) -> Vec<Neighbour> {
        self.overlap.nearest(own, None, self.k, sets, holders, &mut vec![0; sets.n_rows()])
    }

    /// For each set, the sets that have it as a neighbour, in ascending order.
    pub(super) fn inverse(&self) -> Vec<Vec<Neighbour>> {
        let mut inverse = vec![Vec::new(); self.lists.len()];
        for (r, list) in self.lists.iter().enumerate() {
            for &(neighbour, similarity) in list {
                inverse[neighbour as usize].push((r as u32, similarity));
            }
        }
        inverse
    }

    /// `neighbours` and `similarities` (n × k; an absent neighbour has similarity 0) and `blocks`.
    pub(super) fn state(&self) -> Vec<Tensor> {
        let shape = (self.lists.len(), self.k);
        let get = |r: usize, c: usize| self.lists[r].get(c).copied().unwrap_or((0, 0.0));
        vec![
            Tensor {
                name: "neighbours".into(),
                values: Array2::from_shape_fn(shape, |(r, c)| get(r, c).0 as f32),
            },
            Tensor {
                name: "similarities".into(),
                values: Array2::from_shape_fn(shape, |(r, c)| get(r, c).1),
            },
            Tensor::number("blocks", self.done as u32),
        ]
    }

    /// Takes up a state; true if all neighbours are found.
    ///
    /// # Errors
    /// As [`Model::restore`](super::Model::restore).
    pub(super) fn restore(&mut self, state: &[Tensor]) -> Result<bool> {
        let shape = (self.lists.len(), self.k);
        let numbers = &named(state, "neighbours", shape)?.values;
        let similarities = &named(state, "similarities", shape)?.values;
        self.done = named(state, "blocks", (1, 1))?.to_number() as usize;
        for (r, list) in self.lists.iter_mut().enumerate() {
            let pairs = numbers.row(r).into_iter().zip(similarities.row(r));
            *list = pairs.filter(|&(_, &s)| s > 0.0).map(|(&n, &s)| (n as u32, s)).collect();
            if let Some((number, _)) = list.iter().find(|(number, _)| *number as usize >= shape.0) {
                let message = format!("the saved neighbour {number} is none of the {} there are", shape.0);
                return Err(Error::new(Code::BadValue, message).with_value(number.to_string()));
            }
        }
        Ok(self.done >= self.blocks.len())
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
            assert_eq!(copy.lists, found.lists);
            let mut damaged = found.state();
            damaged[0].values[(0, 0)] = 5.0;
            let message = "the saved neighbour 5 is none of the 5 there are";
            assert_eq!(copy.restore(&damaged).unwrap_err().message, message);
        }
    }
}
