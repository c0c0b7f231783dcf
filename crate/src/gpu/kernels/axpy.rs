//! `y ← y + α x`: sums of gradients, and the step of SGD.

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;

static KERNEL: Kernel = Kernel {
    name: "axpy",
    source: concat!(include_str!("axpy.wgsl"), include_str!("each.wgsl")),
    reads: 1,
    writes: 1,
};

/// Adds α times `len` entries.
pub fn axpy(gpu: &Gpu, alpha: f32, len: usize, x: &Stored, y: &Stored) {
    gpu.call(&Call::each(&KERNEL, len, &[x], &[y], &[word(len), alpha.to_bits()]));
}
