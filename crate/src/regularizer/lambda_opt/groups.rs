//! Λ by how often users and items occur: the points of trajectories (KDD'19, figures 7 and 8).

use super::strengths::Strengths;
use crate::order::sort_positions;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Into so many groups users and items are divided, as far as there are enough.
const GROUPS: usize = 12;

/// Users (or items) of like frequency, and their strengths. A user's strength is the mean over the dimensions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Fewest training interactions in the group.
    pub from: u32,
    /// Most.
    pub to: u32,
    /// How many users or items.
    pub count: usize,
    /// Mean of their strengths.
    pub mean: f64,
    /// Standard deviation within the group.
    pub deviation: f64,
}

/// Λ at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LambdaGroups {
    /// Users, the least active first; one group of all where users have no strengths of their own.
    pub user: Vec<Group>,
    /// Items, the least popular first.
    pub item: Vec<Group>,
    /// Smallest and largest strength of all.
    pub range: [f64; 2],
}

/// Users or items in order of frequency, cut into groups of like size.
#[derive(Debug, Clone)]
pub(super) struct Grouping {
    counts: Vec<u32>,
    order: Vec<usize>,
}

impl Grouping {
    pub(super) fn new(counts: Vec<u32>) -> Self {
        let mut order: Vec<usize> = (0..counts.len()).collect();
        sort_positions(&mut order, &|a, b| counts[a].cmp(&counts[b]));
        Self { counts, order }
    }

    /// The groups with these strengths, `(n or 1) × (d or 1)`.
    fn of(&self, strengths: &Array2<f32>) -> Vec<Group> {
        let (n, own) = (self.order.len(), strengths.nrows() > 1);
        let groups = if own { GROUPS.min(n) } else { n.min(1) };
        let mean = |row: usize| {
            let row = strengths.row(if own { row } else { 0 });
            row.iter().map(|&x| f64::from(x)).sum::<f64>() / row.len() as f64
        };
        let group = |at: usize| {
            let members = &self.order[at * n / groups..(at + 1) * n / groups];
            let size = members.len() as f64;
            let values: Vec<f64> = members.iter().map(|&row| mean(row)).collect();
            let centre = values.iter().sum::<f64>() / size;
            let variance = values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / size;
            let count = |at: Option<&usize>| at.map_or(0, |&row| self.counts[row]);
            Group {
                from: count(members.first()),
                to: count(members.last()),
                count: members.len(),
                mean: centre,
                deviation: variance.sqrt(),
            }
        };
        (0..groups).map(group).collect()
    }
}

/// Λ by group.
pub(super) fn groups(of: &[Grouping; 2], strengths: &Strengths) -> LambdaGroups {
    let all = || strengths.of(0).iter().chain(strengths.of(1));
    LambdaGroups {
        user: of[0].of(strengths.of(0)),
        item: of[1].of(strengths.of(1)),
        range: [
            f64::from(all().copied().fold(f32::INFINITY, f32::min)),
            f64::from(all().copied().fold(0.0, f32::max)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn groups_follow_the_frequencies() {
        let counts: Vec<u32> = (0..24).map(|row| 100 - 4 * row).collect();
        let grouping = Grouping::new(counts.clone());
        // A user's strengths are its count and three times its count.
        let strengths =
            Array2::from_shape_fn((24, 2), |(row, column)| counts[row] as f32 * [1.0, 3.0][column]);
        let groups = grouping.of(&strengths);
        assert_eq!(groups.len(), 12);
        assert_eq!(groups[0], Group { from: 8, to: 12, count: 2, mean: 20.0, deviation: 4.0 });
        assert_eq!(groups[11], Group { from: 96, to: 100, count: 2, mean: 196.0, deviation: 4.0 });
        let one = grouping.of(&array![[0.5, 1.5]]);
        assert_eq!(one, [Group { from: 8, to: 100, count: 24, mean: 1.0, deviation: 0.0 }]);
    }
}
