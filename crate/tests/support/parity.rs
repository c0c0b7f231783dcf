//! A backend against the plain one in double precision, over one table. The table's sizes are small; here are also
//! those that a GPU cuts up.

use super::kernels::{Kernel, error, kernels, numbers};
use super::operations::{Operation, on_tape, operations};
use std::rc::Rc;
use warren::autodiff::Device;
use warren::error::Result;
use warren::linalg::Csr;
use warren::linalg::backend::{Binary, Buffer, Conv2d, Gemm, PADDING, Reduction, Unary, View};
use warren::linalg::reference::Reference;

/// Relative to the largest value of a result. Exponentials and roots of WebGPU may be off by some units in the last
/// place, and sums of 5,000 terms by their own.
pub const TOLERANCE: f64 = 1e-5;

/// Every primitive at small sizes, at sizes that are cut into parts, and at none.
pub fn cases() -> Vec<Kernel> {
    let mut all = kernels();
    cut(&mut all);
    empty(&mut all);
    all
}

/// Products of many terms for few results, long reductions, several tiles.
fn cut(all: &mut Vec<Kernel>) {
    for (transpose_a, transpose_b, beta) in [(false, false, 0.0), (true, false, -2.0), (false, true, 1.0)] {
        let (m, n, k) = (5, 67, 1111);
        let gemm = Gemm { alpha: 0.5, beta, ..Gemm::new(m, n, k).transposed(transpose_a, transpose_b) };
        all.push(Kernel {
            name: format!("{gemm:?}"),
            run: Box::new(move |backend| {
                let c = backend.upload(&numbers("c", m * n));
                let [a, b] =
                    [("a", m * k), ("b", k * n)].map(|(name, len)| backend.upload(&numbers(name, len)));
                backend.gemm(gemm, &a, &b, &c);
                vec![c]
            }),
        });
    }
    let s = Conv2d {
        batch: 3,
        channels_in: 2,
        channels_out: 3,
        height: 20,
        width: 21,
        kernel: 3,
        stride: 1,
        padding: 1,
    };
    all.push(Kernel {
        name: format!("conv2d_grad_weight {s:?}"),
        run: Box::new(move |backend| {
            let [input, grad] = [("input", s.input_len()), ("grad", s.output_len())]
                .map(|(name, len)| backend.upload(&numbers(name, len)));
            let out = backend.alloc(s.weight_len());
            backend.conv2d_grad_weight(&s, &input, &grad, &out);
            vec![out]
        }),
    });
    for view in
        [View::all(5000), View::rows(3, 5000), View::columns(2100, 19), View { outer: 70, mid: 3, inner: 33 }]
    {
        for op in [Reduction::Sum, Reduction::Max] {
            all.push(Kernel {
                name: format!("{op:?} over {view:?}"),
                run: Box::new(move |backend| {
                    let out = backend.alloc(view.mid);
                    backend.reduce(op, view, &backend.upload(&numbers("x", view.len())), &out);
                    vec![out]
                }),
            });
        }
    }
    all.push(Kernel {
        name: "transpose of several tiles".into(),
        run: Box::new(|backend| {
            let out = backend.alloc(33 * 50);
            backend.transpose(33, 50, &backend.upload(&numbers("x", 33 * 50)), &out);
            vec![out]
        }),
    });
    all.push(Kernel {
        name: "functions far out".into(),
        run: Box::new(|backend| {
            let x =
                backend.upload(&[-200.0, -90.0, -30.0, -8.0, -1e-3, 0.0, 1e-6, 0.14, 0.16, 9.0, 60.0, 200.0]);
            let ones = backend.upload(&[1.0; 12]);
            let calls = [Unary::Tanh, Unary::Sigmoid, Unary::LogSigmoid].map(|op| {
                let [value, slope] = [(); 2].map(|()| backend.alloc(12));
                backend.unary(op, &x, &value);
                backend.unary_grad(op, &x, &ones, &slope);
                // By themselves: log-sigmoid reaches 200, beside which nothing small would count.
                [value, slope]
            });
            calls.into_iter().flatten().collect()
        }),
    });
}

/// Nothing to compute: results without entries, or of no terms.
fn empty(all: &mut Vec<Kernel>) {
    all.push(Kernel {
        name: "empty results".into(),
        run: Box::new(|backend| {
            let [x, y, out] = [(); 3].map(|()| backend.upload(&[]));
            let none = backend.upload_indices(&[]);
            backend.fill(1.0, &out);
            backend.copy(&x, &out);
            backend.axpy(2.0, &x, &out);
            backend.gemm(Gemm::new(0, 3, 0), &x, &y, &out);
            backend.gather(4, &x, &none, &out);
            backend.transpose(0, 5, &x, &out);
            backend.unary(Unary::Exp, &x, &out);
            backend.binary(Binary::Mul, &x, &x, &out);
            backend.reduce(Reduction::Sum, View::rows(0, 4), &x, &out);
            backend.sgd(0.1, &out, &x);
            vec![out]
        }),
    });
    all.push(Kernel {
        name: "scatter_add of nothing and of padding, spmm without entries".into(),
        run: Box::new(|backend| {
            let table = backend.upload(&numbers("table", 6));
            backend.scatter_add(3, &backend.upload(&[]), &backend.upload_indices(&[]), &table);
            let padding = backend.upload_indices(&[PADDING, PADDING]);
            backend.scatter_add(3, &backend.upload(&numbers("rows", 6)), &padding, &table);
            let (matrix, out) = (Csr::new(2, vec![0, 0, 0], Vec::new(), Vec::new()), backend.alloc(6));
            backend.spmm(3, &backend.upload_csr(&matrix), &table, &out);
            vec![table, out]
        }),
    });
}

/// The value of an operation and its gradients, the loss being the sum of all entries times different weights.
fn buffers(operation: &Operation, device: &Device) -> Vec<Buffer> {
    let (value, gradients) = on_tape(operation, device, |n| numbers("weights", n));
    std::iter::once(value).chain(gradients).map(|tensor| tensor.buffer().clone()).collect()
}

/// The primitives, and then the operations with their gradients, in which a backend is off, with how far; empty
/// when all is well.
///
/// # Errors
/// What downloading says, with the case.
pub async fn differences(device: &Device) -> Result<Vec<String>> {
    let reference: Device = Rc::new(Reference);
    let mut wrong = Vec::new();
    let mut look = |name: &str, error: f64| {
        if error > TOLERANCE {
            wrong.push(format!("{name}: relative error {error:.1e}"));
        }
    };
    for Kernel { name, run } in cases() {
        let (found, expected) = (run(device.as_ref()), run(&Reference));
        look(&name, error(&found, &expected, device.as_ref()).await.map_err(|e| e.in_file(&name))?);
    }
    for operation in operations() {
        let (found, expected) = (buffers(&operation, device), buffers(&operation, &reference));
        let name = &operation.name;
        look(name, error(&found, &expected, device.as_ref()).await.map_err(|e| e.in_file(name))?);
    }
    Ok(wrong)
}
