//! Rectangles from one matrix into another.

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::Block;

static KERNEL: Kernel = Kernel {
    name: "copy_block",
    source: concat!(include_str!("copy_block.wgsl"), include_str!("each.wgsl")),
    reads: 1,
    writes: 1,
};

/// Copies the rectangle, see [`Block`].
pub fn copy_block(gpu: &Gpu, b: Block, x: &Stored, out: &Stored) {
    let len = b.rows * b.width;
    let params = [len, b.width, b.from_columns, b.from, b.to_columns, b.to].map(word);
    gpu.call(&Call::each(&KERNEL, len, &[x], &[out], &params));
}
