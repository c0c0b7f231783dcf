//! The measures of the λOpt paper: every test item against all items the user never touched.

use super::ndcg::gain;
use super::rank::rank_among;
use crate::params::Method;

/// Description of AUC and the ranks against non-interacted items.
pub static METHOD: Method = Method {
    name: "auc",
    title: "AUC, HR@K and NDCG@K (KDD'19)",
    doc: "Ranks each test item alone among the items its user has in no part of the data; AUC is the share of those that score strictly lower. Averaged over a user's test items, then over users.",
    formula: "AUC = mean_t |{j : s_t > s_j}| / |J|,  HR@K = mean_t [rank_t ≤ K],  NDCG@K = mean_t [rank_t ≤ K] / log₂(rank_t + 1)",
    source: "Chen et al., KDD 2019, section 5",
    params: &[],
};

/// One user's measures.
#[derive(Debug, Clone, PartialEq)]
pub struct AgainstOthers {
    /// Chance that a test item scores strictly higher than one of the others.
    pub auc: f64,
    /// Share of test items of rank ≤ K, for each K asked for.
    pub hit_ratio: Vec<f64>,
    /// Mean of `1 / log₂(rank + 1)` over the test items of rank ≤ K, the others counting 0, for each K.
    pub ndcg: Vec<f64>,
}

/// The measures of a user with these scores of all items and these test items against `others`, the items
/// with which the user never interacted. `None` if either list is empty.
pub fn against_others(
    scores: &[f32],
    test: &[u32],
    others: &[u32],
    cutoffs: &[usize],
) -> Option<AgainstOthers> {
    if test.is_empty() || others.is_empty() {
        return None;
    }
    let mut out =
        AgainstOthers { auc: 0.0, hit_ratio: vec![0.0; cutoffs.len()], ndcg: vec![0.0; cutoffs.len()] };
    for &item in test {
        let (rank, below) = rank_among(scores, item, others);
        out.auc += below as f64 / others.len() as f64;
        for (at, _) in cutoffs.iter().enumerate().filter(|&(_, &k)| rank <= k) {
            out.hit_ratio[at] += 1.0;
            out.ndcg[at] += gain(rank);
        }
    }
    let n = test.len() as f64;
    out.auc /= n;
    out.hit_ratio.iter_mut().chain(&mut out.ndcg).for_each(|v| *v /= n);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_do_not_count_as_higher() {
        let scores = [0.5, 0.5, 0.1, 0.9];
        let m = against_others(&scores, &[1], &[0, 2, 3], &[1, 3]).unwrap();
        // Item 1 ties with item 0, which has the lower index and so ranks above: rank 3.
        assert_eq!(m, AgainstOthers { auc: 1.0 / 3.0, hit_ratio: vec![0.0, 1.0], ndcg: vec![0.0, 0.5] });
        assert_eq!(against_others(&scores, &[], &[0], &[1]), None);
    }
}
