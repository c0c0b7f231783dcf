//! Hit ratio.

use crate::params::Method;

/// Description of the hit ratio.
pub static METHOD: Method = Method {
    name: "hit-ratio",
    title: "HR@N",
    doc: "Share of users who find at least one of their test items among their first N.",
    formula: "HR@N = mean over users [top N ∩ test ≠ ∅]",
    source: "Zhang et al., KDD 2021, section 5",
    params: &[],
};

/// 1 if there is a hit among the first `n`, otherwise 0. `hits[r]` says whether the item of rank `r + 1` is a
/// test item.
pub fn hit_ratio(hits: &[bool], n: usize) -> f64 {
    f64::from(u8::from(hits.iter().take(n).any(|&h| h)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_once_and_only_within_n() {
        let hits = [false, true, true];
        assert_eq!((hit_ratio(&hits, 1), hit_ratio(&hits, 2), hit_ratio(&hits, 9)), (0.0, 1.0, 1.0));
    }
}
