//! The kernels, a pair of files each: what is computed on the GPU (`.wgsl`), and here the call, its sizes and how
//! it is cut into workgroups (`.rs`). What several shaders share is a `.wgsl` of its own, which their `.rs` adds
//! behind theirs: `each`, `join`, `conv`, `patch`, `tile`.
//!
//! **Conventions.** Binding 0 is the uniform `p`: first `base` and `groups`, the workgroups of this dispatch, then
//! the kernel's own parameters, all of 32 bits. Then come the arrays that are read, then those that are written.
//! Workgroup number `group` is `base + y · grid.x + x`, and does nothing from `groups` on: long work is cut into
//! several dispatches, and wide work into two dimensions. Only what every WebGPU adapter has is used: no f16, no
//! subgroups, no atomics.

pub mod adagrad;
pub mod adam;
pub mod axpy;
pub mod binary;
pub mod combine;
pub mod conv2d;
pub mod conv2d_grad_input;
pub mod conv2d_grad_weight;
pub mod copy_block;
pub mod fill;
pub mod gather;
pub mod gemm;
pub mod reduce;
pub mod reduce_columns;
pub mod scatter_add;
pub mod spmm;
pub mod tile;
pub mod transpose;
pub mod unary;

use super::pool::Stored;

/// Invocations to a workgroup of kernels that have one invocation an entry.
pub const LANES: usize = 64;

/// A compute shader with one entry point, `main`.
#[derive(Debug)]
pub struct Kernel {
    /// Its files' name; pipelines are kept by it.
    pub name: &'static str,
    pub source: &'static str,
    /// Arrays that are read.
    pub reads: usize,
    /// Arrays that are written.
    pub writes: usize,
}

/// One use of a kernel.
pub struct Call<'a> {
    pub kernel: &'static Kernel,
    pub reads: &'a [&'a Stored],
    pub writes: &'a [&'a Stored],
    /// The kernel's own parameters, in the order of its `Params`.
    pub params: &'a [u32],
    pub groups: usize,
    /// Multiply-adds of one workgroup, roughly: decides into how many dispatches the call is cut.
    pub work: usize,
}

impl<'a> Call<'a> {
    /// One invocation an entry; `params` begin with this `len`.
    pub fn each(
        kernel: &'static Kernel,
        len: usize,
        reads: &'a [&'a Stored],
        writes: &'a [&'a Stored],
        params: &'a [u32],
    ) -> Self {
        Self { kernel, reads, writes, params, groups: len.div_ceil(LANES), work: LANES }
    }
}

/// A size as kernels take it. One that does not fit belongs to an array that was refused
/// ([`Gpu::permits`](super::Gpu::permits)): nothing is computed then, whatever stands here.
pub fn word(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
