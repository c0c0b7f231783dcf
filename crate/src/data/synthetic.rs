//! The seeded generator of long-tailed, clustered, time-stamped interactions.
//!
//! Every item has a popularity `rank^-s` (Zipf–Mandelbrot) and a cluster; every user has an activity
//! (log-normal, at least 20 where the sizes allow) and a few favourite clusters. An interaction picks a
//! favourite cluster, or with chance `noise` any item, and then an item by popularity; a pair occurs once.
//! A user is active for a while within the data's span, and the favourites drift in that time, so that
//! the order of time carries meaning too.

use super::fingerprint::fingerprint;
use super::interactions::{Interaction, Interactions, ItemInfo};
use crate::error::{Code, Error, Result};
use crate::params::{Kind, Method, Param, Params};
use crate::rng::{Rng, Seed};
use crate::task::{Progress, Task};
use rand::Rng as _;
use serde_json::json;

const fn int(name: &'static str, doc: &'static str, min: i64, max: i64, default: i64) -> Param {
    Param { name, title: name, doc, unit: "", kind: Kind::Int { min, max, default } }
}

const fn float(name: &'static str, title: &'static str, doc: &'static str, max: f64, default: f64) -> Param {
    Param { name, title, doc, unit: "", kind: Kind::Float { min: 0.0, max, default, log: false } }
}

/// Description of the generator.
pub static METHOD: Method = Method {
    name: "synthetic",
    title: "generated",
    doc: "Long-tailed, clustered, time-stamped interactions drawn from a seed; no file needed.",
    formula: "P(item | user) ∝ (rank + q)^−s · [cluster among the user's favourites, else noise]",
    source: "Zipf–Mandelbrot popularity and log-normal activity, as real interaction data shows",
    params: &[
        int("users", "Number of users.", 1, 2_000_000, 300),
        int("items", "Number of items.", 1, 1_000_000, 500),
        int("interactions", "Number of distinct (user, item) pairs.", 1, 30_000_000, 12_000),
        int("clusters", "Number of clusters of items; they become the genres.", 1, 1_000, 8),
        float(
            "item_exponent",
            "item tail exponent",
            "Exponent s of item popularity; 0 makes all equal.",
            3.0,
            1.0,
        ),
        float(
            "user_spread",
            "user spread",
            "Standard deviation of the logarithm of user activity.",
            2.5,
            0.9,
        ),
        float("noise", "noise", "Share of interactions that ignore the user's favourite clusters.", 1.0, 0.2),
    ],
};

/// Built-in sizes by name: `small`, `ml-100k`, `ml-1m`, `ml-1m-rated-3`, `anime`.
pub const PRESETS: [&str; 5] = ["small", "ml-100k", "ml-1m", "ml-1m-rated-3", "anime"];

/// The parameters of a built-in size.
///
/// # Errors
/// [`Code::UnknownName`] for a name that is not in [`PRESETS`].
pub fn preset(name: &str) -> Result<Params> {
    let (users, items, interactions, clusters) = match name {
        "small" => (300, 500, 12_000, 8),
        "ml-100k" => (943, 1_682, 100_000, 12),
        "ml-1m" => (6_040, 3_706, 1_000_209, 18),
        "ml-1m-rated-3" => (6_040, 3_629, 836_478, 18),
        "anime" => (47_143, 6_535, 6_143_751, 40),
        _ => {
            let message = format!("\"{name}\" is not one of {}", PRESETS.join(", "));
            return Err(Error::new(Code::UnknownName, message).for_key("preset").with_value(name));
        }
    };
    let given = json!({"users": users, "items": items, "interactions": interactions, "clusters": clusters});
    Params::check(&METHOD, given.as_object().unwrap_or(&serde_json::Map::new()), "data")
}

/// First and last second of the made-up times: the years 2000 to 2002, as MovieLens 1M.
const SPAN: (i64, i64) = (956_703_932, 1_046_454_590);
/// Users keep at least this many interactions where the sizes allow, as MovieLens's do.
const LEAST: usize = 20;
/// Favourite clusters of a user.
const FAVOURITES: usize = 3;

/// A number in [0, 1) with 53 random bits.
fn unit(rng: &mut Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

fn below(rng: &mut Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// Sum of twelve uniform numbers, less six: near enough to normal, and the same bits on every machine,
/// which the logarithm and cosine of better methods are not.
fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| unit(rng)).sum::<f64>() - 6.0
}

/// `e^x` by repeated squaring of its series: plain arithmetic, so the same bits everywhere.
fn exp(x: f64) -> f64 {
    let small = x / 1024.0;
    let mut value = (1..=7).rev().fold(1.0, |sum, n| 1.0 + small / f64::from(n) * sum);
    for _ in 0..10 {
        value *= value;
    }
    value
}

