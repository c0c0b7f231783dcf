//! Stochastic gradient descent.

use super::{Assumed, Optimizer, STEPS, Shapes, learning_rate};
use crate::error::Result;
use crate::linalg::simd::dispatch;
use crate::nn::RowGradient;
use crate::nn::vector::add_scaled;
use crate::nn::{Tensor, named};
use crate::params::{Method, Params};
use ndarray::Array2;

/// Description of SGD.
pub static METHOD: Method = Method {
    name: "sgd",
    title: "SGD",
    doc: "Moves each value against its gradient, always by the same rate.",
    formula: "Θ ← Θ − η g",
    source: "Robbins and Monro, 1951",
    params: &[learning_rate(0.05)],
};

/// SGD from its parameters.
pub fn build(params: &Params, _: Shapes<'_>) -> Box<dyn Optimizer> {
    Box::new(Sgd { rate: params.f32("learning_rate"), steps: 0 })
}

struct Sgd {
    rate: f32,
    /// Steps begun, for checkpoints.
    steps: u32,
}

#[inline(always)]
fn descend_body(rate: f32, dim: usize, values: &mut [f32], gradient: &RowGradient) {
    for (r, g) in gradient.rows() {
        add_scaled(&mut values[r * dim..(r + 1) * dim], -rate, g);
    }
}

dispatch! {
    /// Moves the rows of the batch.
    fn descend(rate: f32, dim: usize, values: &mut [f32], gradient: &RowGradient) = descend_body
}

impl Optimizer for Sgd {
    fn begin_step(&mut self) {
        self.steps = self.steps.saturating_add(1);
    }

    fn update(&mut self, _: usize, table: &mut Array2<f32>, gradient: &RowGradient, rest: f32) {
        let dim = gradient.dim();
        let values = table.as_slice_mut().expect("tables are row-major");
        descend(self.rate, dim, values, gradient);
        if rest != 0.0 {
            let shrink = 1.0 - self.rate * rest;
            for (r, row) in values.chunks_exact_mut(dim).enumerate() {
                if !gradient.is_touched(r) {
                    row.iter_mut().for_each(|v| *v *= shrink);
                }
            }
        }
    }

    fn assume(&self, _: usize, _: usize, values: &[f32], gradient: &[f32], assumed: Assumed<'_>) {
        for ((new, value), g) in assumed.values.iter_mut().zip(values).zip(gradient) {
            *new = value - self.rate * g;
        }
        assumed.slopes.fill(-self.rate);
    }

    fn state(&self) -> Vec<Tensor> {
        vec![Tensor::number(STEPS, self.steps)]
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        self.steps = named(state, STEPS, (1, 1))?.to_number();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn moves_the_batch_and_decays_the_rest() {
        let mut table = array![[1.0_f32, 2.0], [4.0, -4.0]];
        let mut g = RowGradient::new(2, 2);
        g.row_mut(0).copy_from_slice(&[1.0, -1.0]);
        Sgd { rate: 0.5, steps: 0 }.update(0, &mut table, &g, 0.0);
        assert_eq!(table, array![[0.5, 2.5], [4.0, -4.0]]);
        Sgd { rate: 0.5, steps: 0 }.update(0, &mut table, &g, 0.5);
        assert_eq!(table, array![[0.0, 3.0], [3.0, -3.0]]);
    }
}
