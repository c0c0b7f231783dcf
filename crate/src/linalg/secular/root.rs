//! One root of the secular equation `h(μ) = 1/ρ + Σ z_j² / (d_j − μ) = 0`.
//!
//! Between two neighbouring poles h rises from −∞ to +∞. A root is found as its distance x from the nearer
//! pole, so that all `d_j − μ` are exact to the last digits however near it lies. Each step replaces h by
//! `c − s/x + t/(Δ − x)` with the same value and the same two derivatives, whose root is that of a quadratic
//! (Gragg's scheme; it converges cubically), within a bracket that shrinks whatever the step does.
//!
//! The first two steps are taken in single precision, where a vector holds twice as many terms: what they end
//! with is a place to begin, typically some millionths off, from which one step in double precision suffices.

use crate::linalg::simd::dispatch;

/// Double-precision sums are kept in this many parts.
const LANES: usize = 4;

/// Single-precision sums are kept in this many parts; all arrays are filled up to groups of so many.
const GROUP: usize = 8;

/// Stands where there is no pole: its terms are zero.
const FAR: f64 = 1e300;

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
    /// z² in single precision, and d less the pole at hand.
    squares: Vec<f32>,
    distances: Vec<f32>,
    /// z_j / (d_j − μ) of the root that was weighed last.
    weights: Vec<f64>,
    /// The columns with a pole, ascending.
    at: Vec<usize>,
    n: usize,
    rho: f64,
}

/// h and its derivatives at one μ.
#[derive(Debug, Clone, Copy)]
struct Sums {
    value: f64,
    first: f64,
    /// Half of the second derivative.
    second: f64,
}

