//! L2 with one strength for everything: what λOpt is compared with.
//!
//! As in the paper, λ stands beside the *sum* of the losses of a batch's B pairs (eq. 2). Warren's losses are means,
//! so λ counts as λ/B here.

use super::Regularizer;
use super::weight_decay::WeightDecay;
use crate::params::{Kind, Method, Param, Params};

/// Description of the fixed penalty.
pub static METHOD: Method = Method {
    name: "fixed",
    title: "Fixed λ (KDD'19)",
    doc: "A penalty on the squared lengths of the rows that a batch names, negatives included, with the same strength for all of them, chosen by trying a few.",
    formula: "L = Σ_batch ℓ + λ Σ_rows ‖Θ‖²,  g ← g + 2λΘ / B",
    source: "Chen et al., KDD 2019, section 5.1 (MF-λFix)",
    params: &[Param {
        name: "lambda",
        title: "λ",
        doc: "Strength. The paper tries 10, 1, 0.1, … 1e-5 and 0.",
        unit: "",
        kind: Kind::Float { min: 0.0, max: 100.0, default: 0.01, log: true },
    }],
};

/// The penalty from its parameters: weight decay of the batch's rows by 2λ/B.
pub fn build(params: &Params) -> Box<dyn Regularizer> {
    Box::new(WeightDecay { lambda: 2.0 * params.f32("lambda"), full: false, beside_sum: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interactions::{Sequences, Split};
    use crate::nn::RowGradient;
    use crate::regularizer::Start;
    use ndarray::array;
    use serde_json::json;

    #[test]
    fn twice_lambda_by_the_batch() {
        let params = Params::check(&METHOD, json!({ "lambda": 8.0 }).as_object().unwrap(), "").unwrap();
        let mut fixed = build(&params);
        let none = || Sequences::from_rows(vec![[0_u32; 0]; 2]);
        let split = Split { n_users: 2, n_items: 2, train: none(), validation: none(), test: none() };
        fixed.begin(&Start { split: &split, dim: 2, batch_size: 4 });
        let mut gradient = RowGradient::new(2, 2);
        gradient.row_mut(1)[0] = 1.0;
        fixed.add_gradient(0, &array![[2.0, 2.0], [4.0, -2.0]], &mut gradient);
        assert_eq!((gradient.row(0), gradient.row(1)), (&[0.0, 0.0][..], &[17.0, -8.0][..]));
        assert_eq!(fixed.rest(), 0.0);
    }
}
