//! The primitives: sizes are checked here, as on the CPU, and the kernels called.

use super::Gpu;
use super::download::Reading;
use super::kernels::scatter_add::Sources;
use super::kernels::{self, word};
use super::pool::Stored;
use crate::error::{Error, Result};
use crate::linalg::Csr;
use crate::linalg::backend::{
    Backend, Binary, Block, Buffer, Conv2d, Gemm, Indices, Reduction, Sparse, Unary, View,
};
use crate::linalg::update::{AdagradStep, AdamStep};
use crate::task::LocalFuture;
use std::cell::OnceCell;
use std::rc::Rc;

/// An index list: for gathering as it is, for scattering by the rows that it names, once that is asked for.
struct IndexList {
    host: Vec<u32>,
    device: Stored,
    grouped: OnceCell<Grouped>,
}

struct Grouped {
    count: usize,
    lists: [Stored; 2],
}

/// A [`Csr`] on the device.
struct Matrix {
    rows: usize,
    columns: usize,
    offsets: Stored,
    indices: Stored,
    values: Stored,
}

fn open(buffer: &Buffer) -> &Stored {
    buffer.open()
}

impl Gpu {
    fn upload_words(&self, words: &[u32]) -> Stored {
        let stored = self.take(words.len());
        self.write_bytes(bytemuck::cast_slice(words), &stored);
        stored
    }

    fn group(&self, indices: &[u32]) -> Grouped {
        let Sources { targets, order } = Sources::of(indices);
        let lists = [self.upload_words(targets.as_flattened()), self.upload_words(&order)];
        Grouped { count: targets.len(), lists }
    }
}

