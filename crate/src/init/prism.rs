//! PRISM: initial vectors whose lengths say how popular their users and items are. It goes on top of any
//! initialisation.

use super::Embedding;
use crate::data::interactions::{Side, Split};
use crate::data::stats::training_counts;
use crate::params::{Kind, Param, Params};

/// The parameter `prism`, which every initialisation has.
pub(super) const PRISM: Param = Param {
    name: "prism",
    title: "PRISM",
    doc: "Give every vector a length by its number of training interactions r, ê · (s·ln(r + 2) + 1 − s), in place of weight decay (KDD 2025, eq. 4).",
    unit: "",
    kind: Kind::Bool { default: false },
};

/// The parameter `prism_strength`, which every initialisation has.
pub(super) const STRENGTH: Param = Param {
    name: "prism_strength",
    title: "PRISM strength s",
    doc: "1 encodes popularity fully, 0 gives all vectors length 1; has no effect without PRISM.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 1.0, default: 1.0, log: false },
};

/// The length `s · ln(r + 2) + (1 − s)` of a vector whose user or item has r training interactions, for strength
/// s in 0..1 (KDD 2025, eq. 4; the 2 is the authors' program's).
pub fn magnitude(count: u32, strength: f64) -> f64 {
    strength * (f64::from(count) + 2.0).ln() + (1.0 - strength)
}

/// Gives every row of the embeddings (one for each of `sides`) its length, if the parameters ask for it. A row
/// of zeros, which has no direction, stays as it is.
pub fn apply(params: &Params, split: &Split, sides: &[Side], embeddings: &mut [Embedding]) {
    if !params.bool(PRISM.name) {
        return;
    }
    let strength = params.f64(STRENGTH.name);
    for (&side, embedding) in sides.iter().zip(embeddings) {
        let counts = training_counts(split, side);
        for (mut row, count) in embedding.vectors.rows_mut().into_iter().zip(counts) {
            let length = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            if length > 0.0 {
                let factor = magnitude(count, strength) / length;
                row.mapv_inplace(|x| (f64::from(x) * factor) as f32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{tests::small_split, xavier};
    use super::*;
    use ndarray::Array2;
    use serde_json::json;

    #[test]
    fn lengths_follow_counts_and_directions_stay() {
        let split = small_split();
        let table =
            Array2::from_shape_fn(
                (split.n_items, 3),
                |(r, c)| if r == 5 { 0.0 } else { (r + c) as f32 + 0.5 },
            );
        let run = |given: serde_json::Value| {
            let params = Params::check(&xavier::METHOD, given.as_object().unwrap(), "").unwrap();
            let mut embeddings = [Embedding::unsolved(table.clone())];
            apply(&params, &split, &[Side::Item], &mut embeddings);
            embeddings[0].vectors.clone()
        };
        assert_eq!(run(json!({ "prism_strength": 0.5 })), table, "without PRISM nothing changes");
        let (full, counts) = (run(json!({ "prism": true })), split.train.counts(split.n_items));
        assert!(counts.contains(&0), "some item has no interaction");
        for (r, row) in full.rows().into_iter().enumerate() {
            let length = row.dot(&row).sqrt();
            let expected = if r == 5 { 0.0 } else { (f64::from(counts[r]) + 2.0).ln() };
            assert!((f64::from(length) - expected).abs() < 1e-5, "row {r}: {length} instead of {expected}");
            let cosine = row.dot(&table.row(r)) / (length * table.row(r).dot(&table.row(r)).sqrt());
            assert!(r == 5 || (cosine - 1.0).abs() < 1e-5, "row {r} was turned");
        }
        let unit = run(json!({ "prism": true, "prism_strength": 0.0 }));
        assert!(
            unit.rows().into_iter().enumerate().all(|(r, row)| r == 5 || (row.dot(&row) - 1.0).abs() < 1e-5)
        );
    }
}
