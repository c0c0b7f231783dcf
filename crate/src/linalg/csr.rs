//! A sparse matrix in compressed rows with 32-bit column numbers.
//!
//! nalgebra's `CsrMatrix` has `usize` columns, which natively takes half as much memory again for what every
//! product streams through; and the kernels here may only leave out bounds checks on a type whose
//! invariants cannot be broken from outside. It is converted from and to at the border.

use crate::error::{Code, Error};
use nalgebra::DMatrix;
use nalgebra_sparse::CsrMatrix;

/// `rows × columns`, single precision; 8 bytes an entry.
///
/// Invariants: `offsets` has `rows + 1` ascending entries from 0 to the number of entries; the columns of a
/// row ascend strictly and lie below `columns`.
///
/// ```
/// use warren::linalg::Csr;
/// let matrix = Csr::new(4, vec![0, 2, 2], vec![1, 3], vec![0.5, 1.0]);
/// assert_eq!((matrix.nrows(), matrix.ncols(), matrix.nnz()), (2, 4, 2));
/// assert_eq!(matrix.row(0), (&[1, 3][..], &[0.5, 1.0][..]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Csr {
    columns: usize,
    offsets: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl Csr {
    /// From its arrays.
    ///
    /// # Panics
    /// If an invariant does not hold: these arrays are ours, not the user's.
    pub fn new(columns: usize, offsets: Vec<usize>, indices: Vec<u32>, values: Vec<f32>) -> Self {
        assert_eq!(indices.len(), values.len(), "csr: as many columns as values");
        assert!(
            offsets.first() == Some(&0) && offsets.last() == Some(&indices.len()) && offsets.is_sorted(),
            "csr: offsets"
        );
        for row in offsets.windows(2) {
            let row = &indices[row[0]..row[1]];
            assert!(row.is_sorted_by(|a, b| a < b), "csr: the columns of a row ascend");
            assert!(row.last().is_none_or(|&last| (last as usize) < columns), "csr: column too large");
        }
        Self { columns, offsets, indices, values }
    }

    /// Number of rows.
    pub fn nrows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of columns.
    pub fn ncols(&self) -> usize {
        self.columns
    }

    /// Number of stored entries.
    pub fn nnz(&self) -> usize {
        self.indices.len()
    }

    /// Where each row's entries begin, and at last the number of entries.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// Columns of all entries, row by row.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Values of all entries, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Columns and values of row `r`.
    pub fn row(&self, r: usize) -> (&[u32], &[f32]) {
        let range = self.offsets[r]..self.offsets[r + 1];
        (&self.indices[range.clone()], &self.values[range])
    }

    /// Columns of row `r`.
    pub fn columns_of(&self, r: usize) -> &[u32] {
        self.row(r).0
    }

    /// Number of entries of row `r`.
    pub fn row_len(&self, r: usize) -> usize {
        self.offsets[r + 1] - self.offsets[r]
    }

    /// The transposed matrix.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let mut offsets = vec![0; self.columns + 1];
        for &c in &self.indices {
            offsets[c as usize + 1] += 1;
        }
        for c in 0..self.columns {
            offsets[c + 1] += offsets[c];
        }
        let mut next = offsets.clone();
        let (mut indices, mut values) = (vec![0; self.nnz()], vec![0.0; self.nnz()]);
        for r in 0..self.nrows() {
            let (columns, row_values) = self.row(r);
            for (&c, &v) in columns.iter().zip(row_values) {
                let at = &mut next[c as usize];
                (indices[*at], values[*at]) = (r as u32, v);
                *at += 1;
            }
        }
        Self { columns: self.nrows(), offsets, indices, values }
    }
}

impl From<&Csr> for DMatrix<f32> {
    /// Written out, zeros and all: for small matrices.
    fn from(matrix: &Csr) -> Self {
        let mut dense = Self::zeros(matrix.nrows(), matrix.ncols());
        for r in 0..matrix.nrows() {
            let (columns, values) = matrix.row(r);
            columns.iter().zip(values).for_each(|(&c, &v)| dense[(r, c as usize)] = v);
        }
        dense
    }
}

impl From<&Csr> for CsrMatrix<f32> {
    fn from(matrix: &Csr) -> Self {
        let columns = matrix.indices.iter().map(|&c| c as usize).collect();
        let (offsets, values) = (matrix.offsets.clone(), matrix.values.clone());
        Self::try_from_csr_data(matrix.nrows(), matrix.ncols(), offsets, columns, values)
            .expect("both types have the same invariants")
    }
}

impl TryFrom<&CsrMatrix<f32>> for Csr {
    type Error = Error;

    /// # Errors
    /// [`Code::TooLarge`] if a column number does not fit 32 bits.
    fn try_from(matrix: &CsrMatrix<f32>) -> Result<Self, Error> {
        let columns = matrix.ncols();
        if columns as u64 > 1 << 32 {
            return Err(Error::new(
                Code::TooLarge,
                format!("a matrix with {columns} columns: at most 2^32 are possible"),
            )
            .with_value(columns.to_string()));
        }
        let (offsets, indices, values) = matrix.csr_data();
        let indices = indices.iter().map(|&c| c as u32).collect();
        Ok(Self::new(columns, offsets.to_vec(), indices, values.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_agrees_with_the_dense_way() {
        let m = Csr::new(4, vec![0, 2, 2, 5], vec![1, 3, 0, 1, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(DMatrix::from(&m.transpose()), DMatrix::from(&m).transpose());
        assert_eq!(m.transpose().transpose(), m);
        assert_eq!((m.row_len(1), m.columns_of(2)), (0, &[0, 1, 2][..]));
    }

    #[test]
    fn there_and_back_to_nalgebra_is_the_same_matrix() {
        let m = Csr::new(4, vec![0, 2, 2, 5], vec![1, 3, 0, 1, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0]);
        let theirs = CsrMatrix::from(&m);
        assert_eq!(DMatrix::from(&theirs), DMatrix::from(&m));
        assert_eq!(Csr::try_from(&theirs).unwrap(), m);
        let wide = CsrMatrix::<f32>::zeros(1, (1 << 32) + 1);
        assert_eq!(Csr::try_from(&wide).unwrap_err().code, Code::TooLarge);
    }

    #[test]
    #[should_panic(expected = "column too large")]
    fn a_column_out_of_range_is_refused() {
        Csr::new(2, vec![0, 1], vec![2], vec![1.0]);
    }

    #[test]
    #[should_panic(expected = "ascend")]
    fn a_repeated_column_is_refused() {
        Csr::new(2, vec![0, 2], vec![1, 1], vec![1.0, 1.0]);
    }
}