impl Backend for Gpu {
    fn name(&self) -> &'static str {
        "webgpu"
    }

    fn adapter(&self) -> Option<String> {
        Some(self.context.adapter.clone())
    }

    fn is_queued(&self) -> bool {
        true
    }

    fn failure(&self) -> Option<Error> {
        self.context.failure.error()
    }

    fn alloc(&self, len: usize) -> Buffer {
        let buffer = Buffer::new(Rc::new(self.take(len)), len);
        if cfg!(debug_assertions) {
            // As on the CPU: nobody may rely on what is in it.
            self.fill(f32::NAN, &buffer);
        }
        buffer
    }

    fn upload(&self, values: &[f32]) -> Buffer {
        let stored = self.take(values.len());
        self.write_bytes(bytemuck::cast_slice(values), &stored);
        Buffer::new(Rc::new(stored), values.len())
    }

    fn write(&self, values: &[f32], out: &Buffer) {
        assert_eq!(values.len(), out.len(), "write of another length");
        self.write_bytes(bytemuck::cast_slice(values), open(out));
    }

    fn upload_indices(&self, indices: &[u32]) -> Indices {
        let list = IndexList {
            host: indices.to_vec(),
            device: self.upload_words(indices),
            grouped: OnceCell::new(),
        };
        Indices::new(Rc::new(list), indices.len())
    }

    fn upload_csr(&self, matrix: &Csr) -> Sparse {
        let offsets: Vec<u32> = matrix.offsets().iter().map(|&o| word(o)).collect();
        let values = self.take(matrix.nnz());
        self.write_bytes(bytemuck::cast_slice(matrix.values()), &values);
        let stored = Matrix {
            rows: matrix.nrows(),
            columns: matrix.ncols(),
            offsets: self.upload_words(&offsets),
            indices: self.upload_words(matrix.indices()),
            values,
        };
        Sparse::new(Rc::new(stored), matrix.nnz())
    }

    fn download<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        if let Some(error) = Backend::failure(self) {
            return Box::pin(async { Err(error) });
        }
        if buffer.is_empty() {
            return Box::pin(async { Ok(Vec::new()) });
        }
        // Recorded now: the values are those of this moment, whenever somebody waits for them.
        let reading = Reading::begin(self, open(buffer), buffer.len() as u64 * 4);
        Box::pin(reading.values())
    }

    fn fill(&self, value: f32, out: &Buffer) {
        kernels::fill::fill(self, value, out.len(), open(out));
    }

    fn copy(&self, x: &Buffer, out: &Buffer) {
        assert_eq!(x.len(), out.len(), "copy of another length");
        assert_ne!(open(x).id, open(out).id, "copy writes a buffer that it also reads");
        self.record_copy(x.len() as u64 * 4, open(x), open(out));
    }

    fn copy_block(&self, block: Block, x: &Buffer, out: &Buffer) {
        let Block { rows, width, from_columns, from, to_columns, to } = block;
        assert!(
            from + width <= from_columns && to + width <= to_columns,
            "a block outside of its matrix: {block:?}"
        );
        let lens = [x.len(), out.len()];
        assert_eq!(lens, [rows * from_columns, rows * to_columns], "matrices of another size than {block:?}");
        kernels::copy_block::copy_block(self, block, open(x), open(out));
    }

    fn axpy(&self, alpha: f32, x: &Buffer, y: &Buffer) {
        assert_eq!(x.len(), y.len(), "axpy of two lengths");
        kernels::axpy::axpy(self, alpha, x.len(), open(x), open(y));
    }

    fn gemm(&self, g: Gemm, a: &Buffer, b: &Buffer, c: &Buffer) {
        let lens = [a.len(), b.len(), c.len()];
        assert_eq!(lens, [g.m * g.k, g.k * g.n, g.m * g.n], "buffers of another size than {g:?}");
        kernels::gemm::gemm(self, g, open(a), open(b), open(c));
    }

    fn conv2d(&self, s: &Conv2d, input: &Buffer, weight: &Buffer, out: &Buffer) {
        check_conv(s, input, weight, out);
        kernels::conv2d::conv2d(self, s, open(input), open(weight), open(out));
    }

    fn conv2d_grad_input(&self, s: &Conv2d, grad: &Buffer, weight: &Buffer, out: &Buffer) {
        check_conv(s, out, weight, grad);
        kernels::conv2d_grad_input::conv2d_grad_input(self, s, open(grad), open(weight), open(out));
    }

    fn conv2d_grad_weight(&self, s: &Conv2d, input: &Buffer, grad: &Buffer, out: &Buffer) {
        check_conv(s, input, out, grad);
        kernels::conv2d_grad_weight::conv2d_grad_weight(self, s, open(input), open(grad), open(out));
    }

    fn gather(&self, dim: usize, table: &Buffer, indices: &Indices, out: &Buffer) {
        let count = indices.len();
        assert_eq!(out.len(), count * dim, "gather of {count} rows of {dim}");
        let list = indices.open::<IndexList>();
        kernels::gather::gather(self, [count, dim], open(table), &list.device, open(out));
    }

    fn scatter_add(&self, dim: usize, rows: &Buffer, indices: &Indices, table: &Buffer) {
        let sources = indices.len();
        assert_eq!(rows.len(), sources * dim, "scatter of {sources} rows of {dim}");
        let list = indices.open::<IndexList>();
        let Grouped { count, lists: [targets, order] } = list.grouped.get_or_init(|| self.group(&list.host));
        let sizes = [*count, sources, dim];
        kernels::scatter_add::scatter_add(self, sizes, open(rows), [targets, order], open(table));
    }

    fn spmm(&self, dim: usize, a: &Sparse, dense: &Buffer, out: &Buffer) {
        let matrix = a.open::<Matrix>();
        let lens = [dense.len(), out.len()];
        assert_eq!(lens, [matrix.columns * dim, matrix.rows * dim], "spmm with dim {dim}");
        let arrays = [&matrix.offsets, &matrix.indices, &matrix.values];
        kernels::spmm::spmm(self, [matrix.rows, a.len(), dim], arrays, open(dense), open(out));
    }

    fn transpose(&self, rows: usize, columns: usize, x: &Buffer, out: &Buffer) {
        assert_eq!([x.len(), out.len()], [rows * columns; 2], "transpose of {rows} × {columns}");
        kernels::transpose::transpose(self, rows, columns, open(x), open(out));
    }

    fn unary(&self, op: Unary, x: &Buffer, out: &Buffer) {
        assert_eq!(x.len(), out.len(), "{op:?} of two lengths");
        kernels::unary::unary(self, op, x.len(), open(x), None, open(out));
    }

    fn unary_grad(&self, op: Unary, x: &Buffer, grad: &Buffer, out: &Buffer) {
        assert_eq!([x.len(), grad.len()], [out.len(); 2], "gradient of {op:?} of several lengths");
        kernels::unary::unary(self, op, x.len(), open(x), Some(open(grad)), open(out));
    }

    fn binary(&self, op: Binary, a: &Buffer, b: &Buffer, out: &Buffer) {
        assert_eq!([a.len(), b.len()], [out.len(); 2], "{op:?} of several lengths");
        let entries = View { outer: 1, mid: out.len(), inner: 1 };
        kernels::binary::broadcast(self, op, entries, open(a), open(b), open(out));
    }

    fn broadcast(&self, op: Binary, view: View, x: &Buffer, v: &Buffer, out: &Buffer) {
        assert_eq!([x.len(), v.len(), out.len()], [view.len(), view.mid, view.len()], "{op:?} over {view:?}");
        kernels::binary::broadcast(self, op, view, open(x), open(v), open(out));
    }

    fn reduce(&self, op: Reduction, view: View, x: &Buffer, out: &Buffer) {
        assert_eq!([x.len(), out.len()], [view.len(), view.mid], "{op:?} over {view:?}");
        if view.is_empty() {
            return self.fill(kernels::reduce::start(op), out);
        }
        kernels::reduce::reduce(self, op, view, open(x), open(out));
    }

    fn sgd(&self, rate: f32, values: &Buffer, grad: &Buffer) {
        self.axpy(-rate, grad, values);
    }

    fn adagrad(&self, step: AdagradStep, values: &Buffer, squares: &Buffer, grad: &Buffer) {
        let len = values.len();
        assert_eq!([squares.len(), grad.len()], [len; 2], "Adagrad of several lengths");
        kernels::adagrad::adagrad(self, step, len, open(values), open(squares), open(grad));
    }

    fn adam(&self, step: AdamStep, values: &Buffer, moments: [&Buffer; 2], grad: &Buffer) {
        let len = values.len();
        assert_eq!([moments[0].len(), moments[1].len(), grad.len()], [len; 3], "Adam of several lengths");
        kernels::adam::adam(self, step, len, open(values), moments.map(open), open(grad));
    }
}

fn check_conv(s: &Conv2d, input: &Buffer, weight: &Buffer, out: &Buffer) {
    let lens = [input.len(), weight.len(), out.len()];
    assert_eq!(lens, [s.input_len(), s.weight_len(), s.output_len()], "buffers of another size than {s:?}");
}
