//! Rows of a table by their numbers.

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;

static KERNEL: Kernel = Kernel {
    name: "gather",
    source: concat!(include_str!("gather.wgsl"), include_str!("each.wgsl")),
    reads: 2,
    writes: 1,
};

/// Row r of `out` (`count × dim`) is row `indices[r]` of `table`; padding gives zeros.
pub fn gather(gpu: &Gpu, [count, dim]: [usize; 2], table: &Stored, indices: &Stored, out: &Stored) {
    let params = [word(count * dim), word(dim)];
    gpu.call(&Call::each(&KERNEL, count * dim, &[table, indices], &[out], &params));
}
