//! A list of weighted neighbours for each user or item, found block by block: what every model shares that
//! stands on pairs of users or of items.

use super::{Tensor, named};
use crate::error::{Code, Error, Result};
use ndarray::Array2;
use std::ops::Range;

/// Additions in one step, a few milliseconds' worth.
const WORK_PER_STEP: usize = 1_000_000;

/// A neighbour's number and its similarity or weight, which is positive.
pub(super) type Neighbour = (u32, f32);

/// The `k` largest of `found`, best first (ties: lower number first).
pub(super) fn best(mut found: Vec<Neighbour>, k: usize) -> Vec<Neighbour> {
    let order = |a: &Neighbour, b: &Neighbour| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if found.len() > k {
        found.select_nth_unstable_by(k, order);
        found.truncate(k);
    }
    found.sort_unstable_by(order);
    found
}

/// One list of at most `k` neighbours for each of `n` rows.
pub(super) struct Lists {
    k: usize,
    blocks: Vec<Range<usize>>,
    /// Blocks done so far.
    done: usize,
    lists: Vec<Vec<Neighbour>>,
}

impl Lists {
    /// Nothing found yet. `work` says about how many additions a row takes: the blocks are cut so that each
    /// takes about the same time.
    pub(super) fn new(n: usize, k: usize, work: impl Fn(usize) -> usize) -> Self {
        let (mut blocks, mut start, mut sum) = (Vec::new(), 0, 0);
        for r in 0..n {
            sum += work(r);
            if sum >= WORK_PER_STEP || r + 1 == n {
                blocks.push(start..r + 1);
                (start, sum) = (r + 1, 0);
            }
        }
        Self { k: k.clamp(1, n.max(1)), blocks, done: 0, lists: vec![Vec::new(); n] }
    }

    /// Neighbours in a list at most.
    pub(super) fn k(&self) -> usize {
        self.k
    }

    /// Blocks in all.
    pub(super) fn n_blocks(&self) -> usize {
        self.blocks.len().max(1)
    }

    /// Fills the lists of the next block by `find`; true once all are filled.
    pub(super) fn step(&mut self, mut find: impl FnMut(usize) -> Vec<Neighbour>) -> bool {
        if let Some(block) = self.blocks.get(self.done).cloned() {
            for r in block {
                self.lists[r] = find(r);
            }
            self.done += 1;
        }
        self.done >= self.blocks.len()
    }

    /// The neighbours of row `r`, best first.
    pub(super) fn of(&self, r: usize) -> &[Neighbour] {
        &self.lists[r]
    }

    /// For each row, the rows that have it in their lists, in ascending order.
    pub(super) fn inverse(&self) -> Vec<Vec<Neighbour>> {
        let mut inverse = vec![Vec::new(); self.lists.len()];
        for (r, list) in self.lists.iter().enumerate() {
            for &(neighbour, weight) in list {
                inverse[neighbour as usize].push((r as u32, weight));
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

    /// Takes up a state; true if all lists are filled.
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

    #[test]
    fn blocks_inverse_and_state() {
        let find = |r: usize| best((0..r as u32).map(|j| (j, 1.0 + (j % 2) as f32)).collect(), 2);
        let mut lists = Lists::new(4, 2, |_| WORK_PER_STEP / 2);
        assert_eq!(lists.n_blocks(), 2);
        assert!(!lists.step(find) && lists.of(3).is_empty());
        let mut halfway = Lists::new(4, 2, |_| WORK_PER_STEP / 2);
        assert!(!halfway.restore(&lists.state()).unwrap());
        assert!(lists.step(find) && halfway.step(find));
        assert_eq!(lists.lists, halfway.lists);
        assert_eq!(lists.of(3), [(1, 2.0), (0, 1.0)]);
        assert_eq!(lists.inverse()[0], [(1, 1.0), (2, 1.0), (3, 1.0)]);
        let mut damaged = lists.state();
        damaged[0].values[(1, 0)] = 5.0;
        let message = "the saved neighbour 5 is none of the 4 there are";
        assert_eq!(halfway.restore(&damaged).unwrap_err().message, message);
    }
}
