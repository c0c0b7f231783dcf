//! Precision, recall and their harmonic mean.

use crate::params::Method;

/// Description of precision, recall and F1.
pub static METHOD: Method = Method {
    name: "precision-recall",
    title: "P@N, R@N, F1@N",
    doc: "Precision: share of a user's first N that are test items. Recall: share of the test items that are among the first N. F1: harmonic mean of the two averages over users.",
    formula: "P@N = |top N ∩ test| / N,  R@N = |top N ∩ test| / |test|,  F1@N = 2·P·R / (P + R)",
    source: "Zhang et al., KDD 2021, section 5",
    params: &[],
};

fn n_hits(hits: &[bool], n: usize) -> f64 {
    hits.iter().take(n).filter(|&&h| h).count() as f64
}

/// Share of the first `n` places that hold a test item. `hits[r]` says whether the item of rank `r + 1` is one.
pub fn precision(hits: &[bool], n: usize) -> f64 {
    n_hits(hits, n) / n as f64
}

/// Share of the user's `n_relevant` test items that are among the first `n`.
pub fn recall(hits: &[bool], n: usize, n_relevant: usize) -> f64 {
    n_hits(hits, n) / n_relevant as f64
}

/// Harmonic mean of precision and recall, each averaged over users first; 0 if both are 0.
pub fn f1(mean_precision: f64, mean_recall: f64) -> f64 {
    let sum = mean_precision + mean_recall;
    if sum > 0.0 { 2.0 * mean_precision * mean_recall / sum } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        let hits = [true, false, true, false];
        assert_eq!((precision(&hits, 3), recall(&hits, 3, 4)), (2.0 / 3.0, 0.5));
        assert!((f1(0.2, 0.3) - 0.24).abs() < 1e-15);
        assert_eq!(f1(0.0, 0.0), 0.0);
    }
}
