//! What filter and split left: counts, density, the long tail, popularity strata.

use super::filter::Dropped;
use super::interactions::{Interactions, Sequences, Side, Split};
use crate::order::sort_positions;
use serde::Serialize;

/// How popular an item is by training count (KDD 2025): top `⌈5 %⌉`, up to `⌈20 %⌉`, the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stratum {
    /// Among the top 5 %.
    Popular,
    /// Among the top 20 % and not popular.
    Neutral,
    /// The rest.
    Unpopular,
}

/// The stratum of each item by its training count; of equal counts the lower index is the more popular.
pub fn strata(counts: &[u32]) -> Vec<Stratum> {
    let n = counts.len();
    // In whole numbers, as 0.05 · 1,300 need not be 65 in floats.
    let (popular, neutral) = ((n * 5).div_ceil(100), (n * 20).div_ceil(100));
    let mut order: Vec<usize> = (0..n).collect();
    sort_positions(&mut order, &|a, b| counts[b].cmp(&counts[a]));
    let mut strata = vec![Stratum::Unpopular; n];
    order[..popular].iter().for_each(|&item| strata[item] = Stratum::Popular);
    order[popular..neutral.max(popular)].iter().for_each(|&item| strata[item] = Stratum::Neutral);
    strata
}

/// The tail: the `⌊25 %⌋` of users or items with the fewest training interactions (KDD 2021, table 2), at
/// least one; of equal counts the lower index comes first. Numbers in that order.
pub fn tail(counts: &[u32]) -> Vec<u32> {
    let n = (counts.len() / 4).max(1).min(counts.len());
    let mut order: Vec<usize> = (0..counts.len()).collect();
    sort_positions(&mut order, &|a, b| counts[a].cmp(&counts[b]));
    order[..n].iter().map(|&node| node as u32).collect()
}

/// Training interactions of every user or item.
pub fn training_counts(split: &Split, side: Side) -> Vec<u32> {
    match side {
        Side::User => split.train.rows().map(|row| row.len() as u32).collect(),
        Side::Item => split.train.counts(split.n_items),
    }
}

/// One number for users and one for items.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PerSide<T> {
    /// For users.
    pub user: T,
    /// For items.
    pub item: T,
}

/// How many items each stratum has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StrataCounts {
    /// Items of the top 5 %.
    pub popular: usize,
    /// Items up to the top 20 %.
    pub neutral: usize,
    /// The rest.
    pub unpopular: usize,
}

/// The numbers that describe filtered and split data; the page's `DataSummary`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataSummary {
    /// Users left.
    pub users: usize,
    /// Items left.
    pub items: usize,
    /// Interactions left.
    pub interactions: usize,
    /// Training interactions.
    pub train: usize,
    /// Validation interactions.
    pub validation: usize,
    /// Test interactions.
    pub test: usize,
    /// Interactions for each (user, item) pair there could be.
    pub density: f64,
    /// Items of the catalogue that never occur in training.
    pub items_without_training_interaction: usize,
    /// What the filter took away.
    pub dropped: Dropped,
    /// Share of training interactions that fall on the tail (see [`tail`]).
    pub tail_share: PerSide<f64>,
    /// Largest training count of a tail user (item).
    pub tail_max: PerSide<u32>,
    /// Sizes of the popularity strata.
    pub strata: StrataCounts,
    /// Earliest and latest time; `None` where the data has no times.
    pub time_range: Option<(i64, i64)>,
}

/// Describes filtered data and its split.
pub fn summarize(data: &Interactions, split: &Split, dropped: Dropped) -> DataSummary {
    let users = training_counts(split, Side::User);
    let items = training_counts(split, Side::Item);
    let share = |counts: &[u32]| {
        let sum: u64 = tail(counts).iter().map(|&n| u64::from(counts[n as usize])).sum();
        sum as f64 / split.train.len().max(1) as f64
    };
    let most = |counts: &[u32]| tail(counts).last().map_or(0, |&n| counts[n as usize]);
    let strata = strata(&items);
    let size = |wanted: Stratum| strata.iter().filter(|&&s| s == wanted).count();
    let times = || {
        let time = |row: &super::interactions::Interaction| row.time;
        Some((data.rows.iter().map(time).min()?, data.rows.iter().map(time).max()?))
    };
    let count = |part: &Sequences| part.len();
    DataSummary {
        users: split.n_users,
        items: split.n_items,
        interactions: data.rows.len(),
        train: count(&split.train),
        validation: count(&split.validation),
        test: count(&split.test),
        density: data.rows.len() as f64 / (split.n_users as f64 * split.n_items as f64).max(1.0),
        items_without_training_interaction: items.iter().filter(|&&n| n == 0).count(),
        dropped,
        tail_share: PerSide { user: share(&users), item: share(&items) },
        tail_max: PerSide { user: most(&users), item: most(&items) },
        strata: StrataCounts {
            popular: size(Stratum::Popular),
            neutral: size(Stratum::Neutral),
            unpopular: size(Stratum::Unpopular),
        },
        time_range: data.has_times.then(times).flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stratum::{Neutral, Popular, Unpopular};

    #[test]
    fn strata_round_up_and_ties_go_to_the_lower_index() {
        assert_eq!(
            strata(&[1, 5, 5, 2, 2, 0]),
            [Unpopular, Popular, Neutral, Unpopular, Unpopular, Unpopular]
        );
        let many = strata(&vec![1; 1283]);
        let size = |wanted| many.iter().filter(|&&s| s == wanted).count();
        assert_eq!((size(Popular), size(Neutral), size(Unpopular)), (65, 192, 1026));
        assert!(strata(&[]).is_empty());
    }

    #[test]
    fn tails() {
        assert_eq!(tail(&[3, 1, 1, 2, 1, 9, 9, 9]), [1, 2]);
        assert_eq!(tail(&[7]), [0]);
        assert!(tail(&[]).is_empty());
    }
}
