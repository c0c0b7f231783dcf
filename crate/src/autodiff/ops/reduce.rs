//! Sums and means.

use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::{Binary, Reduction, Unary, View};

impl Var {
    /// `y[m] = Σ x[o, m, i]`; `dx[o, m, i] = dy[m]`.
    fn sum_over(&self, view: View, shape: &[usize]) -> Self {
        let (value, node) = (self.value().reduce(Reduction::Sum, view, shape), self.node());
        let full = self.shape().to_vec();
        self.record(&[self], value, move |dy, flow| {
            if let Some(node) = node {
                let zeros = Tensor::zeros(dy.device(), &full);
                flow.add(node, zeros.broadcast(Binary::Add, view, dy));
            }
        })
    }

    /// The sum of everything, one element.
    #[must_use]
    pub fn sum(&self) -> Self {
        self.sum_over(View::all(self.value().len()), &[1])
    }

    /// The mean of everything, one element.
    #[must_use]
    pub fn mean(&self) -> Self {
        self.sum().affine(1.0 / self.value().len() as f32, 0.0)
    }

    /// The sum of each row of a matrix, `rows`.
    #[must_use]
    pub fn sum_rows(&self) -> Self {
        let [rows, columns] = self.value().matrix();
        self.sum_over(View::rows(rows, columns), &[rows])
    }

    /// The sum of each column of a matrix, `columns`.
    #[must_use]
    pub fn sum_columns(&self) -> Self {
        let [rows, columns] = self.value().matrix();
        self.sum_over(View::columns(rows, columns), &[columns])
    }

    /// `y_r = ln Σ_c e^{x[r, c]}` of each row of a matrix, `rows`; `dx[r, c] = dy[r] · e^{x[r, c] − y_r}`. The
    /// largest entry of a row is taken out of its sum: nothing overflows.
    #[must_use]
    pub fn log_sum_exp_rows(&self) -> Self {
        let ([rows, columns], node) = (self.value().matrix(), self.node());
        let view = View::rows(rows, columns);
        let largest = self.value().reduce(Reduction::Max, view, &[rows]);
        let shares = self.value().broadcast(Binary::Sub, view, &largest).unary(Unary::Exp);
        let sums = shares.reduce(Reduction::Sum, view, &[rows]);
        let value = sums.unary(Unary::Ln).binary(Binary::Add, &largest);
        self.record(&[self], value, move |dy, flow| {
            if let Some(node) = node {
                flow.add(node, shares.broadcast(Binary::Mul, view, &dy.binary(Binary::Div, &sums)));
            }
        })
    }
}
