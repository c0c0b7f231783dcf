//! The two heads and their losses (eq. 10 and 11).

use super::settings::{Losses, Settings};
use crate::autodiff::{Device, Var};
use crate::nn::layers::{Linear, Parameters, uniform};
use crate::rng::Rng;

/// Below this a squared distance counts as this: its root has no slope at 0.
const TINY: f32 = 1e-12;

/// The discriminative network S and the generative network G.
pub struct Heads {
    /// S's first layer, the features' part (`d × 256` and bias) and the items' (`d × 256`): applied apart,
    /// since a feature meets many items.
    state_part: Linear,
    item_weight: usize,
    discriminative: [Linear; 3],
    generative: [Linear; 4],
}

impl Heads {
    /// The layers, with new parameters.
    pub fn new(p: &mut Parameters, device: &Device, dim: usize, rng: &mut Rng) -> Self {
        let mut linear = |p: &mut Parameters, name: &str, sizes| Linear::new(p, device, name, sizes, rng);
        let state_part = linear(p, "s0.state", [dim, 256]);
        let discriminative =
            [linear(p, "s1", [256, 256]), linear(p, "s2", [256, 128]), linear(p, "s3", [128, 1])];
        let generative = [
            linear(p, "g0", [dim, 256]),
            linear(p, "g1", [256, 256]),
            linear(p, "g2", [256, 128]),
            linear(p, "g3", [128, dim]),
        ];
        let item_weight = p.push("s0.item", uniform(device, &[dim, 256], dim, rng));
        Self { state_part, item_weight, discriminative, generative }
    }

    /// The items' part of S's first layer: `n × d` to `n × 256`.
    pub fn item_part(&self, p: &[Var], items: &Var) -> Var {
        items.matmul(&p[self.item_weight])
    }

    /// S of pairs of features (`N × d`) and items, whose parts (`k·N × 256`) come in k groups of N. Gives
    /// `k·N × 1`; for one feature and all items, `n × 1`.
    pub fn discriminate(&self, p: &[Var], feature: &Var, item_part: &Var) -> Var {
        let state = self.state_part.apply(p, feature);
        let (rows, width) = (item_part.shape()[0], state.value().len());
        let first = item_part.reshape(&[rows * 256 / width, width]).add_to_rows(&state.reshape(&[width]));
        let [a, b, c] = &self.discriminative;
        let x = first.reshape(&[rows, 256]).relu();
        c.apply(p, &b.apply(p, &a.apply(p, &x).relu()).relu())
    }

    /// G: `N × d` to `N × d`, within ±1.
    pub fn generate(&self, p: &[Var], feature: &Var) -> Var {
        let [a, b, c, last] = &self.generative;
        let x = [a, b, c].iter().fold(feature.clone(), |x, layer| layer.apply(p, &x).relu());
        last.apply(p, &x).tanh()
    }

    /// The loss of N features and `2·N` items, positives first.
    pub fn loss(&self, p: &[Var], feature: &Var, items: &Var, settings: &Settings) -> Var {
        match settings.losses {
            Losses::Discriminative => self.discriminative_loss(p, feature, items, settings.margin_s),
            Losses::Generative => self.generative_loss(p, feature, items, settings),
            Losses::Both => self
                .discriminative_loss(p, feature, items, settings.margin_s)
                .add(&self.generative_loss(p, feature, items, settings)),
        }
    }

    /// `mean( S(pos)² + max(m − S(neg), 0)² )`.
    fn discriminative_loss(&self, p: &[Var], feature: &Var, items: &Var, margin: f32) -> Var {
        let n = feature.shape()[0];
        let s = self.discriminate(p, feature, &self.item_part(p, items)).reshape(&[1, 2 * n]);
        let lifted = s.slice(n, n).affine(-1.0, margin).relu();
        s.slice(0, n).square().add(&lifted.square()).mean()
    }

    /// `mean( max(‖G − pos‖ − ‖G − neg‖ + m, 0) )`.
    fn generative_loss(&self, p: &[Var], feature: &Var, items: &Var, settings: &Settings) -> Var {
        let [n, dim] = feature.value().matrix();
        let drawn = self.generate(p, feature).reshape(&[n * dim]).affine(-1.0, 0.0);
        let differences = items.reshape(&[2, n * dim]).add_to_rows(&drawn).reshape(&[2 * n, dim]);
        let squares = differences.square().sum_rows();
        let distances =
            if settings.euclidean { squares.max(TINY).sqrt() } else { squares.affine(1.0 / dim as f32, 0.0) };
        let distances = distances.reshape(&[1, 2 * n]);
        distances.slice(0, n).sub(&distances.slice(n, n)).affine(1.0, settings.margin_g).relu().mean()
    }
}
