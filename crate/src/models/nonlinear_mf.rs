//! Non-linear matrix factorisation: each side's vectors go through two dense layers before their inner product.

use super::factors::{Encoder, Factors};
use super::mf::DIM;
use super::{Model, ModelInput};
use crate::autodiff::Var;
use crate::error::Result;
use crate::nn::layers::{Embedding, Linear};
use crate::params::{Kind, Method, Param};

/// Description of non-linear matrix factorisation.
pub static METHOD: Method = Method {
    name: "nonlinear-mf",
    title: "Non-linear MF",
    doc: "Matrix factorisation whose vectors first go through two dense layers, apart for users and items, with a ReLU between them.",
    formula: "score(u, i) = f(E_u) · g(E_i), f(x) = W₂ max(W₁ x + b₁, 0) + b₂",
    source: "KDD 2025, section 2.1 and appendix B.1",
    params: &[
        DIM,
        Param {
            name: "hidden",
            title: "hidden size",
            doc: "Width of the first layer; the second gives d numbers again.",
            unit: "neurons",
            kind: Kind::Int { min: 1, max: 4096, default: 64 },
        },
    ],
};

/// Non-linear matrix factorisation that starts from `input.tables` (`n × d`). The layers begin with uniform
/// weights, as PyTorch's.
///
/// # Errors
/// As [`mf::build`](super::mf::build).
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    Factors::build(input, |parameters, tables, input, rng| {
        let (dim, hidden) = (input.params.usize("dim"), input.params.usize("hidden"));
        let mut side = |name: &str| {
            let mut layer = |n: usize, sizes| {
                Linear::new(parameters, &input.device, &format!("{name}.layer{n}"), sizes, rng)
            };
            [layer(1, [dim, hidden]), layer(2, [hidden, dim])]
        };
        Box::new(NonLinear { tables, layers: [side("user"), side("item")] })
    })
}

struct NonLinear {
    tables: [Embedding; 2],
    /// By side, two layers each.
    layers: [[Linear; 2]; 2],
}

impl NonLinear {
    fn transform(&self, p: &[Var], side: usize, vectors: &Var) -> Var {
        let [first, second] = &self.layers[side];
        second.apply(p, &first.apply(p, vectors).relu())
    }
}

impl Encoder for NonLinear {
    fn encode(&self, p: &[Var], users: &[u32], items: &[u32]) -> [Var; 2] {
        let vectors = [self.tables[0].apply(p, users), self.tables[1].apply(p, items)];
        [0, 1].map(|side: usize| self.transform(p, side, &vectors[side]))
    }

    fn all(&self, p: &[Var]) -> [Var; 2] {
        [0, 1].map(|side: usize| self.transform(p, side, &p[self.tables[side].place()]))
    }
}
