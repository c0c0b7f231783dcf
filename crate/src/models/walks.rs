//! Random walks of three steps from a user over items and users to items: what P3α and RP3β share.
//!
//! `w(i, j) = |U_i|^−α Σ_{u ∈ U_i ∩ U_j} |I_u|^−α / |U_j|^β`: the walk's second and third step from item `i`,
//! each probability to the power α, and with β a penalty on popular goals. The walk's first step, from the
//! user, multiplies all scores of the user alike and is left out.

use super::item_weights::{Direction, FindWeights, ItemWeights};
use super::lists::{Neighbour, best};
use super::neighbours::work;
use super::{Model, ModelInput};
use crate::data::interactions::{Sequences, Split};
use crate::params::{Kind, Param};

/// `alpha`, with the default that does best for the method.
pub(super) const fn alpha(default: f64) -> Param {
    Param {
        name: "alpha",
        title: "exponent α",
        doc: "Power of each step's probability: 1 walks as the graph says, larger values avoid users and items with many interactions.",
        unit: "",
        kind: Kind::Float { min: 0.0, max: 5.0, default, log: false },
    }
}

/// `neighbors`, with the default that does best for the method.
pub(super) const fn neighbors(default: i64) -> Param {
    Param {
        name: "neighbors",
        title: "neighbours",
        doc: "Of how many items that can be reached from an item the weights are kept (the largest; ties: lower index first).",
        unit: "",
        kind: Kind::Int { min: 1, max: 10_000, default },
    }
}

/// The model of both: P3α has β = 0.
pub(super) fn build(input: ModelInput<'_>, beta: f64) -> Box<dyn Model> {
    let walks = Walks::new(&input.split, input.params.f64("alpha"), beta);
    Box::new(ItemWeights::new(input.split, input.params.usize("neighbors"), walks))
}

struct Walks {
    users_of: Sequences,
    /// Interactions of each item's users: the additions to find its list.
    work: Vec<usize>,
    /// `|I_u|^−α` of each user.
    from_user: Vec<f64>,
    /// `|U_i|^−α` of each item.
    from_item: Vec<f64>,
    /// `|U_j|^−β` of each item.
    penalty: Vec<f64>,
    /// Scratch: the weights of the item in hand, all zeros before and after.
    sums: Vec<f64>,
}

impl Walks {
    fn new(split: &Split, alpha: f64, beta: f64) -> Self {
        let users_of = split.train.transpose(split.n_items);
        // Nobody starts from a node without interactions, so that its infinite power is never read.
        let powers = |of: &Sequences, exponent: f64| -> Vec<f64> {
            of.rows().map(|row| (row.len() as f64).powf(-exponent)).collect()
        };
        Self {
            from_user: powers(&split.train, alpha),
            from_item: powers(&users_of, alpha),
            penalty: powers(&users_of, beta),
            work: users_of.rows().map(|users| work(users, &split.train)).collect(),
            sums: vec![0.0; split.n_items],
            users_of,
        }
    }
}

impl FindWeights for Walks {
    const DIRECTION: Direction = Direction::Outgoing;

    fn work(&self, item: usize) -> usize {
        self.work[item]
    }

    fn find(&mut self, item: u32, k: usize, split: &Split) -> Vec<Neighbour> {
        let mut met = Vec::new();
        for &user in self.users_of.row(item as usize) {
            let step = self.from_user[user as usize];
            for &to in split.train.row(user as usize) {
                let sum = &mut self.sums[to as usize];
                if *sum == 0.0 {
                    met.push(to);
                }
                *sum += step;
            }
        }
        let own = self.from_item[item as usize];
        let mut found = Vec::with_capacity(met.len());
        for &to in &met {
            let weight = own * std::mem::take(&mut self.sums[to as usize]) * self.penalty[to as usize];
            // Powers of large degrees may vanish in single precision.
            if to != item && weight as f32 > 0.0 {
                found.push((to, weight as f32));
            }
        }
        best(found, k)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::item_weights::tests::{dense, difference, fitted_weights, small_split};
    use crate::catalog::ModelFn;
    use crate::params::Method;
    use ndarray::Array2;
    use serde_json::Value;

    /// The walk written out with dense matrices, top `k` by sorting whole rows, against the model.
    pub fn equals_dense(
        method: &'static Method,
        build: ModelFn,
        params: &Value,
        [alpha, beta]: [f64; 2],
        k: usize,
    ) {
        let r = dense(&small_split());
        let (users, items) = r.dim();
        let row = |u: usize| r.row(u).sum();
        let column = |i: usize| r.column(i).sum();
        let user_to_item = Array2::from_shape_fn((users, items), |(u, i)| {
            if r[(u, i)] > 0.0 { (1.0 / row(u)).powf(alpha) } else { 0.0 }
        });
        let item_to_user = Array2::from_shape_fn((items, users), |(i, u)| {
            if r[(u, i)] > 0.0 { (1.0 / column(i)).powf(alpha) } else { 0.0 }
        });
        let mut w = item_to_user.dot(&user_to_item);
        for ((i, j), v) in w.indexed_iter_mut() {
            *v = if i == j || *v == 0.0 { 0.0 } else { *v / column(j).powf(beta) };
        }
        for mut row in w.rows_mut() {
            let mut sorted = row.to_vec();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let least = sorted[k - 1];
            row.mapv_inplace(|v| if v < least { 0.0 } else { v });
        }
        let fitted = fitted_weights(method, build, params);
        assert!(fitted.iter().filter(|v| **v > 0.0).count() > 100);
        let error = difference(&fitted, &w);
        assert!(error < 1e-6, "largest difference {error}");
    }
}
