//! Dropping weak ratings, then users and items with few interactions (methods: section 1).

use super::interactions::{Interactions, ItemInfo};
use crate::error::{Code, Error, Result};
use crate::task::Task;
use serde::Serialize;

/// Rows between two checkpoints: a few milliseconds.
const CHUNK: usize = 1 << 16;

/// Thresholds; zero and `None` filter nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Filter {
    /// Fewest interactions of a user that stays.
    pub min_user: usize,
    /// Fewest interactions of an item that stays.
    pub min_item: usize,
    /// Lowest rating of an interaction that stays; looked at before the other two, and once.
    pub min_rating: Option<f32>,
}

/// How much a filter took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// Users.
    pub users: usize,
    /// Items.
    pub items: usize,
    /// Interactions.
    pub interactions: usize,
}

/// Keeps the interactions rated `min_rating` or better, then drops users with fewer than `min_user` and
/// items with fewer than `min_item` interactions, again and again until nothing changes.
///
/// Users and items are numbered anew in order of first appearance; titles and genres follow. Name and
/// fingerprint stay: they say which data the filter was applied to. Each pass is linear in the interactions.
///
/// # Errors
/// [`Code::NoData`] if nothing is left, with the largest count there was; [`Code::OutOfRange`] for a
/// rating threshold on data without ratings; [`Code::Cancelled`].
pub async fn filter(data: &Interactions, filter: &Filter, task: &Task) -> Result<(Interactions, Dropped)> {
    if let Some(min) = filter.min_rating.filter(|_| !data.has_ratings) {
        return Err(Error::new(
            Code::OutOfRange,
            format!("{min} is a threshold for ratings, but the data has none"),
        )
        .for_key("data.min_rating")
        .with_value(min.to_string()));
    }
    let rated = |n: &u32| filter.min_rating.is_none_or(|min| data.rows[*n as usize].rating >= min);
    let mut kept: Vec<u32> = (0..data.rows.len() as u32).filter(rated).collect();
    let mut largest = None;
    loop {
        let (users, items) = counts(data, &kept);
        let most = |counts: &[u32]| counts.iter().max().copied().unwrap_or(0);
        let largest = *largest.get_or_insert_with(|| (most(&users), most(&items)));
        let before = kept.len();
        task.checkpoint().await?;
        kept.retain(|&n| {
            let row = data.rows[n as usize];
            users[row.user as usize] as usize >= filter.min_user
                && items[row.item as usize] as usize >= filter.min_item
        });
        if kept.is_empty() {
            return Err(nothing_left(data, filter, largest));
        }
        if kept.len() == before {
            return renumber(data, &kept, task).await;
        }
    }
}

fn counts(data: &Interactions, kept: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut users, mut items) = (vec![0; data.users.len()], vec![0; data.items.len()]);
    for &n in kept {
        let row = data.rows[n as usize];
        users[row.user as usize] += 1;
        items[row.item as usize] += 1;
    }
    (users, items)
}

async fn renumber(data: &Interactions, kept: &[u32], task: &Task) -> Result<(Interactions, Dropped)> {
    const NONE: u32 = u32::MAX;
    let (mut user_numbers, mut item_numbers) = (vec![NONE; data.users.len()], vec![NONE; data.items.len()]);
    let (mut users, mut items, mut info) = (Vec::new(), Vec::new(), ItemInfo::default());
    let mut rows = Vec::with_capacity(kept.len());
    for chunk in kept.chunks(CHUNK) {
        for &n in chunk {
            let mut row = data.rows[n as usize];
            let user = &mut user_numbers[row.user as usize];
            if *user == NONE {
                *user = users.len() as u32;
                users.push(data.users[row.user as usize].clone());
            }
            let item = &mut item_numbers[row.item as usize];
            if *item == NONE {
                *item = items.len() as u32;
                items.push(data.items[row.item as usize].clone());
                info.titles.extend(data.info.titles.get(row.item as usize).cloned());
                info.genres.extend(data.info.genres.get(row.item as usize).cloned());
            }
            row.user = *user;
            row.item = *item;
            rows.push(row);
        }
        task.checkpoint().await?;
    }
    let dropped = Dropped {
        users: data.users.len() - users.len(),
        items: data.items.len() - items.len(),
        interactions: data.rows.len() - rows.len(),
    };
    let Interactions { name, has_ratings, has_times, repeated, fingerprint, .. } = data;
    let (name, fingerprint) = (name.clone(), fingerprint.clone());
    let (has_ratings, has_times, repeated) = (*has_ratings, *has_times, *repeated);
    let kept = Interactions { name, users, items, rows, info, has_ratings, has_times, repeated, fingerprint };
    Ok((kept, dropped))
}

