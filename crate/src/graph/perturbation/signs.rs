//! The signs that a dense solver would have given.
//!
//! Eigenvectors are unique up to a sign, and `raw` depends on how a solver happens to choose it. The
//! published script uses NumPy's `eigh`, that is LAPACK's `dsyevd` on the lower triangle: reduction to a
//! tridiagonal T, starting from the first node, then divide and conquer, which glues the two halves of T
//! by a rank-one update. An update's eigenvectors all have the same sign of their product with the vector
//! that glues (`vᵀ(D − λ)⁻¹v = −1/ρ`). Hence its rule: with l_m the Lanczos vectors of the matrix from the
//! first node (the columns of T's basis, up to a common sign) and h = ⌊n/2⌋,
//!
//! ```text
//! ⟨l_{h−1} + l_h, q_k⟩ < 0
//! ```
//!
//! and the same with ⌊h/2⌋ for a vector that has no part in the last gluing because it had converged
//! before, as the constant one has. Checked against NumPy 2.4 (OpenBLAS) on graphs of 100 nodes, with T's
//! basis by Householder reflections, this gives the flips between two graphs for 99.9 % of the vectors.
//!
//! Reflections for every new edge would take longer than all else, so two things are cheaper here:
//!
//! - The Lanczos vectors come from the plain three-term recurrence, which loses orthogonality on the way.
//! - The sign that LAPACK's l_m have in common is the product of the signs of the entries that the reflections
//!   meet on their diagonal. Its stand-in is the product of the signs of l_m's entry at node m for m up to
//!   ⌊n/6⌋, without the elimination in between; it changes about as often (one new edge in eight).
//!
//! So single signs differ from LAPACK's while their flips are about as frequent, by degree too: `raw` is to be
//! read as an average. `aligned` and `norm` do not depend on any of this.

use crate::linalg::simd::{dispatch, padded, totals};

/// Entry at the inner gluing below which an eigenvector has converged there.
const CONVERGED: f64 = 1e-5;

/// The rule for one matrix, in whatever basis that is given in.
#[derive(Debug, Clone)]
pub struct Glue {
    /// Whether the common sign is negative.
    common: bool,
    outer: Vec<f64>,
    inner: Vec<f64>,
    /// Scratch of the recurrence.
    x: Vec<f64>,
    previous: Vec<f64>,
}

impl Glue {
    /// Room for order `n`.
    pub fn new(n: usize) -> Self {
        let zeros = || vec![0.0; n];
        Self { common: false, outer: zeros(), inner: zeros(), x: zeros(), previous: zeros() }
    }

    /// Runs the recurrence from the unit vector `start`, the first node's; `apply(x, y)` sets `y` to the matrix
    /// times `x`, `entry(m, x)` is the entry of `x` at node m.
    pub fn run(
        &mut self,
        start: &[f64],
        mut apply: impl FnMut(&[f64], &mut [f64]),
        entry: impl Fn(usize, &[f64]) -> f64,
    ) {
        let half = start.len() / 2;
        self.x.copy_from_slice(start);
        self.previous.fill(0.0);
        self.outer.fill(0.0);
        self.inner.fill(0.0);
        self.common = false;
        let mut beta = 0.0;
        for step in 1..=half {
            // `outer` is the scratch until it is the result.
            apply(&self.x, &mut self.outer);
            let (alpha, norm) = recur(&self.x, &self.previous, beta, &mut self.outer);
            // Exact in a matrix whose Krylov space from here is smaller: nothing more to glue.
            if norm <= 1e-12 * (alpha.abs() + beta) {
                self.outer.fill(0.0);
                break;
            }
            beta = norm;
            let scale = 1.0 / norm;
            self.outer.iter_mut().for_each(|y| *y *= scale);
            std::mem::swap(&mut self.previous, &mut self.x);
            std::mem::swap(&mut self.x, &mut self.outer);
            if step <= start.len() / 6 {
                self.common ^= entry(step, &self.x) < 0.0;
            }
            if step == half / 2 {
                sum(&self.previous, &self.x, &mut self.inner);
            }
        }
        sum(&self.previous, &self.x, &mut self.outer);
    }

