//! Optimizers of parameters that live on a backend: the same methods, parameters and arithmetic as for tables.

use crate::autodiff::{Device, Gradients, Tensor};
use crate::error::{Code, Error, Result};
use crate::linalg::update::{AdagradStep, AdamStep};
use crate::params::Params;

/// Which method, with its constants.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Sgd,
    Adagrad { epsilon: f32 },
    Adam { beta1: f64, beta2: f64, epsilon: f32 },
}

/// Moves parameters against their gradients, as a dense optimizer does: a parameter without a gradient in a
/// step counts as having one of zeros.
#[derive(Debug)]
pub struct ParameterOptimizer {
    rule: Rule,
    rate: f64,
    steps: u32,
    /// Moments or sums of each parameter: as many as the rule needs, of the parameter's shape.
    memory: Vec<Vec<Tensor>>,
}

impl ParameterOptimizer {
    /// The optimizer that `params` describes (a method of [`ALL`](super::ALL)), for these parameters.
    ///
    /// # Errors
    /// [`Code::UnknownName`] for a method that has no form for parameters on a backend.
    pub fn new(params: &Params, device: &Device, parameters: &[Tensor]) -> Result<Self> {
        let (rule, slots) = match params.method.name {
            "sgd" => (Rule::Sgd, 0),
            "adagrad" => (Rule::Adagrad { epsilon: params.f32("epsilon") }, 1),
            "adam" => {
                let (beta1, beta2) = (params.f64("beta1"), params.f64("beta2"));
                (Rule::Adam { beta1, beta2, epsilon: params.f32("epsilon") }, 2)
            }
            name => {
                let message = format!("\"{name}\" cannot train networks (sgd, adagrad and adam can)");
                return Err(Error::new(Code::UnknownName, message).for_key("optimizer.name"));
            }
        };
        let zeros = |p: &Tensor| (0..slots).map(|_| Tensor::zeros(device, p.shape())).collect();
        let memory = parameters.iter().map(zeros).collect();
        Ok(Self { rule, rate: params.f64("learning_rate"), steps: 0, memory })
    }

    /// One step of all parameters with the learning rate times `schedule`. Parameter `i` has the number i in
    /// `gradients`; the first `frozen` ones stay as they are.
    pub fn step(&mut self, schedule: f64, frozen: usize, parameters: &[Tensor], gradients: &mut Gradients) {
        self.steps = self.steps.saturating_add(1);
        let rate = self.rate * schedule;
        for (i, (parameter, memory)) in parameters.iter().zip(&self.memory).enumerate().skip(frozen) {
            let device = parameter.device();
            let gradient = gradients.take(i);
            if let (Rule::Sgd, Some(rows)) = (self.rule, gradient.as_ref().and_then(|g| g.rows())) {
                for (indices, rows) in rows {
                    let (dim, rows) = (rows.matrix()[1], rows.scale(-rate as f32));
                    device.scatter_add(dim, rows.buffer(), indices, parameter.buffer());
                }
                continue;
            }
            let gradient = gradient
                .map_or_else(|| Tensor::zeros(device, parameter.shape()), |gradient| gradient.dense());
            let (values, gradient) = (parameter.buffer(), gradient.buffer());
            match self.rule {
                Rule::Sgd => device.sgd(rate as f32, values, gradient),
                Rule::Adagrad { epsilon } => {
                    let step = AdagradStep { rate: rate as f32, epsilon };
                    device.adagrad(step, values, memory[0].buffer(), gradient);
                }
                Rule::Adam { beta1, beta2, epsilon } => {
                    let step = AdamStep::new(rate, beta1, beta2, epsilon, self.steps);
                    device.adam(step, values, [memory[0].buffer(), memory[1].buffer()], gradient);
                }
            }
        }
    }

    /// Steps done.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Goes on from a step; the memory is restored through [`memory`](Self::memory).
    pub fn set_steps(&mut self, steps: u32) {
        self.steps = steps;
    }

    /// Moments and sums with their places (parameter, slot), for checkpoints.
    pub fn memory(&self) -> impl Iterator<Item = ((usize, usize), &Tensor)> {
        self.memory
            .iter()
            .enumerate()
            .flat_map(|(i, slots)| slots.iter().enumerate().map(move |(slot, t)| ((i, slot), t)))
    }
}
