//! Adam, with a dense optimizer's results from row-sparse gradients.

use super::{Assumed, Optimizer, STEPS, Shapes, TABLES, epsilon, learning_rate, memory_name};
use crate::error::Result;
use crate::linalg::parallel;
use crate::linalg::simd::dispatch;
use crate::linalg::update::AdamStep;
use crate::nn::RowGradient;
use crate::nn::{Tensor, named};
use crate::params::{Kind, Method, Param, Params};
use ndarray::Array2;

/// Description of Adam.
pub static METHOD: Method = Method {
    name: "adam",
    title: "Adam",
    doc: "Scales each value's step by running means of its gradient and of the gradient's square.",
    formula: "s ← β₁s + (1−β₁)g,  r ← β₂r + (1−β₂)g²,  Θ ← Θ − η · s/(1−β₁ᵗ) / (√(r/(1−β₂ᵗ)) + ε)",
    source: "Kingma and Ba, ICLR 2015, algorithm 1",
    params: &[
        learning_rate(1e-3),
        Param {
            name: "beta1",
            title: "β₁",
            doc: "Memory of the mean of the gradient.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 0.9999, default: 0.9, log: false },
        },
        Param {
            name: "beta2",
            title: "β₂",
            doc: "Memory of the mean of the squared gradient.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 0.999_999, default: 0.999, log: false },
        },
        epsilon(1e-8),
    ],
};

/// Adam for tables of these shapes.
pub fn build(params: &Params, shapes: Shapes<'_>) -> Box<dyn Optimizer> {
    let zeros = || shapes.iter().map(|&shape| Array2::zeros(shape)).collect();
    let (rate, epsilon) = (params.f64("learning_rate"), params.f32("epsilon"));
    let (beta1, beta2) = (params.f64("beta1"), params.f64("beta2"));
    Box::new(Adam {
        rate,
        beta1,
        beta2,
        epsilon,
        steps: 0,
        step: AdamStep::new(rate, beta1, beta2, epsilon, 1),
        first: zeros(),
        second: zeros(),
    })
}

struct Adam {
    rate: f64,
    beta1: f64,
    beta2: f64,
    epsilon: f32,
    /// Steps begun, t.
    steps: u32,
    /// The constants of step t.
    step: AdamStep,
    /// Means of the gradient, s, by slot.
    first: Vec<Array2<f32>>,
    /// Means of its square, r, by slot.
    second: Vec<Array2<f32>>,
}

/// Values that a thread moves at a time.
const AT_ONCE: usize = 1 << 15;

/// Moves all rows of a part of a table, with its moments, that begins with row `first`.
#[inline(always)]
fn sweep_body(step: &AdamStep, rest: f32, first: usize, part: [&mut [f32]; 3], gradient: &RowGradient) {
    let dim = gradient.dim();
    let [values, s, r] = part.map(|part| part.chunks_exact_mut(dim));
    for (row, ((values, s), r)) in values.zip(s).zip(r).enumerate() {
        if gradient.is_touched(first + row) {
            step.with_gradient(values, s, r, gradient.row(first + row));
        } else {
            step.with_decay(values, s, r, rest);
        }
    }
}

dispatch! {
    fn sweep(step: &AdamStep, rest: f32, first: usize, part: [&mut [f32]; 3], gradient: &RowGradient) = sweep_body
}

impl Optimizer for Adam {
    fn begin_step(&mut self) {
        self.steps = self.steps.saturating_add(1);
        self.step = AdamStep::new(self.rate, self.beta1, self.beta2, self.epsilon, self.steps);
    }

    fn update(&mut self, slot: usize, table: &mut Array2<f32>, gradient: &RowGradient, rest: f32) {
        let step = self.step;
        let dim = gradient.dim();
        let values = table.as_slice_mut().expect("tables are row-major");
        let first = self.first[slot].as_slice_mut().expect("moments are row-major");
        let second = self.second[slot].as_slice_mut().expect("moments are row-major");
        let rows = (AT_ONCE / dim.max(1)).max(1);
        parallel::for_each_chunks([values, first, second], rows * dim, |piece, [values, s, r]| {
            sweep(&step, rest, piece * rows, [values, s, r], gradient);
        });
    }

