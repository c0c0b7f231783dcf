//! The seeded generator of long-tailed, clustered, time-stamped interactions.
//!
//! Every item has a popularity `rank^-s` (Zipf–Mandelbrot) and a cluster; every user has an activity
//! (log-normal, at least 20 where the sizes allow) and a few favourite clusters. An interaction picks a
//! favourite cluster, or with chance `noise` any item, and then an item by popularity; a pair occurs once.
//! A user is active for a while within the data's span, and the favourites drift in that time, so that
//! the order of time carries meaning too.

mod draw;
mod population;

use super::fingerprint::Fingerprint;
use super::interactions::{Interaction, Interactions, ItemInfo};
use crate::error::{Code, Error, Result};
use crate::params::{Kind, Method, Param, Params};
use crate::rng::{Rng, Seed};
use crate::task::{Progress, Task};
use draw::{below, normal};
use population::{Catalogue, activities, history};

const fn int(name: &'static str, doc: &'static str, max: i64, default: i64) -> Param {
    Param { name, title: name, doc, unit: "", kind: Kind::Int { min: 1, max, default } }
}

const fn float(name: &'static str, title: &'static str, doc: &'static str, max: f64, default: f64) -> Param {
    Param { name, title, doc, unit: "", kind: Kind::Float { min: 0.0, max, default, log: false } }
}

/// The generator's parameters, with these sizes as defaults.
const fn params(users: i64, items: i64, interactions: i64, clusters: i64) -> [Param; 7] {
    let exponent = "Exponent s of item popularity; 0 makes all equal.";
    let spread = "Standard deviation of the logarithm of user activity.";
    let noise = "Share of interactions that ignore the user's favourite clusters.";
    [
        int("users", "Number of users.", 2_000_000, users),
        int("items", "Number of items.", 1_000_000, items),
        int("interactions", "Number of distinct (user, item) pairs.", 30_000_000, interactions),
        int("clusters", "Number of clusters of items; they become the genres.", 1_000, clusters),
        float("item_exponent", "item tail exponent", exponent, 3.0, 1.0),
        float("user_spread", "user spread", spread, 2.5, 0.9),
        float("noise", "noise", noise, 1.0, 0.2),
    ]
}

const fn sized(
    name: &'static str,
    title: &'static str,
    doc: &'static str,
    params: &'static [Param],
) -> Method {
    Method {
        name,
        title,
        doc,
        formula: "P(item | user) ∝ (rank + q)^−s · [cluster among the user's favourites, else noise]",
        source: "Zipf–Mandelbrot popularity and log-normal activity, as real interaction data shows",
        params,
    }
}

/// Description of the generator.
pub static METHOD: Method = sized(
    "synthetic",
    "Generated, small",
    "Long-tailed, clustered, time-stamped interactions drawn from a seed, 300 × 500 if not told otherwise.",
    &const { params(300, 500, 12_000, 8) },
);

/// The generator at the size of MovieLens 100K.
pub static ML_100K: Method = sized(
    "ml-100k",
    "Generated, MovieLens-100K size",
    "Generated interactions, as many as MovieLens 100K has: 943 users × 1,682 items.",
    &const { params(943, 1_682, 100_000, 12) },
);

/// The generator at the size of MovieLens 1M.
pub static ML_1M: Method = sized(
    "ml-1m",
    "Generated, MovieLens-1M size",
    "Generated interactions, as many as MovieLens 1M has: 6,040 users × 3,706 items.",
    &const { params(6_040, 3_706, 1_000_209, 18) },
);

/// The generator at the size of MovieLens 1M without its ratings below 3, as in the KDD'25 paper.
pub static ML_1M_RATED_3: Method = sized(
    "ml-1m-rated-3",
    "Generated, size of MovieLens-1M rated 3 or more",
    "Generated interactions, as many as MovieLens 1M has ratings of 3 or more: 6,040 users × 3,629 items.",
    &const { params(6_040, 3_629, 836_478, 18) },
);

/// The generator at the size of the Anime data of the KDD'21 paper.
pub static ANIME: Method = sized(
    "anime",
    "Generated, Anime size",
    "Generated interactions, as many as the Anime data of KDD'21 has: 47,143 users × 6,535 items, 6.1 million.",
    &const { params(47_143, 6_535, 6_143_751, 40) },
);

/// First and last second of the made-up times: the years 2000 to 2002, as MovieLens 1M.
const SPAN: (i64, i64) = (956_703_932, 1_046_454_590);

