//! The same values in other places: shapes, slices, concatenations, transposes.

use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::Block;

/// An array as a matrix: its first axis, and all others together.
fn flat(t: &Tensor) -> [usize; 2] {
    let rows = t.shape().first().copied().unwrap_or(1);
    [rows, t.len().checked_div(rows).unwrap_or(0)]
}

impl Var {
    /// The same values in another shape of the same size.
    #[must_use]
    pub fn reshape(&self, shape: &[usize]) -> Self {
        let (node, old) = (self.node(), self.shape().to_vec());
        self.record(&[self], self.value().reshape(shape), move |dy, flow| {
            if let Some(node) = node {
                flow.add(node, dy.reshape(&old));
            }
        })
    }

    /// The transposed of a matrix.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let (device, [rows, columns], node) = (self.device().clone(), self.value().matrix(), self.node());
        let out = Tensor::alloc(&device, &[columns, rows]);
        device.transpose(rows, columns, self.value().buffer(), out.buffer());
        self.record(&[self], out, move |dy, flow| {
            if let Some(node) = node {
                let dx = Tensor::alloc(&device, &[rows, columns]);
                device.transpose(columns, rows, dy.buffer(), dx.buffer());
                flow.add(node, dx);
            }
        })
    }

    /// Two arrays side by side along the second axis: columns of matrices, channels of images.
    #[must_use]
    pub fn concat(&self, other: &Self) -> Self {
        let (device, [rows, a], [other_rows, b]) =
            (self.device().clone(), flat(self.value()), flat(other.value()));
        let same = rows == other_rows && self.shape().get(2..) == other.shape().get(2..);
        assert!(same, "{:?} beside {:?}", self.shape(), other.shape());
        let mut shape = self.shape().to_vec();
        shape[1] += other.shape()[1];
        let out = Tensor::alloc(&device, &shape);
        let block = |width, to| Block { rows, width, from_columns: width, from: 0, to_columns: a + b, to };
        device.copy_block(block(a, 0), self.value().buffer(), out.buffer());
        device.copy_block(block(b, a), other.value().buffer(), out.buffer());
        let parts =
            [(self, a, 0), (other, b, a)].map(|(v, width, from)| (v.node(), v.shape().to_vec(), width, from));
        self.record(&[self, other], out, move |dy, flow| {
            for (node, shape, width, from) in parts {
                let Some(node) = node else { continue };
                let dx = Tensor::alloc(&device, &shape);
                let block = Block { rows, width, from_columns: a + b, from, to_columns: width, to: 0 };
                device.copy_block(block, dy.buffer(), dx.buffer());
                flow.add(node, dx);
            }
        })
    }

    /// `count` entries of the second axis from `first` on: some columns, some channels.
    #[must_use]
    pub fn slice(&self, first: usize, count: usize) -> Self {
        let (device, [rows, columns], old) =
            (self.device().clone(), flat(self.value()), self.shape().to_vec());
        assert!(old.len() >= 2 && first + count <= old[1], "{first} and {count} more of {old:?}");
        let unit = old[2..].iter().product::<usize>();
        let mut shape = old.clone();
        shape[1] = count;
        let (out, node) = (Tensor::alloc(&device, &shape), self.node());
        let (width, from) = (count * unit, first * unit);
        let block = Block { rows, width, from_columns: columns, from, to_columns: width, to: 0 };
        device.copy_block(block, self.value().buffer(), out.buffer());
        self.record(&[self], out, move |dy, flow| {
            let Some(node) = node else { return };
            let dx = Tensor::zeros(&device, &old);
            let block = Block { rows, width, from_columns: width, from: 0, to_columns: columns, to: from };
            device.copy_block(block, dy.buffer(), dx.buffer());
            flow.add(node, dx);
        })
    }
}