    /// The same for the matrix `diag(d) + Σ ρ zzᵀ`, one pass over the vectors a step: α = ⟨x, Ax⟩ is
    /// `Σ d x² + Σ ρ ⟨z, x⟩²`, so all that a step needs of x was summed up when x came about, and x is scaled
    /// when it is used.
    pub fn run_updated<const R: usize>(
        &mut self,
        start: &[f64],
        updated: &Updated<R>,
        entry: impl Fn(usize, &[f64]) -> f64,
    ) where
        for<'a> Updated<'a, R>: Step<R>,
    {
        let half = start.len() / 2;
        self.x.copy_from_slice(start);
        self.previous.fill(0.0);
        self.inner.fill(0.0);
        self.common = false;
        let mut sums = start_sums(&self.x, updated);
        // The norms of `x` and of `previous`; before the first step there is none.
        let (mut norm, mut before, mut beta) = (1.0, 1.0, 0.0);
        for step in 1..=half {
            let scale = 1.0 / norm;
            let products: [f64; R] = std::array::from_fn(|r| updated.rho[r] * sums.products[r] * scale);
            let alpha = (0..R).fold(sums.weighted * scale * scale, |alpha, r| {
                alpha + products[r] * sums.products[r] * scale
            });
            let factors = Factors { alpha, scale, products, previous: beta / before };
            sums = updated.step(&self.x, &self.previous, &factors, &mut self.outer);
            let next = sums.square.sqrt();
            // As in `run`.
            if next <= 1e-12 * (alpha.abs() + beta) {
                break;
            }
            std::mem::swap(&mut self.previous, &mut self.x);
            std::mem::swap(&mut self.x, &mut self.outer);
            (before, norm, beta) = (norm, next, next);
            if step <= start.len() / 6 {
                self.common ^= entry(step, &self.x) < 0.0;
            }
            if step == half / 2 {
                scaled_sum(&self.previous, 1.0 / before, &self.x, 1.0 / norm, &mut self.inner);
            }
        }
        scaled_sum(&self.previous, 1.0 / before, &self.x, 1.0 / norm, &mut self.outer);
    }

    /// Whether the solver would turn the eigenvector around, whose coefficients in the basis are `q`.
    pub fn turns(&self, q: &[f64]) -> bool {
        self.turned(dot(&self.inner, q), dot(&self.outer, q))
    }

    /// The same, from the eigenvector's products with both vectors.
    pub fn turned(&self, inner: f64, outer: f64) -> bool {
        let positive = if inner.abs() < CONVERGED { inner > 0.0 } else { outer > 0.0 };
        positive != self.common
    }

    /// The two vectors: that of the inner gluing, and that of the last.
    pub fn vectors(&self) -> (&[f64], &[f64]) {
        (&self.inner, &self.outer)
    }
}

/// The matrix `diag(d) + Σ ρ_r z_r z_rᵀ`.
#[derive(Debug, Clone, Copy)]
pub struct Updated<'a, const R: usize> {
    /// Its diagonal part.
    pub d: &'a [f64],
    /// The updates' factors.
    pub rho: [f64; R],
    /// The updates' vectors.
    pub z: [&'a [f64]; R],
}

/// A step of the recurrence, compiled for each number of updates.
pub trait Step<const R: usize> {
    /// The next vector, unscaled, and its sums.
    fn step(&self, x: &[f64], previous: &[f64], by: &Factors<R>, y: &mut [f64]) -> StepSums<R>;
}

impl Step<1> for Updated<'_, 1> {
    fn step(&self, x: &[f64], previous: &[f64], by: &Factors<1>, y: &mut [f64]) -> StepSums<1> {
        advance_one(self, x, previous, by, y)
    }
}

impl Step<2> for Updated<'_, 2> {
    fn step(&self, x: &[f64], previous: &[f64], by: &Factors<2>, y: &mut [f64]) -> StepSums<2> {
        advance_two(self, x, previous, by, y)
    }
}

/// What a step of the recurrence needs of its vector.
#[derive(Debug, Clone, Copy)]
pub struct StepSums<const R: usize> {
    /// ‖x‖².
    square: f64,
    /// Σ d x².
    weighted: f64,
    /// ⟨z, x⟩.
    products: [f64; R],
}

/// `y = (d − α) scale·x + Σ product·z − previous·p`.
#[derive(Debug, Clone, Copy)]
pub struct Factors<const R: usize> {
    alpha: f64,
    scale: f64,
    products: [f64; R],
    previous: f64,
}

fn start_sums<const R: usize>(x: &[f64], updated: &Updated<R>) -> StepSums<R> {
    let weighted = updated.d.iter().zip(x).map(|(d, x)| d * x * x).sum();
    StepSums { square: dot(x, x), weighted, products: updated.z.map(|z| dot(z, x)) }
}

dispatch! {
    #[inline(never)]
    fn advance_one(m: &Updated<1>, x: &[f64], previous: &[f64], by: &Factors<1>, y: &mut [f64]) -> StepSums<1> =
        advance_body
}

dispatch! {
    #[inline(never)]
    fn advance_two(m: &Updated<2>, x: &[f64], previous: &[f64], by: &Factors<2>, y: &mut [f64]) -> StepSums<2> =
        advance_body
}

/// One step: the next vector, unscaled, and its sums. Whole groups, then the rest in the same way.
#[inline(always)]
fn advance_body<const R: usize>(
    m: &Updated<R>,
    x: &[f64],
    previous: &[f64],
    by: &Factors<R>,
    y: &mut [f64],
) -> StepSums<R> {
    let n = y.len();
    let (d, rest_d) = m.d[..n].as_chunks::<LANES>();
    let (x, rest_x) = x[..n].as_chunks::<LANES>();
    let (previous, rest_previous) = previous[..n].as_chunks::<LANES>();
    let z = m.z.map(|z| z[..n].as_chunks::<LANES>());
    let (y, rest_y) = y.as_chunks_mut::<LANES>();
    let mut parts = Parts { square: [0.0; LANES], weighted: [0.0; LANES], products: [[0.0; LANES]; R] };
    for (g, (((y, d), x), previous)) in y.iter_mut().zip(d).zip(x).zip(previous).enumerate() {
        *y = parts.group(d, x, previous, std::array::from_fn(|r| &z[r].0[g]), by);
    }
    let last = parts.group(
        &padded(rest_d),
        &padded(rest_x),
        &padded(rest_previous),
        std::array::from_fn(|r| padded(z[r].1)).each_ref(),
        by,
    );
    rest_y.copy_from_slice(&last[..rest_y.len()]);
    let ([square, weighted], products) = (totals(&[parts.square, parts.weighted]), totals(&parts.products));
    StepSums { square, weighted, products }
}

