//! One root of the secular equation `h(μ) = 1/ρ + Σ z_j² / (d_j − μ) = 0`.
//!
//! Between two neighbouring poles h rises from −∞ to +∞. A root is found as its distance x from the nearer
//! pole, so that all `d_j − μ` are exact to the last digits however near it lies. Each step replaces h by
//! `c − s/x + t/(Δ − x)` with the same value and the same two derivatives, whose root is that of a quadratic
//! (Gragg's scheme; it converges cubically), within a bracket that shrinks whatever the step does.

use crate::linalg::simd::dispatch;

/// Sums are kept in this many parts.
const LANES: usize = 4;

/// Entry that fills the poles up to whole groups: its terms are zero.
const FAR: f64 = 1e300;

/// A step that changes the distance from the pole by less than this is the last.
const TOLERANCE: f64 = 1e-12;

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
    /// h'(μ) = Σ z_j² / (d_j − μ)², the squared norm of the eigenvector before it is scaled.
    pub slope: f64,
}

/// The poles with their weights z, filled up to whole groups of [`LANES`].
#[derive(Debug)]
pub struct Poles {
    d: Vec<f64>,
    z: Vec<f64>,
    /// z_j / (d_j − μ) of the last evaluation.
    weights: Vec<f64>,
    len: usize,
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
    pub fn new(n: usize) -> Self {
        let room = n + LANES;
        Self {
            d: Vec::with_capacity(room),
            z: Vec::with_capacity(room),
            weights: Vec::with_capacity(room),
            len: 0,
            rho: 1.0,
        }
    }

    pub fn clear(&mut self) {
        self.d.clear();
        self.z.clear();
        self.len = 0;
    }

