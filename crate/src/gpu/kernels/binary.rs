//! Functions of two variables, entry by entry or with one of them repeated.

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::{Binary, View};

static KERNEL: Kernel = Kernel {
    name: "binary",
    source: concat!(include_str!("binary.wgsl"), include_str!("each.wgsl")),
    reads: 2,
    writes: 1,
};

/// `out[o, m, i] ← f(x[o, m, i], v[m])`.
pub fn broadcast(gpu: &Gpu, op: Binary, view: View, x: &Stored, v: &Stored, out: &Stored) {
    let number = match op {
        Binary::Add => 0,
        Binary::Sub => 1,
        Binary::Mul => 2,
        Binary::Div => 3,
    };
    let len = view.len();
    let params = [word(len), number, word(view.mid), word(view.inner)];
    gpu.call(&Call::each(&KERNEL, len, &[x, v], &[out], &params));
}
