//! Where rows go as they are read: ids to numbers, repeated pairs to one, constant work a row.

use super::pairs::Pairs;
use crate::data::fingerprint::{Fingerprint, fingerprint};
use crate::data::interactions::{Interaction, Interactions, ItemInfo};
use crate::error::{Code, Error, Result};
use crate::task::Task;
use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Whole-number ids below this are looked up in an array instead of a hash table (at most 4 MiB a side).
const DIRECT: u32 = 1 << 20;
const NONE: u32 = u32::MAX;

/// Numbers ids in order of first appearance.
#[derive(Default)]
struct Interner {
    ids: Vec<String>,
    /// Number by value of a whole-number id, `NONE` where unseen.
    direct: Vec<u32>,
    /// Numbers of all other ids, hashed by their text.
    text: HashTable<u32>,
}

/// The value of an id that is a plain whole number: no sign, no leading zeros (so that text and value
/// stand for each other).
fn small_integer(id: &[u8]) -> Option<u32> {
    if id.len() > 7 || (id[0] == b'0' && id.len() > 1) {
        return None;
    }
    id.iter().try_fold(0_u32, |value, &byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + u32::from(digit))
    })
}

fn hash_text(id: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(id);
    hasher.finish()
}

impl Interner {
    fn number(&mut self, id: &[u8], what: &str) -> Result<u32> {
        if id.is_empty() {
            return Err(Error::new(Code::BadValue, format!("the {what} id is empty")).with_value(""));
        }
        match small_integer(id) {
            Some(value) if value < DIRECT => {
                let at = value as usize;
                if at >= self.direct.len() {
                    self.direct.resize((at + 1).next_power_of_two(), NONE);
                }
                if self.direct[at] == NONE {
                    self.direct[at] = self.push(id)?;
                }
                Ok(self.direct[at])
            }
            _ => {
                let hash = hash_text(id);
                if let Some(&number) = self.text.find(hash, |&n| self.ids[n as usize].as_bytes() == id) {
                    return Ok(number);
                }
                let number = self.push(id)?;
                let ids = &self.ids;
                self.text.insert_unique(hash, number, |&n| hash_text(ids[n as usize].as_bytes()));
                Ok(number)
            }
        }
    }

    fn push(&mut self, id: &[u8]) -> Result<u32> {
        let text = std::str::from_utf8(id).map_err(|_| {
            let shown = String::from_utf8_lossy(id).into_owned();
            Error::new(Code::NotText, format!("\"{shown}\" is not UTF-8 text")).with_value(shown)
        })?;
        self.ids.push(text.to_owned());
        Ok((self.ids.len() - 1) as u32)
    }
}

/// Collects rows into [`Interactions`]. Memory: the result, and about 6 bytes a row to find repeated pairs.
#[derive(Default)]
pub struct Collector {
    users: Interner,
    items: Interner,
    rows: Vec<Interaction>,
    seen: Pairs,
    repeated: usize,
    has_ratings: bool,
    has_times: bool,
}

impl Collector {
    /// An empty collector.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one row. A repeated (user, item) pair keeps its first place and rating and its earliest time.
    ///
    /// # Errors
    /// [`Code::BadValue`] for an empty id, [`Code::NotText`] for one that is not UTF-8,
    /// [`Code::TooLarge`] when memory runs out.
    pub fn add(&mut self, user: &[u8], item: &[u8], rating: Option<f32>, time: Option<i64>) -> Result<()> {
        let user = self.users.number(user, "user")?;
        let item = self.items.number(item, "item")?;
        self.has_ratings |= rating.is_some();
        self.has_times |= time.is_some();
        let n = self.rows.len();
        let full = || Error::new(Code::TooLarge, format!("out of memory after {n} interactions"));
        if let Some(first) = self.seen.find_or_note(&self.rows, user, item).map_err(|_| full())? {
            self.repeated += 1;
            let row = &mut self.rows[first as usize];
            row.time = time.map_or(row.time, |time| row.time.min(time));
            return Ok(());
        }
        if n >= NONE as usize {
            return Err(full());
        }
        if n == self.rows.capacity() {
            // Half as much again, not double: the old and the new array are alive together. An error
            // instead of an abort where memory runs out (32-bit WebAssembly).
            self.rows.try_reserve_exact(n / 2 + 4096).map_err(|_| full())?;
        }
        self.rows.push(Interaction {
            user,
            item,
            rating: rating.unwrap_or(f32::NAN),
            time: time.unwrap_or(0),
        });
        Ok(())
    }

    /// Number of distinct pairs so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The data set under this name, with its fingerprint; titles and genres are still empty.
    pub fn finish(self, name: impl Into<String>) -> Interactions {
        let mut data = self.unmarked(name.into());
        data.fingerprint = fingerprint(&data.users, &data.items, &data.rows);
        data
    }

    /// As [`Collector::finish`], with checkpoints.
    ///
    /// # Errors
    /// [`Code::Cancelled`] only.
    pub async fn finish_in_steps(self, name: impl Into<String>, task: &Task) -> Result<Interactions> {
        let mut data = self.unmarked(name.into());
        data.fingerprint = Fingerprint::of(&data.users, &data.items, &data.rows, task).await?;
        Ok(data)
    }

    /// The data set without its fingerprint.
    fn unmarked(self, name: String) -> Interactions {
        let Self { users, items, rows, repeated, has_ratings, has_times, seen: _ } = self;
        let (users, items, info) = (users.ids, items.ids, ItemInfo::default());
        let fingerprint = String::new();
        Interactions { name, users, items, rows, info, has_ratings, has_times, repeated, fingerprint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_order_of_appearance() {
        let mut c = Collector::new();
        for (u, i) in [("7", "07"), ("07", "7"), ("é", "1048576"), ("7", "1048575"), ("7", "07")] {
            c.add(u.as_bytes(), i.as_bytes(), None, None).unwrap();
        }
        let data = c.finish("x");
        assert_eq!(data.users, ["7", "07", "é"]);
        assert_eq!(data.items, ["07", "7", "1048576", "1048575"]);
        assert_eq!((data.rows.len(), data.repeated), (4, 1));
        assert!(!data.has_ratings && !data.has_times && data.rows[0].rating.is_nan());
    }

    #[test]
    fn repeated_pair_keeps_first_place_and_earliest_time() {
        let mut c = Collector::new();
        for (i, rating, time) in [("a", 1.0, 50), ("b", 2.0, 40), ("a", 5.0, 30), ("a", 4.0, 60)] {
            c.add(b"u", i.as_bytes(), Some(rating), Some(time)).unwrap();
        }
        let data = c.finish("x");
        assert_eq!(data.rows[0], Interaction { user: 0, item: 0, rating: 1.0, time: 30 });
        assert_eq!((data.rows.len(), data.repeated), (2, 2));
    }

    #[test]
    fn bad_ids() {
        let mut c = Collector::new();
        assert_eq!(c.add(b"", b"1", None, None).unwrap_err().to_string(), "the user id is empty");
        assert_eq!(c.add(b"1", b"\xff\xfe", None, None).unwrap_err().code, Code::NotText);
    }
}
