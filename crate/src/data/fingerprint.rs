//! The fingerprint of a data set: SHA-256 over its ids and rows in a canonical form.
//!
//! It does not depend on the file format, on titles or on the machine: the same interactions read from
//! MovieLens's `.dat`, a RecBole `.inter` or a zip have the same fingerprint, natively and in WebAssembly.

use super::interactions::Interaction;
use sha2::{Digest, Sha256};

/// SHA-256 in hex over the ids (length, then UTF-8) and the rows (user, item, rating, time; little endian).
pub fn fingerprint(users: &[String], items: &[String], rows: &[Interaction]) -> String {
    let mut hash = Sha256::new();
    let mut buffer = Vec::with_capacity(1 << 16);
    buffer.extend_from_slice(b"warren interactions 1\n");
    for ids in [users, items] {
        buffer.extend_from_slice(&(ids.len() as u64).to_le_bytes());
        for id in ids {
            buffer.extend_from_slice(&(id.len() as u64).to_le_bytes());
            buffer.extend_from_slice(id.as_bytes());
            flush(&mut hash, &mut buffer);
        }
    }
    buffer.extend_from_slice(&(rows.len() as u64).to_le_bytes());
    for row in rows {
        // One bit pattern for "no rating": NaN has many, and they differ between machines.
        let rating = if row.rating.is_nan() { u32::MAX } else { row.rating.to_bits() };
        buffer.extend_from_slice(&row.user.to_le_bytes());
        buffer.extend_from_slice(&row.item.to_le_bytes());
        buffer.extend_from_slice(&rating.to_le_bytes());
        buffer.extend_from_slice(&row.time.to_le_bytes());
        flush(&mut hash, &mut buffer);
    }
    hash.update(&buffer);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn flush(hash: &mut Sha256, buffer: &mut Vec<u8>) {
    if buffer.len() >= (1 << 16) - 64 {
        hash.update(&*buffer);
        buffer.clear();
    }
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
