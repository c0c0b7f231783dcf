//! One table of every primitive of a backend, at sizes that meet all edges. Whoever has a backend runs it
//! there and compares with [`Reference`](warren::linalg::reference::Reference).

use rand::RngExt;
use std::fmt;
use warren::error::Result;
use warren::linalg::Csr;
use warren::linalg::backend::{
    Backend, Binary, Block, Buffer, Conv2d, Gemm, PADDING, Reduction, Unary, View,
};
use warren::linalg::reference::Reference;
use warren::linalg::update::{AdagradStep, AdamStep};
use warren::rng::Seed;

/// Uploads inputs, computes, gives the results.
type Call = Box<dyn Fn(&dyn Backend) -> Vec<Buffer>>;

/// One call (or few) of a primitive, the same on every backend.
pub struct Kernel {
    /// What is called, with which sizes.
    pub name: String,
    /// How it is called.
    pub run: Call,
}

/// The largest difference between found and expected values, relative to each buffer's largest value (at least 1).
///
/// # Errors
/// What downloading says.
pub async fn error(found: &[Buffer], expected: &[Buffer], backend: &dyn Backend) -> Result<f64> {
    assert_eq!(found.len(), expected.len());
    let mut worst = 0.0_f64;
    for (found, expected) in found.iter().zip(expected) {
        let (found, expected) = (backend.download(found).await?, Reference.values(expected));
        assert_eq!(found.len(), expected.len());
        let scale = expected.iter().filter(|e| e.is_finite()).fold(1.0_f64, |m, e| m.max(e.abs()));
        for (f, e) in found.iter().zip(&expected) {
            let difference = if f64::from(*f) == *e { 0.0 } else { (f64::from(*f) - e).abs() / scale };
            worst = if difference.is_nan() { f64::INFINITY } else { worst.max(difference) };
        }
    }
    Ok(worst)
}

fn kernel(name: impl fmt::Display, run: impl Fn(&dyn Backend) -> Vec<Buffer> + 'static) -> Kernel {
    Kernel { name: name.to_string(), run: Box::new(run) }
}

/// Numbers from −1 to 1, none of them nearly 0; the same for the same name.
pub fn numbers(name: &str, len: usize) -> Vec<f32> {
    let mut rng = Seed(11).stream(name);
    (0..len)
        .map(|_| {
            let size = rng.random_range(0.05_f32..1.0);
            if rng.random::<bool>() { size } else { -size }
        })
        .collect()
}

/// Numbers from 0.05 to 1.
fn positive(name: &str, len: usize) -> Vec<f32> {
    numbers(name, len).into_iter().map(f32::abs).collect()
}

/// Every primitive.
pub fn kernels() -> Vec<Kernel> {
    let mut all = Vec::new();
    products(&mut all);
    convolutions(&mut all);
    rows(&mut all);
    entries(&mut all);
    reductions(&mut all);
    optimizers(&mut all);
    all
}

fn products(all: &mut Vec<Kernel>) {
    let sizes = [(1, 1, 1), (3, 5, 2), (6, 16, 7), (13, 33, 257), (97, 70, 300), (100, 520, 24), (4, 3, 0)];
    for (m, n, k) in sizes {
        for (a, b) in [(false, false), (true, false), (false, true), (true, true)] {
            for (alpha, beta) in [(1.0, 0.0), (0.5, -2.0)] {
                let gemm = Gemm { alpha, beta, ..Gemm::new(m, n, k).transposed(a, b) };
                all.push(kernel(format!("{gemm:?}"), move |backend| {
                    let (a, b) = (numbers("a", m * k), numbers("b", k * n));
                    let c = backend.upload(&numbers("c", m * n));
                    backend.gemm(gemm, &backend.upload(&a), &backend.upload(&b), &c);
                    vec![c]
                }));
            }
        }
    }
    let matrix = || Csr::new(4, vec![0, 2, 2, 5], vec![1, 3, 0, 1, 2], vec![1.0, -2.0, 3.0, 0.5, 5.0]);
    for dim in [1, 9, 32] {
        all.push(kernel(format!("spmm of {dim} columns"), move |backend| {
            let (dense, out) = (backend.upload(&numbers("dense", 4 * dim)), backend.alloc(3 * dim));
            backend.spmm(dim, &backend.upload_csr(&matrix()), &dense, &out);
            vec![out]
        }));
    }
}

