//! Xavier's (Glorot's) uniform initialisation.

use super::{Embedding, InitInput, prism};
use crate::data::interactions::Side;
use crate::error::Result;
use crate::params::{Kind, Method, Param, Params};
use crate::task::{LocalFuture, Task};
use ndarray::Array2;
use rand::RngExt;

/// The description of `xavier`.
///
/// For an `n × d` table the two fans are n and d, as in PyTorch's `xavier_uniform_` on an embedding's weight.
pub static METHOD: Method = Method {
    name: "xavier",
    title: "Xavier uniform",
    doc: "Every entry is drawn uniformly from an interval that shrinks with the size of the table.",
    formula: "E_ij ~ U(−a, a), a = gain · √(6 / (n + d))",
    source: "Glorot & Bengio, AISTATS 2010, eq. 16",
    params: &[
        Param {
            name: "gain",
            title: "gain",
            doc: "Multiplies the interval.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 100.0, default: 1.0, log: true },
        },
        prism::PRISM,
        prism::STRENGTH,
    ],
};

/// Tables of uniform numbers; users and items draw from streams of their own.
pub fn build<'a>(
    params: &'a Params,
    input: &'a InitInput<'a>,
    sides: &'a [Side],
    _task: &'a Task,
) -> LocalFuture<'a, Result<Vec<Embedding>>> {
    Box::pin(async move {
        let table = |side| {
            let n = input.split.n(side);
            let bound = params.f64("gain") * (6.0 / (n + input.dim) as f64).sqrt();
            let mut rng = input.seed.stream(super::stream(side));
            let draw = || (bound * (2.0 * rng.random::<f64>() - 1.0)) as f32;
            Embedding::unsolved(Array2::from_shape_simple_fn((n, input.dim), draw))
        };
        Ok(sides.iter().map(|&side| table(side)).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::build_on;
    use super::*;
    use serde_json::json;

    #[test]
    fn fills_the_interval() {
        let tables = build_on(&METHOD, build, &json!({}), 90, &[Side::User]).unwrap();
        let bound = (6.0_f32 / (tables[0].vectors.nrows() + 90) as f32).sqrt();
        let largest = tables[0].vectors.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        assert!(largest <= bound && largest > 0.98 * bound, "{largest} {bound}");
    }
}
