//! The backend to compare with: every primitive in the plainest way, in double precision.
//!
//! It serves the tests of other backends, natively and in browsers; nothing is trained on it.

use super::Csr;
use super::backend::{
    Backend, Binary, Block, Buffer, Conv2d, Gemm, Indices, PADDING, Reduction, Sparse, Unary, View,
};
use super::update::{AdagradStep, AdamStep};
use crate::error::Result;
use crate::task::LocalFuture;
use std::cell::{RefCell, RefMut};
use std::rc::Rc;

type Stored = RefCell<Vec<f64>>;

/// Naive loops in double precision; see [`Backend`].
#[derive(Debug, Default, Clone, Copy)]
pub struct Reference;

impl Reference {
    /// A new buffer with values in double precision: what finite differences need.
    pub fn upload_f64(&self, values: &[f64]) -> Buffer {
        Buffer::new(Rc::new(RefCell::new(values.to_vec())), values.len())
    }

    /// The values of a buffer, not rounded to single precision.
    pub fn values(&self, buffer: &Buffer) -> Vec<f64> {
        buffer.open::<Stored>().borrow().clone()
    }
}

fn read(buffer: &Buffer) -> Vec<f64> {
    buffer.open::<Stored>().borrow().clone()
}

fn write(buffer: &Buffer) -> RefMut<'_, Vec<f64>> {
    buffer.open::<Stored>().borrow_mut()
}

fn unary(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Relu => x.max(0.0),
        Unary::Tanh => x.tanh(),
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::LogSigmoid => -(1.0 + (-x).exp()).ln(),
        Unary::Exp => x.exp(),
        Unary::Ln => x.ln(),
        Unary::Sqrt => x.sqrt(),
        Unary::Square => x.powi(2),
        Unary::Max(c) => x.max(f64::from(c)),
        Unary::Affine { scale, shift } => f64::from(scale) * x + f64::from(shift),
    }
}

fn slope(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Relu => f64::from(x > 0.0),
        Unary::Tanh => 1.0 / x.cosh().powi(2),
        Unary::Sigmoid => (-x).exp() / (1.0 + (-x).exp()).powi(2),
        Unary::LogSigmoid => 1.0 / (1.0 + x.exp()),
        Unary::Exp => x.exp(),
        Unary::Ln => 1.0 / x,
        Unary::Sqrt => 0.5 / x.sqrt(),
        Unary::Square => 2.0 * x,
        Unary::Max(c) => f64::from(x > f64::from(c)),
        Unary::Affine { scale, .. } => f64::from(scale),
    }
}

fn binary(op: Binary, a: f64, b: f64) -> f64 {
    match op {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
    }
}

/// Calls `visit(out, weight, input)` with the places of all products that make up a convolution.
fn convolve(s: &Conv2d, mut visit: impl FnMut(usize, usize, usize)) {
    let (rows, columns) = s.output();
    for n in 0..s.batch {
        for o in 0..s.channels_out {
            for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
                for c in 0..s.channels_in {
                    for (ky, kx) in (0..s.kernel).flat_map(|y| (0..s.kernel).map(move |x| (y, x))) {
                        let (iy, ix) = (y * s.stride + ky, x * s.stride + kx);
                        let (Some(iy), Some(ix)) = (iy.checked_sub(s.padding), ix.checked_sub(s.padding))
                        else {
                            continue;
                        };
                        if iy < s.height && ix < s.width {
                            visit(
                                ((n * s.channels_out + o) * rows + y) * columns + x,
                                ((o * s.channels_in + c) * s.kernel + ky) * s.kernel + kx,
                                ((n * s.channels_in + c) * s.height + iy) * s.width + ix,
                            );
                        }
                    }
                }
            }
        }
    }
}

