//! Matrix products in single precision: operands are packed into panels that fit the caches, tiles of the
//! result are held in registers (Goto and van de Geijn, ACM TOMS 2008).
//!
//! An operand is anything that can fill a panel ([`Source`]), so that a convolution multiplies patches of an
//! image without ever writing them out. Every entry of the result is summed over k in an order that depends
//! on k alone: however the work is cut, the bits are the same.

use super::backend::Gemm;
use super::parallel;
use super::tile32::{Tile, tile};
use std::cell::RefCell;

/// Terms of the inner products that one pair of panels covers.
const KC: usize = 256;
/// Rows of the result whose panels stay in the second-level cache.
const MC: usize = 96;
/// Columns of the result whose panels are packed at a time.
const NC: usize = 512;

/// A matrix of `k × n` that is read panel by panel.
pub(crate) trait Source: Sync {
    /// Writes rows `from..to` of the columns `first..first + width` into `panel`, row by row, each `lanes`
    /// wide; lanes beyond `width` become zero.
    fn pack(&self, from: usize, to: usize, first: usize, width: usize, lanes: usize, panel: &mut [f32]);
}

/// A dense matrix with any strides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strided<'a> {
    data: &'a [f32],
    row: usize,
    column: usize,
}

impl<'a> Strided<'a> {
    /// `rows × columns`, row-major.
    pub fn rows(data: &'a [f32], columns: usize) -> Self {
        Self { data, row: columns, column: 1 }
    }

    /// The transposed of a row-major matrix with `columns` columns.
    pub fn transposed(data: &'a [f32], columns: usize) -> Self {
        Self { data, row: 1, column: columns }
    }
}

impl Source for Strided<'_> {
    #[inline(always)]
    fn pack(&self, from: usize, to: usize, first: usize, width: usize, lanes: usize, panel: &mut [f32]) {
        if self.column == 1 {
            let rows = (from..to).map(|k| &self.data[k * self.row + first..][..width]);
            for (row, out) in rows.zip(panel.chunks_exact_mut(lanes)) {
                if width == lanes {
                    // With a width that the compiler knows.
                    out.iter_mut().zip(&row[..lanes]).for_each(|(out, value)| *out = *value);
                } else {
                    out[..width].copy_from_slice(row);
                    out[width..].fill(0.0);
                }
            }
            return;
        }
        if width < lanes {
            panel[..(to - from) * lanes].fill(0.0);
        }
        for lane in 0..width {
            let column = &self.data[(first + lane) * self.column + from * self.row..];
            for (out, value) in panel.chunks_exact_mut(lanes).zip(column[..to - from].iter()) {
                out[lane] = *value;
            }
        }
    }
}

/// Where a product goes: `rows × columns`, the rows `stride` apart.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    /// The entries.
    pub data: &'a mut [f32],
    /// From one row to the next.
    pub stride: usize,
    /// Factor of the product.
    pub alpha: f32,
    /// Factor of what was there; 0 does not read it.
    pub beta: f32,
}

/// Panels of the operand on either side, kept by each thread.
#[derive(Default)]
struct Scratch {
    a: Vec<f32>,
    b: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Multiplications of a product below which threads cost more than they save.
const WORTH_THREADS: usize = 1 << 21;

/// A product of row-major matrices, on several threads where it is worth them.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn product(g: Gemm, a: &[f32], b: &[f32], c: &mut [f32]) {
    let Gemm { m, n, k, alpha, beta, .. } = g;
    assert_eq!([a.len(), b.len(), c.len()], [m * k, k * n, m * n], "buffers of another size than {g:?}");
    if m * n == 0 {
        return;
    }
    let b = if g.transpose_b { Strided::transposed(b, k) } else { Strided::rows(b, n) };
    let pieces = if m * n * k < WORTH_THREADS { 1 } else { parallel::threads() };
    let rows = m.div_ceil(pieces).next_multiple_of(12);
    parallel::for_each_chunk(c, rows * n, |piece, c| {
        let (first, count) = (piece * rows, c.len() / n);
        let mut target = Target { data: c, stride: n, alpha, beta };
        let a = if g.transpose_a {
            Strided::rows(&a[first..], m)
        } else {
            Strided::transposed(&a[first * k..], k)
        };
        multiply([count, n, k], &a, &b, &mut target);
    });
}

