//! The file of finished runs: one JSON object a line, so that a sweep that was stopped goes on where it was.

use super::key;
use crate::error::{Code, Error, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a file of records holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// Records by their key.
    pub by_key: BTreeMap<String, Value>,
    /// Bytes of the whole lines; a file is to be cut to this length before more is appended.
    pub whole: usize,
    /// Bytes of a last line that was not written to its end; 0 if there is none.
    pub cut_off: usize,
}

impl Records {
    /// Reads the lines of a file. A last line without its end is what a broken-off program leaves: it is left
    /// out and counted in [`Records::cut_off`]. Of two records with the same key the later one counts.
    ///
    /// # Errors
    /// [`Code::BadValue`] with the line, for a whole line that is no record.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut out = Self::default();
        for (i, line) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
            let Some(text) = line.strip_suffix(b"\n") else {
                out.cut_off = line.len();
                break;
            };
            out.whole += line.len();
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let fault = |message: String| Error::new(Code::BadValue, message).at_line(i as u64 + 1);
            let record: Value = serde_json::from_slice(text)
                .map_err(|e| fault(format!("this is no record of a run: {e}")))?;
            let Some(key) = record["key"].as_str().filter(|_| record["metrics"].is_object()) else {
                return Err(fault("this is no record of a run: it has no \"key\" or no \"metrics\"".into()));
            };
            out.by_key.insert(key.to_owned(), record);
        }
        Ok(out)
    }
}

/// The line of a finished run, from its record as [`pipeline::train`](crate::pipeline::train) gives it: `key`,
/// then the record without its `history`, which would take up most of the file.
pub fn line(record: &Value) -> String {
    let fingerprint = record["data"]["fingerprint"].as_str().unwrap_or_default();
    let mut out = json!({ "key": key(&record["config"], fingerprint) });
    for (name, value) in record.as_object().into_iter().flatten().filter(|(name, _)| *name != "history") {
        out[name] = value.clone();
    }
    format!("{out}\n")
}
