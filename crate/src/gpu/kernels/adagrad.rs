//! One step of Adagrad, see [`AdagradStep`].

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::update::AdagradStep;

static KERNEL: Kernel = Kernel {
    name: "adagrad",
    source: concat!(include_str!("adagrad.wgsl"), include_str!("each.wgsl")),
    reads: 1,
    writes: 2,
};

/// Moves `len` values with their sums of squares.
pub fn adagrad(gpu: &Gpu, step: AdagradStep, len: usize, values: &Stored, squares: &Stored, grad: &Stored) {
    let params = [word(len), step.rate.to_bits(), step.epsilon.to_bits()];
    gpu.call(&Call::each(&KERNEL, len, &[grad], &[values, squares], &params));
}
