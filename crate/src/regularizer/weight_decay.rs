//! Weight decay on all rows, as PyTorch's optimizers do it, or on the batch's rows alone.

use super::{BatchRows, Regularizer, Start};
use crate::autodiff::{Gradients, Tensor};
use crate::nn::RowGradient;
use crate::nn::vector::add_scaled;
use crate::params::{Kind, Method, Param, Params};
use ndarray::Array2;

/// Description of weight decay.
pub static METHOD: Method = Method {
    name: "weight-decay",
    title: "Weight decay",
    doc: "Pulls embeddings towards zero in proportion to their length, at every step or when a batch has them.",
    formula: "g ← g + λΘ",
    source: "KDD 2025, section 3",
    params: &[
        Param {
            name: "mode",
            title: "rows",
            doc: "full: every row at each step, so that rarely trained rows shrink most; batch: only the rows that the batch names, negatives included. The weights of networks shrink at each step in both, as every batch uses them.",
            unit: "",
            kind: Kind::Choice { options: &["full", "batch"], default: "full" },
        },
        Param {
            name: "lambda",
            title: "λ",
            doc: "Strength. It enters the gradient before Adam scales it (no decoupling).",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 10.0, default: 1e-5, log: true },
        },
    ],
};

/// Weight decay from its parameters.
pub fn build(params: &Params) -> Box<dyn Regularizer> {
    Box::new(WeightDecay {
        lambda: params.f32("lambda"),
        full: params.str("mode") == "full",
        beside_sum: false,
    })
}

/// Adds λΘ to gradients.
pub(super) struct WeightDecay {
    /// λ.
    pub(super) lambda: f32,
    /// Every row at each step, or those of the batch.
    pub(super) full: bool,
    /// λ stands beside the sum of the losses of a batch, and not beside their mean.
    pub(super) beside_sum: bool,
}

impl Regularizer for WeightDecay {
    fn begin(&mut self, start: &Start<'_>) {
        if self.beside_sum {
            self.lambda /= start.batch_size as f32;
        }
    }

    fn add_gradient(&self, _: usize, table: &Array2<f32>, gradient: &mut RowGradient) {
        let values = table.as_slice().expect("tables are row-major");
        let dim = gradient.dim();
        for at in 0..gradient.touched().len() {
            let r = gradient.touched()[at] as usize;
            add_scaled(gradient.row_mut(r), self.lambda, &values[r * dim..(r + 1) * dim]);
        }
    }

    fn rest(&self) -> f32 {
        if self.full { self.lambda } else { 0.0 }
    }

    fn add_to_gradients(&self, parameters: &[Tensor], tables: &[BatchRows], gradients: &mut Gradients) {
        if self.lambda == 0.0 {
            return;
        }
        for (i, parameter) in parameters.iter().enumerate() {
            match tables.iter().find(|table| table.parameter == i) {
                Some(table) if !self.full => {
                    let (device, dim) = (parameter.device(), parameter.matrix()[1]);
                    let rows = Tensor::alloc(device, &[table.rows.len(), dim]);
                    device.gather(dim, parameter.buffer(), &table.rows, rows.buffer());
                    let rows = rows.scale(self.lambda);
                    gradients.add_rows(i, parameter.shape(), table.rows.clone(), rows);
                }
                _ => gradients.add(i, parameter.scale(self.lambda)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::{Device, Tape};
    use crate::linalg::Cpu;
    use ndarray::array;
    use std::rc::Rc;

    #[test]
    fn adds_to_touched_rows_only() {
        let mut gradient = RowGradient::new(2, 2);
        gradient.row_mut(1);
        let decay = WeightDecay { lambda: 0.5, full: false, beside_sum: false };
        decay.add_gradient(0, &array![[2.0, 2.0], [4.0, -2.0]], &mut gradient);
        assert_eq!(
            (gradient.row(0), gradient.row(1), decay.rest()),
            (&[0.0, 0.0][..], &[2.0, -1.0][..], 0.0)
        );
    }

    /// A table of which the batch has one row, a weight, and a table without any gradient of the loss.
    #[test]
    fn on_a_backend_it_reaches_rows_or_everything() {
        let device: Device = Rc::new(Cpu::new());
        let table = Tensor::from_slice(&device, &[2, 2], &[2.0, 2.0, 4.0, -2.0]);
        let weight = Tensor::from_slice(&device, &[2], &[1.0, -3.0]);
        let parameters = [table.clone(), weight, table];
        for (full, expected) in
            [(true, [[1.0, 1.0, 5.0, 2.0], [1.0, 1.0, 2.0, -1.0]]), (false, [[0.0, 0.0, 5.0, 2.0], [0.0; 4]])]
        {
            let tape = Tape::new(&device);
            let on_tape: Vec<_> = parameters.iter().enumerate().map(|(i, p)| tape.parameter(i, p)).collect();
            let loss = on_tape[0].gather(&[1]).affine(3.0, 0.0).sum().add(&on_tape[1].sum());
            let mut gradients = tape.backward(&loss);
            let rows = |parameter, rows: &[u32]| BatchRows { parameter, rows: device.upload_indices(rows) };
            let decay = WeightDecay { lambda: 0.5, full, beside_sum: false };
            decay.add_to_gradients(&parameters, &[rows(0, &[1]), rows(2, &[])], &mut gradients);
            let mut gradient =
                |i| gradients.take(i).expect("a gradient").dense().read_now().expect("at once");
            assert_eq!(gradient(0), expected[0], "full {full}");
            assert_eq!(gradient(1), [1.5, -0.5], "full {full}");
            assert_eq!(gradient(2), expected[1], "full {full}");
        }
    }
}
