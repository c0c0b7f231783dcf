//! Independent normal numbers.

use super::{Embedding, InitInput, prism};
use crate::data::interactions::Side;
use crate::error::Result;
use crate::params::{Kind, Method, Param, Params};
use crate::task::{LocalFuture, Task};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;

/// The description of `random`.
pub static METHOD: Method = Method {
    name: "random",
    title: "random normal",
    doc: "Every entry is drawn on its own from a normal distribution with mean 0.",
    formula: "E_ij ~ N(0, std²)",
    source: "the papers' default: N(0, 0.01²)",
    params: &[
        Param {
            name: "std",
            title: "standard deviation",
            doc: "Standard deviation of the entries.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 100.0, default: 0.01, log: true },
        },
        prism::PRISM,
        prism::STRENGTH,
    ],
};

/// Tables of normal numbers; users and items draw from streams of their own.
pub fn build<'a>(
    params: &'a Params,
    input: &'a InitInput<'a>,
    sides: &'a [Side],
    _task: &'a Task,
) -> LocalFuture<'a, Result<Vec<Embedding>>> {
    Box::pin(async move {
        let std = params.f64("std");
        let table = |side| {
            let mut rng = input.seed.stream(super::stream(side));
            Embedding::unsolved(Array2::from_shape_simple_fn((input.split.n(side), input.dim), || {
                (std * rng.sample::<f64, _>(StandardNormal)) as f32
            }))
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
    fn has_the_stated_spread_and_repeats() {
        let tables = build_on(&METHOD, build, &json!({"std": 0.5}), 200, &[Side::User, Side::Item]).unwrap();
        let mean = tables[0].vectors.mean().unwrap();
        let variance = tables[0].vectors.mapv(|x| (x - mean).powi(2)).mean().unwrap();
        assert!(mean.abs() < 0.02 && (variance - 0.25).abs() < 0.02, "{mean} {variance}");
        let item = build_on(&METHOD, build, &json!({"std": 0.5}), 200, &[Side::Item]).unwrap();
        assert_eq!(item[0], tables[1], "one side alone gets the same numbers");
    }
}
