//! `C ← α · op(A) · op(B) + β · C`, see [`Gemm`].

use super::Kernel;
use super::tile::{Cut, parted_product};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::Gemm;

static KERNEL: Kernel = Kernel {
    name: "gemm",
    source: concat!(include_str!("gemm.wgsl"), include_str!("tile.wgsl")),
    reads: 2,
    writes: 1,
};

/// Matrix product, its terms in parts where C is small.
pub fn gemm(gpu: &Gpu, g: Gemm, a: &Stored, b: &Stored, c: &Stored) {
    let cut = Cut::parted(g.m, g.n, g.k);
    parted_product(gpu, &KERNEL, cut, [a, b], c, [g.alpha, g.beta], |[alpha, beta]| {
        vec![u32::from(g.transpose_a), u32::from(g.transpose_b), alpha.to_bits(), beta.to_bits()]
    });
}
