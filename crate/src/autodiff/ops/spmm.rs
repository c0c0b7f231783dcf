//! Products with a fixed sparse matrix: propagation over a graph.

use crate::autodiff::{Device, Tensor, Var};
use crate::linalg::Csr;
use crate::linalg::backend::Sparse;
use std::rc::Rc;

/// A sparse matrix on a device, with its transposed for the way back.
pub struct SparseMatrix {
    forward: Sparse,
    backward: Sparse,
    shape: [usize; 2],
}

impl SparseMatrix {
    /// Puts `matrix` on a device.
    pub fn new(device: &Device, matrix: &Csr) -> Rc<Self> {
        Rc::new(Self {
            forward: device.upload_csr(matrix),
            backward: device.upload_csr(&matrix.transpose()),
            shape: [matrix.nrows(), matrix.ncols()],
        })
    }
}

impl Var {
    /// `y = A · x` with `A` of `m × n` and x of `n × d`. `dx = Aᵀ · dy`; A itself is fixed.
    #[must_use]
    pub fn propagate(&self, a: &Rc<SparseMatrix>) -> Self {
        let ([rows, dim], [m, n]) = (self.value().matrix(), a.shape);
        assert_eq!(rows, n, "a product of {:?} and {:?}", a.shape, self.shape());
        let device = self.device().clone();
        let out = Tensor::alloc(&device, &[m, dim]);
        device.spmm(dim, &a.forward, self.value().buffer(), out.buffer());
        let (a, node) = (a.clone(), self.node());
        self.record(&[self], out, move |dy, flow| {
            if let Some(node) = node {
                let dx = Tensor::alloc(&device, &[n, dim]);
                device.spmm(dim, &a.backward, dy.buffer(), dx.buffer());
                flow.add(node, dx);
            }
        })
    }
}