impl Poles {
    /// Room for `n` columns.
    pub fn new(n: usize) -> Self {
        let padded = n.next_multiple_of(GROUP);
        Self {
            d: vec![FAR; padded],
            z: vec![0.0; padded],
            squares: vec![0.0; padded],
            distances: vec![0.0; padded],
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
        self.at.windows(2).map(|w| self.d[w[1]] - self.d[w[0]]).fold(f64::INFINITY, f64::min)
    }

    /// Closes the list; ρ is for ‖z‖ = 1.
    pub fn finish(&mut self, rho: f64) {
        self.rho = rho;
        self.squares.iter_mut().zip(&self.z).for_each(|(s, z)| *s = (z * z) as f32);
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

    /// The `index`-th root, ascending.
    pub fn solve(&mut self, index: usize) -> Root {
        let last = self.len() - 1;
        if self.rho > 0.0 && index == last {
            return self.outer(self.at[last], Side::Above);
        }
        if self.rho < 0.0 && index == 0 {
            return self.outer(self.at[0], Side::Below);
        }
        let left = if self.rho > 0.0 { index } else { index - 1 };
        let (left, right) = (self.at[left], self.at[left + 1]);
        let gap = self.d[right] - self.d[left];
        let middle = 0.5 * gap;
        // On which side of the middle the root lies. So near to it that rounding decides, either will do.
        self.measure_from(left);
        let sums = self.coarse(middle);
        let (origin, other, side) =
            if sums.value >= 0.0 { (left, right, Side::Above) } else { (right, left, Side::Below) };
        let near = self.z[origin] * self.z[origin];
        let far = self.z[other] * self.z[other];
        let model = |x: f64, g: Sums| inner_step(x, g, gap, near, far);
        if side == Side::Below {
            self.measure_from(right);
        }
        let high = middle * (1.0 + 1e-3);
        let x = self.approach(side, model(middle, sums.towards(side)), high, model);
        self.search(origin, side, x, high, CUBIC, model)
    }

    /// The root beyond all poles, at most |ρ| away from the outermost.
    fn outer(&mut self, origin: usize, side: Side) -> Root {
        let bound = self.rho.abs();
        // With all poles on one side: c − s/x with the same value and slope.
        let model = |x: f64, g: Sums| g.first * x * x / (g.value + g.first * x);
        // A hair beyond, as ‖z‖ is 1 only to rounding.
        let high = bound * (1.0 + 1e-12);
        self.measure_from(origin);
        let x = self.approach(side, bound, high, model);
        self.search(origin, side, x, high, SQUARE, model)
    }

    /// One step in single precision from `x`, or `x` itself if it is no place to begin from.
    fn approach(&self, side: Side, x: f64, high: f64, model: impl Fn(f64, Sums) -> f64) -> f64 {
        let x = if 0.0 < x && x < high { x } else { 0.5 * high };
        let next = model(x, self.coarse(signed(side, x)).towards(side));
        if 0.0 < next && next < high { next } else { x }
    }

    /// Steps from `x` to the root in `0..=high`, the last of which is shorter than `close` times x.
    fn search(
        &mut self,
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
        let mut sums = evaluate(&self.d, &self.z, self.d[origin], offset);
        sums.value += 1.0 / self.rho;
        sums
    }

    /// Sets the origin of [`Poles::coarse`].
    fn measure_from(&mut self, origin: usize) {
        subtract(&self.d, self.d[origin], &mut self.distances);
    }

    /// h and its derivatives in single precision.
    fn coarse(&self, offset: f64) -> Sums {
        let mut sums = coarse(&self.distances, &self.squares, offset as f32);
        sums.value += 1.0 / self.rho;
        sums
    }
}

fn signed(side: Side, distance: f64) -> f64 {
    match side {
        Side::Above => distance,
        Side::Below => -distance,
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
fn inner_step(x: f64, g: Sums, gap: f64, near: f64, far: f64) -> f64 {
    let rest = gap - x;
    let t_slope = (g.second * x + g.first) * rest / gap;
    let t = (t_slope * rest * rest).max(far);
    let s = ((g.first - t_slope) * x * x).max(near);
    let c = g.value + s / x - t / rest;
    let b = c * gap + s + t;
    // b² − 4csΔ, written so that nothing cancels.
    let root = ((c * gap - s + t).powi(2) + 4.0 * s * t).sqrt();
    if b > 0.0 { 2.0 * s * gap / (b + root) } else { (b - root) / (2.0 * c) }
}

/// The sums without 1/ρ.
#[inline(always)]
fn evaluate_body(d: &[f64], z: &[f64], origin: f64, offset: f64) -> Sums {
    let (mut value, mut first, mut second) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for (d, z) in d.as_chunks::<LANES>().0.iter().zip(z.as_chunks::<LANES>().0) {
        for i in 0..LANES {
            let inverse = 1.0 / ((d[i] - origin) - offset);
            let weight = z[i] * inverse;
            let square = weight * weight;
            value[i] += z[i] * weight;
            first[i] += square;
            second[i] += square * inverse;
        }
    }
    let sum = |lanes: [f64; LANES]| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    Sums { value: sum(value), first: sum(first), second: sum(second) }
}

/// The same in single precision, from z² and the distances.
#[inline(always)]
fn coarse_body(distances: &[f32], squares: &[f32], offset: f32) -> Sums {
    let (mut value, mut first, mut second) = ([0.0; GROUP], [0.0; GROUP], [0.0; GROUP]);
    for (d, z2) in distances.as_chunks::<GROUP>().0.iter().zip(squares.as_chunks::<GROUP>().0) {
        for i in 0..GROUP {
            let inverse = 1.0 / (d[i] - offset);
            let term = z2[i] * inverse;
            let square = term * inverse;
            value[i] += term;
            first[i] += square;
            second[i] += square * inverse;
        }
    }
    let sum = |x: [f32; GROUP]| f64::from(((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7])));
    Sums { value: sum(value), first: sum(first), second: sum(second) }
}

/// z_j / (d_j − μ), and the sum of their squares.
#[inline(always)]
fn weigh_body(d: &[f64], z: &[f64], weights: &mut [f64], origin: f64, offset: f64) -> f64 {
    let mut sums = [0.0; LANES];
    let groups = d.as_chunks::<LANES>().0.iter().zip(z.as_chunks::<LANES>().0);
    for ((d, z), weights) in groups.zip(weights.as_chunks_mut::<LANES>().0) {
        for i in 0..LANES {
            weights[i] = z[i] / ((d[i] - origin) - offset);
            sums[i] += weights[i] * weights[i];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

#[inline(always)]
fn subtract_body(d: &[f64], origin: f64, out: &mut [f32]) {
    out.iter_mut().zip(d).for_each(|(out, d)| *out = (d - origin) as f32);
}

dispatch! {
    fn evaluate(d: &[f64], z: &[f64], origin: f64, offset: f64) -> Sums = evaluate_body
}

dispatch! {
    fn coarse(distances: &[f32], squares: &[f32], offset: f32) -> Sums = coarse_body
}

dispatch! {
    fn weigh(d: &[f64], z: &[f64], weights: &mut [f64], origin: f64, offset: f64) -> f64 = weigh_body
}

dispatch! {
    fn subtract(d: &[f64], origin: f64, out: &mut [f32]) = subtract_body
}