/// `ln x` for x ≥ 1 by Newton's method on [`exp`].
fn ln(x: f64) -> f64 {
    // The exponent bits give a start within 0.7.
    let mut y = ((x.to_bits() >> 52) as f64 - 1023.0) * std::f64::consts::LN_2;
    for _ in 0..6 {
        y += x / exp(y) - 1.0;
    }
    y
}

/// Draws from fixed weights in constant time (Walker's alias method).
struct Alias {
    chance: Vec<f64>,
    other: Vec<u32>,
}

impl Alias {
    fn new(weights: &[f64]) -> Self {
        let n = weights.len();
        let sum: f64 = weights.iter().sum();
        let mut chance: Vec<f64> = weights.iter().map(|w| w * n as f64 / sum).collect();
        let mut other: Vec<u32> = (0..n as u32).collect();
        let (mut poor, mut rich): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| chance[i] < 1.0);
        while let (Some(&p), Some(&r)) = (poor.last(), rich.last()) {
            poor.pop();
            other[p] = r as u32;
            chance[r] -= 1.0 - chance[p];
            if chance[r] < 1.0 {
                rich.pop();
                poor.push(r);
            }
        }
        poor.into_iter().chain(rich).for_each(|i| chance[i] = 1.0);
        Self { chance, other }
    }

    fn draw(&self, rng: &mut Rng) -> usize {
        let i = below(rng, self.chance.len());
        if unit(rng) < self.chance[i] { i } else { self.other[i] as usize }
    }
}

/// The items: popularity and clusters.
struct Catalogue {
    cluster_of: Vec<u32>,
    members: Vec<Vec<u32>>,
    all: Alias,
    by_cluster: Vec<Alias>,
    clusters: Alias,
}

