//! MACR: what an item's popularity and a user's conformity add to a score is learnt apart, and taken off again.

use super::negatives::{self, Sampling};
use super::{Loss, Own, Vectors};
use crate::autodiff::Var;
use crate::nn::layers::uniform;
use crate::params::{Kind, Method, Param, Params};

/// Description of MACR.
pub static METHOD: Method = Method {
    name: "macr",
    title: "MACR",
    doc: "Scores are multiplied by a user's and an item's own branch, which learn conformity and popularity; ranking takes their direct effect off: a debiasing baseline.",
    formula: "L = BCE(y·σ(y_u)·σ(y_i)) + α·BCE(y_i) + β·BCE(y_u), y = u·i;  score = (y − c)·σ(y_u)·σ(y_i)",
    source: "Wei et al., KDD 2021, eq. 5 to 7; KDD 2025, section D.2",
    params: &[
        Param {
            name: "alpha",
            title: "item branch α",
            doc: "Weight of the item branch's own loss.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 100.0, default: 1e-3, log: true },
        },
        Param {
            name: "beta",
            title: "user branch β",
            doc: "Weight of the user branch's own loss.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 100.0, default: 1e-3, log: true },
        },
        Param {
            name: "reference",
            title: "reference c",
            doc: "The score taken off when ranking: 0 keeps the branches' effect, more of it favours unpopular items.",
            unit: "",
            kind: Kind::Float { min: -1000.0, max: 1000.0, default: 0.0, log: false },
        },
        negatives::count(1),
        negatives::reject_known(true),
        negatives::POOL,
    ],
};

/// MACR from its parameters.
pub fn build(params: &Params) -> Box<dyn Loss> {
    Box::new(Macr {
        sampling: Sampling::new(params),
        alpha: params.f32("alpha"),
        beta: params.f32("beta"),
        reference: params.f32("reference"),
        branches: None,
    })
}

struct Macr {
    sampling: Sampling,
    alpha: f32,
    beta: f32,
    reference: f32,
    /// Places of the users' and the items' branch, `d × 1`.
    branches: Option<[usize; 2]>,
}

/// The mean of `−ln σ(x)` over positives and of `−ln σ(−x)` over negatives, added.
fn cross_entropy(positive: &Var, negative: &Var) -> Var {
    let of_negatives = negative.affine(-1.0, 0.0).log_sigmoid().mean();
    positive.log_sigmoid().mean().add(&of_negatives).affine(-1.0, 0.0)
}

impl Macr {
    /// `σ(y_u)` or `σ(y_i)` comes from these, `n × 1`.
    fn branch(&self, p: &[Var], side: usize, vectors: &Var) -> Var {
        vectors.matmul(&p[self.branches.expect("begun")[side]])
    }
}

impl Loss for Macr {
    fn sampling(&self) -> Sampling {
        self.sampling
    }

    fn begin(&mut self, own: &mut Own<'_>) {
        let dim = own.dim;
        let mut weights = |name: &str| {
            let value = uniform(own.device, &[dim, 1], dim, own.rng);
            own.parameters.push(name, value)
        };
        self.branches = Some([weights("branch.user"), weights("branch.item")]);
    }

    fn value(&self, p: &[Var], vectors: &Vectors<'_>) -> Var {
        let Vectors { user, item, rows } = vectors;
        let (users, items) = (self.branch(p, 0, user), self.branch(p, 1, item));
        let repeated = vectors.repeated(&rows.user);
        let pick = |of: &Var, list: &[u32]| of.gather(list).reshape(&[list.len()]);
        let whole =
            |scores: Var, users: &Var, items: &Var| scores.mul(&users.sigmoid()).mul(&items.sigmoid());
        let (user_of_pair, user_of_negative) = (pick(&users, &rows.user), pick(&users, &repeated));
        let (positive, negative) = (pick(&items, &rows.positive), pick(&items, &rows.negative));
        let of_pairs = whole(vectors.of_pairs(user, item), &user_of_pair, &positive);
        let of_negatives = whole(vectors.of_negatives(user, item), &user_of_negative, &negative);
        let by_item = cross_entropy(&positive, &negative).affine(self.alpha, 0.0);
        let by_user = cross_entropy(&user_of_pair, &user_of_negative).affine(self.beta, 0.0);
        cross_entropy(&of_pairs, &of_negatives).add(&by_item).add(&by_user)
    }

    /// `(u·i − c)·σ(y_u)·σ(y_i)` is the inner product of `σ(y_u)·[u, −c]` and `σ(y_i)·[i, 1]`.
    fn ranking(&self, p: &[Var], user: Var, item: Var) -> [Var; 2] {
        let wide = |side: usize, vectors: &Var, last: f32| {
            let n = vectors.shape()[0];
            let column = vectors.sum_rows().affine(0.0, last).reshape(&[n, 1]);
            let factor = self.branch(p, side, vectors).sigmoid().reshape(&[n]);
            vectors.concat(&column).scale_rows(&factor)
        };
        [wide(0, &user, -self.reference), wide(1, &item, 1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::rows::{example_with, sigmoid};

    /// The formula by plain loops.
    #[test]
    fn multiplies_branches_and_trains_each() {
        let (alpha, beta, sampling) = (0.3, 0.7, Sampling::uniform(1, false));
        let mut loss = Macr { sampling, alpha, beta, reference: 0.0, branches: None };
        example_with(&mut loss, &[1; 4], |found, [user, item], rows, p| {
            let branch = |place: usize| p[place].value().read_now().unwrap();
            let (of_user, of_item) = (branch(2), branch(3));
            let along = |row: ndarray::ArrayView1<'_, f64>, w: &[f32]| {
                row.iter().zip(w).map(|(x, &w)| x * f64::from(w)).sum::<f64>()
            };
            let (mut whole, mut by_item, mut by_user) = (0.0, 0.0, 0.0);
            for (list, sign) in [(&rows.positive, 1.0), (&rows.negative, -1.0)] {
                for (&u, &i) in rows.user.iter().zip(list) {
                    let (u, i) = (
                        user.row(rows.users[u as usize] as usize),
                        item.row(rows.items[i as usize] as usize),
                    );
                    let (a, b) = (along(u, &of_user), along(i, &of_item));
                    whole -= sigmoid(sign * u.dot(&i) * sigmoid(a) * sigmoid(b)).ln();
                    by_item -= sigmoid(sign * b).ln();
                    by_user -= sigmoid(sign * a).ln();
                }
            }
            let expected =
                (whole + f64::from(alpha) * by_item + f64::from(beta) * by_user) / rows.user.len() as f64;
            assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
        });
    }
}
