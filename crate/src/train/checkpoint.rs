//! A run on disk: enough to go on exactly where it stood, and to recommend with its best state.

use super::EpochRecord;
use crate::data::interactions::{Sequences, Split};
use crate::error::{Code, Error, Result};
use crate::models::Tensor;
use ndarray::Array2;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// Key of the JSON text in the file's metadata.
const METADATA: &str = "warren.checkpoint";
/// Version of the layout; a file of another version is refused.
const VERSION: u32 = 1;

/// A run's state between two steps.
///
/// As a file it is `.safetensors`: tensors `current/NAME` and `best/NAME` (float32), and everything else as
/// JSON in the metadata. A run that goes on from it computes the same bits as one that never stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Everything but the tensors.
    pub header: Header,
    /// The model's state now.
    pub current: Vec<Tensor>,
    /// The model's state after [`Header::best_epoch`]; empty before the first evaluation.
    pub best: Vec<Tensor>,
}

/// A checkpoint without its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Layout version.
    pub version: u32,
    /// The run's complete configuration.
    pub config: Value,
    /// [`fingerprint`] of the split that the run was trained on.
    pub split: String,
    /// The epochs that are complete.
    pub history: Vec<EpochRecord>,
    /// Steps done of the epoch that is not.
    pub step: usize,
    /// Sum of the losses of those steps.
    pub loss_sum: f64,
    /// Seconds of training in the epoch that is not complete.
    pub epoch_seconds: f64,
    /// Seconds of training and of evaluation so far.
    pub train_seconds: f64,
    /// Seconds of evaluation so far.
    pub evaluate_seconds: f64,
    /// Epoch of the best state; 0 before the first evaluation.
    pub best_epoch: usize,
    /// The monitored metric at that epoch.
    pub best_value: Option<f64>,
    /// Evaluations since then.
    pub without_gain: usize,
}

impl Header {
    /// The header of a run that has not begun.
    pub(super) fn begin(config: Value, split: &Split) -> Self {
        Self {
            version: VERSION,
            config,
            split: fingerprint(split),
            history: Vec::new(),
            step: 0,
            loss_sum: 0.0,
            epoch_seconds: 0.0,
            train_seconds: 0.0,
            evaluate_seconds: 0.0,
            best_epoch: 0,
            best_value: None,
            without_gain: 0,
        }
    }

    /// Checks that a run with this configuration on this split may go on from here. The number of epochs
    /// may differ: to train longer is what checkpoints are for.
    ///
    /// # Errors
    /// [`Code::BadState`] naming what differs.
    pub(super) fn check(&self, config: &Value, split: &Split) -> Result<()> {
        if let Some((path, saved, wanted)) = difference(&self.config, config, "") {
            let message = format!("the checkpoint was made with {saved} where this run has {wanted}");
            return Err(Error::new(Code::BadState, message).for_key(path));
        }
        let here = fingerprint(split);
        if self.split != here {
            let message = format!(
                "the checkpoint was made on other data or another split ({}, here {here})",
                self.split
            );
            return Err(Error::new(Code::BadState, message).with_value(self.split.clone()));
        }
        Ok(())
    }
}

/// The first place where two configurations differ, with both values; `train.epochs` may.
fn difference(saved: &Value, wanted: &Value, path: &str) -> Option<(String, String, String)> {
    let (Value::Object(a), Value::Object(b)) = (saved, wanted) else {
        let differs = saved != wanted && path != "train.epochs";
        return differs.then(|| (path.to_owned(), saved.to_string(), wanted.to_string()));
    };
    let keys = a.keys().chain(b.keys().filter(|k| !a.contains_key(*k)));
    keys.into_iter().find_map(|key| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let absent = Value::Null;
        difference(a.get(key).unwrap_or(&absent), b.get(key).unwrap_or(&absent), &path)
    })
}