/// [`StepSums`] in interleaved parts.
struct Parts<const R: usize> {
    square: [f64; LANES],
    weighted: [f64; LANES],
    products: [[f64; LANES]; R],
}

impl<const R: usize> Parts<R> {
    #[inline(always)]
    fn group(
        &mut self,
        d: &[f64; LANES],
        x: &[f64; LANES],
        previous: &[f64; LANES],
        z: [&[f64; LANES]; R],
        by: &Factors<R>,
    ) -> [f64; LANES] {
        let mut y = [0.0; LANES];
        for i in 0..LANES {
            y[i] = (d[i] - by.alpha) * (by.scale * x[i]) - by.previous * previous[i];
        }
        for (product, z) in by.products.iter().zip(z) {
            for i in 0..LANES {
                y[i] += product * z[i];
            }
        }
        for (sum, z) in self.products.iter_mut().zip(z) {
            for i in 0..LANES {
                sum[i] += z[i] * y[i];
            }
        }
        for i in 0..LANES {
            let square = y[i] * y[i];
            self.square[i] += square;
            self.weighted[i] += d[i] * square;
        }
        y
    }
}

/// `y ← y − β·previous − α·x` with α = ⟨x, y⟩; returns α and the norm of the new y.
fn recur(x: &[f64], previous: &[f64], beta: f64, y: &mut [f64]) -> (f64, f64) {
    let alpha = dot(x, y);
    let mut sums = [0.0; LANES];
    let mut groups = y.chunks_exact_mut(LANES);
    let parts = (&mut groups).zip(x.chunks_exact(LANES)).zip(previous.chunks_exact(LANES));
    for ((y, x), p) in parts {
        for i in 0..LANES {
            y[i] -= alpha * x[i] + beta * p[i];
            sums[i] += y[i] * y[i];
        }
    }
    let done = x.len() - x.len() % LANES;
    for ((y, x), p) in groups.into_remainder().iter_mut().zip(&x[done..]).zip(&previous[done..]) {
        *y -= alpha * x + beta * p;
        sums[0] += *y * *y;
    }
    (alpha, ((sums[0] + sums[1]) + (sums[2] + sums[3])).sqrt())
}

const LANES: usize = 4;

fn scaled_sum(a: &[f64], p: f64, b: &[f64], q: f64, out: &mut [f64]) {
    out.iter_mut().zip(a).zip(b).for_each(|((o, a), b)| *o = p * a + q * b);
}

fn sum(a: &[f64], b: &[f64], out: &mut [f64]) {
    out.iter_mut().zip(a).zip(b).for_each(|((o, a), b)| *o = a + b);
}

/// Dot product in four interleaved parts, so that it compiles to SIMD (the order of additions is fixed).
#[inline(always)]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a4, b4) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a4.zip(b4) {
        for i in 0..LANES {
            sums[i] += x[i] * y[i];
        }
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use rand::RngExt;

    #[test]
    fn the_updated_recurrence_is_the_plain_one() {
        let mut rng = Seed(8).stream("signs");
        for n in [1, 2, 7, 12, 14] {
            let mut random =
                |low: f64| -> Vec<f64> { (0..n).map(|_| rng.random_range(low..9.0_f64)).collect() };
            let (d, mut start, z) = (random(0.0), random(-9.0), [random(-9.0), random(-9.0)]);
            let norm = dot(&start, &start).sqrt();
            start.iter_mut().for_each(|x| *x /= norm);
            // Small ones: no eigenvector converges within these few steps, after which rounding would decide.
            let rho = [0.01, -0.005];
            let (mut plain, mut fused) = (Glue::new(n), Glue::new(n));
            let apply = |x: &[f64], y: &mut [f64]| {
                let shares = [rho[0] * dot(&z[0], x), rho[1] * dot(&z[1], x)];
                (0..n).for_each(|i| y[i] = d[i] * x[i] + shares[0] * z[0][i] + shares[1] * z[1][i]);
            };
            plain.run(&start, apply, |m, x| x[m]);
            let updated = Updated { d: &d, rho, z: z.each_ref().map(|z| &z[..]) };
            fused.run_updated(&start, &updated, |m, x| x[m]);
            assert_eq!(plain.common, fused.common, "{n}");
            for (a, b) in [(&plain.inner, &fused.inner), (&plain.outer, &fused.outer)] {
                assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-7), "{n}: {a:?} {b:?}");
            }
        }
    }
}
