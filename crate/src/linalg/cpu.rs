//! The backend that runs everywhere: plain Rust and SIMD in ordinary memory.

use super::backend::{
    Backend, Binary, Block, Buffer, Conv2d, Gemm, Indices, PADDING, Reduction, Sparse, Unary, View,
};
use super::gemm::product;
use super::pool::{Pool, Stored, Usage};
use super::update::{AdagradStep, AdamStep};
use super::{Csr, conv, elementwise, parallel};
use crate::error::Result;
use crate::task::LocalFuture;
use std::cell::{Ref, RefMut};
use std::rc::Rc;

/// Plain Rust and SIMD; see [`Backend`]. All calls are done when they return.
#[derive(Debug, Default)]
pub struct Cpu {
    pool: Rc<Pool>,
}

impl Cpu {
    /// A backend without any buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// The memory of its buffers.
    pub fn usage(&self) -> Usage {
        self.pool.usage()
    }
}

fn read(buffer: &Buffer) -> Ref<'_, [f32]> {
    Ref::map(buffer.open::<Stored>().read(), |v| v.as_slice())
}

fn write(buffer: &Buffer) -> RefMut<'_, [f32]> {
    RefMut::map(buffer.open::<Stored>().write(), |v| v.as_mut_slice())
}

impl Backend for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn alloc(&self, len: usize) -> Buffer {
        Buffer::new(self.pool.take(len), len)
    }

    fn upload(&self, values: &[f32]) -> Buffer {
        let buffer = self.alloc(values.len());
        self.write(values, &buffer);
        buffer
    }

    fn write(&self, values: &[f32], out: &Buffer) {
        write(out).copy_from_slice(values);
    }

    fn upload_indices(&self, indices: &[u32]) -> Indices {
        Indices::new(Rc::new(indices.to_vec()), indices.len())
    }

    fn upload_csr(&self, matrix: &Csr) -> Sparse {
        Sparse::new(Rc::new(matrix.clone()), matrix.nnz())
    }

    fn download<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(async { Ok(read(buffer).to_vec()) })
    }

    fn fill(&self, value: f32, out: &Buffer) {
        write(out).fill(value);
    }

    fn copy(&self, x: &Buffer, out: &Buffer) {
        write(out).copy_from_slice(&read(x));
    }

    fn copy_block(&self, block: Block, x: &Buffer, out: &Buffer) {
        let Block { rows, width, from_columns, from, to_columns, to } = block;
        assert!(
            from + width <= from_columns && to + width <= to_columns,
            "a block outside of its matrix: {block:?}"
        );
        let (x, mut out) = (read(x), write(out));
        for row in 0..rows {
            let (from, to) = (row * from_columns + from, row * to_columns + to);
            out[to..to + width].copy_from_slice(&x[from..from + width]);
        }
    }

    fn axpy(&self, alpha: f32, x: &Buffer, y: &Buffer) {
        assert_eq!(x.len(), y.len(), "axpy of two lengths");
        elementwise::axpy(alpha, &read(x), &mut write(y));
    }

    fn gemm(&self, g: Gemm, a: &Buffer, b: &Buffer, c: &Buffer) {
        product(g, &read(a), &read(b), &mut write(c));
    }

    fn conv2d(&self, s: &Conv2d, input: &Buffer, weight: &Buffer, out: &Buffer) {
        check_conv(s, input, weight, out);
        conv::conv2d(s, &read(input), &read(weight), &mut write(out));
    }

    fn conv2d_grad_input(&self, s: &Conv2d, grad: &Buffer, weight: &Buffer, out: &Buffer) {
        check_conv(s, out, weight, grad);
        conv::conv2d_grad_input(s, &read(grad), &read(weight), &mut write(out));
    }

    fn conv2d_grad_weight(&self, s: &Conv2d, input: &Buffer, grad: &Buffer, out: &Buffer) {
        check_conv(s, input, out, grad);
        conv::conv2d_grad_weight(s, &read(input), &read(grad), &mut write(out));
    }

    fn gather(&self, dim: usize, table: &Buffer, indices: &Indices, out: &Buffer) {
        assert_eq!(out.len(), indices.len() * dim, "gather of {} rows of {dim}", indices.len());
        let (table, mut out) = (read(table), write(out));
        if dim == 0 {
            return;
        }
        for (row, &r) in out.chunks_exact_mut(dim).zip(indices.open::<Vec<u32>>()) {
            match r {
                PADDING => row.fill(0.0),
                r => row.copy_from_slice(&table[r as usize * dim..(r as usize + 1) * dim]),
            }
        }
    }

    fn scatter_add(&self, dim: usize, rows: &Buffer, indices: &Indices, table: &Buffer) {
        assert_eq!(rows.len(), indices.len() * dim, "scatter of {} rows of {dim}", indices.len());
        let (rows, mut table) = (read(rows), write(table));
        if dim == 0 {
            return;
        }
        for (row, &r) in rows.chunks_exact(dim).zip(indices.open::<Vec<u32>>()) {
            if r != PADDING {
                elementwise::axpy(1.0, row, &mut table[r as usize * dim..(r as usize + 1) * dim]);
            }
        }
    }

    fn spmm(&self, dim: usize, a: &Sparse, dense: &Buffer, out: &Buffer) {
        let matrix = a.open::<Csr>();
        assert_eq!(
            [dense.len(), out.len()],
            [matrix.ncols() * dim, matrix.nrows() * dim],
            "spmm with dim {dim}"
        );
        let (dense, mut out) = (read(dense), write(out));
        let dense: &[f32] = &dense;
        parallel::for_each_chunk(&mut out, (dim * 64).max(1), |piece, rows| {
            for (i, row) in rows.chunks_exact_mut(dim).enumerate() {
                row.fill(0.0);
                let (columns, values) = matrix.row(piece * 64 + i);
                for (&c, &v) in columns.iter().zip(values) {
                    elementwise::axpy(v, &dense[c as usize * dim..(c as usize + 1) * dim], row);
                }
            }
        });
    }

    fn transpose(&self, rows: usize, columns: usize, x: &Buffer, out: &Buffer) {
        assert_eq!([x.len(), out.len()], [rows * columns; 2], "transpose of {rows} × {columns}");
        let (x, mut out) = (read(x), write(out));
        for (c, out) in out.chunks_exact_mut(rows.max(1)).enumerate() {
            out.iter_mut().enumerate().for_each(|(r, out)| *out = x[r * columns + c]);
        }
    }

    fn unary(&self, op: Unary, x: &Buffer, out: &Buffer) {
        assert_eq!(x.len(), out.len(), "{op:?} of two lengths");
        elementwise::unary(op, &read(x), &mut write(out));
    }

    fn unary_grad(&self, op: Unary, x: &Buffer, grad: &Buffer, out: &Buffer) {
        assert_eq!([x.len(), grad.len()], [out.len(); 2], "gradient of {op:?} of several lengths");
        elementwise::unary_grad(op, &read(x), &read(grad), &mut write(out));
    }

    fn binary(&self, op: Binary, a: &Buffer, b: &Buffer, out: &Buffer) {
        assert_eq!([a.len(), b.len()], [out.len(); 2], "{op:?} of several lengths");
        elementwise::binary(op, &read(a), &read(b), &mut write(out));
    }

    fn broadcast(&self, op: Binary, view: View, x: &Buffer, v: &Buffer, out: &Buffer) {
        assert_eq!([x.len(), v.len(), out.len()], [view.len(), view.mid, view.len()], "{op:?} over {view:?}");
        elementwise::broadcast(op, view, &read(x), &read(v), &mut write(out));
    }

    fn reduce(&self, op: Reduction, view: View, x: &Buffer, out: &Buffer) {
        assert_eq!([x.len(), out.len()], [view.len(), view.mid], "{op:?} over {view:?}");
        elementwise::reduce(op, view, &read(x), &mut write(out));
    }

    fn sgd(&self, rate: f32, values: &Buffer, grad: &Buffer) {
        self.axpy(-rate, grad, values);
    }

    fn adagrad(&self, step: AdagradStep, values: &Buffer, squares: &Buffer, grad: &Buffer) {
        assert_eq!([squares.len(), grad.len()], [values.len(); 2], "Adagrad of several lengths");
        step.apply_all(&mut write(values), &mut write(squares), &read(grad));
    }

    fn adam(&self, step: AdamStep, values: &Buffer, moments: [&Buffer; 2], grad: &Buffer) {
        let lens = [moments[0].len(), moments[1].len(), grad.len()];
        assert_eq!(lens, [values.len(); 3], "Adam of several lengths");
        step.apply_all(&mut write(values), &mut write(moments[0]), &mut write(moments[1]), &read(grad));
    }
}

fn check_conv(s: &Conv2d, input: &Buffer, weight: &Buffer, out: &Buffer) {
    let lens = [input.len(), weight.len(), out.len()];
    assert_eq!(lens, [s.input_len(), s.weight_len(), s.output_len()], "buffers of another size than {s:?}");
}