fn convolutions(all: &mut Vec<Kernel>) {
    let sizes =
        |batch, channels: [usize; 2], [height, width]: [usize; 2], [kernel, stride, padding]: [usize; 3]| {
            let [channels_in, channels_out] = channels;
            Conv2d { batch, channels_in, channels_out, height, width, kernel, stride, padding }
        };
    for s in [
        sizes(2, [1, 5], [6, 8], [1, 1, 0]),
        sizes(3, [4, 7], [6, 20], [3, 1, 1]),
        sizes(2, [3, 4], [5, 9], [3, 2, 1]),
        sizes(2, [3, 5], [6, 8], [1, 2, 0]),
        sizes(1, [2, 3], [7, 11], [5, 3, 2]),
        sizes(2, [2, 2], [4, 4], [2, 2, 0]),
        sizes(1, [40, 33], [6, 40], [3, 1, 1]),
    ] {
        let inputs = move |backend: &dyn Backend| {
            [("input", s.input_len()), ("weight", s.weight_len()), ("grad", s.output_len())]
                .map(|(name, len)| backend.upload(&numbers(name, len)))
        };
        all.push(kernel(format!("conv2d {s:?}"), move |backend| {
            let ([input, weight, _], out) = (inputs(backend), backend.alloc(s.output_len()));
            backend.conv2d(&s, &input, &weight, &out);
            vec![out]
        }));
        all.push(kernel(format!("conv2d_grad_input {s:?}"), move |backend| {
            let ([_, weight, grad], out) = (inputs(backend), backend.alloc(s.input_len()));
            backend.conv2d_grad_input(&s, &grad, &weight, &out);
            vec![out]
        }));
        all.push(kernel(format!("conv2d_grad_weight {s:?}"), move |backend| {
            let ([input, _, grad], out) = (inputs(backend), backend.alloc(s.weight_len()));
            backend.conv2d_grad_weight(&s, &input, &grad, &out);
            vec![out]
        }));
    }
}

fn rows(all: &mut Vec<Kernel>) {
    let indices = [2, 0, PADDING, 2, 4, 2];
    for dim in [1, 5, 64] {
        all.push(kernel(format!("gather of rows of {dim}"), move |backend| {
            let (table, out) = (backend.upload(&numbers("table", 5 * dim)), backend.alloc(6 * dim));
            backend.gather(dim, &table, &backend.upload_indices(&indices), &out);
            vec![out]
        }));
        all.push(kernel(format!("scatter_add of rows of {dim}"), move |backend| {
            let (table, rows) = (numbers("table", 5 * dim), numbers("rows", 6 * dim));
            let table = backend.upload(&table);
            backend.scatter_add(dim, &backend.upload(&rows), &backend.upload_indices(&indices), &table);
            vec![table]
        }));
    }
    all.push(kernel("transpose", |backend| {
        let out = backend.alloc(7 * 12);
        backend.transpose(7, 12, &backend.upload(&numbers("x", 7 * 12)), &out);
        vec![out]
    }));
    all.push(kernel("copy_block", |backend| {
        let out = backend.upload(&numbers("out", 4 * 9));
        let block = Block { rows: 4, width: 3, from_columns: 5, from: 1, to_columns: 9, to: 6 };
        backend.copy_block(block, &backend.upload(&numbers("x", 4 * 5)), &out);
        vec![out]
    }));
    all.push(kernel("fill, copy, write and axpy", |backend| {
        let [filled, copied, written] = [(); 3].map(|()| backend.alloc(11));
        backend.fill(2.5, &filled);
        backend.copy(&backend.upload(&numbers("x", 11)), &copied);
        backend.axpy(-0.5, &filled, &copied);
        backend.write(&numbers("y", 11), &written);
        vec![filled, copied, written]
    }));
}

