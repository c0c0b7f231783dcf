//! Sparse products with blocks, and the two operators built of them.

use super::operator::row_chunks;
use super::{LinearOperator, Panel, Real, WIDTH};
use crate::error::Result;
use crate::task::Task;
use nalgebra_sparse::CsrMatrix;
use std::ops::Range;

/// Rows `rows` of `matrix · x`, into `out` (one array a row of the range).
///
/// Each row is summed in four interleaved parts: the additions of one part need not wait for another's.
pub fn spmm_rows<T: Real>(
    matrix: &CsrMatrix<f32>,
    rows: Range<usize>,
    x: &[[T; WIDTH]],
    out: &mut [[T; WIDTH]],
) {
    assert_eq!(matrix.ncols(), x.len(), "spmm: operand has the wrong number of rows");
    let (offsets, indices, values) = matrix.csr_data();
    for (row, out) in rows.zip(out) {
        let range = offsets[row]..offsets[row + 1];
        let (indices, values) = (&indices[range.clone()], &values[range]);
        let mut acc = [[T::default(); WIDTH]; 4];
        let mut quads = indices.chunks_exact(4).zip(values.chunks_exact(4));
        for (index, value) in &mut quads {
            for part in 0..4 {
                add_scaled(&mut acc[part], value[part], &x[index[part]]);
            }
        }
        let done = indices.len() / 4 * 4;
        for (part, (&index, &value)) in indices[done..].iter().zip(&values[done..]).enumerate() {
            add_scaled(&mut acc[part], value, &x[index]);
        }
        *out = std::array::from_fn(|j| (acc[0][j] + acc[1][j]) + (acc[2][j] + acc[3][j]));
    }
}

#[inline(always)]
fn add_scaled<T: Real>(acc: &mut [T; WIDTH], value: f32, x: &[T; WIDTH]) {
    let value = T::from_f32(value);
    for j in 0..WIDTH {
        acc[j] += value * x[j];
    }
}

/// `out = matrix · x`, checkpointing.
///
/// # Errors
/// [`Code::Cancelled`](crate::error::Code) only.
pub async fn spmm<T: Real>(
    matrix: &CsrMatrix<f32>,
    x: &Panel<T>,
    out: &mut Panel<T>,
    task: &Task,
) -> Result<()> {
    for rows in row_chunks(matrix.nrows(), matrix.nnz() * WIDTH) {
        spmm_rows(matrix, rows.clone(), &x.rows, &mut out.rows[rows]);
        task.checkpoint().await?;
    }
    Ok(())
}

/// `A = diag(diagonal) + S·W·S` with `S = diag(scale)`: every Laplacian here, up to sign and shift.
pub struct ScaledSparse<'a, T> {
    weights: &'a CsrMatrix<f32>,
    scale: Vec<T>,
    diagonal: Vec<T>,
}

impl<'a, T: Real> ScaledSparse<'a, T> {
    /// From symmetric `n × n` weights and two vectors of length n.
    pub fn new(weights: &'a CsrMatrix<f32>, scale: &[f64], diagonal: &[f64]) -> Self {
        assert!(weights.nrows() == scale.len() && scale.len() == diagonal.len(), "operator: lengths differ");
        let convert = |v: &[f64]| v.iter().map(|&x| T::from_f64(x)).collect();
        Self { weights, scale: convert(scale), diagonal: convert(diagonal) }
    }
}

impl<T: Real> LinearOperator<T> for ScaledSparse<'_, T> {
    fn n(&self) -> usize {
        self.scale.len()
    }

    async fn apply_block(&self, x: &Panel<T>, y: &mut Panel<T>, task: &Task) -> Result<()> {
        // Scaling x first costs n operations a column instead of one for every stored entry.
        let scaled =
            Panel { rows: x.rows.iter().zip(&self.scale).map(|(row, &s)| row.map(|v| v * s)).collect() };
        spmm(self.weights, &scaled, y, task).await?;
        let factors = self.scale.iter().zip(&self.diagonal);
        for ((y, x), (&s, &d)) in y.rows.iter_mut().zip(&x.rows).zip(factors) {
            for j in 0..WIDTH {
                y[j] = s * y[j] + d * x[j];
            }
        }
        Ok(())
    }
}

/// `A = M·Mᵀ` for a rectangular `M` (rows × columns): its eigenvalues are M's squared singular values.
pub struct Gram<'a> {
    matrix: &'a CsrMatrix<f32>,
    transposed: &'a CsrMatrix<f32>,
}

impl<'a> Gram<'a> {
    /// From a matrix and its transpose.
    pub fn new(matrix: &'a CsrMatrix<f32>, transposed: &'a CsrMatrix<f32>) -> Self {
        assert!(
            matrix.nrows() == transposed.ncols() && matrix.ncols() == transposed.nrows(),
            "Gram: not a transpose"
        );
        Self { matrix, transposed }
    }
}

impl<T: Real> LinearOperator<T> for Gram<'_> {
    fn n(&self) -> usize {
        self.matrix.nrows()
    }

    async fn apply_block(&self, x: &Panel<T>, y: &mut Panel<T>, task: &Task) -> Result<()> {
        let mut between = Panel::zeros(self.matrix.ncols());
        spmm(self.transposed, x, &mut between, task).await?;
        spmm(self.matrix, &between, y, task).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::task::run;
    use nalgebra_sparse::CooMatrix;

    /// 3 × 4 with an empty row and rows of one to five entries (small integers: products are exact).
    fn example() -> CsrMatrix<f32> {
        let mut coo = CooMatrix::new(3, 6);
        for (i, j, v) in
            [(0, 0, 1.0), (2, 0, 2.0), (2, 1, -3.0), (2, 2, 4.0), (2, 3, 5.0), (2, 4, -6.0), (2, 5, 7.0)]
        {
            coo.push(i, j, v);
        }
        CsrMatrix::from(&coo)
    }

    #[test]
    fn spmm_is_exact_on_integers_however_it_is_cut() {
        let m = example();
        let x: Vec<[f32; WIDTH]> = (0..6).map(|i| std::array::from_fn(|j| (i * j) as f32 - 3.0)).collect();
        let plain: Vec<[f32; WIDTH]> = (0..3)
            .map(|r| {
                std::array::from_fn(|j| {
                    m.row(r).col_indices().iter().zip(m.row(r).values()).map(|(&c, v)| v * x[c][j]).sum()
                })
            })
            .collect();
        let mut whole = vec![[0.0; WIDTH]; 3];
        spmm_rows(&m, 0..3, &x, &mut whole);
        assert_eq!(whole, plain);
        let mut parts = vec![[0.0; WIDTH]; 3];
        for r in 0..3 {
            spmm_rows(&m, r..r + 1, &x, &mut parts[r..=r]);
        }
        assert_eq!(parts, plain);
    }

    #[test]
    fn gram_is_the_product_of_both() {
        let (m, t) = (example(), example().transpose());
        let x = Panel::<f64>::random(3, &mut Seed(1).stream("test"));
        let mut y = Panel::zeros(3);
        run(Gram::new(&m, &t).apply_block(&x, &mut y, &Task::silent())).unwrap();
        let norm: f32 = m.row(2).values().iter().map(|v| v * v).sum();
        assert!((y.rows[2][0] - (x.rows[2][0] * f64::from(norm) + 2.0 * x.rows[0][0])).abs() < 1e-12);
        assert_eq!(y.rows[1], [0.0; WIDTH]);
    }
}
