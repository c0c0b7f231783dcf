//! One value everywhere.

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;

static KERNEL: Kernel = Kernel {
    name: "fill",
    source: concat!(include_str!("fill.wgsl"), include_str!("each.wgsl")),
    reads: 0,
    writes: 1,
};

/// `out ← value` in `len` entries.
pub fn fill(gpu: &Gpu, value: f32, len: usize, out: &Stored) {
    gpu.call(&Call::each(&KERNEL, len, &[], &[out], &[word(len), value.to_bits()]));
}
