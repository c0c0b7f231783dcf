//! A vector for somebody new: the most probable one, given their history and the vectors of known users.
//!
//! The losses that rank a user's items above random ones have their optimum where a score is the logarithm of
//! an item's probability, up to a constant (Bradley–Terry for BPR, softmax for SSM). So the new vector `u`
//! minimises, with the item table E fixed,
//!
//! `−Σ_{i∈H} ln softmax(E u)_i + ‖u − ū‖² / (2σ²)`
//!
//! where ū and σ² are mean and variance (averaged over dimensions) of the user table. It is convex, solved by
//! Newton's method without random numbers; an empty history gives ū, the average user.

use crate::nn::Tables;
use nalgebra::{DMatrix, DVector};

/// Newton steps at most; five to eight are usual.
const MAX_STEPS: usize = 20;
/// Halvings of one step at most.
const MAX_HALVINGS: usize = 20;
/// The decrease promised by a Newton step at which it is not worth taking.
const TOLERANCE: f64 = 1e-8;

struct Problem {
    /// `n_items × d`.
    items: DMatrix<f64>,
    /// Σ of the history's item vectors.
    wanted: DVector<f64>,
    /// Length of the history.
    n: f64,
    mean: DVector<f64>,
    /// 1 / σ².
    precision: f64,
}

impl Problem {
    fn new(tables: &Tables, history: &[u32]) -> Self {
        let (n_items, dim) = tables.item.dim();
        let items = DMatrix::from_fn(n_items, dim, |i, c| f64::from(tables.item[(i, c)]));
        let users = tables.user.mapv(f64::from);
        let mean = DVector::from_fn(dim, |c, _| users.column(c).mean().unwrap_or(0.0));
        let n_users = users.nrows().max(1) as f64;
        let square = |(at, v): ((usize, usize), &f64)| (v - mean[at.1]).powi(2);
        let variance = users.indexed_iter().map(square).sum::<f64>() / (n_users * dim as f64);
        let mut wanted = DVector::zeros(dim);
        for &i in history {
            wanted += items.row(i as usize).transpose();
        }
        // A single user, or all alike, leaves no variance to go by.
        Self { items, wanted, n: history.len() as f64, mean, precision: 1.0 / variance.max(1e-6) }
    }

    /// The objective and the softmax of the scores.
    fn value(&self, u: &DVector<f64>) -> (f64, DVector<f64>) {
        let mut scores = &self.items * u;
        let top = scores.max();
        scores.apply(|s| *s = (*s - top).exp());
        let sum = scores.sum();
        let log_sum = top + sum.ln();
        let prior = 0.5 * self.precision * (u - &self.mean).norm_squared();
        (self.n * log_sum - self.wanted.dot(u) + prior, scores / sum)
    }

    /// Gradient and Hessian at `u`, where the items have these probabilities.
    fn derivatives(&self, u: &DVector<f64>, probability: &DVector<f64>) -> (DVector<f64>, DMatrix<f64>) {
        let expected = self.items.tr_mul(probability);
        let gradient = &expected * self.n - &self.wanted + (u - &self.mean) * self.precision;
        let mut weighted = self.items.clone();
        for (mut row, p) in weighted.row_iter_mut().zip(probability) {
            row *= *p;
        }
        let mut hessian = self.items.tr_mul(&weighted) - &expected * expected.transpose();
        hessian *= self.n;
        for c in 0..u.len() {
            hessian[(c, c)] += self.precision;
        }
        (gradient, hessian)
    }
}

/// The vector (length d) of a new user with this history of distinct items.
pub(super) fn fold_in(tables: &Tables, history: &[u32]) -> Vec<f32> {
    let problem = Problem::new(tables, history);
    let mut u = problem.mean.clone();
    let (mut value, mut probability) = problem.value(&u);
    for _ in 0..MAX_STEPS {
        let (gradient, hessian) = problem.derivatives(&u, &probability);
        let Some(factor) = hessian.cholesky() else { break };
        let mut step = factor.solve(&gradient);
        let promised = gradient.dot(&step);
        // Also leaves the loop when a table is not finite.
        if promised.is_nan() || promised <= TOLERANCE {
            break;
        }
        let next = (0..MAX_HALVINGS).find_map(|_| {
            let candidate = &u - &step;
            let (reached, probability) = problem.value(&candidate);
            step *= 0.5;
            (reached < value).then_some((candidate, reached, probability))
        });
        let Some(next) = next else { break };
        (u, value, probability) = next;
    }
    u.iter().map(|&v| v as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::RngExt;

    #[test]
    fn reaches_the_minimum_and_starts_from_the_average_user() {
        let mut rng = crate::rng::Seed(3).stream("test");
        let mut table = |n| Array2::from_shape_fn((n, 5), |_| rng.random_range(-1.0_f32..1.0));
        let tables = Tables { user: table(7), item: table(12) };
        let problem = Problem::new(&tables, &[3, 8]);
        let u = DVector::from_iterator(5, fold_in(&tables, &[3, 8]).into_iter().map(f64::from));
        let (value, probability) = problem.value(&u);
        let (gradient, _) = problem.derivatives(&u, &probability);
        assert!(gradient.norm() < 1e-4, "gradient {}", gradient.norm());
        for c in 0..5 {
            let mut v = u.clone();
            v[c] += 1e-3;
            let slope = (problem.value(&v).0 - value) / 1e-3;
            // The slope of a convex function at its minimum is half its curvature times the step.
            assert!((0.0..0.1).contains(&slope), "slope {slope} along {c}");
        }
        let mean = tables.user.mean_axis(ndarray::Axis(0)).expect("users");
        assert!(fold_in(&tables, &[]).iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
