//! Blocks of [`WIDTH`] vectors and the kernels on them.
//!
//! A panel is stored row by row, so that one load of a sparse matrix's index serves all its columns and
//! the innermost loop is a fixed-width array operation that compiles to SIMD. Every sum runs in a fixed
//! order: the same build gives the same bits however the work is cut by checkpoints.

use super::Real;
use super::operator::row_chunks;
use crate::error::Result;
use crate::rng::Rng;
use crate::task::Task;
use rand::RngExt;

/// Number of vectors in a panel: the block size of the eigensolver.
///
/// Eight single-precision columns are 32 bytes, half a cache line, and two 128-bit registers.
pub const WIDTH: usize = 8;

/// A `WIDTH × WIDTH` matrix of coefficients, row-major.
pub type Tile<T> = [[T; WIDTH]; WIDTH];

/// Rows handled together: a panel's chunk then stays in the first-level cache.
const ROWS: usize = 64;

/// `n × WIDTH` numbers, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel<T> {
    /// One array a row.
    pub rows: Vec<[T; WIDTH]>,
}

impl<T: Real> Panel<T> {
    /// All zeros, `n × WIDTH`.
    pub fn zeros(n: usize) -> Self {
        Self { rows: vec![[T::default(); WIDTH]; n] }
    }

    /// Uniform numbers in [−1, 1).
    pub(super) fn random(n: usize, rng: &mut Rng) -> Self {
        let mut panel = Self::zeros(n);
        for column in 0..WIDTH {
            panel.randomise_column(column, rng);
        }
        panel
    }

    /// Number of rows n.
    pub fn n(&self) -> usize {
        self.rows.len()
    }

    /// Squared norm of every column.
    pub fn squared_norms(&self) -> [f64; WIDTH] {
        let tile = self.columns_dot(self);
        std::array::from_fn(|j| tile[j][j])
    }

    /// `selfᵀ · other`.
    pub fn columns_dot(&self, other: &Self) -> Tile<f64> {
        let mut sums = [[0.0; WIDTH]; WIDTH];
        for (v, w) in self.rows.chunks(ROWS).zip(other.rows.chunks(ROWS)) {
            dot_chunk(v, w, &mut sums);
        }
        sums
    }

    fn randomise_column(&mut self, column: usize, rng: &mut Rng) {
        for row in &mut self.rows {
            row[column] = T::from_f64(rng.random_range(-1.0..1.0));
        }
    }

    fn dot(&self, i: usize, j: usize) -> f64 {
        self.rows.iter().map(|row| row[i].to_f64() * row[j].to_f64()).sum()
    }

    /// Modified Gram–Schmidt within the panel: `old = new · R`, R upper triangular.
    ///
    /// A column no longer than `tiny` once the ones before it are taken out becomes random, with a zero in
    /// R; the second value is the smallest diagonal entry of R (0 if a column was replaced).
    pub(super) fn gram_schmidt(&mut self, tiny: f64, rng: &mut Rng) -> (Tile<f64>, f64) {
        let mut r = [[0.0; WIDTH]; WIDTH];
        let mut smallest = f64::INFINITY;
        for j in 0..WIDTH {
            self.orthogonalise_column(j, &mut r);
            let mut norm = self.dot(j, j).sqrt();
            if norm > tiny {
                r[j][j] = norm;
                smallest = smallest.min(norm);
            } else {
                self.randomise_column(j, rng);
                self.orthogonalise_column(j, &mut [[0.0; WIDTH]; WIDTH]);
                norm = self.dot(j, j).sqrt();
                smallest = 0.0;
            }
            let inverse = if norm > 0.0 { T::from_f64(1.0 / norm) } else { T::default() };
            for row in &mut self.rows {
                row[j] = row[j] * inverse;
            }
        }
        (r, smallest)
    }

    /// Takes the columns before `j` out of column `j`, twice, adding the coefficients to `r`.
    fn orthogonalise_column(&mut self, j: usize, r: &mut Tile<f64>) {
        for _ in 0..2 {
            for (i, r_row) in r.iter_mut().enumerate().take(j) {
                let c = self.dot(i, j);
                r_row[j] += c;
                let c = T::from_f64(c);
                for row in &mut self.rows {
                    let x = row[i];
                    row[j] -= c * x;
                }
            }
        }
    }
}

/// `sums += vᵀ · w` over a few rows: in `T` within the chunk, in double precision across chunks.
fn dot_chunk<T: Real>(v: &[[T; WIDTH]], w: &[[T; WIDTH]], sums: &mut Tile<f64>) {
    // Half of the tile at a time: its accumulators then fit the sixteen SIMD registers.
    const HALF: usize = WIDTH / 2;
    for half in 0..2 {
        let mut acc = [[T::default(); WIDTH]; HALF];
        for (v, w) in v.iter().zip(w) {
            for i in 0..HALF {
                let x = v[half * HALF + i];
                for j in 0..WIDTH {
                    acc[i][j] += x * w[j];
                }
            }
        }
        for i in 0..HALF {
            for j in 0..WIDTH {
                sums[half * HALF + i][j] += acc[i][j].to_f64();
            }
        }
    }
}

/// `w += v · c` over a few rows.
fn add_chunk<T: Real>(w: &mut [[T; WIDTH]], v: &[[T; WIDTH]], c: &Tile<T>) {
    for (w, v) in w.iter_mut().zip(v) {
        let mut acc = *w;
        for i in 0..WIDTH {
            for j in 0..WIDTH {
                acc[j] += v[i] * c[i][j];
            }
        }
        *w = acc;
    }
}

