//! The data types that everything else works on.

use crate::error::{Code, Error, Result};
use crate::linalg::Csr;
use serde::{Deserialize, Serialize};

/// One user–item interaction as read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    /// User number, in order of first appearance.
    pub user: u32,
    /// Item number, in order of first appearance.
    pub item: u32,
    /// Rating; NaN where the file has none.
    pub rating: f32,
    /// Time in whatever unit the file uses (seconds for MovieLens); 0 where it has none.
    pub time: i64,
}

/// Titles and genres of items, where a file gives them. Both are as long as the item list, or empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemInfo {
    /// Title by item number; empty text where unknown.
    pub titles: Vec<String>,
    /// Genres by item number.
    pub genres: Vec<Vec<String>>,
}

/// A data set: distinct (user, item) pairs in file order.
///
/// A repeated pair is kept once, at the place of its first appearance, with its earliest time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interactions {
    /// Name for people, usually the file's.
    pub name: String,
    /// User ids by number.
    pub users: Vec<String>,
    /// Item ids by number.
    pub items: Vec<String>,
    /// The interactions in file order.
    pub rows: Vec<Interaction>,
    /// Titles and genres.
    pub info: ItemInfo,
    /// True if the file gave ratings.
    pub has_ratings: bool,
    /// True if the file gave times; without, file order stands for time.
    pub has_times: bool,
    /// How many rows repeated an earlier pair.
    pub repeated: usize,
    /// SHA-256 of ids and rows in hex: two equal fingerprints are the same data. Behind a filter, still that
    /// of the whole.
    pub fingerprint: String,
}

/// Users or items: the two sides of the bipartite data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Users.
    User,
    /// Items.
    Item,
}

impl std::str::FromStr for Side {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self> {
        match s {
            "user" => Ok(Self::User),
            "item" => Ok(Self::Item),
            _ => Err(Error::new(Code::OutOfRange, format!("\"{s}\" is not one of user, item"))
                .for_key("side")
                .with_value(s)),
        }
    }
}

/// Rows of different lengths in one array: the items of each user, in order of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequences {
    /// Row `r` is `items[starts[r]..starts[r + 1]]`; one longer than the number of rows.
    starts: Vec<usize>,
    items: Vec<u32>,
}

impl Sequences {
    /// From one list a row.
    pub fn from_rows<R: AsRef<[u32]>>(rows: impl IntoIterator<Item = R>) -> Self {
        let mut out = Self { starts: vec![0], items: Vec::new() };
        for row in rows {
            out.items.extend_from_slice(row.as_ref());
            out.starts.push(out.items.len());
        }
        out
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of entries in all rows.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if no row has an entry.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items of row `r`, in order of time.
    pub fn row(&self, r: usize) -> &[u32] {
        &self.items[self.starts[r]..self.starts[r + 1]]
    }

    /// All rows in turn.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.n_rows()).map(|r| self.row(r))
    }

    /// All (row, item) pairs, row by row.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.rows().enumerate().flat_map(|(r, row)| row.iter().map(move |&i| (r as u32, i)))
    }

    /// How often each of `n` items occurs.
    pub fn counts(&self, n: usize) -> Vec<u32> {
        let mut counts = vec![0; n];
        for &i in &self.items {
            counts[i as usize] += 1;
        }
        counts
    }

    /// The places of each value: row `v` lists, ascending, at which places of `of` the value `v` (below
    /// `n_rows`) stands.
    pub fn grouped(n_rows: usize, of: impl ExactSizeIterator<Item = u32> + Clone) -> Self {
        let mut starts = vec![0; n_rows + 1];
        of.clone().for_each(|v| starts[v as usize + 1] += 1);
        for r in 0..n_rows {
            starts[r + 1] += starts[r];
        }
        let (mut next, mut items) = (starts.clone(), vec![0; of.len()]);
        for (place, v) in of.enumerate() {
            let at = &mut next[v as usize];
            items[*at] = place as u32;
            *at += 1;
        }
        Self { starts, items }
    }

    /// The rows of each of `n` items, ascending: the same pairs seen from the other side.
    pub fn transpose(&self, n: usize) -> Self {
        let mut starts = vec![0; n + 1];
        self.items.iter().for_each(|&i| starts[i as usize + 1] += 1);
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        let (mut next, mut items) = (starts.clone(), vec![0; self.items.len()]);
        for (r, i) in self.pairs() {
            let at = &mut next[i as usize];
            items[*at] = r;
            *at += 1;
        }
        Self { starts, items }
    }

    /// Adds an item to the row under way.
    pub(crate) fn push(&mut self, item: u32) {
        self.items.push(item);
    }

    /// Ends the row under way.
    pub(crate) fn end_row(&mut self) {
        self.starts.push(self.items.len());
    }

    /// Row `r`, to put in another order.
    pub(crate) fn row_mut(&mut self, r: usize) -> &mut [u32] {
        &mut self.items[self.starts[r]..self.starts[r + 1]]
    }

    /// The binary matrix `R` (rows × `n_columns`), columns ascending within a row.
    pub fn to_csr(&self, n_columns: usize) -> Csr {
        // There and back again: transposing lists ascending.
        self.transpose(n_columns).transpose(self.n_rows()).into_csr(n_columns)
    }

    /// As a binary matrix; every row has to be ascending.
    fn into_csr(self, n_columns: usize) -> Csr {
        let ones = vec![1.0; self.items.len()];
        Csr::new(n_columns, self.starts, self.items, ones)
    }
}

/// Training, validation and test items of every user; items and users are those of the filtered data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Number of users.
    pub n_users: usize,
    /// Number of items, those without a training interaction included.
    pub n_items: usize,
    /// Training items of each user, in order of time.
    pub train: Sequences,
    /// Validation items.
    pub validation: Sequences,
    /// Test items.
    pub test: Sequences,
}

impl Split {
    /// Number of nodes on a side.
    pub fn n(&self, side: Side) -> usize {
        match side {
            Side::User => self.n_users,
            Side::Item => self.n_items,
        }
    }

    /// The training matrix with `side` as rows.
    pub fn train_matrix(&self, side: Side) -> Csr {
        match side {
            Side::User => self.train.to_csr(self.n_items),
            Side::Item => self.train.transpose(self.n_items).into_csr(self.n_users),
        }
    }
}
