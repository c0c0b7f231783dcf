//! BPR of inner products with its gradient by hand: what the tape computes as well, several times faster on the CPU.

use super::{Batch, Gradients};
use crate::linalg::exp::exp;
use crate::linalg::simd::{dispatch, larger};
use crate::nn::Tables;
use crate::nn::vector::{add_scaled, dot};

/// A loss of inner products, its value on a batch and its gradient with respect to both tables.
pub trait ByHand {
    /// The mean loss of the batch. Adds its gradient to `gradients`; every row that the batch names is
    /// touched, negatives included, even where its gradient is zero: batch weight decay relies on it.
    fn evaluate(&mut self, tables: &Tables, batch: Batch<'_>, gradients: &mut Gradients) -> f64;
}

/// BPR.
#[derive(Default)]
pub(super) struct Bpr {
    /// For the terms of a block.
    terms: Vec<f32>,
}

/// Pairs whose vectors stay in the first-level cache between the scores and the gradient.
const BLOCK: usize = 16;

/// Terms at a time: the product of as many factors up to 2 is surely finite.
const TERMS: usize = 64;

/// `Σ −ln σ(x)`; each x becomes `scale` times the derivative, `−σ(−x)`, from one exponential that cannot overflow.
#[inline(always)]
fn negative_log_sigmoids(terms: &mut [f32], scale: f32) -> f64 {
    let (mut sum, mut powers) = (0.0_f64, [0.0_f32; TERMS]);
    for terms in terms.chunks_mut(TERMS) {
        let powers = &mut powers[..terms.len()];
        for (e, x) in powers.iter_mut().zip(&*terms) {
            *e = exp(-x.abs());
        }
        // Σ ln(1 + e) = ln Π (1 + e): one logarithm for all.
        let mut product = 1.0_f64;
        for (&e, &x) in powers.iter().zip(&*terms) {
            sum += f64::from(larger(-x, 0.0));
            product *= 1.0 + f64::from(e);
        }
        sum += product.ln();
        for (&e, x) in powers.iter().zip(terms) {
            let numerator = if *x >= 0.0 { e } else { 1.0 };
            *x = -scale * numerator / (1.0 + e);
        }
    }
    sum
}

/// The batch, the tables and what a term counts.
struct Input<'a> {
    batch: Batch<'a>,
    users: &'a [f32],
    items: &'a [f32],
    dim: usize,
    scale: f32,
}

#[inline(always)]
fn evaluate_body(input: &Input<'_>, terms: &mut Vec<f32>, gradients: &mut Gradients) -> f64 {
    let Input { batch, users, items, dim, scale } = *input;
    let row = |r: u32| r as usize * dim..(r as usize + 1) * dim;
    let mut sum = 0.0;
    for first in (0..batch.len()).step_by(BLOCK) {
        let pairs = first..(first + BLOCK).min(batch.len());
        terms.clear();
        for b in pairs.clone() {
            let user = &users[row(batch.user[b])];
            let positive_score = dot(user, &items[row(batch.positive[b])]);
            // A plain loop: as a closure it is compiled apart, without the wider instructions.
            for &j in batch.negatives_of(b) {
                terms.push(positive_score - dot(user, &items[row(j)]));
            }
        }
        sum += negative_log_sigmoids(terms, scale);
        let mut terms = terms.iter();
        for b in pairs {
            let (u, i) = (batch.user[b], batch.positive[b]);
            let (user, positive) = (&users[row(u)], &items[row(i)]);
            let mut of_positive = 0.0;
            for (&j, &g) in batch.negatives_of(b).iter().zip(&mut terms) {
                let negative = &items[row(j)];
                of_positive += g;
                for ((t, p), n) in gradients.user.row_mut(u as usize).iter_mut().zip(positive).zip(negative) {
                    *t += g * (p - n);
                }
                add_scaled(gradients.item.row_mut(j as usize), -g, user);
            }
            add_scaled(gradients.item.row_mut(i as usize), of_positive, user);
        }
    }
    sum
}

