//! Rows scaled to unit length.

use crate::autodiff::Var;

impl Var {
    /// `y_r = x_r / max(‖x_r‖, ε)` for each row of a matrix. Composed of primitives, so that its gradient
    /// `dx = (dy − y (y · dy)) / ‖x‖` follows; rows shorter than ε are only divided by it.
    #[must_use]
    pub fn normalize_rows(&self, epsilon: f32) -> Self {
        // ε goes under the root as ε²: the root has no slope at 0.
        let length = self.square().sum_rows().max(epsilon * epsilon).sqrt();
        self.divide_rows(&length)
    }
}
