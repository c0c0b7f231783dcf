//! Uniform sampling of negative items.

use super::Sampling;
use crate::data::interactions::Sequences;
use crate::rng::Rng;
use rand::RngExt;

/// How many draws are tried before the items that the user does not have are counted out: only who has
/// nearly all of them comes that far.
const TRIES: usize = 64;

/// Draws negatives uniformly from all items.
#[derive(Debug, Clone)]
pub struct UniformNegatives {
    n_items: u32,
    sampling: Sampling,
    /// Training items of each user in ascending order; no rows if nothing is rejected.
    known: Sequences,
}

impl UniformNegatives {
    /// For a catalogue of `n_items` and the training items of every user.
    pub fn new(sampling: Sampling, n_items: usize, train: &Sequences) -> Self {
        let known = if sampling.reject_known {
            Sequences::from_rows(train.rows().map(|row| {
                let mut row = row.to_vec();
                row.sort_unstable();
                row
            }))
        } else {
            Sequences::default()
        };
        Self { n_items: n_items as u32, sampling, known }
    }

    /// Replaces `out` by `count` negatives for each of `users`, row by row.
    pub fn draw(&self, users: &[u32], rng: &mut Rng, out: &mut Vec<u32>) {
        out.clear();
        for &user in users {
            for _ in 0..self.sampling.count {
                out.push(self.draw_one(user, rng));
            }
        }
    }

    /// Uniform over the items that the user does not have; over all items if there is no other.
    fn draw_one(&self, user: u32, rng: &mut Rng) -> u32 {
        if !self.sampling.reject_known {
            return rng.random_range(0..self.n_items);
        }
        let known = self.known.row(user as usize);
        for _ in 0..TRIES {
            let item = rng.random_range(0..self.n_items);
            if known.binary_search(&item).is_err() {
                return item;
            }
        }
        let n_unknown = self.n_items - known.len() as u32;
        if n_unknown == 0 {
            return rng.random_range(0..self.n_items);
        }
        let rank = rng.random_range(0..n_unknown);
        // The unknown item of that rank: so many known ones come before it that their distance is used up.
        let (mut below, mut end) = (0, known.len());
        while below < end {
            let middle = (below + end) / 2;
            if known[middle] - middle as u32 <= rank { below = middle + 1 } else { end = middle }
        }
        rank + below as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    #[test]
    fn rejects_known_items_and_never_hangs() {
        let train = Sequences::from_rows([vec![4, 0, 2], vec![0, 1, 2, 3, 4]]);
        let sampler = UniformNegatives::new(Sampling { count: 50, reject_known: true }, 5, &train);
        let mut out = Vec::new();
        sampler.draw(&[0, 1], &mut Seed(1).stream("negatives"), &mut out);
        assert_eq!(out.len(), 100);
        assert!(out[..50].iter().all(|i| [1, 3].contains(i)));
    }

    #[test]
    fn who_has_nearly_all_items_gets_the_others_alike() {
        // Items 0, 500 and 999 are unknown: 64 tries find one in a sixth of all cases.
        let known: Vec<u32> = (1..999).filter(|&i| i != 500).collect();
        let train = Sequences::from_rows([known]);
        let sampler = UniformNegatives::new(Sampling { count: 1, reject_known: true }, 1000, &train);
        let mut out = Vec::new();
        sampler.draw(&vec![0; 9_000], &mut Seed(1).stream("negatives"), &mut out);
        for item in [0, 500, 999] {
            let n = out.iter().filter(|&&i| i == item).count();
            // Five standard deviations around 3,000.
            assert!((2_776..=3_224).contains(&n), "item {item}: {n}");
        }
        assert_eq!(out.iter().filter(|i| [0, 500, 999].contains(i)).count(), 9_000);
    }

    #[test]
    fn is_uniform_without_rejection() {
        let train = Sequences::from_rows([vec![0]]);
        let sampler = UniformNegatives::new(Sampling { count: 1, reject_known: false }, 4, &train);
        let mut out = Vec::new();
        sampler.draw(&vec![0; 40_000], &mut Seed(1).stream("negatives"), &mut out);
        let zeros = out.iter().filter(|&&i| i == 0).count();
        // Five standard deviations around 10,000.
        assert!((9_567..=10_433).contains(&zeros), "{zeros} of 40000 draws were item 0");
    }
}
