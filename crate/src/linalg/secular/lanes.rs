//! Several neighbouring roots at once, each in a lane of its own.
//!
//! Every root takes the same few steps, none of which branches: twice the sums in single precision, once in
//! double. After the sums at a point, all that changes quickly between there and the root are the terms of
//! the two poles on both sides; the rest is as good as a parabola. So after Gragg's step the two terms are
//! evaluated anew, the parabola continued, and another step taken without another sum over all poles. That
//! leaves 3 in 200 roots that the last step still moves by more than [`SHORT`] (Barabási–Albert graphs); these,
//! and whatever else does not go its ordinary way, are left to the scalar search.

use super::root::{Poles, Root, Side, Sums, inner_step};
use crate::linalg::simd::dispatch;

/// Roots at once.
pub const ROOTS: usize = 8;

/// A last step shorter than this, relative to the distance from the pole, leaves an error of about its third
/// power; as much is left in the terms, which are not divided anew but continued by a geometric series.
const SHORT: f64 = 1e-4;

/// Of the first pass: steps for one sum over all poles. Of the second, one is as good.
const STEPS: usize = 2;

/// A value of each root.
type Each<T = f64> = [T; ROOTS];

/// Roots between their poles, with distances measured from the nearer pole towards the other.
#[derive(Debug, Clone, Copy)]
pub struct Lanes {
    left: Each<usize>,
    right: Each<usize>,
    /// +1 if the root is measured from its left pole, −1 from the right.
    sign: Each,
    x: Each,
    gap: Each,
    /// z² of the pole it is measured from, and of the other.
    near: Each,
    far: Each,
}

/// [`Sums`] of each lane.
#[derive(Debug, Clone, Copy)]
struct EachSums {
    value: Each,
    first: Each,
    second: Each,
}

/// Where the poles are, each pole less an origin of each lane: twice in single precision, so that what is left
/// of their differences is as exact as single precision can be.
#[derive(Debug)]
pub struct Single {
    high: Vec<f32>,
    low: Vec<f32>,
    squares: Vec<f32>,
}

impl Single {
    /// Room for `n` columns.
    pub fn new(n: usize) -> Self {
        Self { high: vec![0.0; n], low: vec![0.0; n], squares: vec![0.0; n] }
    }

    /// Takes the poles over; `far` and beyond is no pole.
    pub fn set(&mut self, d: &[f64], z: &[f64], far: f64) {
        for j in 0..self.high.len() {
            let high = if d[j] < far { d[j] as f32 } else { 1e30 };
            self.high[j] = high;
            self.low[j] = if d[j] < far { (d[j] - f64::from(high)) as f32 } else { 0.0 };
            self.squares[j] = (z[j] * z[j]) as f32;
        }
    }
}

impl Lanes {
    /// Begins with the roots between the given columns and the next pole's; lanes without one repeat the first.
    pub fn begin(poles: &Poles, single: &Single, pairs: &[[usize; 2]]) -> Self {
        let pair = |i: usize| *pairs.get(i).unwrap_or(&pairs[0]);
        let (left, right) = (std::array::from_fn(|i| pair(i)[0]), std::array::from_fn(|i| pair(i)[1]));
        let gap: Each = std::array::from_fn(|i| poles.pole(right[i]) - poles.pole(left[i]));
        let zeros = [0.0; ROOTS];
        let mut lanes =
            Self { left, right, sign: [1.0; ROOTS], x: gap.map(|g| 0.5 * g), gap, near: zeros, far: zeros };
        let sums = lanes.single(poles, single, &left);
        for i in 0..ROOTS {
            lanes.sign[i] = if sums.value[i] >= 0.0 { 1.0 } else { -1.0 };
            let squares = [left[i], right[i]].map(|j| poles.square(j));
            let [near, far] = if sums.value[i] >= 0.0 { squares } else { [squares[1], squares[0]] };
            (lanes.near[i], lanes.far[i]) = (near, far);
        }
        lanes.advance::<STEPS>(&sums);
        let origins = std::array::from_fn(|i| lanes.origin(i));
        let sums = lanes.single(poles, single, &origins);
        lanes.advance::<1>(&sums);
        lanes
    }

    fn origin(&self, lane: usize) -> usize {
        if self.sign[lane] > 0.0 { self.left[lane] } else { self.right[lane] }
    }

    fn side(&self, lane: usize) -> Side {
        if self.sign[lane] > 0.0 { Side::Above } else { Side::Below }
    }

    /// h and its derivatives in single precision, as they are, not as seen from a side.
    fn single(&self, poles: &Poles, single: &Single, origins: &Each<usize>) -> EachSums {
        let high = origins.map(|o| single.high[o]);
        let low = origins.map(|o| single.low[o]);
        let offset: Each<f32> = std::array::from_fn(|i| (self.sign[i] * self.x[i]) as f32);
        let [value, first, second] =
            single_sums(&single.high, &single.low, &single.squares, &[high, low, offset]);
        let constant = poles.constant();
        EachSums {
            value: value.map(|v| f64::from(v) + constant),
            first: first.map(f64::from),
            second: second.map(f64::from),
        }
    }

    /// Steps from `x`; one that leaves the bracket is not taken.
    fn advance<const S: usize>(&mut self, sums: &EachSums) {
        let next = match S {
            1 => step_once(self, sums),
            _ => step_twice(self, sums),
        };
        self.x = next;
    }

