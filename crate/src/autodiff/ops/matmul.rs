//! Matrix products.

use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::Gemm;

fn product(a: &Tensor, b: &Tensor, transpose_a: bool, transpose_b: bool) -> Tensor {
    let ([ra, ca], [rb, cb]) = (a.matrix(), b.matrix());
    let (m, k) = if transpose_a { (ca, ra) } else { (ra, ca) };
    let (inner, n) = if transpose_b { (cb, rb) } else { (rb, cb) };
    assert_eq!(k, inner, "a product of {:?} and {:?}", a.shape(), b.shape());
    let out = Tensor::alloc(a.device(), &[m, n]);
    let gemm = Gemm::new(m, n, k).transposed(transpose_a, transpose_b);
    a.device().gemm(gemm, a.buffer(), b.buffer(), out.buffer());
    out
}

impl Var {
    /// `y = x · w` of `m × k` and `k × n`. `dx = dy · wᵀ`, `dw = xᵀ · dy`.
    #[must_use]
    pub fn matmul(&self, w: &Self) -> Self {
        let value = product(self.value(), w.value(), false, false);
        let (x, w_value, nodes) = (self.value().clone(), w.value().clone(), [self.node(), w.node()]);
        self.record(&[self, w], value, move |dy, flow| {
            if let Some(node) = nodes[0] {
                flow.add(node, product(dy, &w_value, false, true));
            }
            if let Some(node) = nodes[1] {
                flow.add(node, product(&x, dy, true, false));
            }
        })
    }

    /// `y = x · wᵀ` of `m × k` and `n × k`: scores of all pairs of rows. `dx = dy · w`, `dw = dyᵀ · x`.
    #[must_use]
    pub fn matmul_transposed(&self, w: &Self) -> Self {
        let value = product(self.value(), w.value(), false, true);
        let (x, w_value, nodes) = (self.value().clone(), w.value().clone(), [self.node(), w.node()]);
        self.record(&[self, w], value, move |dy, flow| {
            if let Some(node) = nodes[0] {
                flow.add(node, product(dy, &w_value, false, false));
            }
            if let Some(node) = nodes[1] {
                flow.add(node, product(dy, &x, true, false));
            }
        })
    }
}
