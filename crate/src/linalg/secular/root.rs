//! One root of the secular equation `h(μ) = 1/ρ + Σ z_j² / (d_j − μ) = 0`.
//!
//! Between two neighbouring poles h rises from −∞ to +∞. A root is found as its distance x from the nearer
//! pole, so that all `d_j − μ` are exact to the last digits however near it lies. Each step replaces h by
//! `c − s/x + t/(Δ − x)` with the same value and the same two derivatives, whose root is that of a quadratic
//! (Gragg's scheme; it converges cubically), within a bracket that shrinks whatever the step does.

use super::sums::{evaluate, evaluate_keep, weigh};
use crate::linalg::simd::{PARTS, totals};

/// Stands where there is no pole: its terms are zero.
pub const FAR: f64 = 1e300;

/// A step that changes the distance from the pole by less than this is the last: the error after it is about the
/// step's third power.
const CUBIC: f64 = 1e-5;

/// The same for the outermost root, where the error is about the square of the step.
const SQUARE: f64 = 1e-8;

/// A value of h that would move the root by less than this is as good as zero.
const TOLERANCE: f64 = 1e-14;

/// Evaluations after which it is asked whether h is anything but rounding.
const PATIENCE: usize = 6;

/// Evaluations for one root after which only halving the bracket goes on.
const MAX_STEPS: usize = 40;

/// Enough to close a bracket from 1 to the smallest number.
const MAX_HALVINGS: usize = 1_200;

/// The pole from which a root's distance is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The root lies above it.
    Above,
    /// The root lies below it.
    Below,
}

/// A root: `d[origin] ± distance`.
#[derive(Debug, Clone, Copy)]
pub struct Root {
    origin: usize,
    /// Signed distance from the origin, never 0.
    offset: f64,
}

/// The columns of the problem with their weights z. A column without a pole (deflated) has z = 0.
#[derive(Debug)]
pub struct Poles {
    /// Filled up with [`FAR`], which also stands for columns without a pole.
    d: Vec<f64>,
    /// Filled up with zeros.
    z: Vec<f64>,
    /// z_j / (d_j − μ) of the root that was weighed last.
    weights: Vec<f64>,
    /// The columns with a pole, ascending.
    at: Vec<usize>,
    n: usize,
    rho: f64,
}

/// h and its derivatives at one μ.
#[derive(Debug, Clone, Copy)]
pub struct Sums {
    /// h.
    pub value: f64,
    /// Its derivative.
    pub first: f64,
    /// Half of the second derivative.
    pub second: f64,
}

impl Poles {
    /// Room for `n` columns.
    pub fn new(n: usize) -> Self {
        let padded = n.next_multiple_of(PARTS);
        Self {
            d: vec![FAR; padded],
            z: vec![0.0; padded],
            weights: vec![0.0; padded],
            at: Vec::with_capacity(n),
            n,
            rho: 1.0,
        }
    }

    /// No poles.
    pub fn clear(&mut self) {
        self.d.fill(FAR);
        self.z.fill(0.0);
        self.at.clear();
    }

    /// Puts a pole into a column behind all others.
    pub fn push(&mut self, column: usize, d: f64, z: f64) {
        self.d[column] = d;
        self.z[column] = z;
        self.at.push(column);
    }

