//! Items whose vectors point the same way.

use crate::metrics::rank::top_k;
use crate::nn::vector::dot;
use ndarray::Array2;

/// The `n` rows of `table` nearest to row `item` by cosine, best first; a zero vector is similar to nothing.
pub(super) fn nearest_by_cosine(table: &Array2<f32>, item: u32, n: usize) -> Vec<(u32, f32)> {
    let length = |i: usize| dot(row(table, i), row(table, i)).sqrt();
    let (own, own_length) = (row(table, item as usize), length(item as usize));
    let cosine = |i: usize| {
        let lengths = length(i) * own_length;
        let comparable = i != item as usize && lengths > 0.0;
        if comparable { dot(own, row(table, i)) / lengths } else { f32::NEG_INFINITY }
    };
    let cosines: Vec<f32> = (0..table.nrows()).map(cosine).collect();
    let mut nearest = Vec::new();
    top_k(&cosines, n, &mut nearest);
    nearest.into_iter().map(|i| (i, cosines[i as usize])).collect()
}

/// Row `r` of a table.
pub(super) fn row(table: &Array2<f32>, r: usize) -> &[f32] {
    let d = table.ncols();
    &table.as_slice().expect("tables are row-major")[r * d..(r + 1) * d]
}
