//! How many interactions a row shares with every other: exact counts, row by row.
//!
//! Columns that many rows have (popular items) cost the most to count one by one and are few. They are
//! *hot*: eight of them are one byte a row, so that sixteen or more rows are counted in one vector
//! operation. All other columns are counted through their lists of rows.

use crate::linalg::Csr;
use crate::linalg::simd::dispatch;
use crate::order::sort_positions;

/// A column is hot if at least one row in so many has it. By an estimate, not a measurement: counting a pair
/// through lists takes about forty times the instructions of doing it through a bit, and among n² pairs a
/// column with a share p of the rows is met p² n² times through lists: bits win above p = 1 / √40.
const HOT_ONE_IN: usize = 6;

/// Bytes that fit one 8-bit sum: 31 · 8 ≤ 255.
const BYTES_A_SUM: usize = 31;

/// A counter: 16 bits where no row is longer, for the counts of a row then fit a nearer cache.
pub(super) trait Counter: Copy + Default + PartialOrd + Into<u32> + TryFrom<u32> + Send {
    const MAX: Self;

    /// Adds a small number.
    fn add(&mut self, x: u8);
}

impl Counter for u16 {
    const MAX: Self = Self::MAX;

    #[inline(always)]
    fn add(&mut self, x: u8) {
        *self += Self::from(x);
    }
}

impl Counter for u32 {
    const MAX: Self = Self::MAX;

    #[inline(always)]
    fn add(&mut self, x: u8) {
        *self += Self::from(x);
    }
}

/// The rows of a binary matrix, arranged for counting.
pub(super) struct Cooccurrence<'a> {
    rows: &'a Csr,
    /// `columns × rows`; hot columns are empty.
    holders: Holders,
    /// Byte b of every row, one array of length n a byte: which of the hot columns 8b to 8b + 7 it has.
    bytes: Vec<Vec<u8>>,
}

/// For every column its rows, ascending.
struct Holders {
    offsets: Vec<usize>,
    rows: Vec<u32>,
}

impl Holders {
    fn of(&self, column: u32) -> &[u32] {
        &self.rows[self.offsets[column as usize]..self.offsets[column as usize + 1]]
    }
}

impl<'a> Cooccurrence<'a> {
    /// Arranges the rows of `matrix`; its values are not looked at.
    pub(super) fn new(matrix: &'a Csr) -> Self {
        Self::with_hot(matrix, HOT_ONE_IN)
    }

    /// As [`Cooccurrence::new`] with another bound: 0 makes no column hot, which is the plain twin.
    fn with_hot(matrix: &'a Csr, one_in: usize) -> Self {
        let n = matrix.nrows();
        let lengths = column_lengths(matrix);
        let mut hot: Vec<usize> = (0..matrix.ncols()).filter(|&c| lengths[c] * one_in > n).collect();
        // The most popular together: a row that has few hot columns has them in few bytes.
        sort_positions(&mut hot, &|a, b| lengths[b].cmp(&lengths[a]));
        let mut place = vec![None; matrix.ncols()];
        hot.iter().enumerate().for_each(|(at, &c)| place[c] = Some(at));
        let mut offsets = vec![0];
        for c in 0..matrix.ncols() {
            offsets.push(offsets[c] + if place[c].is_some() { 0 } else { lengths[c] });
        }
        let mut next = offsets.clone();
        let mut rows = vec![0; offsets[matrix.ncols()]];
        let mut bytes = vec![vec![0; n]; hot.len().div_ceil(8)];
        for (r, columns) in (0..n).map(|r| (r, matrix.columns_of(r))) {
            for &c in columns {
                match place[c as usize] {
                    Some(at) => bytes[at / 8][r] |= 1 << (at % 8),
                    None => {
                        let at = &mut next[c as usize];
                        rows[*at] = r as u32;
                        *at += 1;
                    }
                }
            }
        }
        Self { rows: matrix, holders: Holders { offsets, rows }, bytes }
    }

    /// Counts of what row `a` shares with every row, itself included, into `counts` (n zeros before).
    pub(super) fn count<C: Counter>(&self, a: usize, counts: &mut [C], sums: &mut Vec<u8>) {
        for &column in self.rows.columns_of(a) {
            for &b in self.holders.of(column) {
                counts[b as usize].add(1);
            }
        }
        for bytes in self.bytes.chunks(BYTES_A_SUM) {
            sums.clear();
            sums.resize(counts.len(), 0);
            let mut any = false;
            for byte in bytes.iter().filter(|byte| byte[a] != 0) {
                add_common(sums, byte, byte[a]);
                any = true;
            }
            if any {
                widen(counts, sums);
            }
        }
    }
}

/// How many rows have each column.
pub(super) fn column_lengths(matrix: &Csr) -> Vec<usize> {
    let mut lengths = vec![0; matrix.ncols()];
    matrix.indices().iter().for_each(|&c| lengths[c as usize] += 1);
    lengths
}

dispatch! {
    /// Adds to every sum how many bits of a row's byte are also in `mask`.
    fn add_common(sums: &mut [u8], bytes: &[u8], mask: u8) = add_common_body
}

#[inline(always)]
fn add_common_body(sums: &mut [u8], bytes: &[u8], mask: u8) {
    for (sum, byte) in sums.iter_mut().zip(bytes) {
        *sum += (byte & mask).count_ones() as u8;
    }
}

dispatch! {
    fn widen<C: Counter>(counts: &mut [C], sums: &[u8]) = widen_body
}

#[inline(always)]
fn widen_body<C: Counter>(counts: &mut [C], sums: &[u8]) {
    for (count, sum) in counts.iter_mut().zip(sums) {
        count.add(*sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interactions::Sequences;
    use crate::rng::Seed;
    use rand::RngExt;

    #[test]
    fn every_way_counts_the_same() {
        let mut rng = Seed(1).stream("test");
        // Column c is in about c of 300 rows: 300 columns, all degrees of popularity, more than one sum.
        let rows: Vec<Vec<u32>> =
            (0..300).map(|_| (0..300).filter(|&c| rng.random_range(0..300) < c).collect()).collect();
        let matrix = Sequences::from_rows(&rows).to_csr(300);
        let shared = |a: usize, b: usize| rows[a].iter().filter(|c| rows[b].contains(c)).count() as u32;
        for one_in in [0, HOT_ONE_IN, 1_000] {
            let ways = Cooccurrence::with_hot(&matrix, one_in);
            for a in [0, 7, 299] {
                let (mut small, mut large) = (vec![0_u16; 300], vec![0_u32; 300]);
                ways.count(a, &mut small, &mut Vec::new());
                ways.count(a, &mut large, &mut Vec::new());
                let expected: Vec<u32> = (0..300).map(|b| shared(a, b)).collect();
                assert_eq!(large, expected, "one in {one_in}");
                assert!(small.iter().zip(&large).all(|(s, l)| u32::from(*s) == *l));
            }
        }
    }
}
