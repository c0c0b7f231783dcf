//! Normalised discounted cumulative gain, also by popularity of the items that are hit.

use crate::params::Method;

/// Description of NDCG.
pub static METHOD: Method = Method {
    name: "ndcg",
    title: "NDCG@K",
    doc: "Hits among the first K, each counting less the lower it ranks, relative to the best ranking possible. The parts for popular, neutral and unpopular items add up to the whole.",
    formula: "DCG@K = Σ_{r≤K} hit(r) / log₂(r + 1),  NDCG@K = DCG@K / Σ_{r ≤ min(K, |test|)} 1 / log₂(r + 1)",
    source: "Järvelin and Kekäläinen, 2002; strata: KDD 2025, section 5",
    params: &[],
};

/// `1 / log₂(rank + 1)`, rank from 1.
pub fn gain(rank: usize) -> f64 {
    1.0 / ((rank + 1) as f64).log2()
}

/// Discounted gain of the hits among the first `k`. `hits[r]` says whether rank `r + 1` is a hit.
pub fn dcg(hits: &[bool], k: usize) -> f64 {
    hits.iter().take(k).enumerate().filter(|&(_, &hit)| hit).map(|(r, _)| gain(r + 1)).sum()
}

/// The DCG of a ranking that puts all of `n_relevant` test items first.
pub fn ideal_dcg(k: usize, n_relevant: usize) -> f64 {
    (1..=k.min(n_relevant)).map(gain).sum()
}

/// NDCG of a user with `n_relevant` test items (at least one). With hits outside a stratum taken out of
/// `hits`, the stratum's part of it.
pub fn ndcg(hits: &[bool], k: usize, n_relevant: usize) -> f64 {
    dcg(hits, k) / ideal_dcg(k, n_relevant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        let expected = (1.0 + 0.5) / (1.0 + 1.0 / 3.0_f64.log2());
        assert!((ndcg(&[true, false, true], 3, 2) - expected).abs() < 1e-15);
        assert_eq!(ndcg(&[true, true], 2, 5), 1.0);
    }
}
