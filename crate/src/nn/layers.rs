//! Layers of networks: where their parameters stand and what they compute.
//!
//! The parameters of a network lie in one list ([`Parameters`]) that optimizers, checkpoints and tapes go
//! through in order; a layer knows its places in it.

use crate::autodiff::{Device, Tape, Tensor, Var};
use crate::rng::Rng;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// The parameters of a network, with names, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Parameters {
    names: Vec<String>,
    values: Vec<Tensor>,
}

impl Parameters {
    /// Adds a parameter and gives its place.
    pub fn push(&mut self, name: impl Into<String>, value: Tensor) -> usize {
        self.names.push(name.into());
        self.values.push(value);
        self.values.len() - 1
    }

    /// All names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// All values.
    pub fn values(&self) -> &[Tensor] {
        &self.values
    }

    /// All of them on a tape; the first `frozen` as constants.
    pub fn on_tape(&self, tape: &Tape, frozen: usize) -> Vec<Var> {
        let on_tape = |(i, value): (usize, &Tensor)| {
            if i < frozen { tape.constant(value) } else { tape.parameter(i, value) }
        };
        self.values.iter().enumerate().map(on_tape).collect()
    }
}

/// Normal numbers with variance `2 / fan_in` (He et al., ICCV 2015, eq. 10): activations of ReLU networks
/// keep their size from layer to layer.
pub fn kaiming(device: &Device, shape: &[usize], fan_in: usize, rng: &mut Rng) -> Tensor {
    let deviation = (2.0 / fan_in as f64).sqrt();
    let mut draw = || {
        let z: f64 = StandardNormal.sample(rng);
        (deviation * z) as f32
    };
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| draw()).collect();
    Tensor::from_slice(device, shape, &values)
}

/// Numbers from `±1/√fan_in`, uniformly: what PyTorch's dense layers begin with, weights and biases.
pub fn uniform(device: &Device, shape: &[usize], fan_in: usize, rng: &mut Rng) -> Tensor {
    let bound = 1.0 / (fan_in as f64).sqrt();
    let mut draw = || (bound * (2.0 * rng.random::<f64>() - 1.0)) as f32;
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| draw()).collect();
    Tensor::from_slice(device, shape, &values)
}

/// `y = x · w + b` with w of `inputs × outputs`.
#[derive(Debug, Clone, Copy)]
pub struct Linear {
    weight: usize,
    bias: usize,
}

impl Linear {
    /// A layer with uniform weights.
    pub fn new(
        parameters: &mut Parameters,
        device: &Device,
        name: &str,
        [inputs, outputs]: [usize; 2],
        rng: &mut Rng,
    ) -> Self {
        let weight = uniform(device, &[inputs, outputs], inputs, rng);
        let weight = parameters.push(format!("{name}.weight"), weight);
        let bias = parameters.push(format!("{name}.bias"), uniform(device, &[outputs], inputs, rng));
        Self { weight, bias }
    }

    /// `N × inputs` to `N × outputs`.
    pub fn apply(&self, parameters: &[Var], x: &Var) -> Var {
        x.matmul(&parameters[self.weight]).add_to_rows(&parameters[self.bias])
    }

    /// The weights' variable, for layers that are applied in parts.
    pub fn weight<'a>(&self, parameters: &'a [Var]) -> &'a Var {
        &parameters[self.weight]
    }

    /// The biases' variable.
    pub fn bias<'a>(&self, parameters: &'a [Var]) -> &'a Var {
        &parameters[self.bias]
    }
}

/// A square convolution without bias, padded so that stride 1 keeps the size.
#[derive(Debug, Clone, Copy)]
pub struct Conv {
    weight: usize,
    stride: usize,
    padding: usize,
}

impl Conv {
    /// A layer with Kaiming weights of `outputs × inputs × kernel × kernel`.
    pub fn new(
        parameters: &mut Parameters,
        device: &Device,
        name: &str,
        [inputs, outputs, kernel, stride]: [usize; 4],
        rng: &mut Rng,
    ) -> Self {
        let weight = kaiming(device, &[outputs, inputs, kernel, kernel], inputs * kernel * kernel, rng);
        Self { weight: parameters.push(format!("{name}.weight"), weight), stride, padding: kernel / 2 }
    }

    /// `N × inputs × H × W` to `N × outputs × ⌈H / stride⌉ × ⌈W / stride⌉`.
    pub fn apply(&self, parameters: &[Var], x: &Var) -> Var {
        x.conv2d(&parameters[self.weight], self.stride, self.padding)
    }
}

/// A table of `n × d`, one row an entity.
#[derive(Debug, Clone, Copy)]
pub struct Embedding(usize);

impl Embedding {
    /// A layer that begins with this table.
    pub fn new(parameters: &mut Parameters, name: &str, table: Tensor) -> Self {
        table.matrix();
        Self(parameters.push(name, table))
    }

    /// Its place among the parameters.
    pub fn place(&self) -> usize {
        self.0
    }

    /// The rows of these entities, `count × d`.
    pub fn apply(&self, parameters: &[Var], indices: &[u32]) -> Var {
        parameters[self.0].gather(indices)
    }
}

/// Half a cosine from 1 at step 0 to 0 at `steps`, and 0 from there on (Loshchilov and Hutter, ICLR 2017,
/// eq. 5, one period); always 1 if `steps` is 0.
pub fn cosine_decay(step: u32, steps: usize) -> f64 {
    if steps == 0 {
        return 1.0;
    }
    let part = (f64::from(step) / steps as f64).min(1.0);
    0.5 * (1.0 + (std::f64::consts::PI * part).cos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Cpu;
    use crate::rng::Seed;
    use crate::task::run;
    use std::rc::Rc;

    #[test]
    fn initial_weights_have_their_spread() {
        let (device, mut rng): (Device, _) = (Rc::new(Cpu::new()), Seed(1).stream("test"));
        let values = run(kaiming(&device, &[200, 50], 50, &mut rng).download()).unwrap();
        let variance = values.iter().map(|v| f64::from(v * v)).sum::<f64>() / 1e4;
        // 10,000 squares of normals: a relative deviation of 0.014.
        assert!((variance / 0.04 - 1.0).abs() < 0.06, "{variance}");
        let values = run(uniform(&device, &[200, 50], 25, &mut rng).download()).unwrap();
        let largest = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        assert!((0.199..=0.2).contains(&largest), "{largest}");
    }

    #[test]
    fn the_rate_falls_by_half_a_cosine() {
        let rate = |step| cosine_decay(step, 100);
        assert_eq!((rate(0), cosine_decay(7, 0)), (1.0, 1.0));
        assert!((rate(50) - 0.5).abs() < 1e-12 && rate(100) < 1e-12 && rate(500) < 1e-12);
        assert!((rate(25) - (0.5 + 0.125_f64.sqrt())).abs() < 1e-12);
    }
}
