//! Weight decay on all rows, as PyTorch's optimizers do it, or on the batch's rows alone.

use super::Regularizer;
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
            doc: "full: every row at each step, so that rarely trained rows shrink most; batch: only the rows that the batch names, negatives included.",
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
    Box::new(WeightDecay { lambda: params.f32("lambda"), full: params.str("mode") == "full" })
}

struct WeightDecay {
    lambda: f32,
    full: bool,
}

impl Regularizer for WeightDecay {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn adds_to_touched_rows_only() {
        let mut gradient = RowGradient::new(2, 2);
        gradient.row_mut(1);
        let decay = WeightDecay { lambda: 0.5, full: false };
        decay.add_gradient(0, &array![[2.0, 2.0], [4.0, -2.0]], &mut gradient);
        assert_eq!(
            (gradient.row(0), gradient.row(1), decay.rest()),
            (&[0.0, 0.0][..], &[2.0, -1.0][..], 0.0)
        );
    }
}
