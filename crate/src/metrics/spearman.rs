//! Rank correlation: whether one number grows with another, however it grows.

use crate::order::ascending;
use crate::params::Method;

/// Description of the rank correlation of magnitudes and popularity.
pub static METHOD: Method = Method {
    name: "spearman",
    title: "Spearman magnitude/popularity",
    doc: "Rank correlation of the lengths of the items' vectors with their training counts: 1 where every more popular item has a longer vector, 0 where length says nothing of popularity.",
    formula: "ρ = cov(rank ‖i‖, rank r_i) / (σ(rank ‖i‖) σ(rank r_i))",
    source: "Spearman, 1904; KDD 2025, figures 2 and 3",
    params: &[],
};

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let (mut ranks, mut below) = (vec![0.0; values.len()], 0);
    for alike in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = below as f64 + (alike.len() + 1) as f64 / 2.0;
        alike.iter().for_each(|&at| ranks[at] = shared);
        below += alike.len();
    }
    ranks
}

/// Spearman's rank correlation of two lists of one length; `None` if either holds less than two different values.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    debug_assert_eq!(a.len(), b.len());
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() + 1) as f64 / 2.0;
    let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let scale = (sum(&a, &a) * sum(&b, &b)).sqrt();
    (scale > 0.0).then(|| sum(&a, &b) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_growth_counts_and_ties_share_ranks() {
        assert_eq!(spearman(&[1.0, 10.0, 100.0], &[0.1, 0.2, 0.3]), Some(1.0));
        assert_eq!(spearman(&[3.0, 2.0, 1.0], &[5.0, 6.0, 7.0]), Some(-1.0));
        assert_eq!(spearman(&[2.0, 2.0], &[1.0, 3.0]), None);
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 0.0]), [3.5, 2.0, 3.5, 1.0]);
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
        let found = spearman(&[0.0, 1.0, 1.0, 2.0], &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((found - 4.5 / 22.5_f64.sqrt()).abs() < 1e-15, "{found}");
    }
}