/// `target ← α · aᵀ · b + β · target` with a of `k × m` and b of `k × n`.
pub(crate) fn multiply([m, n, k]: [usize; 3], a: &impl Source, b: &impl Source, target: &mut Target<'_>) {
    if k == 0 {
        for row in target.data.chunks_mut(target.stride).take(m) {
            row[..n].iter_mut().for_each(|c| *c = if target.beta == 0.0 { 0.0 } else { target.beta * *c });
        }
        return;
    }
    SCRATCH.with_borrow_mut(|scratch| dispatch([m, n, k], a, b, target, scratch));
}

/// [`blocks`] as wide as the machine permits.
fn dispatch(
    sizes: [usize; 3],
    a: &impl Source,
    b: &impl Source,
    target: &mut Target<'_>,
    scratch: &mut Scratch,
) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn wide(s: [usize; 3], a: &impl Source, b: &impl Source, t: &mut Target<'_>, scratch: &mut Scratch) {
            blocks::<6, 16, true>(s, a, b, t, scratch);
        }
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: the machine has just been asked whether it has what the function needs.
            return unsafe { wide(sizes, a, b, target, scratch) };
        }
    }
    blocks::<4, 8, false>(sizes, a, b, target, scratch);
}

/// All blocks of the result, with register tiles of `MR × NR`.
#[inline(always)]
fn blocks<const MR: usize, const NR: usize, const FMA: bool>(
    [m, n, k]: [usize; 3],
    a: &impl Source,
    b: &impl Source,
    target: &mut Target<'_>,
    scratch: &mut Scratch,
) {
    scratch.a.resize(MC.next_multiple_of(MR) * KC, 0.0);
    scratch.b.resize(NC.next_multiple_of(NR) * KC, 0.0);
    // Whole tiles, so that no two blocks share one.
    let (mc, nc) = (MC / MR * MR, NC / NR * NR);
    for column in (0..n).step_by(nc) {
        let columns = nc.min(n - column);
        for from in (0..k).step_by(KC) {
            let to = k.min(from + KC);
            let beta = if from == 0 { target.beta } else { 1.0 };
            panels(b, [from, to], [column, columns], NR, &mut scratch.b);
            for row in (0..m).step_by(mc) {
                let rows = mc.min(m - row);
                panels(a, [from, to], [row, rows], MR, &mut scratch.a);
                let block = Block { row, rows, column, columns, depth: to - from, beta };
                tiles::<MR, NR, FMA>(&block, &scratch.a, &scratch.b, target);
            }
        }
    }
}

/// Packs `count` columns of `source` into panels of `lanes`.
#[inline(always)]
fn panels(
    source: &impl Source,
    [from, to]: [usize; 2],
    [first, count]: [usize; 2],
    lanes: usize,
    out: &mut [f32],
) {
    let size = (to - from) * lanes;
    for (i, panel) in out.chunks_exact_mut(size).take(count.div_ceil(lanes)).enumerate() {
        let at = i * lanes;
        source.pack(from, to, first + at, lanes.min(count - at), lanes, panel);
    }
}

/// A block of the result and how deep the panels behind it are.
struct Block {
    row: usize,
    rows: usize,
    column: usize,
    columns: usize,
    depth: usize,
    beta: f32,
}

#[inline(always)]
fn tiles<const MR: usize, const NR: usize, const FMA: bool>(
    block: &Block,
    a: &[f32],
    b: &[f32],
    target: &mut Target<'_>,
) {
    for (j, b) in b.chunks_exact(block.depth * NR).take(block.columns.div_ceil(NR)).enumerate() {
        let column = block.column + j * NR;
        let columns = NR.min(block.columns - j * NR);
        for (i, a) in a.chunks_exact(block.depth * MR).take(block.rows.div_ceil(MR)).enumerate() {
            let rows = MR.min(block.rows - i * MR);
            let sums: Tile<MR, NR> = tile::<MR, NR, FMA>(a, b);
            for (r, sums) in sums.iter().enumerate().take(rows) {
                let start = (block.row + i * MR + r) * target.stride + column;
                store(&mut target.data[start..start + columns], sums, target.alpha, block.beta);
            }
        }
    }
}

#[inline(always)]
fn store<const NR: usize>(out: &mut [f32], sums: &[f32; NR], alpha: f32, beta: f32) {
    if let Ok(out) = <&mut [f32; NR]>::try_from(&mut *out) {
        // The usual case, with a width that the compiler knows.
        for (c, s) in out.iter_mut().zip(sums) {
            *c = if beta == 0.0 { alpha * s } else { alpha * s + beta * *c };
        }
        return;
    }
    for (c, s) in out.iter_mut().zip(sums) {
        *c = if beta == 0.0 { alpha * s } else { alpha * s + beta * *c };
    }
}