impl Catalogue {
    fn new(n_items: usize, n_clusters: usize, exponent: f64, rng: &mut Rng) -> Self {
        // Item number = popularity rank here; the shift keeps the head from taking everything.
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
fn activities(n_users: usize, most: usize, total: usize, spread: f64, rng: &mut Rng) -> Vec<usize> {
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
fn history(
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

/// Generates a data set of exactly the stated number of distinct pairs, in order of time. Users are `u1`,
/// `u2`, …, items `i1`, … in order of popularity weight, titled with their cluster, which is their genre.
///
/// # Errors
/// [`Code::OutOfRange`] for more interactions than pairs, or clusters than items; [`Code::Cancelled`].
pub async fn generate(params: &Params, seed: Seed, task: &Task) -> Result<Interactions> {
    let (n_users, n_items, total) =
        (params.usize("users"), params.usize("items"), params.usize("interactions"));
    let n_clusters = params.usize("clusters");
    let refuse = |key: &str, message: String, value: usize| {
        Err(Error::new(Code::OutOfRange, message).for_key(key).with_value(value.to_string()))
    };
    if total as u64 > n_users as u64 * n_items as u64 {
        let message = format!("{total} is more than the {n_users} × {n_items} pairs there are");
        return refuse("data.interactions", message, total);
    }
    if n_clusters > n_items {
        return refuse(
            "data.clusters",
            format!("{n_clusters} clusters need as many items, not {n_items}"),
            n_clusters,
        );
    }
    let mut rng = seed.stream("synthetic");
    let catalogue = Catalogue::new(n_items, n_clusters, params.f64("item_exponent"), &mut rng);
    let counts = activities(n_users, n_items, total, params.f64("user_spread"), &mut rng);
    let noise = params.f64("noise");
    let mut taken = vec![0_u32; n_items];
    let mut rows = Vec::with_capacity(total);
    for (user, &count) in counts.iter().enumerate() {
        let items = history(&catalogue, count, noise, &mut taken, user as u32, &mut rng);
        push_times(&mut rows, user as u32, &items, &mut rng);
        if user % 64 == 63 {
            task.report(&Progress::of("generate", rows.len(), total, "interactions"));
            task.checkpoint().await?;
        }
    }
    rate(&mut rows, &catalogue, &mut rng);
    rows.sort_by_key(|row| row.time);
    task.checkpoint().await?;
    Ok(number(rows, &catalogue, params))
}

/// Times of one user's history: a start anywhere, then steps within a few weeks, in order.
fn push_times(rows: &mut Vec<Interaction>, user: u32, items: &[u32], rng: &mut Rng) {
    let (first, last) = SPAN;
    let start = first + below(rng, (last - first) as usize * 3 / 4) as i64;
    let step = ((last - start) / items.len().max(1) as i64).clamp(1, 6 * 3600);
    let mut time = start;
    for &item in items {
        rows.push(Interaction { user, item, rating: f32::NAN, time });
        time += below(rng, step as usize) as i64;
    }
}

/// Ratings from 1 to 5: better for the popular and with a taste for the user's own.
fn rate(rows: &mut [Interaction], catalogue: &Catalogue, rng: &mut Rng) {
    for row in rows {
        let taste =
            (row.user.wrapping_mul(31) ^ catalogue.cluster_of[row.item as usize].wrapping_mul(17)) % 3;
        let value = 3.0 + f64::from(taste) * 0.5 + normal(rng) * 0.8;
        row.rating = (value.round() as f32).clamp(1.0, 5.0);
    }
}

/// Numbers users and items in order of first appearance, as reading a file would.
fn number(mut rows: Vec<Interaction>, catalogue: &Catalogue, params: &Params) -> Interactions {
    const NONE: u32 = u32::MAX;
    let mut user_numbers = vec![NONE; params.usize("users")];
    let mut item_numbers = vec![NONE; params.usize("items")];
    let (mut users, mut items, mut info) = (Vec::new(), Vec::new(), ItemInfo::default());
    for row in &mut rows {
        let user = &mut user_numbers[row.user as usize];
        if *user == NONE {
            *user = users.len() as u32;
            users.push(format!("u{}", row.user + 1));
        }
        let item = &mut item_numbers[row.item as usize];
        if *item == NONE {
            *item = items.len() as u32;
            let cluster = catalogue.cluster_of[row.item as usize] + 1;
            items.push(format!("i{}", row.item + 1));
            info.titles.push(format!("Item {} (cluster {cluster})", row.item + 1));
            info.genres.push(vec![format!("cluster {cluster}")]);
        }
        row.user = *user;
        row.item = *item;
    }
    let fingerprint = fingerprint(&users, &items, &rows);
    let name = format!("generated {} × {}", users.len(), items.len());
    Interactions {
        name,
        users,
        items,
        rows,
        info,
        has_ratings: true,
        has_times: true,
        repeated: 0,
        fingerprint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::stats::tail;
    use std::collections::HashSet;

    fn make(params: &Params, seed: u64) -> Interactions {
        crate::task::run(generate(params, Seed(seed), &Task::silent())).unwrap()
    }

    #[test]
    fn own_functions_agree_with_the_library() {
        for x in [-20.0, -1.0, 0.0, 0.3, 5.0] {
            assert!((exp(x) / f64::exp(x) - 1.0).abs() < 1e-9, "exp {x}");
        }
        for x in [1.0, 1.5, 2.0, 1000.0, 123_456.0] {
            assert!((ln(x) - f64::ln(x)).abs() < 1e-9, "ln {x}");
        }
    }

    #[test]
    fn exact_size_distinct_in_time_and_repeatable() {
        for name in ["small", "ml-100k"] {
            let params = preset(name).unwrap();
            let data = make(&params, 1);
            assert_eq!(data.users.len(), params.usize("users"));
            assert_eq!(data.rows.len(), params.usize("interactions"));
            let pairs: HashSet<_> = data.rows.iter().map(|r| (r.user, r.item)).collect();
            assert_eq!(pairs.len(), data.rows.len());
            assert!(data.rows.is_sorted_by_key(|r| r.time));
            let mut counts = vec![0; data.users.len()];
            data.rows.iter().for_each(|r| counts[r.user as usize] += 1);
            assert!(counts.iter().all(|&n| n >= LEAST));
            assert_eq!(make(&params, 1).fingerprint, data.fingerprint);
            assert_ne!(make(&params, 2).fingerprint, data.fingerprint);
        }
    }

    #[test]
    fn long_tailed() {
        let data = make(&preset("ml-100k").unwrap(), 3);
        let mut counts = vec![0; data.items.len()];
        data.rows.iter().for_each(|r| counts[r.item as usize] += 1);
        let share: u32 = tail(&counts).iter().map(|&i| counts[i as usize]).sum();
        let share = f64::from(share) / data.rows.len() as f64;
        assert!((0.005..0.12).contains(&share), "tail items' share {share}");
        assert!(data.items.len() > 1600, "{} items occur", data.items.len());
    }

    #[test]
    fn extremes() {
        let of =
            |value: serde_json::Value| Params::check(&METHOD, value.as_object().unwrap(), "data").unwrap();
        let full = make(&of(json!({"users": 3, "items": 9, "interactions": 27, "clusters": 9})), 1);
        assert_eq!((full.rows.len(), full.items.len()), (27, 9));
        assert_eq!(
            make(&of(json!({"users": 1, "items": 1, "interactions": 1, "clusters": 1})), 1).rows.len(),
            1
        );
        let too_many = of(json!({"users": 3, "items": 9, "interactions": 28}));
        let e = crate::task::run(generate(&too_many, Seed(1), &Task::silent())).unwrap_err();
        assert_eq!(e.to_string(), "data.interactions: 28 is more than the 3 × 9 pairs there are");
    }
}
