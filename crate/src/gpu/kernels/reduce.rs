//! Sums and maxima, as trees of a fixed shape: the same bits every time.

use super::reduce_columns::reduce_columns;
use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::{Reduction, View};

static KERNEL: Kernel = Kernel {
    name: "reduce",
    source: concat!(include_str!("reduce.wgsl"), include_str!("join.wgsl")),
    reads: 1,
    writes: 1,
};

/// Entries of one part, where parts are what keeps the GPU busy.
const CHUNK: usize = 2048;
/// Entries of one part at most.
const LONG: usize = 1 << 16;
/// Results that keep a GPU busy by themselves.
const BUSY: usize = 1024;

/// What a sum or a maximum of nothing is.
pub fn start(op: Reduction) -> f32 {
    match op {
        Reduction::Sum => 0.0,
        Reduction::Max => f32::NEG_INFINITY,
    }
}

/// `out[m]` ← sum (or largest) of `x[o, m, i]`; the view has entries. Passes follow each other until one part
/// is left.
pub fn reduce(gpu: &Gpu, op: Reduction, view: View, x: &Stored, out: &Stored) {
    let View { outer, mid, inner } = view;
    if inner == 1 && mid > 1 {
        return reduce_columns(gpu, op, outer, mid, x, out);
    }
    let count = outer * inner;
    let chunk = if mid < BUSY { CHUNK } else { LONG };
    let parts = count.div_ceil(chunk);
    let call = |out: &Stored| {
        let params = [word(outer), word(mid), word(inner), word(chunk), largest(op), start(op).to_bits()];
        let work = count.min(chunk);
        gpu.call(&Call {
            kernel: &KERNEL,
            reads: &[x],
            writes: &[out],
            params: &params,
            groups: parts * mid,
            work,
        });
    };
    if parts == 1 {
        return call(out);
    }
    let joined = gpu.take(parts * mid);
    call(&joined);
    reduce(gpu, op, View::columns(parts, mid), &joined, out);
}

/// The kernels' flag.
pub fn largest(op: Reduction) -> u32 {
    u32::from(op == Reduction::Max)
}
