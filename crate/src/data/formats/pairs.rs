//! The (user, item) pairs seen so far, without long pauses.
//!
//! A hash table that doubles stops everything while it moves its entries: 60 ms at a million rows, where a
//! chunk of input may take 30. So the pairs are spread over 16 tables of unequal shares (from 11 to 23 of
//! 256, about 2^(i/16) apart), which double at different times.

use crate::data::interactions::Interaction;
use hashbrown::HashTable;

const SHARES: [u8; 16] = [11, 12, 12, 13, 13, 14, 15, 15, 16, 17, 17, 18, 19, 20, 21, 23];

/// Row numbers by the pair that the row holds.
pub struct Pairs {
    tables: [HashTable<u32>; 16],
    /// Table for each value of eight bits of the hash.
    pick: [u8; 256],
}

impl Default for Pairs {
    fn default() -> Self {
        let mut pick = [0; 256];
        let shares = SHARES.iter().enumerate().flat_map(|(n, &share)| (0..share).map(move |_| n as u8));
        pick.iter_mut().zip(shares).for_each(|(slot, table)| *slot = table);
        Self { tables: Default::default(), pick }
    }
}

fn hash(user: u32, item: u32) -> u64 {
    // A table takes its bucket from the low bits and its tag from the high ones: fold the product so that
    // both depend on both numbers.
    let pair = (u64::from(user) << 32) | u64::from(item);
    let product = u128::from(pair ^ 0x9e37_79b9_7f4a_7c15) * u128::from(0xd6e8_feb8_6659_fd93_u64);
    (product as u64) ^ ((product >> 64) as u64)
}

fn hash_row(rows: &[Interaction], n: u32) -> u64 {
    let row = &rows[n as usize];
    hash(row.user, row.item)
}

impl Pairs {
    /// The row that holds the pair, or `None` after noting that row number `rows.len()` will.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn find_or_note(
        &mut self,
        rows: &[Interaction],
        user: u32,
        item: u32,
    ) -> Result<Option<u32>, OutOfMemory> {
        let hash = hash(user, item);
        let table = &mut self.tables[usize::from(self.pick[(hash >> 40) as usize & 0xff])];
        let same = |&n: &u32| rows[n as usize].user == user && rows[n as usize].item == item;
        if let Some(&n) = table.find(hash, same) {
            return Ok(Some(n));
        }
        table.try_reserve(1, |&n| hash_row(rows, n)).map_err(|_| OutOfMemory)?;
        table.insert_unique(hash, rows.len() as u32, |&n| hash_row(rows, n));
        Ok(None)
    }
}

/// There is no memory for another pair.
#[derive(Debug)]
pub struct OutOfMemory;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fill_the_picks() {
        assert_eq!(SHARES.iter().map(|&n| u32::from(n)).sum::<u32>(), 256);
    }

    #[test]
    fn finds_what_was_noted() {
        let (mut pairs, mut rows) = (Pairs::default(), Vec::new());
        for n in 0..20_000_u32 {
            let (user, item) = (n % 100, n / 100);
            assert!(pairs.find_or_note(&rows, user, item).unwrap().is_none());
            rows.push(Interaction { user, item, rating: 1.0, time: 0 });
        }
        for n in (0..20_000).step_by(7) {
            let row = rows[n as usize];
            assert_eq!(pairs.find_or_note(&rows, row.user, row.item).unwrap(), Some(n));
        }
    }
}
