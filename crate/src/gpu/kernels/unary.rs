//! Functions of one variable and their derivatives, entry by entry.

use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::Unary;

static KERNEL: Kernel = Kernel {
    name: "unary",
    source: concat!(include_str!("unary.wgsl"), include_str!("each.wgsl")),
    reads: 2,
    writes: 1,
};

/// The function's number in `unary.wgsl` and its constants.
fn number(op: Unary) -> (u32, [f32; 2]) {
    match op {
        Unary::Relu => (0, [0.0; 2]),
        Unary::Tanh => (1, [0.0; 2]),
        Unary::Sigmoid => (2, [0.0; 2]),
        Unary::LogSigmoid => (3, [0.0; 2]),
        Unary::Exp => (4, [0.0; 2]),
        Unary::Ln => (5, [0.0; 2]),
        Unary::Sqrt => (6, [0.0; 2]),
        Unary::Square => (7, [0.0; 2]),
        Unary::Max(c) => (8, [c, 0.0]),
        Unary::Affine { scale, shift } => (9, [scale, shift]),
    }
}

/// `out ← f(x)`, or with a gradient `out ← f′(x) · grad`.
pub fn unary(gpu: &Gpu, op: Unary, len: usize, x: &Stored, grad: Option<&Stored>, out: &Stored) {
    let (number, [a, b]) = number(op);
    let params = [word(len), number, u32::from(grad.is_some()), a.to_bits(), b.to_bits()];
    gpu.call(&Call::each(&KERNEL, len, &[x, grad.unwrap_or(x)], &[out], &params));
}
