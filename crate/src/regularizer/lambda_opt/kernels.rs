//! The loops over the entries of a row.

use crate::linalg::simd::dispatch;
use crate::nn::vector::{add_scaled, dot};

/// Running sums of [`add_gradient`] for a row that shares one strength.
const LANES: usize = 8;

#[inline(always)]
fn add_penalty_body(strengths: &[f32], scale: f32, values: &[f32], gradient: &mut [f32]) {
    match strengths {
        [one] => add_scaled(gradient, scale * one, values),
        many => {
            for ((g, v), strength) in gradient.iter_mut().zip(values).zip(many) {
                *g += scale * strength * v;
            }
        }
    }
}

dispatch! {
    /// Adds `scale · ΛΘ` of a row.
    pub(super) fn add_penalty(strengths: &[f32], scale: f32, values: &[f32], gradient: &mut [f32]) = add_penalty_body
}

#[inline(always)]
fn penalized_body(gradient: &[f32], strengths: &[f32], scale: f32, values: &[f32], total: &mut [f32]) {
    let entries = total.iter_mut().zip(gradient).zip(values);
    match strengths {
        [one] => entries.for_each(|((t, g), v)| *t = g + scale * one * v),
        many => entries.zip(many).for_each(|(((t, g), v), strength)| *t = g + scale * strength * v),
    }
}

dispatch! {
    /// `g + scale · ΛΘ` of a row, to `total`.
    pub(super) fn penalized(gradient: &[f32], strengths: &[f32], scale: f32, values: &[f32], total: &mut [f32]) = penalized_body
}

#[inline(always)]
fn add_gradient_body(target: &mut [f32], gradient: &[f32], slopes: &[f32], values: &[f32]) {
    let parts = gradient.iter().zip(slopes).zip(values);
    match target {
        [one] => {
            let mut sums = [0.0_f32; LANES];
            let blocks = gradient.chunks(LANES).zip(slopes.chunks(LANES)).zip(values.chunks(LANES));
            for ((g, slope), value) in blocks {
                for (((sum, g), slope), value) in sums.iter_mut().zip(g).zip(slope).zip(value) {
                    *sum += g * slope * value;
                }
            }
            *one += 2.0 * sums.iter().sum::<f32>();
        }
        many => many.iter_mut().zip(parts).for_each(|(t, ((g, slope), value))| *t += 2.0 * g * slope * value),
    }
}

dispatch! {
    /// Adds `2 · ∂L/∂Θ̄ ∘ ∂Θ̄/∂g ∘ Θ` of a row, summed where its entries share one strength.
    pub(super) fn add_gradient(target: &mut [f32], gradient: &[f32], slopes: &[f32], values: &[f32]) = add_gradient_body
}

#[inline(always)]
fn square_body(row: &[f32]) -> f32 {
    dot(row, row)
}

dispatch! {
    /// The squared length of a row.
    pub(super) fn square(row: &[f32]) -> f32 = square_body
}
