//! Adds the parts of a product whose terms were cut.

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;

static KERNEL: Kernel = Kernel {
    name: "combine",
    source: concat!(include_str!("combine.wgsl"), include_str!("each.wgsl")),
    reads: 1,
    writes: 1,
};

/// `out ← α Σ parts[p] + β out`, each of `len` entries; with β = 0, `out` is not read.
pub fn combine(gpu: &Gpu, len: usize, parts: usize, [alpha, beta]: [f32; 2], from: &Stored, out: &Stored) {
    let params = [word(len), word(parts), alpha.to_bits(), beta.to_bits()];
    gpu.call(&Call::each(&KERNEL, len, &[from], &[out], &params));
}
