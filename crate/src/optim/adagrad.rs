//! Adagrad, with a dense optimizer's results from row-sparse gradients.

use super::{Assumed, Optimizer, STEPS, Shapes, TABLES, epsilon, learning_rate, memory_name};
use crate::error::Result;
use crate::linalg::update::AdagradStep;
use crate::nn::RowGradient;
use crate::nn::{Tensor, named};
use crate::params::{Method, Params};
use ndarray::Array2;

/// Description of Adagrad.
pub static METHOD: Method = Method {
    name: "adagrad",
    title: "Adagrad",
    doc: "Divides each value's step by the root of all its squared gradients so far: rare rows keep long steps.",
    formula: "r ← r + g²,  Θ ← Θ − η · g / (√r + ε)",
    source: "Duchi, Hazan and Singer, JMLR 2011",
    params: &[learning_rate(0.01), epsilon(1e-10)],
};

/// Adagrad for tables of these shapes.
pub fn build(params: &Params, shapes: Shapes<'_>) -> Box<dyn Optimizer> {
    let step = AdagradStep { rate: params.f32("learning_rate"), epsilon: params.f32("epsilon") };
    Box::new(Adagrad { step, steps: 0, squares: shapes.iter().map(|&shape| Array2::zeros(shape)).collect() })
}

struct Adagrad {
    step: AdagradStep,
    /// Steps begun, for checkpoints.
    steps: u32,
    /// Sums of squared gradients, r, by slot.
    squares: Vec<Array2<f32>>,
}

impl Optimizer for Adagrad {
    fn begin_step(&mut self) {
        self.steps = self.steps.saturating_add(1);
    }

    fn update(&mut self, slot: usize, table: &mut Array2<f32>, gradient: &RowGradient, rest: f32) {
        let (step, dim) = (self.step, gradient.dim());
        let values = table.as_slice_mut().expect("tables are row-major");
        let squares = self.squares[slot].as_slice_mut().expect("sums are row-major");
        let rows = values.chunks_exact_mut(dim).zip(squares.chunks_exact_mut(dim));
        for (row, (values, squares)) in rows.enumerate() {
            if gradient.is_touched(row) {
                step.apply_all(values, squares, gradient.row(row));
            } else if rest != 0.0 {
                // Without a gradient nothing moves.
                for (value, r) in values.iter_mut().zip(squares) {
                    let g = rest * *value;
                    step.apply(value, r, g);
                }
            }
        }
    }

    fn assume(&self, slot: usize, row: usize, values: &[f32], gradient: &[f32], assumed: Assumed<'_>) {
        let squares = self.squares[slot].row(row);
        for (at, (&r, &g)) in squares.iter().zip(gradient).enumerate() {
            (assumed.values[at], assumed.slopes[at]) = self.step.assume(values[at], r, g);
        }
    }

    fn state(&self) -> Vec<Tensor> {
        let mut state = vec![Tensor::number(STEPS, self.steps)];
        for (sums, table) in self.squares.iter().zip(TABLES) {
            state.push(Tensor { name: memory_name(0, table), values: sums.clone() });
        }
        state
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        for (sums, table) in self.squares.iter_mut().zip(TABLES) {
            let shape = sums.dim();
            sums.assign(&named(state, &memory_name(0, table), shape)?.values);
        }
        self.steps = named(state, STEPS, (1, 1))?.to_number();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Three steps against the formula in double precision, the second row only shrunk by a penalty.
    #[test]
    fn steps_agree_with_the_formula() {
        let (rate, epsilon, rest) = (0.01, 1e-10, 0.5);
        let mut adagrad = build(&Params::defaults(&METHOD), &[(2, 2)]);
        let mut table = array![[1.0_f32, -2.0], [0.5, 4.0]];
        let (mut expected, mut r) = (table.mapv(f64::from), Array2::<f64>::zeros((2, 2)));
        for step in 1..=3 {
            let mut gradient = RowGradient::new(2, 2);
            gradient.row_mut(0).copy_from_slice(&[0.5 * step as f32, -1.0]);
            adagrad.begin_step();
            adagrad.update(0, &mut table, &gradient, rest as f32);
            for at in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let g = [0.5 * f64::from(step), -1.0, rest * expected[(1, 0)], rest * expected[(1, 1)]];
                let g = g[2 * at.0 + at.1];
                r[at] += g * g;
                expected[at] -= rate * g / (r[at].sqrt() + epsilon);
            }
        }
        for (found, expected) in table.iter().zip(&expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }
}
