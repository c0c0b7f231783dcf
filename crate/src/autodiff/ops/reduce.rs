//! Sums and means.

use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::{Binary, Reduction, View};

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
}