fn negated<T: Real>(tile: &Tile<f64>) -> Tile<T> {
    tile.map(|row| row.map(|x| T::from_f64(-x)))
}

/// Takes the columns of `basis` (orthonormal panels) out of `w`, twice, and returns the coefficients
/// `basisᵀ · w`, one tile a panel.
///
/// # Errors
/// [`Code::Cancelled`](crate::error::Code) only.
pub(super) async fn project<T: Real>(
    w: &mut Panel<T>,
    basis: &[&Panel<T>],
    task: &Task,
) -> Result<Vec<Tile<f64>>> {
    let work = w.n() * basis.len() * WIDTH * WIDTH;
    let mut first = vec![[[0.0; WIDTH]; WIDTH]; basis.len()];
    for range in aligned_chunks(w.n(), work) {
        for start in range.step_by(ROWS) {
            let end = (start + ROWS).min(w.n());
            for (panel, sums) in basis.iter().zip(&mut first) {
                dot_chunk(&panel.rows[start..end], &w.rows[start..end], sums);
            }
        }
        task.checkpoint().await?;
    }
    // The second pass' products are taken as soon as a chunk of the first correction is done: the
    // basis then passes through the cache three times, not four.
    let minus: Vec<Tile<T>> = first.iter().map(negated).collect();
    let mut second = vec![[[0.0; WIDTH]; WIDTH]; basis.len()];
    for range in aligned_chunks(w.n(), 2 * work) {
        for start in range.step_by(ROWS) {
            let end = (start + ROWS).min(w.n());
            let w = &mut w.rows[start..end];
            for (panel, c) in basis.iter().zip(&minus) {
                add_chunk(w, &panel.rows[start..end], c);
            }
            for (panel, sums) in basis.iter().zip(&mut second) {
                dot_chunk(&panel.rows[start..end], w, sums);
            }
        }
        task.checkpoint().await?;
    }
    let minus: Vec<Tile<T>> = second.iter().map(negated).collect();
    for range in aligned_chunks(w.n(), work) {
        for start in range.step_by(ROWS) {
            let end = (start + ROWS).min(w.n());
            for (panel, c) in basis.iter().zip(&minus) {
                add_chunk(&mut w.rows[start..end], &panel.rows[start..end], c);
            }
        }
        task.checkpoint().await?;
    }
    for (a, b) in first.iter_mut().zip(&second) {
        for (a, b) in a.iter_mut().flatten().zip(b.iter().flatten()) {
            *a += b;
        }
    }
    Ok(first)
}

/// `basis · c`, as panels: `c(row, column)` gives the coefficients, `columns` of them wanted; columns that
/// fill up the last panel are zero.
///
/// # Errors
/// [`Code::Cancelled`](crate::error::Code) only.
pub(super) async fn combine<T: Real>(
    basis: &[Panel<T>],
    columns: usize,
    c: impl Fn(usize, usize) -> f64,
    task: &Task,
) -> Result<Vec<Panel<T>>> {
    let n = basis.first().map_or(0, Panel::n);
    let mut out = vec![Panel::zeros(n); columns.div_ceil(WIDTH)];
    for (o, out) in out.iter_mut().enumerate() {
        let tiles: Vec<Tile<T>> = (0..basis.len())
            .map(|p| {
                std::array::from_fn(|i| {
                    std::array::from_fn(|j| {
                        let column = o * WIDTH + j;
                        T::from_f64(if column < columns { c(p * WIDTH + i, column) } else { 0.0 })
                    })
                })
            })
            .collect();
        for range in aligned_chunks(n, n * basis.len() * WIDTH * WIDTH) {
            for start in range.step_by(ROWS) {
                let end = (start + ROWS).min(n);
                for (panel, tile) in basis.iter().zip(&tiles) {
                    add_chunk(&mut out.rows[start..end], &panel.rows[start..end], tile);
                }
            }
            task.checkpoint().await?;
        }
    }
    Ok(out)
}

/// [`row_chunks`] that begin at multiples of [`ROWS`], so that cutting the work never changes a sum.
fn aligned_chunks(n: usize, work: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    row_chunks(n.div_ceil(ROWS), work).map(move |r| r.start * ROWS..(r.end * ROWS).min(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    #[test]
    fn gram_schmidt_rebuilds_the_panel() {
        let mut rng = Seed(1).stream("test");
        let old = Panel::<f64>::random(100, &mut rng);
        let mut new = old.clone();
        let (r, smallest) = new.gram_schmidt(1e-12, &mut rng);
        assert!(smallest > 0.0);
        let gram = new.columns_dot(&new);
        for (i, row) in gram.iter().enumerate() {
            for (j, x) in row.iter().enumerate() {
                assert!((x - f64::from(i == j)).abs() < 1e-14);
            }
        }
        for (old, new) in old.rows.iter().zip(&new.rows) {
            for j in 0..WIDTH {
                let x: f64 = (0..WIDTH).map(|i| new[i] * r[i][j]).sum();
                assert!((x - old[j]).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn a_repeated_column_becomes_random() {
        let mut rng = Seed(2).stream("test");
        let mut panel = Panel::<f64>::random(50, &mut rng);
        panel.rows.iter_mut().for_each(|row| row[3] = row[1]);
        let (r, smallest) = panel.gram_schmidt(1e-9, &mut rng);
        assert_eq!((r[3][3], smallest), (0.0, 0.0));
        assert!(panel.squared_norms().iter().all(|x| (x - 1.0).abs() < 1e-13));
    }
}
