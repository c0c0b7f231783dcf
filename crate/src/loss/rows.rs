//! A batch, and its distinct users and items.

use crate::autodiff::Var;

/// A batch of training pairs with their sampled negatives.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// User of each pair; B entries.
    pub user: &'a [u32],
    /// Item of each pair; B entries.
    pub positive: &'a [u32],
    /// `B × k` negatives, row by row; empty for losses that sample none.
    pub negative: &'a [u32],
}

impl Batch<'_> {
    /// Number of pairs B.
    pub fn len(&self) -> usize {
        self.user.len()
    }

    /// True if there is no pair.
    pub fn is_empty(&self) -> bool {
        self.user.is_empty()
    }

    /// Negatives a pair, k.
    pub fn n_negatives(&self) -> usize {
        if self.is_empty() { 0 } else { self.negative.len() / self.len() }
    }

    /// The negatives of pair `b`.
    pub fn negatives_of(&self, b: usize) -> &[u32] {
        let k = self.n_negatives();
        &self.negative[b * k..(b + 1) * k]
    }
}

/// The distinct users and items of a batch, in the order of their first appearance, and where each pair's stand
/// among them. Models compute a vector for each distinct one once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Distinct users, `n_u` numbers.
    pub users: Vec<u32>,
    /// Distinct items, `n_i` numbers: the positives first, then those that are negatives alone.
    pub items: Vec<u32>,
    /// How many of `items` are positives.
    pub n_positives: usize,
    /// Row of each pair's user, below `n_u`; B entries.
    pub user: Vec<u32>,
    /// Row of each pair's item, below `n_positives`; B entries.
    pub positive: Vec<u32>,
    /// Rows of the negatives, `B × k`, below `n_i`.
    pub negative: Vec<u32>,
}

/// Numbers things in the order of their first appearance.
struct Numbering {
    /// By thing; `u32::MAX` for none yet.
    rows: Vec<u32>,
    distinct: Vec<u32>,
}

impl Numbering {
    fn new(n: usize) -> Self {
        Self { rows: vec![u32::MAX; n], distinct: Vec::new() }
    }

    fn number(&mut self, things: &[u32]) -> Vec<u32> {
        let mut one = |&thing: &u32| {
            let row = &mut self.rows[thing as usize];
            if *row == u32::MAX {
                *row = self.distinct.len() as u32;
                self.distinct.push(thing);
            }
            *row
        };
        things.iter().map(&mut one).collect()
    }
}

impl Rows {
    /// The rows of a batch of data with so many users and items.
    pub fn of(batch: Batch<'_>, n_users: usize, n_items: usize) -> Self {
        let (mut users, mut items) = (Numbering::new(n_users), Numbering::new(n_items));
        let (user, positive) = (users.number(batch.user), items.number(batch.positive));
        let n_positives = items.distinct.len();
        let negative = items.number(batch.negative);
        Self { users: users.distinct, items: items.distinct, n_positives, user, positive, negative }
    }

    /// Negatives a pair, k.
    pub fn n_negatives(&self) -> usize {
        self.negative.len().checked_div(self.user.len()).unwrap_or(0)
    }
}

/// The vectors of a batch.
pub struct Vectors<'a> {
    /// Of its distinct users, `n_u × d`.
    pub user: &'a Var,
    /// Of its distinct items, `n_i × d`.
    pub item: &'a Var,
    /// Who is who.
    pub rows: &'a Rows,
}

impl Vectors<'_> {
    /// The inner products of the pairs, B, for these vectors of the batch's users and items.
    pub fn of_pairs(&self, user: &Var, item: &Var) -> Var {
        user.pair_dots(item, &self.rows.user, &self.rows.positive)
    }

    /// The inner products of each pair's user with its negatives, `B · k`.
    pub fn of_negatives(&self, user: &Var, item: &Var) -> Var {
        user.pair_dots(item, &self.repeated(&self.rows.user), &self.rows.negative)
    }

    /// Each entry of a list of B once for every negative, `B · k`.
    pub fn repeated(&self, list: &[u32]) -> Vec<u32> {
        let k = self.rows.n_negatives();
        list.iter().flat_map(|&row| std::iter::repeat_n(row, k)).collect()
    }

    /// The vectors of the distinct positives alone, `n_positives × d`.
    pub fn positives(&self, item: &Var) -> Var {
        let [n, dim] = item.value().matrix();
        let wanted = self.rows.n_positives;
        if wanted == n {
            item.clone()
        } else {
            item.reshape(&[1, n * dim]).slice(0, wanted * dim).reshape(&[wanted, dim])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_ones_in_order_of_appearance() {
        let batch = Batch { user: &[4, 1, 4], positive: &[7, 7, 2], negative: &[2, 5, 5, 0, 7, 2] };
        let rows = Rows::of(batch, 5, 8);
        assert_eq!((&rows.users[..], &rows.items[..], rows.n_positives), (&[4, 1][..], &[7, 2, 5, 0][..], 2));
        assert_eq!(
            (rows.user, rows.positive, rows.negative),
            (vec![0, 1, 0], vec![0, 0, 1], vec![1, 2, 2, 3, 0, 1])
        );
    }
}