    /// The roots, and the inverses of `d_j − μ` at a point from which `step` leads to each (0: at the root).
    pub fn finish(&self, poles: &Poles, count: usize, inverses: &mut [f64]) -> Each<(Root, f64)> {
        let padded = inverses.len() / ROOTS;
        let mut sums = EachSums { value: [1.0; ROOTS], first: [1.0; ROOTS], second: [1.0; ROOTS] };
        for (i, inverses) in inverses.chunks_exact_mut(padded).enumerate().take(count) {
            let g = poles.evaluate_with_inverses(self.origin(i), self.sign[i] * self.x[i], inverses);
            (sums.value[i], sums.first[i], sums.second[i]) = (g.value, g.first, g.second);
        }
        let next = step_once(self, &sums);
        let mut out = [(Root::at(0, 0.0), 0.0); ROOTS];
        for (i, inverses) in inverses.chunks_exact_mut(padded).enumerate().take(count) {
            let step = next[i] - self.x[i];
            // A step that was not taken is 0 and says nothing.
            let converged = step.abs() <= SHORT * self.x[i] && step != 0.0;
            out[i] = if converged {
                (Root::at(self.origin(i), self.sign[i] * next[i]), self.sign[i] * step)
            } else {
                let root = poles.search_inner(
                    self.origin(i),
                    self.side(i),
                    next[i],
                    self.gap[i],
                    self.near[i],
                    self.far[i],
                );
                poles.invert(&root, inverses);
                (root, 0.0)
            };
        }
        out
    }
}

/// `sums` as seen from the side of a lane.
#[inline(always)]
fn seen(sums: &EachSums, sign: &Each, i: usize) -> Sums {
    Sums { value: sign[i] * sums.value[i], first: sums.first[i], second: sign[i] * sums.second[i] }
}

/// `next` if it lies between the pole and a little beyond the middle, else `x`.
#[inline(always)]
fn bracketed(next: f64, x: f64, gap: f64) -> f64 {
    if next > 0.0 && next < 0.5005 * gap { next } else { x }
}

#[inline(always)]
fn step_once_body(lanes: &Lanes, sums: &EachSums) -> Each {
    let mut out = [0.0; ROOTS];
    for (i, out) in out.iter_mut().enumerate() {
        let (x, gap) = (lanes.x[i], lanes.gap[i]);
        let next = inner_step(x, seen(sums, &lanes.sign, i), gap, lanes.near[i], lanes.far[i]);
        *out = bracketed(next, x, gap);
    }
    out
}

#[inline(always)]
fn step_twice_body(lanes: &Lanes, sums: &EachSums) -> Each {
    let mut out = [0.0; ROOTS];
    for (i, out) in out.iter_mut().enumerate() {
        let (x, gap, near, far) = (lanes.x[i], lanes.gap[i], lanes.near[i], lanes.far[i]);
        let g = seen(sums, &lanes.sign, i);
        let next = bracketed(inner_step(x, g, gap, near, far), x, gap);
        // The rest is a parabola; the terms of the poles on both sides are evaluated anew.
        let (here, there) = (pair(x, gap, near, far), pair(next, gap, near, far));
        let step = next - x;
        let second = g.second - here.second;
        let rest = g.first - here.first + step * second;
        let moved = Sums {
            value: g.value - here.value + step * rest + there.value,
            first: rest + step * second + there.first,
            second: second + there.second,
        };
        *out = bracketed(inner_step(next, moved, gap, near, far), next, gap);
    }
    out
}

/// The terms of the poles on both sides: `−near/x + far/(Δ − x)` and its derivatives.
#[inline(always)]
fn pair(x: f64, gap: f64, near: f64, far: f64) -> Sums {
    let (a, b) = (1.0 / x, 1.0 / (gap - x));
    let (s, t) = (near * a, far * b);
    Sums { value: t - s, first: s * a + t * b, second: t * b * b - s * a * a }
}

dispatch! {
    #[inline(never)]
    fn step_once(lanes: &Lanes, sums: &EachSums) -> Each = step_once_body
}

dispatch! {
    #[inline(never)]
    fn step_twice(lanes: &Lanes, sums: &EachSums) -> Each = step_twice_body
}

/// Σ z²/(d − μ) and with the second and third power; `points` are the origins' high and low parts and the offsets
/// from there.
#[inline(always)]
fn single_sums_body(high: &[f32], low: &[f32], squares: &[f32], points: &[Each<f32>; 3]) -> [Each<f32>; 3] {
    let (mut value, mut first, mut second) = ([0.0; ROOTS], [0.0; ROOTS], [0.0; ROOTS]);
    let [origin, rest, offset] = *points;
    for ((high, low), square) in high.iter().zip(low).zip(squares) {
        for i in 0..ROOTS {
            let inverse = 1.0 / (((high - origin[i]) + (low - rest[i])) - offset[i]);
            let term = square * inverse;
            let power = term * inverse;
            value[i] += term;
            first[i] += power;
            second[i] += power * inverse;
        }
    }
    [value, first, second]
}

dispatch! {
    #[inline(never)]
    fn single_sums(high: &[f32], low: &[f32], squares: &[f32], points: &[Each<f32>; 3]) -> [Each<f32>; 3] =
        single_sums_body
}
