//! Who there is and what they take: items with popularity and clusters, users with activity and taste.

use super::draw::{Alias, below, exp, ln, normal, unit};
use crate::rng::Rng;

/// Users keep at least this many interactions where the sizes allow, as MovieLens's do.
pub(super) const LEAST: usize = 20;
/// Favourite clusters of a user.
const FAVOURITES: usize = 3;

/// The items: popularity and clusters.
pub(super) struct Catalogue {
    /// Cluster of each item.
    pub(super) cluster_of: Vec<u32>,
    members: Vec<Vec<u32>>,
    all: Alias,
    by_cluster: Vec<Alias>,
    clusters: Alias,
}

impl Catalogue {
    /// Item number = popularity rank; the clusters are drawn.
    pub(super) fn new(n_items: usize, n_clusters: usize, exponent: f64, rng: &mut Rng) -> Self {
        // The shift keeps the head from taking everything.
        let shift = 1.0 + n_items as f64 / 100.0;
        let weights: Vec<f64> =
            (0..n_items).map(|rank| exp(-exponent * ln(rank as f64 + 1.0 + shift))).collect();
        let mut members = vec![Vec::new(); n_clusters];
        // The first items go round the clusters, so that none is empty and each has a head of its own.
        let cluster_of: Vec<u32> =
            (0..n_items).map(|i| if i < n_clusters { i } else { below(rng, n_clusters) } as u32).collect();
        for (item, &cluster) in cluster_of.iter().enumerate() {
            members[cluster as usize].push(item as u32);
        }
        let of = |list: &Vec<u32>| list.iter().map(|&i| weights[i as usize]).collect::<Vec<_>>();
        let by_cluster = members.iter().map(|list| Alias::new(&of(list))).collect();
        let clusters = Alias::new(&members.iter().map(|list| of(list).iter().sum()).collect::<Vec<_>>());
        Self { cluster_of, all: Alias::new(&weights), by_cluster, clusters, members }
    }
}

/// How many interactions each user has: log-normal, at least [`LEAST`] and at most `most`, `total` in all.
pub(super) fn activities(
    n_users: usize,
    most: usize,
    total: usize,
    spread: f64,
    rng: &mut Rng,
) -> Vec<usize> {
    let least = LEAST.min(total / n_users).min(most);
    let weights: Vec<f64> = (0..n_users).map(|_| exp(spread * normal(rng))).collect();
    let sum: f64 = weights.iter().sum();
    let free = (total - least * n_users) as f64;
    let mut counts: Vec<usize> =
        weights.iter().map(|w| (least + (w / sum * free) as usize).min(most)).collect();
    // What rounding down and the cap left over goes round.
    let mut left = total - counts.iter().sum::<usize>();
    while left > 0 {
        let share = left.div_ceil(n_users);
        for count in &mut counts {
            let more = share.min(most - *count).min(left);
            *count += more;
            left -= more;
        }
    }
    counts
}

/// The items of one user in order of time.
pub(super) fn history(
    catalogue: &Catalogue,
    count: usize,
    noise: f64,
    taken: &mut [u32],
    user: u32,
    rng: &mut Rng,
) -> Vec<u32> {
    let mut favourites = [0; FAVOURITES].map(|_| catalogue.clusters.draw(rng));
    let mut items = Vec::with_capacity(count);
    let mark = user + 1;
    for n in 0..count {
        // Twice in a history one favourite gives way to another: the drift.
        if n > 0 && n % (count / 3 + 1) == 0 {
            favourites[n / (count / 3 + 1) - 1] = catalogue.clusters.draw(rng);
        }
        let mut item = None;
        for attempt in 0..24 {
            let drawn = if unit(rng) < noise || attempt >= 12 {
                catalogue.all.draw(rng) as u32
            } else {
                // The first favourite half the time, the others a quarter each.
                let cluster = favourites[[0, 0, 1, 2][below(rng, 4)]];
                catalogue.members[cluster][catalogue.by_cluster[cluster].draw(rng)]
            };
            if taken[drawn as usize] != mark {
                item = Some(drawn);
                break;
            }
        }
        // Who has nearly everything popular takes the next item that is free.
        let n_items = taken.len();
        let item = item.unwrap_or_else(|| {
            let start = below(rng, n_items);
            let free = (0..n_items).map(|step| (start + step) % n_items).find(|&i| taken[i] != mark);
            free.unwrap_or(start) as u32
        });
        taken[item as usize] = mark;
        items.push(item);
    }
    items
}
