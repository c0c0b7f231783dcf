//! Sparse matrix times dense matrix.

use super::{Call, Kernel, LANES, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;

static KERNEL: Kernel = Kernel {
    name: "spmm",
    source: concat!(include_str!("spmm.wgsl"), include_str!("each.wgsl")),
    reads: 4,
    writes: 1,
};

/// `out ← A · dense` for a sparse A of `rows` rows and `entries` entries, as `[offsets, columns, values]`.
pub fn spmm(
    gpu: &Gpu,
    [rows, entries, dim]: [usize; 3],
    [offsets, columns, values]: [&Stored; 3],
    dense: &Stored,
    out: &Stored,
) {
    let len = rows * dim;
    gpu.call(&Call {
        kernel: &KERNEL,
        reads: &[offsets, columns, values, dense],
        writes: &[out],
        params: &[word(len), word(dim)],
        groups: len.div_ceil(LANES),
        // On average; a popular item's row has more.
        work: LANES * entries.div_ceil(rows.max(1)),
    });
}
