//! The feature network: from a user's state, an image of `1 × (l + 1) × d`, to `d` numbers.

use super::RECENT;
use super::settings::{Architecture, Settings};
use crate::autodiff::ops::BatchNorm;
use crate::autodiff::{Device, Tensor, Var};
use crate::nn::layers::{Conv, Linear, Parameters};
use crate::rng::Rng;

/// Share of a batch in the running statistics.
const MOMENTUM: f32 = 0.1;
/// Added to variances.
const EPSILON: f32 = 1e-5;
/// Width of the dense layers of `no-conv`.
const WIDTH: usize = 256;

/// Layers by architecture, and the last, dense one.
pub struct Features {
    body: Body,
    last: Linear,
}

enum Body {
    /// Stem and the four convolutions; the residual one has a shortcut besides.
    Convolutions { stem: Conv, layers: [Conv; 4], shortcut: Option<Shortcut> },
    /// Stem, the maps F and G of two blocks, and the convolution between these.
    Invertible { stem: Conv, blocks: [[[Conv; 2]; 2]; 2], between: Conv },
    /// Dense layers.
    Dense([Linear; 4]),
}

/// The second block's way around: 1 × 1 convolution of stride 2 and batch normalisation.
struct Shortcut {
    conv: Conv,
    gamma: usize,
    beta: usize,
    mean: Tensor,
    variance: Tensor,
}

impl Features {
    /// The layers, with new parameters.
    pub fn new(p: &mut Parameters, device: &Device, settings: &Settings, rng: &mut Rng) -> Self {
        let (c, dim) = (settings.channels, settings.dim);
        let flat = 2 * c * (RECENT + 1).div_ceil(2) * dim.div_ceil(2);
        let (body, inputs) = match settings.architecture {
            Architecture::ResNet | Architecture::OnlyConv => {
                let residual = settings.architecture == Architecture::ResNet;
                (convolutions(p, device, c, residual, rng), flat)
            }
            Architecture::RevNet => (invertible(p, device, c, rng), flat),
            Architecture::NoConv => {
                let sizes = [(RECENT + 1) * dim, WIDTH, WIDTH, WIDTH];
                let mut layer =
                    |i: usize| Linear::new(p, device, &format!("dense{i}"), [sizes[i], WIDTH], rng);
                (Body::Dense([layer(0), layer(1), layer(2), layer(3)]), WIDTH)
            }
        };
        let last = Linear::new(p, device, "feature", [inputs, dim], rng);
        Self { body, last }
    }

    /// `N × 1 × (l + 1) × d` to `N × d`.
    pub fn apply(&self, p: &[Var], image: &Var, training: bool) -> Var {
        let n = image.shape()[0];
        let flat = |x: &Var| x.reshape(&[n, x.value().len() / n]);
        let x = match &self.body {
            Body::Dense(layers) => layers.iter().fold(flat(image), |x, layer| layer.apply(p, &x).relu()),
            Body::Convolutions { stem, layers, shortcut } => {
                let x = stem.apply(p, image).relu();
                flat(&convolve(p, &x, layers, shortcut.as_ref(), training))
            }
            Body::Invertible { stem, blocks, between } => {
                let x = stem.apply(p, image).relu();
                let x = between.apply(p, &invert(p, &x, &blocks[0])).relu();
                flat(&invert(p, &x, &blocks[1]))
            }
        };
        self.last.apply(p, &x)
    }

    /// The running statistics, by name: state that is no parameter.
    pub fn statistics(&self) -> Vec<(String, &Tensor)> {
        match &self.body {
            Body::Convolutions { shortcut: Some(s), .. } => {
                vec![("shortcut.mean".into(), &s.mean), ("shortcut.variance".into(), &s.variance)]
            }
            _ => Vec::new(),
        }
    }
}

fn convolutions(p: &mut Parameters, device: &Device, c: usize, residual: bool, rng: &mut Rng) -> Body {
    let mut conv = |name: &str, sizes| Conv::new(p, device, name, sizes, rng);
    let stem = conv("stem", [1, c, 1, 1]);
    let layers = [
        conv("block1.first", [c, c, 3, 1]),
        conv("block1.second", [c, c, 3, 1]),
        conv("block2.first", [c, 2 * c, 3, 2]),
        conv("block2.second", [2 * c, 2 * c, 3, 1]),
    ];
    let shortcut = residual.then(|| Shortcut {
        conv: Conv::new(p, device, "shortcut", [c, 2 * c, 1, 2], rng),
        gamma: p.push("shortcut.gamma", Tensor::full(device, &[2 * c], 1.0)),
        beta: p.push("shortcut.beta", Tensor::zeros(device, &[2 * c])),
        mean: Tensor::zeros(device, &[2 * c]),
        variance: Tensor::full(device, &[2 * c], 1.0),
    });
    Body::Convolutions { stem, layers, shortcut }
}

fn invertible(p: &mut Parameters, device: &Device, c: usize, rng: &mut Rng) -> Body {
    let mut conv = |name: &str, sizes| Conv::new(p, device, name, sizes, rng);
    let stem = conv("stem", [1, c, 1, 1]);
    let mut block = |name: &str, half: usize| {
        ["f", "g"].map(|map| {
            ["first", "second"].map(|layer| conv(&format!("{name}.{map}.{layer}"), [half, half, 3, 1]))
        })
    };
    let blocks = [block("block1", c / 2), block("block2", c)];
    let between = conv("between", [c, 2 * c, 3, 2]);
    Body::Invertible { stem, blocks, between }
}

/// With a shortcut, `relu(F(x) + x)` for each block; without, a ReLU after each convolution.
fn convolve(p: &[Var], x: &Var, layers: &[Conv; 4], shortcut: Option<&Shortcut>, training: bool) -> Var {
    let [a, b, c, d] = layers;
    let Some(way) = shortcut else {
        return layers.iter().fold(x.clone(), |x, layer| layer.apply(p, &x).relu());
    };
    let x = b.apply(p, &a.apply(p, x).relu()).add(x).relu();
    let norm = BatchNorm {
        mean: &way.mean,
        variance: &way.variance,
        epsilon: EPSILON,
        momentum: training.then_some(MOMENTUM),
    };
    let around = way.conv.apply(p, &x).batch_norm(&p[way.gamma], &p[way.beta], &norm);
    d.apply(p, &c.apply(p, &x).relu()).add(&around).relu()
}

/// `y1 = x1 + F(x2)`, `y2 = x2 + G(y1)` on the halves of the channels (Gomez et al., NIPS 2017).
fn invert(p: &[Var], x: &Var, block: &[[Conv; 2]; 2]) -> Var {
    let half = x.shape()[1] / 2;
    let map =
        |x: &Var, layers: &[Conv; 2]| layers.iter().fold(x.clone(), |x, layer| layer.apply(p, &x).relu());
    let (x1, x2) = (x.slice(0, half), x.slice(half, half));
    let y1 = x1.add(&map(&x2, &block[0]));
    let y2 = x2.add(&map(&y1, &block[1]));
    y1.concat(&y2)
}
