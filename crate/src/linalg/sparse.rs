//! Sparse products with blocks, and the two operators built of them.

use super::operator::row_chunks;
use super::simd::dispatch;
use super::{Csr, LinearOperator, Panel, Real, WIDTH, parallel};
use crate::error::Result;
use crate::task::Task;
use std::ops::Range;

dispatch! {
    /// Rows `rows` of `matrix · x`, into `out` (one array a row of the range).
    ///
    /// Each row is summed in four interleaved parts: the additions of one part need not wait for another's.
    pub fn spmm_rows<T: Real>(
        matrix: &Csr,
        rows: Range<usize>,
        x: &[[T; WIDTH]],
        out: &mut [[T; WIDTH]],
    ) = spmm_rows_body
}

#[inline(always)]
fn spmm_rows_body<T: Real>(matrix: &Csr, rows: Range<usize>, x: &[[T; WIDTH]], out: &mut [[T; WIDTH]]) {
    assert_eq!(matrix.ncols(), x.len(), "spmm: operand has the wrong number of rows");
    // SAFETY: every column of a `Csr` is below `ncols`, which is the length of `x`.
    let row_of_x = |index: u32| unsafe { x.get_unchecked(index as usize) };
    for (row, out) in rows.zip(out) {
        let (indices, values) = matrix.row(row);
        let mut acc = [[T::default(); WIDTH]; 4];
        let (quads, rest) = indices.as_chunks::<4>();
        let (value_quads, value_rest) = values.as_chunks::<4>();
        for (index, value) in quads.iter().zip(value_quads) {
            for part in 0..4 {
                add_scaled(&mut acc[part], value[part], row_of_x(index[part]));
            }
        }
        for (part, (&index, &value)) in rest.iter().zip(value_rest).enumerate() {
            add_scaled(&mut acc[part], value, row_of_x(index));
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

/// Rows that one thread takes at a time.
const ROWS_A_PIECE: usize = 64;

/// `out = matrix · x`, checkpointing.
///
/// # Errors
/// [`Code::Cancelled`](crate::error::Code) only.
pub async fn spmm<T: Real>(matrix: &Csr, x: &Panel<T>, out: &mut Panel<T>, task: &Task) -> Result<()> {
    for rows in row_chunks(matrix.nrows(), matrix.nnz() * WIDTH) {
        let start = rows.start;
        parallel::for_each_chunk(&mut out.rows[rows], ROWS_A_PIECE, |piece, out| {
            let first = start + piece * ROWS_A_PIECE;
            spmm_rows(matrix, first..first + out.len(), &x.rows, out);
        });
        task.checkpoint().await?;
    }
    Ok(())
}

/// `A = diag(diagonal) + S·W·S` with `S = diag(scale)`: every Laplacian here, up to sign and shift.
pub struct ScaledSparse<'a, T> {
    weights: &'a Csr,
    scale: Vec<T>,
    diagonal: Vec<T>,
}

impl<'a, T: Real> ScaledSparse<'a, T> {
    /// From symmetric `n × n` weights and two vectors of length n.
    pub fn new(weights: &'a Csr, scale: &[f64], diagonal: &[f64]) -> Self {
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
    matrix: &'a Csr,
    transposed: &'a Csr,
}

impl<'a> Gram<'a> {
    /// From a matrix and its transpose.
    pub fn new(matrix: &'a Csr, transposed: &'a Csr) -> Self {
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

    /// 3 × 6 with an empty row and rows of one to six entries (small integers: products are exact).
    fn example() -> Csr {
        Csr::new(6, vec![0, 1, 1, 7], vec![0, 0, 1, 2, 3, 4, 5], vec![1.0, 2.0, -3.0, 4.0, 5.0, -6.0, 7.0])
    }

    /// The plain twin: one entry after another, in order of columns.
    fn plain<T: Real>(m: &Csr, x: &[[T; WIDTH]]) -> Vec<[T; WIDTH]> {
        let row = |r| {
            let mut sum = [T::default(); WIDTH];
            let (columns, values) = m.row(r);
            columns.iter().zip(values).for_each(|(&c, &v)| add_scaled(&mut sum, v, &x[c as usize]));
            sum
        };
        (0..m.nrows()).map(row).collect()
    }

    #[test]
    fn spmm_is_exact_on_integers_however_it_is_cut() {
        let m = example();
        let x: Vec<[f32; WIDTH]> = (0..6).map(|i| std::array::from_fn(|j| (i * j) as f32 - 3.0)).collect();
        let plain = plain(&m, &x);
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
    fn every_instruction_set_gives_the_same_bits() {
        fn check<T: Real>() {
            let n = 200;
            let graph = crate::linalg::tests::random_symmetric(n, 0.2, 4);
            let x = Panel::<T>::random(n, &mut Seed(2).stream("test")).rows;
            let (mut fast, mut base) = (vec![[T::default(); WIDTH]; n], vec![[T::default(); WIDTH]; n]);
            spmm_rows(&graph, 0..n, &x, &mut fast);
            spmm_rows_body(&graph, 0..n, &x, &mut base);
            assert_eq!(fast, base);
            for (a, b) in fast.iter().flatten().zip(plain(&graph, &x).iter().flatten()) {
                assert!((a.to_f64() - b.to_f64()).abs() <= 50.0 * T::EPSILON);
            }
        }
        check::<f32>();
        check::<f64>();
    }

    #[test]
    fn gram_is_the_product_of_both() {
        let (m, t) = (example(), example().transpose());
        let x = Panel::<f64>::random(3, &mut Seed(1).stream("test"));
        let mut y = Panel::zeros(3);
        run(Gram::new(&m, &t).apply_block(&x, &mut y, &Task::silent())).unwrap();
        let norm: f32 = m.row(2).1.iter().map(|v| v * v).sum();
        assert!((y.rows[2][0] - (x.rows[2][0] * f64::from(norm) + 2.0 * x.rows[0][0])).abs() < 1e-12);
        assert_eq!(y.rows[1], [0.0; WIDTH]);
    }
}