dispatch! {
    fn evaluate(input: &Input<'_>, terms: &mut Vec<f32>, gradients: &mut Gradients) -> f64 = evaluate_body
}

impl ByHand for Bpr {
    fn evaluate(&mut self, tables: &Tables, batch: Batch<'_>, gradients: &mut Gradients) -> f64 {
        let terms = batch.len() * batch.n_negatives();
        let input = Input {
            batch,
            users: tables.user.as_slice().expect("tables are row-major"),
            items: tables.item.as_slice().expect("tables are row-major"),
            dim: tables.user.ncols(),
            scale: 1.0 / terms as f32,
        };
        evaluate(&input, &mut self.terms, gradients) / terms as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use ndarray::Array2;
    use rand::RngExt;

    /// The formula as written, in double precision.
    fn plain(user: &Array2<f64>, item: &Array2<f64>, batch: Batch<'_>) -> f64 {
        let k = batch.n_negatives();
        let term = |b: usize, j: u32| {
            let u = user.row(batch.user[b] as usize);
            let x = u.dot(&item.row(batch.positive[b] as usize)) - u.dot(&item.row(j as usize));
            -(1.0 / (1.0 + (-x).exp())).ln()
        };
        let sum: f64 = (0..batch.len())
            .flat_map(|b| batch.negatives_of(b).iter().map(move |&j| (b, j)))
            .map(|(b, j)| term(b, j))
            .sum();
        sum / (batch.len() * k) as f64
    }

    #[test]
    fn value_and_gradient_agree_with_finite_differences() {
        let mut rng = Seed(5).stream("test");
        let mut table = |n| Array2::from_shape_fn((n, 11), |_| rng.random_range(-1.0_f32..1.0));
        let tables = Tables { user: table(4), item: table(6) };
        // Repeated users and items, and a negative that is also a positive, in two negatives a pair.
        let batch =
            Batch { user: &[0, 1, 1, 3], positive: &[5, 2, 2, 0], negative: &[1, 2, 2, 2, 0, 4, 5, 0] };
        let mut gradients = Gradients::new(4, 6, 11);
        let value = Bpr::default().evaluate(&tables, batch, &mut gradients);
        let (user, item) = (tables.user.mapv(f64::from), tables.item.mapv(f64::from));
        assert!((value - plain(&user, &item, batch)).abs() < 1e-6);
        let h = 1e-6;
        for (of_user, n) in [(true, 4), (false, 6)] {
            for at in (0..n).flat_map(|r| (0..11).map(move |c| (r, c))) {
                let shifted = |step: f64| {
                    let (mut user, mut item) = (user.clone(), item.clone());
                    if of_user {
                        user[at] += step
                    } else {
                        item[at] += step
                    }
                    plain(&user, &item, batch)
                };
                let expected = (shifted(h) - shifted(-h)) / (2.0 * h);
                let side = if of_user { &gradients.user } else { &gradients.item };
                let got = f64::from(side.row(at.0)[at.1]);
                assert!(
                    (got - expected).abs() < 1e-6,
                    "user {of_user} at {at:?}: {got} instead of {expected}"
                );
            }
        }
        assert_eq!(gradients.user.touched(), [0, 1, 3]);
    }

    #[test]
    fn extreme_scores_stay_finite() {
        let of = |x: f32| {
            let mut terms = [x];
            (negative_log_sigmoids(&mut terms, 1.0), terms[0])
        };
        assert_eq!(of(200.0), (0.0, -0.0));
        assert_eq!(of(-200.0), (200.0, -1.0));
        assert!((of(0.0).0 - std::f64::consts::LN_2).abs() < 1e-7);
        assert!(of(f32::NAN).0.is_nan() && of(f32::NEG_INFINITY).0.is_infinite());
        // More factors of 2 than a number holds.
        let mut many = vec![0.0; 3000];
        assert!((negative_log_sigmoids(&mut many, 1.0) - 3000.0 * std::f64::consts::LN_2).abs() < 1e-3);
        assert!(many.iter().all(|&g| g == -0.5));
    }
}
