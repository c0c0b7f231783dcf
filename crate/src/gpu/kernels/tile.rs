//! How every matrix product is cut: tiles of 64 × 64, and few tiles with many terms by their terms as well.

use super::combine::combine;
use super::{Call, Kernel, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;

/// Rows and columns of C to a workgroup.
const TILE: usize = 64;
/// Terms at a time.
const DEPTH: usize = 16;
/// Workgroups that keep a GPU busy; below, terms are cut into parts.
const BUSY: usize = 64;
/// Terms of a part, at least: fewer are not worth the second pass.
const WORTH_A_PART: usize = 512;

/// Sizes of a product and the parts of its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    /// Terms of a part but the last.
    pub chunk: usize,
    pub parts: usize,
}

impl Cut {
    /// All terms in one part.
    pub fn whole(m: usize, n: usize, k: usize) -> Self {
        Self { m, n, k, chunk: k.max(1), parts: 1 }
    }

    /// In as many parts as keep the GPU busy; depends on nothing but the sizes.
    pub fn parted(m: usize, n: usize, k: usize) -> Self {
        let wanted = (BUSY / tiles(m, n).max(1)).min(k / WORTH_A_PART).max(1);
        let chunk = k.div_ceil(wanted).next_multiple_of(DEPTH).max(DEPTH);
        match k.div_ceil(chunk) {
            0 | 1 => Self::whole(m, n, k),
            parts => Self { m, n, k, chunk, parts },
        }
    }
}

fn tiles(m: usize, n: usize) -> usize {
    m.div_ceil(TILE) * n.div_ceil(TILE)
}

/// Runs a kernel that ends with `tile.wgsl`; its `Params` begin with m, n, k and chunk.
pub fn product(
    gpu: &Gpu,
    kernel: &'static Kernel,
    cut: Cut,
    reads: [&Stored; 2],
    out: &Stored,
    params: &[u32],
) {
    let params = [&[word(cut.m), word(cut.n), word(cut.k), word(cut.chunk)], params].concat();
    gpu.call(&Call {
        kernel,
        reads: &reads,
        writes: &[out],
        params: &params,
        groups: cut.parts * tiles(cut.m, cut.n),
        work: (TILE * TILE).saturating_mul(cut.chunk),
    });
}

/// Like [`product`], where `out` is `m × n`, added as `α · product + β · out`, and the terms may be in parts. The
/// kernel's further parameters are `params(α, β)`.
pub fn parted_product(
    gpu: &Gpu,
    kernel: &'static Kernel,
    cut: Cut,
    reads: [&Stored; 2],
    out: &Stored,
    scale: [f32; 2],
    params: impl Fn([f32; 2]) -> Vec<u32>,
) {
    if cut.parts == 1 {
        return product(gpu, kernel, cut, reads, out, &params(scale));
    }
    let parts = gpu.take(cut.parts * cut.m * cut.n);
    product(gpu, kernel, cut, reads, &parts, &params([1.0, 0.0]));
    combine(gpu, cut.m * cut.n, cut.parts, scale, &parts, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_cut_where_tiles_are_few_and_all_are_covered() {
        assert_eq!(Cut::parted(640, 640, 4096).parts, 1);
        assert_eq!(Cut::parted(64, 64, 1000).parts, 1);
        for (m, n, k) in [(64, 64, 5000), (1, 1, 1024), (200, 70, 12_345), (0, 3, 9999), (3, 3, 0)] {
            let cut = Cut::parted(m, n, k);
            assert!(cut.chunk * cut.parts >= k && cut.chunk * (cut.parts - 1) < k.max(1), "{cut:?}");
            assert!(cut.parts == 1 || cut.chunk.is_multiple_of(DEPTH), "{cut:?}");
        }
        assert_eq!(Cut::parted(64, 64, 5000).parts, 9);
    }
}