    /// The columns with a pole, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.at
    }

    /// Number of poles.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Least distance of two neighbours; infinite if there are none.
    pub fn least_gap(&self) -> f64 {
        let gaps = self.at.windows(2).map(|w| self.d[w[1]] - self.d[w[0]]);
        // Not `min`, which is a call in WebAssembly.
        gaps.fold(f64::INFINITY, |least, gap| if gap < least { gap } else { least })
    }

    /// Closes the list; ρ is for ‖z‖ = 1.
    pub fn finish(&mut self, rho: f64) {
        self.rho = rho;
    }

    /// z² of a column.
    pub fn square(&self, column: usize) -> f64 {
        self.z[column] * self.z[column]
    }

    /// The pole of a column.
    pub fn pole(&self, column: usize) -> f64 {
        self.d[column]
    }

    /// All columns' z, filled up with zeros.
    pub fn z(&self) -> &[f64] {
        &self.z
    }

    /// All columns' poles, filled up with [`FAR`].
    pub fn d(&self) -> &[f64] {
        &self.d
    }

    /// Σ z_j w_j for weights `w_j = z_j / (d_j − μ)` at a root.
    pub fn along(&self) -> f64 {
        -self.constant()
    }

    /// 1/ρ.
    pub fn constant(&self) -> f64 {
        1.0 / self.rho
    }

    /// True if the weight of a column is not negative at a root.
    pub fn is_positive(&self, column: usize, root: &Root) -> bool {
        self.z[column] * self.difference(column, root) >= 0.0
    }

    /// Sets the inverses of all `d_j − μ`.
    pub fn invert(&self, root: &Root, inverses: &mut [f64]) {
        let origin = self.d[root.origin];
        inverses.iter_mut().zip(&self.d).for_each(|(i, d)| *i = 1.0 / ((d - origin) - root.offset));
    }

    /// Of the root that was weighed last; n entries.
    pub fn weights(&mut self) -> &mut [f64] {
        &mut self.weights[..self.n]
    }

    /// The eigenvalue.
    pub fn value(&self, root: &Root) -> f64 {
        self.d[root.origin] + root.offset
    }

    /// d_j − μ to full relative precision.
    fn difference(&self, j: usize, root: &Root) -> f64 {
        (self.d[j] - self.d[root.origin]) - root.offset
    }

    /// Sets the weights of `root` with `z` in place of the poles' own.
    pub fn weigh_with(&mut self, root: &Root, z: &[f64]) {
        let origin = self.d[root.origin];
        for ((w, z), d) in self.weights.iter_mut().zip(z).zip(&self.d) {
            *w = z / ((d - origin) - root.offset);
        }
    }

    /// Sets the weights of `root` and returns the sum of their squares.
    pub fn weigh(&mut self, root: &Root) -> f64 {
        weigh(&self.d, &self.z, &mut self.weights, self.d[root.origin], root.offset)
    }

    /// Löwner's z of the `j`-th pole: the one for which `roots` are the exact eigenvalues.
    pub fn lowner(&self, j: usize, roots: &[Root]) -> f64 {
        let (column, d) = (self.at[j], self.d[self.at[j]]);
        let mut product = -self.difference(column, &roots[j]) / self.rho;
        for (k, root) in roots.iter().enumerate().filter(|(k, _)| *k != j) {
            product *= self.difference(column, root) / (d - self.d[self.at[k]]);
        }
        product.abs().sqrt().copysign(self.z[column])
    }

    /// True if the `index`-th root lies beyond all poles.
    pub fn is_outer(&self, index: usize) -> bool {
        index == if self.rho > 0.0 { self.len() - 1 } else { 0 }
    }

    /// The columns of the poles on both sides of the `index`-th root, which is not the outer one.
    pub fn neighbours(&self, index: usize) -> [usize; 2] {
        let left = if self.rho > 0.0 { index } else { index - 1 };
        [self.at[left], self.at[left + 1]]
    }

    /// The root in the nearer half of a gap, from `x` on.
    pub fn search_inner(&self, origin: usize, side: Side, x: f64, gap: f64, near: f64, far: f64) -> Root {
        let model = |x: f64, g: Sums| inner_step(x, g, gap, near, far);
        self.search(origin, side, x, 0.5 * gap * (1.0 + 1e-3), CUBIC, model)
    }

    /// h and its derivatives at `d[origin] + offset`, and the inverses of all `d_j − μ`.
    pub fn evaluate_with_inverses(&self, origin: usize, offset: f64, inverses: &mut [f64]) -> Sums {
        let parts = evaluate_keep(&self.d, &self.z, inverses, self.d[origin], offset);
        let [value, first, second] = totals(&parts);
        Sums { value: value + self.constant(), first, second }
    }

    /// The `index`-th root, ascending.
    pub fn solve(&self, index: usize) -> Root {
        if self.is_outer(index) {
            let side = if self.rho > 0.0 { Side::Above } else { Side::Below };
            return self.outer(self.at[index], side);
        }
        let [left, right] = self.neighbours(index);
        let gap = self.d[right] - self.d[left];
        let middle = 0.5 * gap;
        // On which side of the middle the root lies. So near to it that rounding decides, either will do.
        let sums = self.evaluate(left, middle);
        let (origin, other, side) =
            if sums.value >= 0.0 { (left, right, Side::Above) } else { (right, left, Side::Below) };
        let (near, far) = (self.square(origin), self.square(other));
        let x = inner_step(middle, sums.towards(side), gap, near, far);
        self.search_inner(origin, side, if 0.0 < x && x < middle { x } else { middle }, gap, near, far)
    }

    /// The root beyond all poles, at most |ρ| away from the outermost.
    fn outer(&self, origin: usize, side: Side) -> Root {
        let bound = self.rho.abs();
        // With all poles on one side: c − s/x with the same value and slope.
        let model = |x: f64, g: Sums| g.first * x * x / (g.value + g.first * x);
        // A hair beyond, as ‖z‖ is 1 only to rounding.
        let high = bound * (1.0 + 1e-12);
        self.search(origin, side, bound, high, SQUARE, model)
    }

    /// Steps from `x` to the root in `0..=high`, the last of which is shorter than `close` times x.
    fn search(
        &self,
        origin: usize,
        side: Side,
        mut x: f64,
        mut high: f64,
        close: f64,
        model: impl Fn(f64, Sums) -> f64,
    ) -> Root {
        let mut low = 0.0;
        for step in 0..MAX_STEPS + MAX_HALVINGS {
            // As a function of x, which rises from −∞ on either side of a pole.
            let g = self.evaluate(origin, signed(side, x)).towards(side);
            if g.value >= 0.0 {
                high = high.min(x);
            } else {
                low = x;
            }
            if g.value.abs() <= TOLERANCE * x * g.first {
                break;
            }
            if step >= PATIENCE && self.is_noise(origin, signed(side, x), g.value) {
                break;
            }
            let mut next = if step < MAX_STEPS { model(x, g) } else { f64::NAN };
            if !(low < next && next < high) {
                // A root of any magnitude may be left: halve the exponent's range, not the bracket.
                next = if low > 0.0 { (low * high).sqrt() } else { high * 2f64.powi(-10) };
                if next == x || !(low < next && next < high) {
                    break;
                }
                x = next;
                continue;
            }
            let last = (next - x).abs() <= close * x;
            x = next;
            if last {
                break;
            }
        }
        Root { origin, offset: signed(side, x) }
    }

    /// True if a value of h is no more than the rounding of its terms.
    fn is_noise(&self, origin: usize, offset: f64, value: f64) -> bool {
        let terms =
            self.at.iter().map(|&j| self.z[j].powi(2) / ((self.d[j] - self.d[origin]) - offset).abs());
        value.abs() <= 4.0 * f64::EPSILON * (terms.sum::<f64>() + 1.0 / self.rho.abs())
    }

    /// h and its derivatives at `d[origin] + offset`.
    fn evaluate(&self, origin: usize, offset: f64) -> Sums {
        let [value, first, second] = totals(&evaluate(&self.d, &self.z, self.d[origin], offset));
        Sums { value: value + self.constant(), first, second }
    }
}

