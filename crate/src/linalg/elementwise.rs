//! Entry-by-entry functions, broadcasts and reductions in single precision.

use super::backend::{Binary, Reduction, Unary, View};
use super::exp::exp;
use super::simd::{dispatch, larger};

/// The value of a function of one variable.
#[inline(always)]
fn value(op: Unary, x: f32) -> f32 {
    match op {
        Unary::Relu => larger(x, 0.0),
        Unary::Tanh => x.tanh(),
        Unary::Sigmoid => sigmoid(x),
        // ln σ(x) = min(x, 0) − ln(1 + e^−|x|): nothing overflows.
        Unary::LogSigmoid => -larger(-x, 0.0) - (-x.abs()).exp().ln_1p(),
        Unary::Exp => exp(x),
        Unary::Ln => x.ln(),
        Unary::Sqrt => x.sqrt(),
        Unary::Square => x * x,
        Unary::Max(c) => larger(x, c),
        Unary::Affine { scale, shift } => scale * x + shift,
    }
}

/// Its derivative.
#[inline(always)]
fn slope(op: Unary, x: f32) -> f32 {
    match op {
        Unary::Relu => f32::from(u8::from(x > 0.0)),
        Unary::Tanh => 1.0 - x.tanh() * x.tanh(),
        Unary::Sigmoid => sigmoid(x) * sigmoid(-x),
        Unary::LogSigmoid => sigmoid(-x),
        Unary::Exp => exp(x),
        Unary::Ln => 1.0 / x,
        Unary::Sqrt => 0.5 / x.sqrt(),
        Unary::Square => 2.0 * x,
        Unary::Max(c) => f32::from(u8::from(x > c)),
        Unary::Affine { scale, .. } => scale,
    }
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The same loop once for each function, so that none decides anything. Plain loops: as closures they would be
/// compiled apart, without the wider instructions.
macro_rules! each_unary {
    ($op:ident, $body:block) => {
        match $op {
            Unary::Exp => {
                let $op = Unary::Exp;
                $body
            }
            Unary::Relu => {
                let $op = Unary::Relu;
                $body
            }
            Unary::Sqrt => {
                let $op = Unary::Sqrt;
                $body
            }
            Unary::Square => {
                let $op = Unary::Square;
                $body
            }
            Unary::Max(c) => {
                let $op = Unary::Max(c);
                $body
            }
            Unary::Affine { scale, shift } => {
                let $op = Unary::Affine { scale, shift };
                $body
            }
            // These spend their time in the function, not in the loop.
            Unary::Tanh | Unary::Sigmoid | Unary::LogSigmoid | Unary::Ln => $body,
        }
    };
}

#[inline(always)]
fn unary_body(op: Unary, x: &[f32], out: &mut [f32]) {
    each_unary!(op, {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = value(op, x);
        }
    });
}

#[inline(always)]
fn unary_grad_body(op: Unary, x: &[f32], grad: &[f32], out: &mut [f32]) {
    each_unary!(op, {
        for ((out, &x), g) in out.iter_mut().zip(x).zip(grad) {
            *out = slope(op, x) * g;
        }
    });
}

#[inline(always)]
fn join(a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = f(a, b);
    }
}

#[inline(always)]
fn join_one(x: &[f32], v: f32, out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = f(x, v);
    }
}

#[inline(always)]
fn binary_body(op: Binary, a: &[f32], b: &[f32], out: &mut [f32]) {
    match op {
        Binary::Add => join(a, b, out, |a, b| a + b),
        Binary::Sub => join(a, b, out, |a, b| a - b),
        Binary::Mul => join(a, b, out, |a, b| a * b),
        Binary::Div => join(a, b, out, |a, b| a / b),
    }
}

#[inline(always)]
fn broadcast_body(op: Binary, view: View, x: &[f32], v: &[f32], out: &mut [f32]) {
    if view.is_empty() {
        return;
    }
    if view.inner == 1 {
        // Each row against the whole of v.
        for (x, out) in x.chunks_exact(view.mid).zip(out.chunks_exact_mut(view.mid)) {
            binary_body(op, x, v, out);
        }
        return;
    }
    for (i, (x, out)) in x.chunks_exact(view.inner).zip(out.chunks_exact_mut(view.inner)).enumerate() {
        let v = v[i % view.mid];
        match op {
            Binary::Add => join_one(x, v, out, |a, b| a + b),
            Binary::Sub => join_one(x, v, out, |a, b| a - b),
            Binary::Mul => join_one(x, v, out, |a, b| a * b),
            Binary::Div => join_one(x, v, out, |a, b| a / b),
        }
    }
}

/// Running results of a reduction: two 4-wide registers of WebAssembly, one 8-wide of AVX.
const LANES: usize = 8;

#[inline(always)]
fn fold(x: &[f32], start: f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; LANES];
    let blocks = x.chunks_exact(LANES);
    let rest = blocks.remainder().iter().fold(start, |sum, &x| join(sum, x));
    for block in blocks {
        (0..LANES).for_each(|lane| lanes[lane] = join(lanes[lane], block[lane]));
    }
    lanes.into_iter().fold(rest, join)
}

#[inline(always)]
fn reduce_with(view: View, x: &[f32], out: &mut [f32], start: f32, join: impl Fn(f32, f32) -> f32 + Copy) {
    out.fill(start);
    if view.is_empty() {
        return;
    }
    if view.inner == 1 {
        for x in x.chunks_exact(view.mid) {
            out.iter_mut().zip(x).for_each(|(sum, &x)| *sum = join(*sum, x));
        }
        return;
    }
    for (i, x) in x.chunks_exact(view.inner).enumerate() {
        let sum = &mut out[i % view.mid];
        *sum = join(*sum, fold(x, start, join));
    }
}

#[inline(always)]
fn reduce_body(op: Reduction, view: View, x: &[f32], out: &mut [f32]) {
    match op {
        Reduction::Sum => reduce_with(view, x, out, 0.0, |a, b| a + b),
        Reduction::Max => reduce_with(view, x, out, f32::NEG_INFINITY, f32::max),
    }
}

#[inline(always)]
fn axpy_body(alpha: f32, x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += alpha * x;
    }
}

dispatch! {
    /// `out ← f(x)`.
    pub(crate) fn unary(op: Unary, x: &[f32], out: &mut [f32]) = unary_body
}
dispatch! {
    /// `out ← f′(x) · grad`.
    pub(crate) fn unary_grad(op: Unary, x: &[f32], grad: &[f32], out: &mut [f32]) = unary_grad_body
}
dispatch! {
    /// `out ← f(a, b)`.
    pub(crate) fn binary(op: Binary, a: &[f32], b: &[f32], out: &mut [f32]) = binary_body
}
dispatch! {
    /// `out[o, m, i] ← f(x[o, m, i], v[m])`.
    pub(crate) fn broadcast(op: Binary, view: View, x: &[f32], v: &[f32], out: &mut [f32]) = broadcast_body
}
dispatch! {
    /// Sums or maxima over the outer and inner axis.
    pub(crate) fn reduce(op: Reduction, view: View, x: &[f32], out: &mut [f32]) = reduce_body
}
dispatch! {
    /// `y ← y + α x`.
    pub(crate) fn axpy(alpha: f32, x: &[f32], y: &mut [f32]) = axpy_body
}