/// 64-bit FNV-1a of a split in hex: the same numbers of users and items, and the same items of each user in
/// the same part and order.
pub fn fingerprint(split: &Split) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |value: u64| hash = (hash ^ value).wrapping_mul(0x0000_0100_0000_01b3);
    add(split.n_users as u64);
    add(split.n_items as u64);
    let part = |rows: &Sequences, add: &mut dyn FnMut(u64)| {
        for row in rows.rows() {
            add(row.len() as u64);
            row.iter().for_each(|&i| add(u64::from(i)));
        }
    };
    for rows in [&split.train, &split.validation, &split.test] {
        part(rows, &mut add);
    }
    format!("{hash:016x}")
}

impl Checkpoint {
    /// As the bytes of a `.safetensors` file.
    ///
    /// # Errors
    /// [`Code::Io`] if the encoder refuses, which it has no reason to.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let refuse = |e: safetensors::SafeTensorError| {
            Error::new(Code::Io, format!("cannot encode the checkpoint: {e}"))
        };
        let header = serde_json::to_string(&self.header).map_err(|e| Error::new(Code::Io, e.to_string()))?;
        let groups = [("current", &self.current), ("best", &self.best)];
        let parts: Vec<(String, [usize; 2], Vec<u8>)> = groups
            .into_iter()
            .flat_map(|(group, tensors)| tensors.iter().map(move |t| (group, t)))
            .map(|(group, t)| {
                let bytes = t.values.iter().flat_map(|v| v.to_le_bytes()).collect();
                (format!("{group}/{}", t.name), [t.values.nrows(), t.values.ncols()], bytes)
            })
            .collect();
        let mut views = Vec::with_capacity(parts.len());
        for (name, shape, bytes) in &parts {
            views.push((name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).map_err(refuse)?));
        }
        serialize(views, Some(HashMap::from([(METADATA.to_owned(), header)]))).map_err(refuse)
    }

    /// From the bytes of a file.
    ///
    /// # Errors
    /// [`Code::BadValue`] if it is no `.safetensors` file, a damaged one, or none of Warren's checkpoints.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bad = |message: String| Error::new(Code::BadValue, message);
        let unreadable = |e| bad(format!("not a complete .safetensors file ({} bytes): {e}", bytes.len()));
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        let header = metadata.metadata().as_ref().and_then(|m| m.get(METADATA)).ok_or_else(|| {
            bad(format!(
                "a .safetensors file, but not a checkpoint of Warren (no \"{METADATA}\" in its metadata)"
            ))
        })?;
        let version = serde_json::from_str::<Value>(header).ok().and_then(|v| v["version"].as_u64());
        if version != Some(u64::from(VERSION)) {
            let found = version.map_or_else(|| "none".to_owned(), |v| v.to_string());
            return Err(bad(format!(
                "a checkpoint of layout version {found}; this program reads version {VERSION}"
            )));
        }
        let header = serde_json::from_str(header)
            .map_err(|e| bad(format!("the checkpoint's header is damaged: {e}")))?;
        let file = SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let group = |prefix: &str| -> Result<Vec<Tensor>> {
            let mut tensors = Vec::new();
            for (name, view) in file.iter() {
                if let Some(name) = name.strip_prefix(prefix) {
                    tensors.push(tensor(name, &view)?);
                }
            }
            tensors.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(tensors)
        };
        Ok(Self { header, current: group("current/")?, best: group("best/")? })
    }

    /// The state to recommend with: the best one, or the present one before any evaluation.
    pub fn best_or_current(&self) -> &[Tensor] {
        if self.best.is_empty() { &self.current } else { &self.best }
    }
}

fn tensor(name: &str, view: &TensorView<'_>) -> Result<Tensor> {
    let (&[rows, columns], Dtype::F32) = (view.shape(), view.dtype()) else {
        let message = format!(
            "tensor \"{name}\" of the checkpoint is {:?} {:?}, not a float32 matrix",
            view.dtype(),
            view.shape()
        );
        return Err(Error::new(Code::BadValue, message));
    };
    let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let values = Array2::from_shape_vec((rows, columns), values).expect("the reader checked the size");
    Ok(Tensor { name: name.into(), values })
}
