//! Row-sparse gradients: a batch touches few rows of a table.

/// The gradient of a loss with respect to an `n × d` table, of which only the touched rows are stored: what a
/// batch costs, in time and memory, is its own size.
///
/// Invariants: a row that is not in [`touched`](Self::touched) is all zeros; no row is listed twice; rows
/// are listed in the order of their first touch, which depends on the batch alone. Nothing is allocated
/// after the first few steps.
#[derive(Debug, Clone)]
pub struct RowGradient {
    dim: usize,
    touched: Vec<u32>,
    /// By row: its place in `values`, `1 +` that in `touched`; 0 for rows that are not touched.
    places: Vec<u32>,
    /// A row of zeros, then the touched ones; what follows is left from larger batches.
    values: Vec<f32>,
}

impl RowGradient {
    /// A zero gradient of an `n_rows × dim` table.
    pub fn new(n_rows: usize, dim: usize) -> Self {
        Self { dim, touched: Vec::new(), places: vec![0; n_rows], values: vec![0.0; dim] }
    }

    /// Row length d.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The rows of the batch, in the order of their first touch.
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// The rows of the batch with their gradients, in the order of their first touch.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let values = &self.values[self.dim..];
        self.touched.iter().map(|&r| r as usize).zip(values.chunks_exact(self.dim.max(1)))
    }

    /// True if the batch has row `r`.
    pub fn is_touched(&self, r: usize) -> bool {
        self.places[r] != 0
    }

    /// Row `r`; zeros if it is not touched.
    #[inline]
    pub fn row(&self, r: usize) -> &[f32] {
        let place = self.places[r] as usize;
        &self.values[place * self.dim..(place + 1) * self.dim]
    }

    /// Row `r` to add to, which counts as touched from now on even if nothing is added.
    #[inline]
    pub fn row_mut(&mut self, r: usize) -> &mut [f32] {
        if self.places[r] == 0 {
            self.touch(r);
        }
        let place = self.places[r] as usize;
        &mut self.values[place * self.dim..(place + 1) * self.dim]
    }

    #[inline(never)]
    fn touch(&mut self, r: usize) {
        self.touched.push(r as u32);
        let place = self.touched.len();
        self.places[r] = place as u32;
        let (start, end) = (place * self.dim, (place + 1) * self.dim);
        if self.values.len() < end {
            self.values.resize(end, 0.0);
        }
        self.values[start..end].fill(0.0);
    }

    /// All zeros again; the work is that of the touched rows.
    pub fn clear(&mut self) {
        for &r in &self.touched {
            self.places[r as usize] = 0;
        }
        self.touched.clear();
    }
}

/// The gradients with respect to the user and the item table.
#[derive(Debug, Clone)]
pub struct Gradients {
    /// For the user table, `n_users × d`.
    pub user: RowGradient,
    /// For the item table, `n_items × d`.
    pub item: RowGradient,
}

impl Gradients {
    /// Zero gradients of tables with these sizes.
    pub fn new(n_users: usize, n_items: usize, dim: usize) -> Self {
        Self { user: RowGradient::new(n_users, dim), item: RowGradient::new(n_items, dim) }
    }

    /// All zeros again.
    pub fn clear(&mut self) {
        self.user.clear();
        self.item.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touches_once_and_clears() {
        let mut g = RowGradient::new(4, 2);
        g.row_mut(3)[0] += 1.0;
        g.row_mut(1);
        g.row_mut(3)[0] += 1.0;
        assert_eq!(g.touched(), [3, 1]);
        assert_eq!(g.row(3), [2.0, 0.0]);
        assert_eq!(g.rows().collect::<Vec<_>>(), [(3, &[2.0, 0.0][..]), (1, &[0.0, 0.0][..])]);
        g.clear();
        assert_eq!((g.row(3), g.touched().len(), g.is_touched(3)), (&[0.0, 0.0][..], 0, false));
        g.row_mut(2)[1] += 1.0;
        assert_eq!((g.row(2), g.row(3)), (&[0.0, 1.0][..], &[0.0, 0.0][..]), "what was there is gone");
    }
}