    fn assume(&self, slot: usize, row: usize, values: &[f32], gradient: &[f32], assumed: Assumed<'_>) {
        let dim = values.len();
        let rows = [&self.first, &self.second]
            .map(|tables| &tables[slot].as_slice().expect("moments are row-major")[row * dim..][..dim]);
        let Assumed { values: new, slopes } = assumed;
        self.step.assume_all(values, rows[0], rows[1], gradient, [new, slopes]);
    }

    fn state(&self) -> Vec<Tensor> {
        let mut state = vec![Tensor::number(STEPS, self.steps)];
        for ((first, second), table) in self.first.iter().zip(&self.second).zip(TABLES) {
            state.push(Tensor { name: memory_name(0, table), values: first.clone() });
            state.push(Tensor { name: memory_name(1, table), values: second.clone() });
        }
        state
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        for ((first, second), table) in self.first.iter_mut().zip(&mut self.second).zip(TABLES) {
            let shape = first.dim();
            first.assign(&named(state, &memory_name(0, table), shape)?.values);
            second.assign(&named(state, &memory_name(1, table), shape)?.values);
        }
        self.steps = named(state, STEPS, (1, 1))?.to_number();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untouched_rows_move_by_momentum_and_fall_silent() {
        let mut adam = build(&Params::defaults(&METHOD), &[(2, 1)]);
        let mut table = Array2::zeros((2, 1));
        let mut g = RowGradient::new(2, 1);
        g.row_mut(0)[0] = 1.0;
        adam.begin_step();
        adam.update(0, &mut table, &g, 0.0);
        assert!((table[(0, 0)] + 1e-3).abs() < 1e-9, "the first step has the length of the rate");
        g.clear();
        adam.begin_step();
        adam.update(0, &mut table, &g, 0.0);
        assert!(table[(0, 0)] < -1.1e-3 && table[(1, 0)] == 0.0);
        for _ in 0..2000 {
            adam.begin_step();
            adam.update(0, &mut table, &g, 0.0);
        }
        assert_eq!(named(&adam.state(), "optimizer.0.user", (2, 1)).unwrap().values[(0, 0)], 0.0);
    }

    /// A table of several parts, some rows of which a batch has: the same bits as value by value.
    #[test]
    fn parts_and_threads_change_nothing() {
        let (rows, dim) = (2 * AT_ONCE / 12 + 5, 12);
        let start = |r: usize, c: usize| ((r * 31 + c * 17) % 101) as f32 / 50.0 - 1.0;
        for rest in [0.0, 0.01] {
            let mut adam = build(&Params::defaults(&METHOD), &[(rows, dim)]);
            let mut table = Array2::from_shape_fn((rows, dim), |(r, c)| start(r, c));
            let (mut plain, mut moments) = (table.clone(), vec![[0.0_f32; 2]; rows * dim]);
            for t in 1..=3 {
                let mut gradient = RowGradient::new(rows, dim);
                for r in (0..rows).rev().step_by(t as usize + 1) {
                    gradient.row_mut(r).iter_mut().enumerate().for_each(|(c, g)| *g = start(c, r) / t as f32);
                }
                adam.begin_step();
                adam.update(0, &mut table, &gradient, rest);
                let step = AdamStep::new(1e-3, 0.9, 0.999, 1e-8, t);
                for ((r, c), value) in plain.indexed_iter_mut() {
                    let g = if gradient.is_touched(r) { gradient.row(r)[c] } else { rest * *value };
                    let [s, second] = &mut moments[r * dim + c];
                    step.apply(value, s, second, g);
                }
            }
            assert_eq!(table, plain, "rest {rest}");
        }
    }
}