fn entries(all: &mut Vec<Kernel>) {
    use Unary::{Affine, Exp, Ln, LogSigmoid, Max, Relu, Sigmoid, Sqrt, Square, Tanh};
    let affine = Affine { scale: -1.5, shift: 0.25 };
    for op in [Relu, Tanh, Sigmoid, LogSigmoid, Exp, Ln, Sqrt, Square, Max(0.3), affine] {
        all.push(kernel(format!("{op:?} and its gradient"), move |backend| {
            let x: Vec<f32> = match op {
                Ln | Sqrt => positive("x", 37),
                _ => numbers("x", 37).iter().map(|x| 4.0 * x).collect(),
            };
            let (x, grad) = (backend.upload(&x), backend.upload(&numbers("grad", 37)));
            let [value, slope] = [(); 2].map(|()| backend.alloc(37));
            backend.unary(op, &x, &value);
            backend.unary_grad(op, &x, &grad, &slope);
            vec![value, slope]
        }));
    }
    let views = [
        View::rows(5, 9),
        View::columns(9, 5),
        View::all(23),
        View { outer: 3, mid: 4, inner: 10 },
        View { outer: 2, mid: 1, inner: 1 },
    ];
    for op in [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div] {
        all.push(kernel(format!("{op:?}"), move |backend| {
            let out = backend.alloc(29);
            let [a, b] = ["a", "b"].map(|name| backend.upload(&numbers(name, 29)));
            backend.binary(op, &a, &b, &out);
            vec![out]
        }));
        for view in views {
            all.push(kernel(format!("{op:?} broadcast over {view:?}"), move |backend| {
                let (x, v) = (numbers("x", view.len()), numbers("v", view.mid));
                let out = backend.alloc(view.len());
                backend.broadcast(op, view, &backend.upload(&x), &backend.upload(&v), &out);
                vec![out]
            }));
        }
    }
}

fn reductions(all: &mut Vec<Kernel>) {
    for op in [Reduction::Sum, Reduction::Max] {
        for view in [
            View::rows(6, 1),
            View::rows(7, 300),
            View::columns(300, 7),
            View::all(1023),
            View { outer: 5, mid: 3, inner: 17 },
            View { outer: 0, mid: 3, inner: 4 },
        ] {
            all.push(kernel(format!("{op:?} over {view:?}"), move |backend| {
                let out = backend.alloc(view.mid);
                backend.reduce(op, view, &backend.upload(&numbers("x", view.len())), &out);
                vec![out]
            }));
        }
    }
}

fn optimizers(all: &mut Vec<Kernel>) {
    let buffers = |backend: &dyn Backend| {
        (backend.upload(&numbers("values", 21)), backend.upload(&numbers("grad", 21)))
    };
    all.push(kernel("sgd", move |backend| {
        let (values, grad) = buffers(backend);
        backend.sgd(0.1, &values, &grad);
        vec![values]
    }));
    all.push(kernel("adagrad", move |backend| {
        let ((values, grad), squares) = (buffers(backend), backend.upload(&positive("squares", 21)));
        backend.adagrad(AdagradStep { rate: 0.1, epsilon: 1e-10 }, &values, &squares, &grad);
        vec![values, squares]
    }));
    all.push(kernel("adam", move |backend| {
        let (values, grad) = buffers(backend);
        let first = backend.upload(&numbers("first", 21));
        let second = backend.upload(&positive("second", 21));
        backend.adam(AdamStep::new(1e-2, 0.9, 0.999, 1e-8, 3), &values, [&first, &second], &grad);
        vec![values, first, second]
    }));
}