impl Backend for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn alloc(&self, len: usize) -> Buffer {
        self.upload_f64(&vec![f64::NAN; len])
    }

    fn upload(&self, values: &[f32]) -> Buffer {
        self.upload_f64(&values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>())
    }

    fn write(&self, values: &[f32], out: &Buffer) {
        assert_eq!(values.len(), out.len());
        write(out).iter_mut().zip(values).for_each(|(out, &v)| *out = f64::from(v));
    }

    fn upload_indices(&self, indices: &[u32]) -> Indices {
        Indices::new(Rc::new(indices.to_vec()), indices.len())
    }

    fn upload_csr(&self, matrix: &Csr) -> Sparse {
        Sparse::new(Rc::new(matrix.clone()), matrix.nnz())
    }

    fn download<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(async { Ok(read(buffer).into_iter().map(|v| v as f32).collect()) })
    }

    fn fill(&self, value: f32, out: &Buffer) {
        write(out).fill(f64::from(value));
    }

    fn copy(&self, x: &Buffer, out: &Buffer) {
        write(out).copy_from_slice(&read(x));
    }

    fn copy_block(&self, b: Block, x: &Buffer, out: &Buffer) {
        let (x, mut out) = (read(x), write(out));
        for (r, c) in (0..b.rows).flat_map(|r| (0..b.width).map(move |c| (r, c))) {
            out[r * b.to_columns + b.to + c] = x[r * b.from_columns + b.from + c];
        }
    }

    fn axpy(&self, alpha: f32, x: &Buffer, y: &Buffer) {
        write(y).iter_mut().zip(read(x)).for_each(|(y, x)| *y += f64::from(alpha) * x);
    }

    fn gemm(&self, g: Gemm, a: &Buffer, b: &Buffer, c: &Buffer) {
        let (a, b, mut c) = (read(a), read(b), write(c));
        for (i, j) in (0..g.m).flat_map(|i| (0..g.n).map(move |j| (i, j))) {
            let mut sum = 0.0;
            for l in 0..g.k {
                let left = if g.transpose_a { a[l * g.m + i] } else { a[i * g.k + l] };
                let right = if g.transpose_b { b[j * g.k + l] } else { b[l * g.n + j] };
                sum += left * right;
            }
            let old = if g.beta == 0.0 { 0.0 } else { f64::from(g.beta) * c[i * g.n + j] };
            c[i * g.n + j] = f64::from(g.alpha) * sum + old;
        }
    }

    fn conv2d(&self, s: &Conv2d, input: &Buffer, weight: &Buffer, out: &Buffer) {
        let (x, w, mut y) = (read(input), read(weight), write(out));
        y.fill(0.0);
        convolve(s, |o, k, i| y[o] += w[k] * x[i]);
    }

    fn conv2d_grad_input(&self, s: &Conv2d, grad: &Buffer, weight: &Buffer, out: &Buffer) {
        let (dy, w, mut dx) = (read(grad), read(weight), write(out));
        dx.fill(0.0);
        convolve(s, |o, k, i| dx[i] += w[k] * dy[o]);
    }

    fn conv2d_grad_weight(&self, s: &Conv2d, input: &Buffer, grad: &Buffer, out: &Buffer) {
        let (x, dy, mut dw) = (read(input), read(grad), write(out));
        dw.fill(0.0);
        convolve(s, |o, k, i| dw[k] += x[i] * dy[o]);
    }

    fn gather(&self, dim: usize, table: &Buffer, indices: &Indices, out: &Buffer) {
        let (table, mut out) = (read(table), write(out));
        for (r, &index) in indices.open::<Vec<u32>>().iter().enumerate() {
            for c in 0..dim {
                out[r * dim + c] = if index == PADDING { 0.0 } else { table[index as usize * dim + c] };
            }
        }
    }

    fn scatter_add(&self, dim: usize, rows: &Buffer, indices: &Indices, table: &Buffer) {
        let (rows, mut table) = (read(rows), write(table));
        for (r, &index) in indices.open::<Vec<u32>>().iter().enumerate().filter(|(_, i)| **i != PADDING) {
            (0..dim).for_each(|c| table[index as usize * dim + c] += rows[r * dim + c]);
        }
    }

    fn spmm(&self, dim: usize, a: &Sparse, dense: &Buffer, out: &Buffer) {
        let (a, dense, mut out) = (a.open::<Csr>(), read(dense), write(out));
        out.fill(0.0);
        for r in 0..a.nrows() {
            let (columns, values) = a.row(r);
            for (&k, &v) in columns.iter().zip(values) {
                (0..dim).for_each(|c| out[r * dim + c] += f64::from(v) * dense[k as usize * dim + c]);
            }
        }
    }

    fn transpose(&self, rows: usize, columns: usize, x: &Buffer, out: &Buffer) {
        let (x, mut out) = (read(x), write(out));
        for (r, c) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
            out[c * rows + r] = x[r * columns + c];
        }
    }

    fn unary(&self, op: Unary, x: &Buffer, out: &Buffer) {
        write(out).iter_mut().zip(read(x)).for_each(|(out, x)| *out = unary(op, x));
    }

    fn unary_grad(&self, op: Unary, x: &Buffer, grad: &Buffer, out: &Buffer) {
        let pairs = read(x).into_iter().zip(read(grad));
        write(out).iter_mut().zip(pairs).for_each(|(out, (x, g))| *out = slope(op, x) * g);
    }

    fn binary(&self, op: Binary, a: &Buffer, b: &Buffer, out: &Buffer) {
        let pairs = read(a).into_iter().zip(read(b));
        write(out).iter_mut().zip(pairs).for_each(|(out, (a, b))| *out = binary(op, a, b));
    }

    fn broadcast(&self, op: Binary, view: View, x: &Buffer, v: &Buffer, out: &Buffer) {
        let (x, v, mut out) = (read(x), read(v), write(out));
        for (at, out) in out.iter_mut().enumerate() {
            *out = binary(op, x[at], v[at / view.inner % view.mid]);
        }
    }

    fn reduce(&self, op: Reduction, view: View, x: &Buffer, out: &Buffer) {
        let (x, mut out) = (read(x), write(out));
        out.fill(if op == Reduction::Sum { 0.0 } else { f64::NEG_INFINITY });
        for (at, x) in x.into_iter().enumerate() {
            let m = at / view.inner % view.mid;
            out[m] = if op == Reduction::Sum { out[m] + x } else { out[m].max(x) };
        }
    }

    fn sgd(&self, rate: f32, values: &Buffer, grad: &Buffer) {
        self.axpy(-rate, grad, values);
    }

    fn adagrad(&self, step: AdagradStep, values: &Buffer, squares: &Buffer, grad: &Buffer) {
        let (mut values, mut squares) = (write(values), write(squares));
        for ((value, r), g) in values.iter_mut().zip(squares.iter_mut()).zip(read(grad)) {
            *r += g * g;
            *value -= f64::from(step.rate) * g / (r.sqrt() + f64::from(step.epsilon));
        }
    }

    fn adam(&self, step: AdamStep, values: &Buffer, moments: [&Buffer; 2], grad: &Buffer) {
        let (mut values, mut first, mut second) = (write(values), write(moments[0]), write(moments[1]));
        for (i, g) in read(grad).into_iter().enumerate() {
            first[i] = f64::from(step.beta1) * first[i] + f64::from(step.keep1) * g;
            second[i] = f64::from(step.beta2) * second[i] + f64::from(step.keep2) * g * g;
            let root = second[i].sqrt() * f64::from(step.root) + f64::from(step.epsilon);
            values[i] -= f64::from(step.rate) * first[i] / root;
        }
    }
}
