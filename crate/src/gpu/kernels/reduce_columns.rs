//! Sums and maxima of columns: neighbours in memory belong to different results, so that invocations side by side
//! take columns side by side.

use super::reduce::{largest, start};
use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::Reduction;

static KERNEL: Kernel = Kernel {
    name: "reduce_columns",
    source: concat!(include_str!("reduce_columns.wgsl"), include_str!("join.wgsl")),
    reads: 1,
    writes: 1,
};

/// Columns to a workgroup.
const COLUMNS: usize = 16;
/// Rows of one part.
const CHUNK: usize = 1024;

/// `out[column]` ← sum (or largest) of a column of a `rows × columns` matrix.
pub fn reduce_columns(gpu: &Gpu, op: Reduction, rows: usize, columns: usize, x: &Stored, out: &Stored) {
    let parts = rows.div_ceil(CHUNK);
    let call = |out: &Stored| {
        gpu.call(&Call {
            kernel: &KERNEL,
            reads: &[x],
            writes: &[out],
            params: &[word(rows), word(columns), word(CHUNK), largest(op), start(op).to_bits()],
            groups: parts * columns.div_ceil(COLUMNS),
            work: COLUMNS * rows.min(CHUNK),
        });
    };
    if parts == 1 {
        return call(out);
    }
    let joined = gpu.take(parts * columns);
    call(&joined);
    reduce_columns(gpu, op, parts, columns, &joined, out);
}
