//! Row-sparse gradients: a batch touches few rows of a table.

/// The gradient of a loss with respect to an `n × d` table, of which only the touched rows matter.
///
/// Invariants: a row that is not in [`touched`](Self::touched) is all zeros; no row is listed twice; rows
/// are listed in the order of their first touch, which depends on the batch alone. Nothing is allocated
/// after the first few steps.
#[derive(Debug, Clone)]
pub struct RowGradient {
    dim: usize,
    values: Vec<f32>,
    touched: Vec<u32>,
    is_touched: Vec<bool>,
}

impl RowGradient {
    /// A zero gradient of an `n_rows × dim` table.
    pub fn new(n_rows: usize, dim: usize) -> Self {
        Self { dim, values: vec![0.0; n_rows * dim], touched: Vec::new(), is_touched: vec![false; n_rows] }
    }

    /// Row length d.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The rows of the batch, in the order of their first touch.
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// True if the batch has row `r`.
    pub fn is_touched(&self, r: usize) -> bool {
        self.is_touched[r]
    }

    /// Row `r`; zeros if it is not touched.
    #[inline]
    pub fn row(&self, r: usize) -> &[f32] {
        &self.values[r * self.dim..(r + 1) * self.dim]
    }

    /// Row `r` to add to, which counts as touched from now on even if nothing is added.
    #[inline]
    pub fn row_mut(&mut self, r: usize) -> &mut [f32] {
        if !self.is_touched[r] {
            self.is_touched[r] = true;
            self.touched.push(r as u32);
        }
        &mut self.values[r * self.dim..(r + 1) * self.dim]
    }

    /// All zeros again; the work is that of the touched rows.
    pub fn clear(&mut self) {
        for &r in &self.touched {
            let r = r as usize;
            self.values[r * self.dim..(r + 1) * self.dim].fill(0.0);
            self.is_touched[r] = false;
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
        g.clear();
        assert_eq!((g.row(3), g.touched().len(), g.is_touched(3)), (&[0.0, 0.0][..], 0, false));
    }
}