    pub fn push(&mut self, d: f64, z: f64) {
        self.d.push(d);
        self.z.push(z);
        self.len += 1;
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Least distance of two neighbours; infinite if there are none.
    pub fn least_gap(&self) -> f64 {
        self.d[..self.len].windows(2).map(|d| d[1] - d[0]).fold(f64::INFINITY, f64::min)
    }

    /// Closes the list; ρ is for ‖z‖ = 1.
    pub fn finish(&mut self, rho: f64) {
        self.rho = rho;
        let padded = self.len.next_multiple_of(LANES);
        self.d.resize(padded, FAR);
        self.z.resize(padded, 0.0);
        self.weights.resize(padded, 0.0);
    }

    /// z_j / (d_j − μ) for the μ evaluated last.
    pub fn weights(&self) -> &[f64] {
        &self.weights[..self.len]
    }

    /// The eigenvalue.
    pub fn value(&self, root: &Root) -> f64 {
        self.d[root.origin] + root.offset
    }

    /// d_j − μ to full relative precision.
    fn difference(&self, j: usize, root: &Root) -> f64 {
        (self.d[j] - self.d[root.origin]) - root.offset
    }

    /// Evaluates the weights of `root` anew, with `z` in place of the poles' own.
    pub fn weigh(&mut self, root: &Root, z: &[f64]) {
        for (j, z) in z.iter().enumerate() {
            self.weights[j] = z / self.difference(j, root);
        }
    }

    /// Löwner's z_j: the one for which `roots` are the exact eigenvalues.
    pub fn lowner(&self, j: usize, roots: &[Root]) -> f64 {
        let mut product = -self.difference(j, &roots[j]) / self.rho;
        for (k, root) in roots.iter().enumerate().filter(|(k, _)| *k != j) {
            product *= self.difference(j, root) / (self.d[j] - self.d[k]);
        }
        product.abs().sqrt().copysign(self.z[j])
    }

    /// The `index`-th root, ascending. Leaves its weights behind.
    pub fn solve(&mut self, index: usize) -> Root {
        let last = self.len - 1;
        if self.rho > 0.0 && index == last {
            return self.outer(last, Side::Above);
        }
        if self.rho < 0.0 && index == 0 {
            return self.outer(0, Side::Below);
        }
        let left = if self.rho > 0.0 { index } else { index - 1 };
        let gap = self.d[left + 1] - self.d[left];
        let middle = 0.5 * gap;
        let sums = self.evaluate(left, middle);
        let (origin, other, side) =
            if sums.value >= 0.0 { (left, left + 1, Side::Above) } else { (left + 1, left, Side::Below) };
        let near = self.z[origin] * self.z[origin];
        let far = self.z[other] * self.z[other];
        let model = |x: f64, g: Sums| inner_step(x, g, gap, near, far);
        self.search(origin, side, middle, sums, middle, model)
    }

    /// The root beyond all poles, at most |ρ| away from the outermost.
    fn outer(&mut self, origin: usize, side: Side) -> Root {
        let bound = self.rho.abs();
        let sums = self.evaluate(origin, signed(side, bound));
        // With all poles on one side: c − s/x with the same value and slope.
        let model = |x: f64, g: Sums| g.first * x * x / (g.value + g.first * x);
        // A hair beyond, as ‖z‖ is 1 only to rounding.
        self.search(origin, side, bound, sums, bound * (1.0 + 1e-12), model)
    }

    /// Steps from `x`, where the sums are known, to the root in `0..=high`.
    fn search(
        &mut self,
        origin: usize,
        side: Side,
        mut x: f64,
        mut sums: Sums,
        mut high: f64,
        model: impl Fn(f64, Sums) -> f64,
    ) -> Root {
        let mut low = 0.0;
        for step in 0..MAX_STEPS + MAX_HALVINGS {
            // As a function of x, which rises from −∞ on either side of a pole.
            let g = sums.towards(side);
            if g.value >= 0.0 {
                high = high.min(x);
            } else {
                low = x;
            }
            if g.value.abs() <= TOLERANCE * x * g.first || (step >= PATIENCE && self.is_noise(g.value)) {
                break;
            }
            let mut next = if step < MAX_STEPS { model(x, g) } else { f64::NAN };
            if !(low < next && next < high) {
                // A root of any magnitude may be left: halve the exponent's range, not the bracket.
                next = if low > 0.0 { (low * high).sqrt() } else { high * 2f64.powi(-10) };
            }
            if next == x || !(low < next && next < high) {
                break;
            }
            x = next;
            sums = self.evaluate(origin, signed(side, x));
        }
        Root { origin, offset: signed(side, x), slope: sums.first }
    }

    /// True if a value of h is no more than the rounding of its terms.
    fn is_noise(&self, value: f64) -> bool {
        let terms: f64 = self.z.iter().zip(&self.weights).map(|(z, w)| (z * w).abs()).sum();
        value.abs() <= 4.0 * f64::EPSILON * (terms + 1.0 / self.rho.abs())
    }

    /// h and its derivatives at `d[origin] + offset`; keeps the weights.
    fn evaluate(&mut self, origin: usize, offset: f64) -> Sums {
        let mut sums = evaluate(&self.d, &self.z, &mut self.weights, self.d[origin], offset);
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

/// The sums without 1/ρ, and z_j / (d_j − μ) into `weights`.
#[inline(always)]
fn evaluate_body(d: &[f64], z: &[f64], weights: &mut [f64], origin: f64, offset: f64) -> Sums {
    let (mut value, mut first, mut second) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    let groups = d.chunks_exact(LANES).zip(z.chunks_exact(LANES)).zip(weights.chunks_exact_mut(LANES));
    for ((d, z), weights) in groups {
        for i in 0..LANES {
            let inverse = 1.0 / ((d[i] - origin) - offset);
            let weight = z[i] * inverse;
            let square = weight * weight;
            weights[i] = weight;
            value[i] += z[i] * weight;
            first[i] += square;
            second[i] += square * inverse;
        }
    }
    let sum = |lanes: [f64; LANES]| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    Sums { value: sum(value), first: sum(first), second: sum(second) }
}

dispatch! {
    /// [`evaluate_body`] for the widest vectors that the machine has.
    fn evaluate(d: &[f64], z: &[f64], weights: &mut [f64], origin: f64, offset: f64) -> Sums = evaluate_body
}
