//! The gradient of a convolution with respect to its weights: a small product (`out × patch`) of very many terms
//! (images × positions), which come in parts.

use super::Kernel;
use super::conv2d::sizes;
use super::tile::{Cut, parted_product};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::Conv2d;

static KERNEL: Kernel = Kernel {
    name: "conv2d_grad_weight",
    source: concat!(
        include_str!("conv2d_grad_weight.wgsl"),
        include_str!("conv.wgsl"),
        include_str!("patch.wgsl"),
        include_str!("tile.wgsl")
    ),
    reads: 2,
    writes: 1,
};

/// `out[o, patch] ← Σ grad[o, position] · input[what patch meets there]` over images and positions.
pub fn conv2d_grad_weight(gpu: &Gpu, s: &Conv2d, input: &Stored, grad: &Stored, out: &Stored) {
    let (rows, columns) = s.output();
    let cut = Cut::parted(s.channels_out, s.patch(), s.batch * rows * columns);
    parted_product(gpu, &KERNEL, cut, [input, grad], out, [1.0, 0.0], |_| sizes(s));
}
