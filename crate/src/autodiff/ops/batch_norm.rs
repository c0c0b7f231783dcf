//! Batch normalisation (Ioffe and Szegedy, ICML 2015, algorithm 1).

use super::elementwise::channels;
use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::{Binary, Reduction, Unary, View};

/// What normalises: the statistics of the batch (of which running means are kept), or those kept.
pub struct BatchNorm<'a> {
    /// Mean of each channel, `C`.
    pub mean: &'a Tensor,
    /// Variance of each channel, `C`.
    pub variance: &'a Tensor,
    /// Added to the variance.
    pub epsilon: f32,
    /// Share of the batch in the running means; `None` normalises with the kept statistics.
    pub momentum: Option<f32>,
}

impl Var {
    /// `y = γ x̂ + β` with `x̂ = (x − mean) / √(variance + ε)` for each channel of images `N × C × …`; γ and β
    /// are `C` long.
    ///
    /// While training, mean and variance are the batch's and
    /// `dx = γ/√(variance + ε) · (dy − mean(dy) − x̂ mean(dy · x̂))`; the kept ones move towards them (the
    /// variance as the unbiased one). `dγ = Σ dy x̂`, `dβ = Σ dy`.
    #[must_use]
    pub fn batch_norm(&self, gamma: &Self, beta: &Self, norm: &BatchNorm<'_>) -> Self {
        let (x, view) = (self.value(), channels(self.value()));
        let count = (view.outer * view.inner) as f32;
        let mean_of = |t: &Tensor| t.reduce(Reduction::Sum, view, &[view.mid]).scale(1.0 / count);
        let (mean, variance) = match norm.momentum {
            None => (norm.mean.clone(), norm.variance.clone()),
            Some(_) => {
                let mean = mean_of(x);
                let variance = mean_of(&x.broadcast(Binary::Sub, view, &mean).unary(Unary::Square));
                (mean, variance)
            }
        };
        if let Some(share) = norm.momentum {
            let unbiased = variance.scale(count / (count - 1.0).max(1.0));
            for (kept, new) in [(norm.mean, &mean), (norm.variance, &unbiased)] {
                // kept ← kept + share · (new − kept)
                self.device().axpy(share, new.binary(Binary::Sub, kept).buffer(), kept.buffer());
            }
        }
        let deviation = variance.unary(Unary::Affine { scale: 1.0, shift: norm.epsilon }).unary(Unary::Sqrt);
        let scaled = x.broadcast(Binary::Sub, view, &mean).broadcast(Binary::Div, view, &deviation);
        let value =
            scaled.broadcast(Binary::Mul, view, gamma.value()).broadcast(Binary::Add, view, beta.value());
        let nodes = [self.node(), gamma.node(), beta.node()];
        let (factor, training) = (gamma.value().binary(Binary::Div, &deviation), norm.momentum.is_some());
        self.record(&[self, gamma, beta], value, move |dy, flow| {
            let sum = |t: &Tensor| t.reduce(Reduction::Sum, view, &[view.mid]);
            let (d_beta, d_gamma) = (sum(dy), sum(&dy.binary(Binary::Mul, &scaled)));
            if let Some(node) = nodes[0] {
                let dx = if training { centred(dy, &scaled, &d_beta, &d_gamma, view) } else { dy.clone() };
                flow.add(node, dx.broadcast(Binary::Mul, view, &factor));
            }
            if let Some(node) = nodes[1] {
                flow.add(node, d_gamma);
            }
            if let Some(node) = nodes[2] {
                flow.add(node, d_beta);
            }
        })
    }
}

/// `dy − mean(dy) − x̂ · mean(dy · x̂)`.
fn centred(dy: &Tensor, scaled: &Tensor, d_beta: &Tensor, d_gamma: &Tensor, view: View) -> Tensor {
    let share = 1.0 / (view.outer * view.inner) as f32;
    let along = scaled.broadcast(Binary::Mul, view, &d_gamma.scale(share));
    dy.broadcast(Binary::Sub, view, &d_beta.scale(share)).binary(Binary::Sub, &along)
}
