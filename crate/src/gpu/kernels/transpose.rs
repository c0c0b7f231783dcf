//! Transposition, tile by tile.

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;

static KERNEL: Kernel =
    Kernel { name: "transpose", source: include_str!("transpose.wgsl"), reads: 1, writes: 1 };

/// Rows and columns to a workgroup.
const TILE: usize = 16;

/// `out ← xᵀ` of a `rows × columns` matrix.
pub fn transpose(gpu: &Gpu, rows: usize, columns: usize, x: &Stored, out: &Stored) {
    gpu.call(&Call {
        kernel: &KERNEL,
        reads: &[x],
        writes: &[out],
        params: &[word(rows), word(columns)],
        groups: rows.div_ceil(TILE) * columns.div_ceil(TILE),
        work: TILE * TILE,
    });
}
