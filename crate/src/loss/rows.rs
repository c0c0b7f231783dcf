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
pub(super) use tests::{example, example_with, plain_bpr, sigmoid};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::{Device, Tape, Tensor};
    use crate::linalg::Cpu;
    use crate::loss::{Loss, Own};
    use crate::nn::layers::Parameters;
    use crate::rng::Seed;
    use ndarray::Array2;
    use rand::RngExt;
    use std::rc::Rc;

    pub fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    /// `−mean ln σ(u·i − u·j)` by plain loops, one negative a pair.
    pub fn plain_bpr(user: &Array2<f64>, item: &Array2<f64>, rows: &Rows) -> f64 {
        let dot = |u: u32, i: u32| {
            user.row(rows.users[u as usize] as usize).dot(&item.row(rows.items[i as usize] as usize))
        };
        let pairs = rows.user.iter().zip(rows.positive.iter().zip(&rows.negative));
        let sum: f64 = pairs.map(|(&u, (&i, &j))| -sigmoid(dot(u, i) - dot(u, j)).ln()).sum();
        sum / rows.user.len() as f64
    }

    /// The value of a loss on three pairs of random tables (5 × 3 and 4 × 3), for `check` to compare with a
    /// formula of the tables in double precision.
    pub fn example(loss: &mut dyn Loss, counts: &[u32], check: impl FnOnce(f64, [&Array2<f64>; 2], &Rows)) {
        example_with(loss, counts, |found, tables, rows, _| check(found, tables, rows));
    }

    /// The same with all parameters.
    pub fn example_with(
        loss: &mut dyn Loss,
        counts: &[u32],
        check: impl FnOnce(f64, [&Array2<f64>; 2], &Rows, &[Var]),
    ) {
        let mut rng = Seed(9).stream("test");
        let mut table = |n: usize| Array2::from_shape_fn((n, 3), |_| rng.random_range(-1.0_f32..1.0));
        let (user, item) = (table(5), table(4));
        let (device, mut parameters): (Device, _) = (Rc::new(Cpu::new()), Parameters::default());
        for (name, table) in [("user", &user), ("item", &item)] {
            let values: Vec<f32> = table.iter().copied().collect();
            parameters.push(name, Tensor::from_slice(&device, &[table.nrows(), 3], &values));
        }
        let (device, rng) = (&device, &mut Seed(2).stream("test"));
        loss.begin(&mut Own {
            parameters: &mut parameters,
            device,
            dim: 3,
            n_users: 5,
            item_counts: counts,
            rng,
        });
        let batch = Batch { user: &[4, 1, 4], positive: &[2, 2, 0], negative: &[3, 0, 2] };
        let rows = Rows::of(batch, 5, 4);
        let p = parameters.on_tape(&Tape::new(device), 0);
        let (users, items) = (p[0].gather(&rows.users), p[1].gather(&rows.items));
        let value = loss.value(&p, &Vectors { user: &users, item: &items, rows: &rows });
        let doubles = [user.mapv(f64::from), item.mapv(f64::from)];
        check(f64::from(value.value().read_now().unwrap()[0]), doubles.each_ref(), &rows, &p);
    }

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
