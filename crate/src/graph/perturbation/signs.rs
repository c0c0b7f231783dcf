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

use crate::linalg::simd::dispatch;

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

dispatch! {
    /// The products of `x` with four others, read once.
    pub fn dots(x: &[f64], others: [&[f64]; 4]) -> [f64; 4] = dots_body
}

#[inline(always)]
fn dots_body(x: &[f64], others: [&[f64]; 4]) -> [f64; 4] {
    let mut sums = [[0.0; LANES]; 4];
    let (groups, rest) = x.as_chunks::<LANES>();
    let theirs = others.map(|o| o[..x.len()].as_chunks::<LANES>());
    for (g, x) in groups.iter().enumerate() {
        for (sum, (other, _)) in sums.iter_mut().zip(&theirs) {
            for i in 0..LANES {
                sum[i] += x[i] * other[g][i];
            }
        }
    }
    let last = |o: usize| -> f64 { rest.iter().zip(theirs[o].1).map(|(x, y)| x * y).sum() };
    std::array::from_fn(|o| ((sums[o][0] + sums[o][1]) + (sums[o][2] + sums[o][3])) + last(o))
}
