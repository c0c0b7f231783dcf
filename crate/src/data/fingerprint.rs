//! The fingerprint of a data set: SHA-256 over its ids and rows in a canonical form.
//!
//! It does not depend on the file format, on titles or on the machine: the same interactions read from
//! MovieLens's `.dat`, a RecBole `.inter` or a zip have the same fingerprint, natively and in WebAssembly.

use super::interactions::Interaction;
use crate::error::Result;
use crate::task::Task;
use sha2::{Digest, Sha256};

/// Rows between two checkpoints: some milliseconds.
const CHUNK: usize = 1 << 16;

/// The hash under way.
pub struct Fingerprint {
    hash: Sha256,
    buffer: Vec<u8>,
}

impl Fingerprint {
    /// SHA-256 in hex over the ids (length, then UTF-8) and the rows (user, item, rating, time; little endian).
    ///
    /// # Errors
    /// [`Code::Cancelled`](crate::error::Code) only.
    pub async fn of(users: &[String], items: &[String], rows: &[Interaction], task: &Task) -> Result<String> {
        let mut print = Self::begin(users, items, rows.len());
        for chunk in rows.chunks(CHUNK) {
            print.add(chunk);
            task.checkpoint().await?;
        }
        Ok(print.finish())
    }

    fn begin(users: &[String], items: &[String], n_rows: usize) -> Self {
        let mut print = Self { hash: Sha256::new(), buffer: Vec::with_capacity(1 << 16) };
        print.buffer.extend_from_slice(b"warren interactions 1\n");
        for ids in [users, items] {
            print.buffer.extend_from_slice(&(ids.len() as u64).to_le_bytes());
            for id in ids {
                print.buffer.extend_from_slice(&(id.len() as u64).to_le_bytes());
                print.buffer.extend_from_slice(id.as_bytes());
                print.flush();
            }
        }
        print.buffer.extend_from_slice(&(n_rows as u64).to_le_bytes());
        print
    }

    fn add(&mut self, rows: &[Interaction]) {
        for row in rows {
            // One bit pattern for "no rating": NaN has many, and they differ between machines.
            let rating = if row.rating.is_nan() { u32::MAX } else { row.rating.to_bits() };
            self.buffer.extend_from_slice(&row.user.to_le_bytes());
            self.buffer.extend_from_slice(&row.item.to_le_bytes());
            self.buffer.extend_from_slice(&rating.to_le_bytes());
            self.buffer.extend_from_slice(&row.time.to_le_bytes());
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.buffer.len() >= (1 << 16) - 64 {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn finish(mut self) -> String {
        self.hash.update(&self.buffer);
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// [`Fingerprint::of`] in one go.
pub fn fingerprint(users: &[String], items: &[String], rows: &[Interaction]) -> String {
    let mut print = Fingerprint::begin(users, items, rows.len());
    print.add(rows);
    print.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts() {
        let ids = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let row = Interaction { user: 0, item: 0, rating: 4.0, time: 7 };
        let base = fingerprint(&ids(&["a"]), &ids(&["x"]), &[row]);
        assert_eq!(base.len(), 64);
        let others = [
            fingerprint(&ids(&["b"]), &ids(&["x"]), &[row]),
            fingerprint(&ids(&["a"]), &ids(&["y"]), &[row]),
            fingerprint(&ids(&["a"]), &ids(&["x"]), &[Interaction { rating: f32::NAN, ..row }]),
            fingerprint(&ids(&["a"]), &ids(&["x"]), &[Interaction { time: 8, ..row }]),
            fingerprint(&ids(&["a"]), &ids(&["x"]), &[]),
        ];
        for other in &others {
            assert_ne!(&base, other);
        }
    }
}
