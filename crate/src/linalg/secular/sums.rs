//! The sums over all poles.

use crate::linalg::simd::{PARTS, dispatch};

/// Adds the terms of [`PARTS`] poles to the sums of [`evaluate_body`]; gives the inverses of `d_j − μ`.
#[inline(always)]
fn add_terms(
    sums: &mut [[f64; PARTS]; 3],
    d: &[f64; PARTS],
    z: &[f64; PARTS],
    origin: f64,
    offset: f64,
) -> [f64; PARTS] {
    std::array::from_fn(|i| {
        let inverse = 1.0 / ((d[i] - origin) - offset);
        let weight = z[i] * inverse;
        let square = weight * weight;
        sums[0][i] += z[i] * weight;
        sums[1][i] += square;
        sums[2][i] += square * inverse;
        inverse
    })
}

/// h without 1/ρ, its derivative and half of the second one, in parts.
#[inline(always)]
fn evaluate_body(d: &[f64], z: &[f64], origin: f64, offset: f64) -> [[f64; PARTS]; 3] {
    let mut sums = [[0.0; PARTS]; 3];
    for (d, z) in d.as_chunks::<PARTS>().0.iter().zip(z.as_chunks::<PARTS>().0) {
        add_terms(&mut sums, d, z, origin, offset);
    }
    sums
}

/// The same, and the inverses of `d_j − μ`.
#[inline(always)]
fn evaluate_keep_body(
    d: &[f64],
    z: &[f64],
    inverses: &mut [f64],
    origin: f64,
    offset: f64,
) -> [[f64; PARTS]; 3] {
    let mut sums = [[0.0; PARTS]; 3];
    let groups = d.as_chunks::<PARTS>().0.iter().zip(z.as_chunks::<PARTS>().0);
    for ((d, z), inverses) in groups.zip(inverses.as_chunks_mut::<PARTS>().0) {
        *inverses = add_terms(&mut sums, d, z, origin, offset);
    }
    sums
}

/// z_j / (d_j − μ), and the sum of their squares.
#[inline(always)]
fn weigh_body(d: &[f64], z: &[f64], weights: &mut [f64], origin: f64, offset: f64) -> f64 {
    let mut sums = [0.0; PARTS];
    let groups = d.as_chunks::<PARTS>().0.iter().zip(z.as_chunks::<PARTS>().0);
    for ((d, z), weights) in groups.zip(weights.as_chunks_mut::<PARTS>().0) {
        for i in 0..PARTS {
            weights[i] = z[i] / ((d[i] - origin) - offset);
            sums[i] += weights[i] * weights[i];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

dispatch! {
    #[inline(never)]
    pub fn evaluate(d: &[f64], z: &[f64], origin: f64, offset: f64) -> [[f64; PARTS]; 3] = evaluate_body
}

dispatch! {
    #[inline(never)]
    pub fn evaluate_keep(
        d: &[f64],
        z: &[f64],
        inverses: &mut [f64],
        origin: f64,
        offset: f64,
    ) -> [[f64; PARTS]; 3] = evaluate_keep_body
}

dispatch! {
    #[inline(never)]
    pub fn weigh(d: &[f64], z: &[f64], weights: &mut [f64], origin: f64, offset: f64) -> f64 = weigh_body
}
