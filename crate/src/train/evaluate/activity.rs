//! The measures of KDD'19 by how active users and how popular items are (that paper's figure 6).

use super::Options;
use crate::metrics::auc::AgainstOthers;
use crate::order::sort_positions;
use crate::train::Metrics;

/// Into so many groups of like size users and items are divided.
const QUARTERS: usize = 4;

/// HR and NDCG, one entry a cutoff each.
#[derive(Clone)]
struct Pair([Vec<f64>; 2]);

impl Pair {
    fn zeros(options: &Options) -> Self {
        Self([vec![0.0; options.cutoffs.len()], vec![0.0; options.cutoffs.len()]])
    }

    fn add(&mut self, other: [&[f64]; 2], by: f64) {
        for (sums, values) in self.0.iter_mut().zip(other) {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value / by);
        }
    }
}

/// Sums over users and, for items, over the users who have them in the part that is judged.
pub(super) struct Activity {
    /// The quarter of each user, the least active first.
    quarter_of_user: Vec<usize>,
    /// The quarter of each item, the least popular first.
    quarter_of_item: Vec<usize>,
    users: Vec<(usize, Pair)>,
    /// By item. As in the paper an item's measure is the mean of those of its users.
    items: Vec<(usize, Pair)>,
}

/// Quarters by count; of equal counts the lower index comes first.
fn quarters(counts: &[u32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    sort_positions(&mut order, &|a, b| counts[a].cmp(&counts[b]));
    let mut quarters = vec![0; counts.len()];
    order.iter().enumerate().for_each(|(rank, &at)| quarters[at] = rank * QUARTERS / counts.len());
    quarters
}

impl Activity {
    /// No sums, for users and items with these training counts.
    pub fn new(options: &Options, user_counts: &[u32], item_counts: &[u32]) -> Self {
        let none = (0, Pair::zeros(options));
        Self {
            quarter_of_user: quarters(user_counts),
            quarter_of_item: quarters(item_counts),
            users: vec![none.clone(); QUARTERS],
            items: vec![none; item_counts.len()],
        }
    }

    /// Adds a user who has these items in the part that is judged.
    pub fn add(&mut self, user: usize, test: &[u32], one: &AgainstOthers) {
        let measures = [&one.hit_ratio[..], &one.ndcg[..]];
        let count = |(n, sums): &mut (usize, Pair)| {
            *n += 1;
            sums.add(measures, 1.0);
        };
        count(&mut self.users[self.quarter_of_user[user]]);
        test.iter().for_each(|&item| count(&mut self.items[item as usize]));
    }

    /// Means by name, such as `HR@100 (KDD'19) users 1/4`; without an entry for quarters of which nobody was judged.
    /// `names_only` asks for all names, whatever the values.
    pub fn means(&self, options: &Options, names_only: bool, metrics: &mut Metrics) {
        let mut items = vec![(0, Pair::zeros(options)); QUARTERS];
        for ((n, sums), &quarter) in self.items.iter().zip(&self.quarter_of_item).filter(|((n, _), _)| *n > 0)
        {
            items[quarter].0 += 1;
            items[quarter].1.add([&sums.0[0], &sums.0[1]], *n as f64);
        }
        for (side, groups) in [("users", &self.users), ("items", &items)] {
            for (quarter, (n, sums)) in groups.iter().enumerate().filter(|(_, (n, _))| *n > 0 || names_only) {
                for (measure, sums) in ["HR", "NDCG"].into_iter().zip(&sums.0) {
                    for (k, sum) in options.cutoffs.iter().zip(sums) {
                        let name = format!("{measure}@{k} (KDD'19) {side} {}/{QUARTERS}", quarter + 1);
                        metrics.insert(name, sum / (*n).max(1) as f64);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::params::Params;

    /// Users 0 and 2 (of four) are judged; both have item 1 in the test part, user 2 has item 3 as well.
    #[test]
    fn users_and_items_have_means_by_quarter() {
        let mut params = Params::defaults(catalog::evaluate());
        params.set("cutoffs", &"2".into(), "").unwrap();
        let options = Options::new(&params).unwrap();
        let mut activity = Activity::new(&options, &[7, 1, 9, 3], &[4, 3, 2, 1]);
        let one = |hit_ratio, ndcg| AgainstOthers { auc: 0.5, hit_ratio: vec![hit_ratio], ndcg: vec![ndcg] };
        activity.add(0, &[1], &one(1.0, 0.5));
        activity.add(2, &[1, 3], &one(0.5, 0.25));
        let mut means = Metrics::new();
        activity.means(&options, false, &mut means);
        let expected = [
            ("HR@2 (KDD'19) items 1/4", 0.5),
            ("HR@2 (KDD'19) items 3/4", 0.75),
            ("HR@2 (KDD'19) users 3/4", 1.0),
            ("HR@2 (KDD'19) users 4/4", 0.5),
            ("NDCG@2 (KDD'19) items 1/4", 0.25),
            ("NDCG@2 (KDD'19) items 3/4", 0.375),
            ("NDCG@2 (KDD'19) users 3/4", 0.5),
            ("NDCG@2 (KDD'19) users 4/4", 0.25),
        ];
        assert_eq!(means, expected.map(|(name, value)| (name.to_owned(), value)).into());
        let mut names = Metrics::new();
        activity.means(&options, true, &mut names);
        assert_eq!(names.len(), 16);
    }
}