/// Rows between two checkpoints of passes over all of them: a few milliseconds.
const CHUNK: usize = 1 << 16;

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
        return refuse("builtin.interactions", message, total);
    }
    if n_clusters > n_items {
        return refuse(
            "builtin.clusters",
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
    rate(&mut rows, &catalogue, &mut rng, task).await?;
    let rows = in_order_of_time(rows, task).await?;
    number(rows, &catalogue, params, task).await
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
async fn rate(rows: &mut [Interaction], catalogue: &Catalogue, rng: &mut Rng, task: &Task) -> Result<()> {
    for chunk in rows.chunks_mut(CHUNK) {
        for row in chunk {
            let cluster = catalogue.cluster_of[row.item as usize];
            let taste = (row.user.wrapping_mul(31) ^ cluster.wrapping_mul(17)) % 3;
            let value = 3.0 + f64::from(taste) * 0.5 + normal(rng) * 0.8;
            row.rating = (value.round() as f32).clamp(1.0, 5.0);
        }
        task.checkpoint().await?;
    }
    Ok(())
}

/// Sorts by time and keeps the order among equal times: days first, then within each day, as one sort of
/// all rows would let nobody cancel for too long.
async fn in_order_of_time(rows: Vec<Interaction>, task: &Task) -> Result<Vec<Interaction>> {
    let day = |row: &Interaction| ((row.time - SPAN.0) / 86_400) as usize;
    let (mut starts, mut sorted) = (vec![0_usize], Vec::with_capacity(rows.len()));
    for chunk in rows.chunks(CHUNK) {
        for row in chunk {
            let after = day(row) + 1;
            if after >= starts.len() {
                starts.resize(after + 1, 0);
            }
            starts[after] += 1;
        }
        // Filled in steps too; the values are written over below.
        sorted.extend_from_slice(chunk);
        task.checkpoint().await?;
    }
    for d in 1..starts.len() {
        starts[d] += starts[d - 1];
    }
    let mut next = starts.clone();
    for chunk in rows.chunks(CHUNK) {
        for row in chunk {
            let at = &mut next[day(row)];
            sorted[*at] = *row;
            *at += 1;
        }
        task.checkpoint().await?;
    }
    let mut since = 0;
    for days in starts.windows(2) {
        sorted[days[0]..days[1]].sort_by_key(|row| row.time);
        since += days[1] - days[0];
        if since >= CHUNK {
            since = 0;
            task.checkpoint().await?;
        }
    }
    Ok(sorted)
}

/// Numbers users and items in order of first appearance, as reading a file would.
async fn number(
    mut rows: Vec<Interaction>,
    catalogue: &Catalogue,
    params: &Params,
    task: &Task,
) -> Result<Interactions> {
    const NONE: u32 = u32::MAX;
    let mut user_numbers = vec![NONE; params.usize("users")];
    let mut item_numbers = vec![NONE; params.usize("items")];
    let (mut users, mut items, mut info) = (Vec::new(), Vec::new(), ItemInfo::default());
    for chunk in rows.chunks_mut(CHUNK) {
        for row in chunk {
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
        task.checkpoint().await?;
    }
    let fingerprint = Fingerprint::of(&users, &items, &rows, task).await?;
    let name = format!("generated {} × {}", users.len(), items.len());
    Ok(Interactions {
        name,
        users,
        items,
        rows,
        info,
        has_ratings: true,
        has_times: true,
        repeated: 0,
        fingerprint,
    })
}

#[cfg(test)]
mod tests {
    use super::population::LEAST;
    use super::*;
    use crate::data::stats::tail;
    use serde_json::json;
    use std::collections::HashSet;

    fn make(params: &Params, seed: u64) -> Interactions {
        crate::task::run(generate(params, Seed(seed), &Task::silent())).unwrap()
    }

    #[test]
    fn exact_size_distinct_in_time_and_repeatable() {
        for method in [&METHOD, &ML_100K] {
            let params = Params::defaults(method);
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
        let data = make(&Params::defaults(&ML_100K), 3);
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
            |value: serde_json::Value| Params::check(&METHOD, value.as_object().unwrap(), "builtin").unwrap();
        let full = make(&of(json!({"users": 3, "items": 9, "interactions": 27, "clusters": 9})), 1);
        assert_eq!((full.rows.len(), full.items.len()), (27, 9));
        assert_eq!(
            make(&of(json!({"users": 1, "items": 1, "interactions": 1, "clusters": 1})), 1).rows.len(),
            1
        );
        let too_many = of(json!({"users": 3, "items": 9, "interactions": 28}));
        let e = crate::task::run(generate(&too_many, Seed(1), &Task::silent())).unwrap_err();
        assert_eq!(e.to_string(), "builtin.interactions: 28 is more than the 3 × 9 pairs there are");
    }
}
