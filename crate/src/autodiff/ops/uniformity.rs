//! How evenly unit vectors lie on the sphere.

use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::{Binary, Gemm, Reduction, Unary, View};

impl Var {
    /// `y = ln mean_{a<b} e^{−t ‖x_a − x_b‖²}` over all pairs of rows of an `n × d` matrix whose rows have length
    /// 1 (Wang and Isola, ICML 2020, eq. 2); 0 for fewer than two rows, which form no pair.
    /// `dx_a = dy · 4t Σ_{b≠a} e_ab x_b / Σ_{a≠b} e_ab` with `e_ab = e^{2t x_a·x_b}`.
    ///
    /// For unit rows the squared distance is `2 − 2 x_a·x_b`, so that one product of n × n suffices, and another
    /// one on the way back, as it is symmetric.
    #[must_use]
    pub fn uniformity(&self, t: f32) -> Self {
        let (device, [n, dim]) = (self.device().clone(), self.value().matrix());
        if n < 2 {
            return self.record(&[], Tensor::zeros(&device, &[1]), |_, _| {});
        }
        let root = (2.0 * t).sqrt();
        let x = self.value().scale(root);
        let exponents = Tensor::alloc(&device, &[n, n]);
        device.gemm(Gemm::new(n, n, dim).transposed(false, true), x.buffer(), x.buffer(), exponents.buffer());
        let potentials = exponents.unary(Unary::Exp);
        drop(exponents);
        // The diagonal pairs nothing: its entries are computed once more from the rows and taken off.
        let rows = View::rows(n, dim);
        let own = x.unary(Unary::Square).reduce(Reduction::Sum, rows, &[n]).unary(Unary::Exp);
        let all = |t: &Tensor| t.reduce(Reduction::Sum, View::all(t.len()), &[1]);
        // Row by row first: one running sum over n² entries would lose digits.
        let sums = potentials.reduce(Reduction::Sum, View::rows(n, n), &[n]);
        let sum = all(&sums.binary(Binary::Sub, &own));
        let pairs = (n * (n - 1)) as f32;
        let shift = -pairs.ln() - 2.0 * t;
        let value = sum.unary(Unary::Ln).unary(Unary::Affine { scale: 1.0, shift });
        let node = self.node();
        self.record(&[self], value, move |dy, flow| {
            let Some(node) = node else { return };
            let towards = x.broadcast(Binary::Mul, rows, &own);
            let gemm = Gemm { alpha: 2.0 * root, beta: -2.0 * root, ..Gemm::new(n, dim, n) };
            device.gemm(gemm, potentials.buffer(), x.buffer(), towards.buffer());
            flow.add(node, towards.broadcast(Binary::Mul, View::all(n * dim), &dy.binary(Binary::Div, &sum)));
        })
    }
}
