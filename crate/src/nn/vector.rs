//! The two vector kernels of training. Both have a fixed order of additions, so that every build and
//! machine rounds alike, and a shape that compilers turn into SIMD instructions.

/// Lanes of [`dot`]: two 4-wide WebAssembly registers, one 8-wide AVX register.
const LANES: usize = 8;

/// The inner product `a · b` of two rows of the same length.
///
/// Eight running sums, entry `c` going to sum `c mod 8`, added pairwise at the end; entries left over
/// after the last full eight come last.
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    debug_assert_eq!(a.len(), b.len());
    let mut sums = [0.0_f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    total(&sums) + rest
}

/// Not inlined: a compiler that sees how the sums are added packs them two by two, and shuffles in the loop.
#[inline(never)]
fn total(sums: &[f32; LANES]) -> f32 {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = *sums;
    ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}

/// `target += scale · source`, entry by entry.
#[inline]
pub fn add_scaled(target: &mut [f32], scale: f32, source: &[f32]) {
    debug_assert_eq!(target.len(), source.len());
    for (t, s) in target.iter_mut().zip(source) {
        *t += scale * s;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_agrees_with_the_plain_sum() {
        for n in [0, 1, 7, 8, 9, 64, 67] {
            // Small integers: every order of additions gives the same exact sum.
            let a: Vec<f32> = (0..n).map(|c| (c % 5) as f32 - 2.0).collect();
            let b: Vec<f32> = (0..n).map(|c| (c % 7) as f32 - 3.0).collect();
            let plain: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
            assert_eq!(dot(&a, &b), plain, "length {n}");
        }
    }

    #[test]
    fn add_scaled_adds() {
        let mut t = [1.0, 2.0];
        add_scaled(&mut t, 2.0, &[3.0, -1.0]);
        assert_eq!(t, [7.0, 0.0]);
    }
}
