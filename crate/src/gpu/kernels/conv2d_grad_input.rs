//! The gradient of a convolution with respect to its input: a product of `in × (out, kernel)` weights and
//! `(out, kernel) × (image, pixel)` gradients, so that every pixel is summed by one invocation.

use super::Kernel;
use super::conv2d::sizes;
use super::tile::{Cut, product};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::Conv2d;

static KERNEL: Kernel = Kernel {
    name: "conv2d_grad_input",
    source: concat!(
        include_str!("conv2d_grad_input.wgsl"),
        include_str!("conv.wgsl"),
        include_str!("tile.wgsl")
    ),
    reads: 2,
    writes: 1,
};

/// `out[c, pixel] ← Σ weight[o, c, y, x] · grad[o, position that (y, x) took pixel to]`.
pub fn conv2d_grad_input(gpu: &Gpu, s: &Conv2d, grad: &Stored, weight: &Stored, out: &Stored) {
    let taps = s.channels_out * s.kernel * s.kernel;
    let cut = Cut::whole(s.channels_in, s.batch * s.height * s.width, taps);
    product(gpu, &KERNEL, cut, [grad, weight], out, &sizes(s));
}
