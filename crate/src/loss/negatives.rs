//! Sampling of negative items, uniformly from all items or from those of the batch.

use super::known::Known;
use crate::data::interactions::Sequences;
use crate::params::{Kind, Param, Params};
use crate::rng::Rng;
use rand::RngExt;

/// The parameter `negatives`: how many.
pub(super) const fn count(default: i64) -> Param {
    Param {
        name: "negatives",
        title: "negatives",
        doc: "Items drawn at random for each training pair.",
        unit: "items",
        kind: Kind::Int { min: 1, max: 100, default },
    }
}

/// The parameter `reject_known`.
pub(super) const fn reject_known(default: bool) -> Param {
    Param {
        name: "reject_known",
        title: "reject known items",
        doc: "Draw again when the drawn item is one of the user's training items.",
        unit: "",
        kind: Kind::Bool { default },
    }
}

/// The parameter `pool`: from where.
pub(super) const POOL: Param = Param {
    name: "pool",
    title: "drawn from",
    doc: "catalogue: all items alike; batch: the items of the batch's pairs, an item as likely as it is frequent there.",
    unit: "",
    kind: Kind::Choice { options: &["catalogue", "batch"], default: "catalogue" },
};

/// From where negatives are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// All items, each with the same chance.
    Catalogue,
    /// The items of the batch's pairs, each pair's with the same chance.
    Batch,
}

/// What a loss asks of the sampler of negatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// Negatives a pair; 0 for losses without.
    pub count: usize,
    /// True if items that the user has in training are drawn again.
    pub reject_known: bool,
    /// From where.
    pub pool: Pool,
}

impl Sampling {
    /// No negatives.
    pub const NONE: Self = Self { count: 0, reject_known: false, pool: Pool::Catalogue };

    /// So many from the whole catalogue.
    pub const fn uniform(count: usize, reject_known: bool) -> Self {
        Self { count, reject_known, pool: Pool::Catalogue }
    }

    /// From the parameters `negatives`, `reject_known` and `pool` of a loss.
    pub(super) fn new(params: &Params) -> Self {
        let pool = if params.str("pool") == "batch" { Pool::Batch } else { Pool::Catalogue };
        Self { count: params.usize("negatives"), reject_known: params.bool("reject_known"), pool }
    }
}

/// How many draws are tried before the items that the user does not have are counted out: only who has
/// nearly all of them comes that far.
const TRIES: usize = 64;

/// Draws negatives as a [`Sampling`] says.
#[derive(Debug, Clone)]
pub struct Negatives {
    n_items: u32,
    sampling: Sampling,
    /// The training items; `None` if nothing is rejected.
    known: Option<Known>,
}

impl Negatives {
    /// For a catalogue of `n_items` and the training items of every user.
    pub fn new(sampling: Sampling, n_items: usize, train: &Sequences) -> Self {
        let known = (sampling.count > 0 && sampling.reject_known).then(|| Known::new(train, n_items));
        Self { n_items: n_items as u32, sampling, known }
    }

    /// Replaces `out` by `count` negatives for each pair of a batch, row by row. `positives` are the items of
    /// the pairs, as many as `users`.
    pub fn draw(&self, users: &[u32], positives: &[u32], rng: &mut Rng, out: &mut Vec<u32>) {
        out.clear();
        for &user in users {
            for _ in 0..self.sampling.count {
                out.push(match self.sampling.pool {
                    Pool::Catalogue => self.draw_one(user, rng),
                    Pool::Batch => self.draw_from(positives, user, rng),
                });
            }
        }
    }

    /// Uniform over the entries of `pool` that the user does not have; over all its entries if there is no other.
    fn draw_from(&self, pool: &[u32], user: u32, rng: &mut Rng) -> u32 {
        let any = |rng: &mut Rng, pool: &[u32]| pool[rng.random_range(0..pool.len() as u32) as usize];
        let Some(known) = &self.known else { return any(rng, pool) };
        let is_known = |item: &u32| known.has(user, *item);
        for _ in 0..TRIES {
            let item = any(rng, pool);
            if !is_known(&item) {
                return item;
            }
        }
        let others: Vec<u32> = pool.iter().copied().filter(|item| !is_known(item)).collect();
        if others.is_empty() { any(rng, pool) } else { any(rng, &others) }
    }

    /// Uniform over the items that the user does not have; over all items if there is no other.
    fn draw_one(&self, user: u32, rng: &mut Rng) -> u32 {
        let Some(all) = &self.known else { return rng.random_range(0..self.n_items) };
        for _ in 0..TRIES {
            let item = rng.random_range(0..self.n_items);
            if !all.has(user, item) {
                return item;
            }
        }
        let known = all.of(user);
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
        let sampler = Negatives::new(Sampling::uniform(50, true), 5, &train);
        let mut out = Vec::new();
        sampler.draw(&[0, 1], &[], &mut Seed(1).stream("negatives"), &mut out);
        assert_eq!(out.len(), 100);
        assert!(out[..50].iter().all(|i| [1, 3].contains(i)));
    }

    #[test]
    fn who_has_nearly_all_items_gets_the_others_alike() {
        // Items 0, 500 and 999 are unknown: 64 tries find one in a sixth of all cases.
        let known: Vec<u32> = (1..999).filter(|&i| i != 500).collect();
        let train = Sequences::from_rows([known]);
        let sampler = Negatives::new(Sampling::uniform(1, true), 1000, &train);
        let mut out = Vec::new();
        sampler.draw(&vec![0; 9_000], &[], &mut Seed(1).stream("negatives"), &mut out);
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
        let sampler = Negatives::new(Sampling::uniform(1, false), 4, &train);
        let mut out = Vec::new();
        sampler.draw(&vec![0; 40_000], &[], &mut Seed(1).stream("negatives"), &mut out);
        let zeros = out.iter().filter(|&&i| i == 0).count();
        // Five standard deviations around 10,000.
        assert!((9_567..=10_433).contains(&zeros), "{zeros} of 40000 draws were item 0");
    }

    #[test]
    fn draws_from_the_batch_as_often_as_it_has_an_item() {
        let train = Sequences::from_rows([vec![7], vec![1, 7, 9]]);
        let pool = [7, 7, 7, 1, 1, 9];
        let draw = |reject_known, user: u32| {
            let sampling = Sampling { pool: Pool::Batch, ..Sampling::uniform(1, reject_known) };
            let mut out = Vec::new();
            let users = vec![user; 6_000];
            let sampler = Negatives::new(sampling, 10, &train);
            let (mut rng, mut found) = (Seed(1).stream("negatives"), Vec::new());
            for users in users.chunks(6) {
                sampler.draw(users, &pool, &mut rng, &mut out);
                found.extend_from_slice(&out);
            }
            [1, 7, 9].map(|item| found.iter().filter(|&&i| i == item).count())
        };
        let near = |found: [usize; 3], expected: [usize; 3]| {
            // Five standard deviations of at most 39.
            let close = found.iter().zip(expected).all(|(&f, e)| f.abs_diff(e) < 195);
            assert!(close, "{found:?} instead of {expected:?}");
        };
        near(draw(false, 0), [2_000, 3_000, 1_000]);
        near(draw(true, 0), [4_000, 0, 2_000]);
        // Who has all of them gets what there is.
        near(draw(true, 1), [2_000, 3_000, 1_000]);
    }
}