fn nothing_left(data: &Interactions, filter: &Filter, (user, item): (u32, u32)) -> Error {
    let (n_users, n_items, n_rows) = (data.users.len(), data.items.len(), data.rows.len());
    let whole = format!("{n_users} users, {n_items} items and {n_rows} interactions");
    let mut thresholds = Vec::new();
    if let Some(min) = filter.min_rating {
        thresholds.push(format!("min_rating {min}"));
    }
    thresholds.extend((filter.min_user > 0).then(|| format!("min_user {}", filter.min_user)));
    thresholds.extend((filter.min_item > 0).then(|| format!("min_item {}", filter.min_item)));
    let why = if n_rows == 0 {
        return Error::new(Code::NoData, "the data has no interactions");
    } else if user == 0 {
        "no rating is that high".to_owned()
    } else {
        format!("at the first pass the largest counts were {user} for a user and {item} for an item")
    };
    Error::new(Code::NoData, format!("nothing of {whole} is left after {}: {why}", thresholds.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::formats::collector::Collector;
    use crate::task::run;
    use proptest::prelude::*;

    fn apply(data: &Interactions, thresholds: &Filter) -> Result<(Interactions, Dropped)> {
        run(filter(data, thresholds, &Task::silent()))
    }

    fn data(pairs: &[(u32, u32)]) -> Interactions {
        let mut c = Collector::new();
        for (n, (u, i)) in pairs.iter().enumerate() {
            let (user, item) = (format!("u{u}"), format!("i{i}"));
            c.add(user.as_bytes(), item.as_bytes(), Some((n % 6) as f32), Some(n as i64)).unwrap();
        }
        let mut data = c.finish("test");
        data.info.titles = data.items.iter().map(|id| format!("title of {id}")).collect();
        data.info.genres = data.items.iter().map(|id| vec![id.clone()]).collect();
        data
    }

    #[test]
    fn dropping_an_item_can_drop_a_user() {
        // u2 has two interactions, one of them with the only item that nobody else has.
        let d = data(&[(2, 9), (0, 1), (0, 2), (1, 1), (1, 2), (2, 1)]);
        let (kept, dropped) = apply(&d, &Filter { min_user: 2, min_item: 2, min_rating: None }).unwrap();
        assert_eq!(dropped, Dropped { users: 1, items: 1, interactions: 2 });
        assert_eq!(
            (kept.users, kept.items),
            (vec!["u0".into(), "u1".into()], vec!["i1".into(), "i2".into()])
        );
        assert_eq!(kept.info.titles, ["title of i1", "title of i2"]);
    }

    #[test]
    fn thresholds_of_ratings() {
        let d = data(&[(0, 0), (0, 1), (0, 2), (0, 3)]);
        let (kept, _) = apply(&d, &Filter { min_rating: Some(2.0), ..Filter::default() }).unwrap();
        assert_eq!(kept.items, ["i2", "i3"]);
        let e = apply(&d, &Filter { min_rating: Some(6.0), ..Filter::default() }).unwrap_err();
        let message = "nothing of 1 users, 4 items and 4 interactions is left after min_rating 6: no rating is that high";
        assert_eq!(e.to_string(), message);
    }

    proptest! {
        #[test]
        fn a_fixpoint_that_loses_nothing_it_need_not(
            pairs in prop::collection::vec((0_u32..12, 0_u32..12), 1..120), min_user in 0_usize..6, min_item in 0_usize..6,
        ) {
            let d = data(&pairs);
            let f = Filter { min_user, min_item, min_rating: None };
            // Plain reference: drop any one offender at a time.
            let mut rows: Vec<(u32, u32)> = d.rows.iter().map(|r| (r.user, r.item)).collect();
            loop {
                let bad = rows.iter().position(|(u, i)| {
                    rows.iter().filter(|r| r.0 == *u).count() < min_user || rows.iter().filter(|r| r.1 == *i).count() < min_item
                });
                match bad { Some(n) => { rows.remove(n); } None => break }
            }
            match apply(&d, &f) {
                Err(_) => prop_assert!(rows.is_empty()),
                Ok((kept, dropped)) => {
                    let ids: Vec<_> = kept.rows.iter().map(|r| (&kept.users[r.user as usize], &kept.items[r.item as usize])).collect();
                    let expected: Vec<_> = rows.iter().map(|(u, i)| (&d.users[*u as usize], &d.items[*i as usize])).collect();
                    prop_assert_eq!(ids, expected);
                    prop_assert_eq!(dropped.interactions, d.rows.len() - rows.len());
                    let (again, none) = apply(&kept, &f).unwrap();
                    prop_assert_eq!(none, Dropped::default());
                    prop_assert_eq!(&again.fingerprint, &kept.fingerprint);
                    prop_assert_eq!(again.rows.len(), kept.rows.len());
                }
            }
        }
    }
}
