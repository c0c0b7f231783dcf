//! Rows of a table.

use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::PADDING;

impl Var {
    /// Row `r` of the result is row `indices[r]` of this `n × d` table; [`PADDING`] gives a row of zeros. The
    /// gradient of a parameter comes as rows ([`Gradient::rows`](crate::autodiff::Gradient::rows)), which
    /// are added up where a row is named several times.
    ///
    /// # Panics
    /// If an index is no row, and not [`PADDING`].
    #[must_use]
    pub fn gather(&self, indices: &[u32]) -> Self {
        let (table, [n, dim]) = (self.value(), self.value().matrix());
        if let Some(wrong) = indices.iter().find(|&&i| i != PADDING && i as usize >= n) {
            panic!("row {wrong} of a table of {n} rows");
        }
        let device = self.device().clone();
        let (list, out) = (device.upload_indices(indices), Tensor::alloc(&device, &[indices.len(), dim]));
        device.gather(dim, table.buffer(), &list, out.buffer());
        let node = self.node();
        self.record(&[self], out, move |dy, flow| {
            if let Some(node) = node {
                flow.add_rows(node, list, dy.clone());
            }
        })
    }
}
