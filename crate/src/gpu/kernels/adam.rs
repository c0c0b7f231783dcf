//! One step of Adam, see [`AdamStep`].

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::update::{AdamStep, NEGLIGIBLE};

static KERNEL: Kernel = Kernel {
    name: "adam",
    source: concat!(include_str!("adam.wgsl"), include_str!("each.wgsl")),
    reads: 1,
    writes: 3,
};

/// Moves `len` values with their two moments.
pub fn adam(gpu: &Gpu, s: AdamStep, len: usize, values: &Stored, moments: [&Stored; 2], grad: &Stored) {
    let constants = [s.beta1, s.beta2, s.keep1, s.keep2, s.rate, s.root, s.epsilon, NEGLIGIBLE];
    let params = [&[word(len)], constants.map(f32::to_bits).as_slice()].concat();
    gpu.call(&Call::each(&KERNEL, len, &[grad], &[values, moments[0], moments[1]], &params));
}
