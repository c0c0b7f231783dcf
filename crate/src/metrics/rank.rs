//! The order of items by score, with one rule for ties everywhere: the lower index comes first.

use std::cmp::Ordering;

/// Before, if `a` ranks above `b`.
fn by_score_then_index(scores: &[f32], a: u32, b: u32) -> Ordering {
    scores[b as usize].total_cmp(&scores[a as usize]).then(a.cmp(&b))
}

/// Replaces `top` by the (at most) `k` items of highest score, best first. Items with score `-∞` are not
/// candidates. Linear in the number of items plus `k log k`.
pub fn top_k(scores: &[f32], k: usize, top: &mut Vec<u32>) {
    top.clear();
    if k == 0 {
        return;
    }
    let order = |&a: &u32, &b: &u32| by_score_then_index(scores, a, b);
    let room = (2 * k).max(128);
    // What does not exceed the lowest of k items cannot be among the best: at the same score these come first.
    let mut bound = f32::NEG_INFINITY;
    for (i, score) in scores.iter().enumerate() {
        if *score >= bound && score.total_cmp(&bound).is_gt() {
            top.push(i as u32);
            if top.len() == room {
                let (_, &mut lowest, _) = top.select_nth_unstable_by(k - 1, order);
                top.truncate(k);
                bound = scores[lowest as usize];
            }
        }
    }
    if top.len() > k {
        top.select_nth_unstable_by(k - 1, order);
        top.truncate(k);
    }
    top.sort_unstable_by(order);
}

/// Rank of `item`, from 1, among itself and the items in `others` (ties: lower index first), and how many of
/// `others` score strictly lower.
pub fn rank_among(scores: &[f32], item: u32, others: &[u32]) -> (usize, usize) {
    let score = scores[item as usize];
    let (mut above, mut below) = (0, 0);
    for &other in others {
        let s = scores[other as usize];
        above += usize::from(s > score || (s == score && other < item));
        below += usize::from(s < score);
    }
    (above + 1, below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_full_sort(scores in prop::collection::vec(0_u8..6, 0..40), k in 0_usize..45) {
            // Few distinct values make many ties; 0 stands for "no candidate".
            let scores: Vec<f32> = scores.iter().map(|&s| if s == 0 { f32::NEG_INFINITY } else { f32::from(s) }).collect();
            let mut plain: Vec<u32> = (0..scores.len() as u32).filter(|&i| scores[i as usize] > 0.0).collect();
            plain.sort_by(|&a, &b| scores[b as usize].partial_cmp(&scores[a as usize]).unwrap());
            plain.truncate(k);
            let mut top = Vec::new();
            top_k(&scores, k, &mut top);
            prop_assert_eq!(top, plain);
        }
    }

    /// More items than are kept at a time, rising and falling, and zeros of both signs.
    #[test]
    fn long_lists() {
        for k in [1, 20, 200, 1000] {
            for scale in [1.0, -1.0, 0.0] {
                let score = |i: u32| scale * ((i * 7919 % 1009) as f32 - 500.0);
                let scores: Vec<f32> = (0..3000).map(score).collect();
                let mut plain: Vec<u32> = (0..3000).collect();
                plain.sort_by(|&a, &b| by_score_then_index(&scores, a, b));
                plain.truncate(k);
                let mut top = Vec::new();
                top_k(&scores, k, &mut top);
                assert_eq!(top, plain, "k = {k}, scale {scale}");
            }
        }
    }

    #[test]
    fn rank_counts_ties_by_index() {
        let scores = [1.0, 2.0, 1.0, 0.5, 1.0];
        assert_eq!(rank_among(&scores, 2, &[0, 1, 3, 4]), (3, 1));
    }
}
