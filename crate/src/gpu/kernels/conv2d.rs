//! Convolution as a product of `out × patch` weights and `patch × (image, position)` inputs, see [`Conv2d`].

use super::tile::{Cut, product};
use super::{Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::Conv2d;

static KERNEL: Kernel = Kernel {
    name: "conv2d",
    source: concat!(
        include_str!("conv2d.wgsl"),
        include_str!("conv.wgsl"),
        include_str!("patch.wgsl"),
        include_str!("tile.wgsl")
    ),
    reads: 2,
    writes: 1,
};

/// `out ← weight ⋆ input`.
pub fn conv2d(gpu: &Gpu, s: &Conv2d, input: &Stored, weight: &Stored, out: &Stored) {
    let (rows, columns) = s.output();
    let cut = Cut::whole(s.channels_out, s.batch * rows * columns, s.patch());
    product(gpu, &KERNEL, cut, [input, weight], out, &sizes(s));
}

/// The parameters that all three kernels of a convolution share.
pub fn sizes(s: &Conv2d) -> Vec<u32> {
    let (rows, columns) = s.output();
    [s.channels_in, s.channels_out, s.height, s.width, rows, columns, s.kernel, s.stride, s.padding]
        .map(word)
        .to_vec()
}
