//! The innermost loop of matrix products: one register tile.

/// `MR × NR` sums.
pub(super) type Tile<const MR: usize, const NR: usize> = [[f32; NR]; MR];

/// Sums of the outer products of panel rows: `Σ_k a[k] b[k]ᵀ` with panels of `k × MR` and `k × NR`.
///
/// With `FMA` products are not rounded before they are added; only machines that do this in one instruction
/// should be asked to.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub(super) fn tile<const MR: usize, const NR: usize, const FMA: bool>(a: &[f32], b: &[f32]) -> Tile<MR, NR> {
    let mut sums = [[0.0_f32; NR]; MR];
    for (a, b) in a.chunks_exact(MR).zip(b.chunks_exact(NR)) {
        let (a, b): (&[f32; MR], &[f32; NR]) =
            (a.try_into().expect("exact chunks"), b.try_into().expect("exact chunks"));
        for i in 0..MR {
            for j in 0..NR {
                sums[i][j] = if FMA { a[i].mul_add(b[j], sums[i][j]) } else { sums[i][j] + a[i] * b[j] };
            }
        }
    }
    sums
}

/// The same for WebAssembly, where the tile has to be 4 × 8: eight registers of sums, two of b, one of a.
#[cfg(target_arch = "wasm32")]
#[inline(always)]
pub(super) fn tile<const MR: usize, const NR: usize, const FMA: bool>(a: &[f32], b: &[f32]) -> Tile<MR, NR> {
    use std::arch::wasm32::{f32x4_splat, v128, v128_load, v128_store};
    const { assert!(MR == 4 && NR == 8) };
    let mut sums = [[f32x4_splat(0.0); 2]; 4];
    for (a, b) in a.chunks_exact(4).zip(b.chunks_exact(8)) {
        // SAFETY: the chunk holds eight floats; v128 loads need no alignment.
        let (b0, b1) =
            unsafe { (v128_load(b.as_ptr().cast::<v128>()), v128_load(b.as_ptr().add(4).cast::<v128>())) };
        for i in 0..4 {
            let a = f32x4_splat(a[i]);
            sums[i] = [multiply_add(a, b0, sums[i][0]), multiply_add(a, b1, sums[i][1])];
        }
    }
    let mut out = [[0.0; NR]; MR];
    for (out, sums) in out.iter_mut().zip(sums) {
        // SAFETY: the row holds eight floats (asserted above).
        unsafe {
            v128_store(out.as_mut_ptr().cast::<v128>(), sums[0]);
            v128_store(out.as_mut_ptr().add(4).cast::<v128>(), sums[1]);
        }
    }
    out
}

/// Fused where the machine likes it so; the results then differ between machines.
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
use std::arch::wasm32::f32x4_relaxed_madd as multiply_add;

#[cfg(all(target_arch = "wasm32", not(target_feature = "relaxed-simd")))]
#[inline(always)]
fn multiply_add(
    a: std::arch::wasm32::v128,
    b: std::arch::wasm32::v128,
    c: std::arch::wasm32::v128,
) -> std::arch::wasm32::v128 {
    use std::arch::wasm32::{f32x4_add, f32x4_mul};
    f32x4_add(f32x4_mul(a, b), c)
}
