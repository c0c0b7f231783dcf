//! `WIDTH × WIDTH` matrices of coefficients: what a panel has with another, or with itself.

use super::WIDTH;

/// A `WIDTH × WIDTH` matrix of coefficients, row-major.
pub type Tile<T> = [[T; WIDTH]; WIDTH];

/// `a · b`.
pub(super) fn multiply(a: &Tile<f64>, b: &Tile<f64>) -> Tile<f64> {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..WIDTH).map(|k| a[i][k] * b[k][j]).sum()))
}

/// The smallest share of a column's length that its predecessors leave.
pub(super) fn shortest(r: &Tile<f64>) -> f64 {
    let share = |j: usize| r[j][j] / (0..=j).map(|i| r[i][j] * r[i][j]).sum::<f64>().sqrt();
    (0..WIDTH).map(share).fold(f64::INFINITY, f64::min)
}

/// The upper Cholesky factor of a Gram matrix; `None` for a pivot below `tiny²` or the share `least` of its
/// diagonal entry.
pub(super) fn cholesky(gram: &Tile<f64>, tiny: f64, least: f64) -> Option<Tile<f64>> {
    let mut r = [[0.0; WIDTH]; WIDTH];
    for j in 0..WIDTH {
        let above: f64 = (0..j).map(|k| r[k][j] * r[k][j]).sum();
        let pivot = gram[j][j] - above;
        if !(pivot > tiny * tiny && pivot >= least * gram[j][j]) {
            return None;
        }
        r[j][j] = pivot.sqrt();
        for i in j + 1..WIDTH {
            let above: f64 = (0..j).map(|k| r[k][j] * r[k][i]).sum();
            r[j][i] = (gram[j][i] - above) / r[j][j];
        }
    }
    Some(r)
}

/// The inverse of an upper triangular matrix.
pub(super) fn inverse_upper(r: &Tile<f64>) -> Tile<f64> {
    let mut inverse = [[0.0; WIDTH]; WIDTH];
    for j in 0..WIDTH {
        inverse[j][j] = 1.0 / r[j][j];
        for i in (0..j).rev() {
            let sum: f64 = (i + 1..=j).map(|k| r[i][k] * inverse[k][j]).sum();
            inverse[i][j] = -sum / r[i][i];
        }
    }
    inverse
}

/// `to += from`, tile by tile.
pub(super) fn add_tiles(to: &mut [Tile<f64>], from: &[Tile<f64>]) {
    let (to, from) = (to.as_flattened_mut().as_flattened_mut(), from.as_flattened().as_flattened());
    to.iter_mut().zip(from).for_each(|(a, b)| *a += b);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_gives_the_matrix_back_and_its_inverse_undoes_it() {
        let r: Tile<f64> = std::array::from_fn(|i| {
            std::array::from_fn(|j| if i <= j { 1.0 + (i + 2 * j) as f64 / 9.0 } else { 0.0 })
        });
        let transposed = std::array::from_fn(|i| std::array::from_fn(|j| r[j][i]));
        let found = cholesky(&multiply(&transposed, &r), 0.0, 0.0).unwrap();
        let unit = multiply(&found, &inverse_upper(&r));
        for (i, row) in unit.iter().enumerate() {
            for (j, x) in row.iter().enumerate() {
                assert!((x - f64::from(i == j)).abs() < 1e-10);
            }
        }
        assert!(cholesky(&[[1.0; WIDTH]; WIDTH], 0.0, 1e-9).is_none());
        assert!(shortest(&r) > 0.0 && shortest(&r) < 1.0);
    }
}