fn signed(side: Side, distance: f64) -> f64 {
    match side {
        Side::Above => distance,
        Side::Below => -distance,
    }
}

impl Root {
    /// `d[origin] + offset`.
    pub fn at(origin: usize, offset: f64) -> Self {
        Self { origin, offset }
    }
}

impl Sums {
    /// ±h as a function of the distance from the pole, rising.
    fn towards(self, side: Side) -> Self {
        match side {
            Side::Above => self,
            Side::Below => Self { value: -self.value, first: self.first, second: -self.second },
        }
    }
}

/// The root of `c − s/x + t/(Δ − x)` with the value and derivatives of g at `x`; s and t are at least the
/// weights of the poles on both sides, whatever rounding says.
#[inline(always)]
pub fn inner_step(x: f64, g: Sums, gap: f64, near: f64, far: f64) -> f64 {
    let rest = gap - x;
    let t_slope = (g.second * x + g.first) * rest / gap;
    let (t, s) = (t_slope * rest * rest, (g.first - t_slope) * x * x);
    // Not `max`, which is a call in WebAssembly.
    let (t, s) = (if t > far { t } else { far }, if s > near { s } else { near });
    let c = g.value + s / x - t / rest;
    let b = c * gap + s + t;
    // b² − 4csΔ, written so that nothing cancels.
    let part = c * gap - s + t;
    let root = (part * part + 4.0 * s * t).sqrt();
    let above = if b > 0.0 { 2.0 * s * gap } else { b - root };
    let below = if b > 0.0 { b + root } else { 2.0 * c };
    above / below
}
