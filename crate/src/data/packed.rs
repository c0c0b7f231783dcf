//! A data set as bytes, for another instance of the engine: the module with WebGPU trains on what the page's
//! engine has loaded. Titles and genres stay behind; they say nothing to a model.

use super::interactions::{Interaction, Interactions};
use crate::error::{Code, Error, Result};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Key of the JSON text in the metadata.
const METADATA: &str = "warren.data";

/// Bytes of a row: user and item (u32), rating (f32), time (i64), little-endian.
const ROW: usize = 20;

/// Everything but the rows.
#[derive(Serialize, Deserialize)]
struct Header {
    name: String,
    users: Vec<String>,
    items: Vec<String>,
    has_ratings: bool,
    has_times: bool,
    repeated: usize,
    fingerprint: String,
}

/// The data set without its titles and genres.
///
/// # Errors
/// [`Code::Io`] if the encoder refuses, which it has no reason to.
pub fn to_bytes(data: &Interactions) -> Result<Vec<u8>> {
    let refuse = |e: &dyn std::fmt::Display| Error::new(Code::Io, format!("cannot pack the data: {e}"));
    let header = Header {
        name: data.name.clone(),
        users: data.users.clone(),
        items: data.items.clone(),
        has_ratings: data.has_ratings,
        has_times: data.has_times,
        repeated: data.repeated,
        fingerprint: data.fingerprint.clone(),
    };
    let header = serde_json::to_string(&header).map_err(|e| refuse(&e))?;
    let mut rows = Vec::with_capacity(data.rows.len() * ROW);
    for row in &data.rows {
        rows.extend(row.user.to_le_bytes());
        rows.extend(row.item.to_le_bytes());
        rows.extend(row.rating.to_le_bytes());
        rows.extend(row.time.to_le_bytes());
    }
    let view = TensorView::new(Dtype::U8, vec![data.rows.len(), ROW], &rows).map_err(|e| refuse(&e))?;
    serialize([("rows", view)], Some(HashMap::from([(METADATA.to_owned(), header)]))).map_err(|e| refuse(&e))
}

/// What [`to_bytes`] packed.
///
/// # Errors
/// [`Code::BadValue`] if it is something else.
pub fn from_bytes(bytes: &[u8]) -> Result<Interactions> {
    let bad = |what: String| Error::new(Code::BadValue, format!("no packed data: {what}"));
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| bad(e.to_string()))?;
    let header = metadata.metadata().as_ref().and_then(|m| m.get(METADATA));
    let header = header.ok_or_else(|| bad(format!("there is no \"{METADATA}\" in its metadata")))?;
    let header: Header = serde_json::from_str(header).map_err(|e| bad(e.to_string()))?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| bad(e.to_string()))?;
    let rows = file.tensor("rows").map_err(|e| bad(e.to_string()))?;
    let rows: Vec<Interaction> = rows.data().chunks_exact(ROW).map(row).collect();
    let is_out =
        |r: &&Interaction| r.user as usize >= header.users.len() || r.item as usize >= header.items.len();
    if let Some(row) = rows.iter().find(is_out) {
        return Err(bad(format!("a row of user {} and item {}, who are not there", row.user, row.item)));
    }
    Ok(Interactions {
        name: header.name,
        users: header.users,
        items: header.items,
        rows,
        has_ratings: header.has_ratings,
        has_times: header.has_times,
        repeated: header.repeated,
        fingerprint: header.fingerprint,
        ..Interactions::default()
    })
}

/// A row from its [`ROW`] bytes.
fn row(bytes: &[u8]) -> Interaction {
    let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    let [low, high] = [12, 16].map(|at| u64::from(u32::from_le_bytes(word(at))));
    Interaction {
        user: u32::from_le_bytes(word(0)),
        item: u32::from_le_bytes(word(4)),
        rating: f32::from_le_bytes(word(8)),
        time: (low | high << 32) as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::builtin;
    use crate::data::interactions::ItemInfo;

    #[test]
    fn what_is_packed_comes_out_the_same_but_for_titles() {
        let mut data = builtin::southern_women().expect("built in");
        data.rows[3].rating = 2.5;
        data.rows[4].time = -1_234_567_890_123;
        let unpacked = from_bytes(&to_bytes(&data).unwrap()).unwrap();
        data.info = ItemInfo::default();
        // NaN ratings are not equal to themselves.
        assert_eq!(format!("{unpacked:?}"), format!("{data:?}"));
    }

    #[test]
    fn other_bytes_are_refused() {
        let mut data = builtin::southern_women().expect("built in");
        let whole = to_bytes(&data).unwrap();
        data.rows[0].user = 99;
        let cases = [
            (&b"user,item"[..], "no packed data: "),
            (&whole[..whole.len() - 1], "no packed data: "),
            (&to_bytes(&data).unwrap(), "no packed data: a row of user 99 and item 0, who are not there"),
        ];
        for (bytes, expected) in cases {
            let e = from_bytes(bytes).unwrap_err();
            assert!(e.code == Code::BadValue && e.message.starts_with(expected), "{e}");
        }
    }
}
