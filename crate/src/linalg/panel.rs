//! Blocks of [`WIDTH`] vectors and the kernels on them.
//!
//! A panel is stored row by row, so that one load of a sparse matrix's index serves all its columns and
//! the innermost loop is a fixed-width array operation that compiles to SIMD. Every sum runs in a fixed
//! order: the same build gives the same bits however the work is cut by checkpoints.

use super::operator::row_chunks;
use super::simd::dispatch;
pub use super::tile::Tile;
use super::tile::{add_tiles, cholesky, inverse_upper, multiply, shortest};
use super::{Real, parallel};
use crate::error::Result;
use crate::rng::Rng;
use crate::task::Task;
use rand::RngExt;
use std::ops::Range;

/// Number of vectors in a panel: the block size of the eigensolver.
///
/// Eight single-precision columns are 32 bytes, half a cache line, and two 128-bit registers.
pub const WIDTH: usize = 8;

/// Rows handled together: a panel's chunk then stays in the first-level cache.
const ROWS: usize = 64;

/// Rows whose sums are taken by one thread and then added up in order: fixed, so that the number of
/// threads changes no sum. A multiple of [`ROWS`].
const GRAIN: usize = 512;

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
        sums(&[self], other, 0..self.n())[0]
    }

    fn randomise_column(&mut self, column: usize, rng: &mut Rng) {
        for row in &mut self.rows {
            row[column] = T::from_f64(rng.random_range(-1.0..1.0));
        }
    }

    fn dot(&self, i: usize, j: usize) -> f64 {
        self.rows.iter().map(|row| row[i].to_f64() * row[j].to_f64()).sum()
    }

    /// Orthonormalises the columns: `old = new · R`, R upper triangular.
    ///
    /// By Cholesky factors of the Gram matrix, twice, which runs at the speed of the other kernels; where
    /// columns are nearly dependent, by [`Panel::gram_schmidt`], whose treatment of short columns
    /// (`tiny`) and second value this shares.
    pub(super) fn orthonormalise(&mut self, tiny: f64, rng: &mut Rng) -> (Tile<f64>, f64) {
        let Some(first) = self.cholesky_step(tiny, T::EPSILON.sqrt() * 8.0) else {
            return self.gram_schmidt(tiny, rng);
        };
        // The columns are now orthonormal but for the rounding of a Gram matrix that was well conditioned.
        match self.cholesky_step(0.0, 0.5) {
            Some(second) => {
                let r = multiply(&second, &first);
                (r, shortest(&r))
            }
            None => {
                let (second, _) = self.gram_schmidt(tiny, rng);
                let r = multiply(&second, &first);
                (r, shortest(&r))
            }
        }
    }

    /// `self ← self · R⁻¹` with `RᵀR = selfᵀ self`; `None`, nothing done, if a pivot is below `tiny²` or below
    /// the share `least` of its diagonal entry.
    fn cholesky_step(&mut self, tiny: f64, least: f64) -> Option<Tile<f64>> {
        let r = cholesky(&self.columns_dot(self), tiny, least)?;
        let inverse = inverse_upper(&r).map(|row| row.map(T::from_f64));
        parallel::for_each_chunk(&mut self.rows, GRAIN, |_, rows| times(rows, &inverse));
        Some(r)
    }

    /// Modified Gram–Schmidt within the panel: `old = new · R`, R upper triangular.
    ///
    /// A column no longer than `tiny` once the ones before it are taken out becomes random, with a zero in
    /// R; the second value is the smallest share of its length that a column kept (0 if one was replaced).
    fn gram_schmidt(&mut self, tiny: f64, rng: &mut Rng) -> (Tile<f64>, f64) {
        let mut r = [[0.0; WIDTH]; WIDTH];
        let mut smallest = f64::INFINITY;
        for j in 0..WIDTH {
            self.orthogonalise_column(j, &mut r);
            let mut norm = self.dot(j, j).sqrt();
            if norm > tiny {
                r[j][j] = norm;
                let column = (0..=j).map(|i| r[i][j] * r[i][j]).sum::<f64>().sqrt();
                smallest = smallest.min(norm / column);
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

dispatch! {
    /// `sums += vᵀ · w` over a few rows: in `T` within the chunk, in double precision across chunks.
    fn dot_chunk<T: Real>(v: &[[T; WIDTH]], w: &[[T; WIDTH]], sums: &mut Tile<f64>) = dot_chunk_body
}

#[inline(always)]
fn dot_chunk_body<T: Real>(v: &[[T; WIDTH]], w: &[[T; WIDTH]], sums: &mut Tile<f64>) {
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

dispatch! {
    /// `w += v · c` over a few rows.
    fn add_chunk<T: Real>(w: &mut [[T; WIDTH]], v: &[[T; WIDTH]], c: &Tile<T>) = add_chunk_body
}

#[inline(always)]
fn add_chunk_body<T: Real>(w: &mut [[T; WIDTH]], v: &[[T; WIDTH]], c: &Tile<T>) {
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

dispatch! {
    /// `w ← w · c`.
    fn times<T: Real>(w: &mut [[T; WIDTH]], c: &Tile<T>) = times_body
}

#[inline(always)]
fn times_body<T: Real>(w: &mut [[T; WIDTH]], c: &Tile<T>) {
    for w in w {
        let mut acc = [T::default(); WIDTH];
        for i in 0..WIDTH {
            for j in 0..WIDTH {
                acc[j] += w[i] * c[i][j];
            }
        }
        *w = acc;
    }
}

/// `panelᵀ · w` over the rows `range`, which begins at a multiple of [`GRAIN`], for every panel of `basis`.
fn sums<T: Real>(basis: &[&Panel<T>], w: &Panel<T>, range: Range<usize>) -> Vec<Tile<f64>> {
    let grains = parallel::map(range.len().div_ceil(GRAIN), |grain| {
        let start = range.start + grain * GRAIN;
        let end = (start + GRAIN).min(range.end);
        let mut sums = vec![[[0.0; WIDTH]; WIDTH]; basis.len()];
        for start in (start..end).step_by(ROWS) {
            let end = (start + ROWS).min(end);
            for (panel, sums) in basis.iter().zip(&mut sums) {
                dot_chunk(&panel.rows[start..end], &w.rows[start..end], sums);
            }
        }
        sums
    });
    let mut total = vec![[[0.0; WIDTH]; WIDTH]; basis.len()];
    grains.iter().for_each(|part| add_tiles(&mut total, part));
    total
}

/// `rows += basis · c`, where `rows` begin at row `first` of the panels.
fn add_panels<T: Real>(rows: &mut [[T; WIDTH]], basis: &[&Panel<T>], c: &[Tile<T>], first: usize) {
    parallel::for_each_chunk(rows, GRAIN, |grain, rows| {
        for (chunk, rows) in rows.chunks_mut(ROWS).enumerate() {
            let start = first + grain * GRAIN + chunk * ROWS;
            for (panel, c) in basis.iter().zip(c) {
                add_chunk(rows, &panel.rows[start..start + rows.len()], c);
            }
        }
    });
}

/// Takes the columns of `basis` out of `w` by one pass of classical Gram–Schmidt: `c = basisᵀ · w`,
/// `w −= basis · c`. Returns c, one tile a panel.
///
/// # Errors
/// [`Code::Cancelled`](crate::error::Code) only.
pub(super) async fn project<T: Real>(
    w: &mut Panel<T>,
    basis: &[&Panel<T>],
    task: &Task,
) -> Result<Vec<Tile<f64>>> {
    let work = w.n() * basis.len() * WIDTH * WIDTH;
    let mut c = vec![[[0.0; WIDTH]; WIDTH]; basis.len()];
    for range in aligned_chunks(w.n(), work) {
        add_tiles(&mut c, &sums(basis, w, range));
        task.checkpoint().await?;
    }
    let minus: Vec<Tile<T>> = c.iter().map(|tile| tile.map(|row| row.map(|x| T::from_f64(-x)))).collect();
    for range in aligned_chunks(w.n(), work) {
        let start = range.start;
        add_panels(&mut w.rows[range], basis, &minus, start);
        task.checkpoint().await?;
    }
    Ok(c)
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
    let panels: Vec<&Panel<T>> = basis.iter().collect();
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
            let start = range.start;
            add_panels(&mut out.rows[range], &panels, &tiles, start);
            task.checkpoint().await?;
        }
    }
    Ok(out)
}

/// [`row_chunks`] that begin at multiples of [`GRAIN`], so that cutting the work never changes a sum.
fn aligned_chunks(n: usize, work: usize) -> impl Iterator<Item = Range<usize>> {
    row_chunks(n.div_ceil(GRAIN), work).map(move |r| r.start * GRAIN..(r.end * GRAIN).min(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    type Way<T> = fn(&mut Panel<T>, f64, &mut Rng) -> (Tile<f64>, f64);

    /// Both ways to orthonormalise a panel: the fast one and its plain twin.
    fn both<T: Real>() -> [Way<T>; 2] {
        [Panel::orthonormalise, Panel::gram_schmidt]
    }

    fn rebuilds<T: Real>(n: usize) {
        let mut rng = Seed(1).stream("test");
        let old = Panel::<T>::random(n, &mut rng);
        for way in both() {
            let mut new = old.clone();
            let (r, smallest) = way(&mut new, 1e-12, &mut rng);
            assert!(smallest > 0.5);
            for (i, row) in new.columns_dot(&new).iter().enumerate() {
                for (j, x) in row.iter().enumerate() {
                    assert!((x - f64::from(i == j)).abs() < 40.0 * T::EPSILON, "{x}");
                }
            }
            for (old, new) in old.rows.iter().zip(&new.rows) {
                for j in 0..WIDTH {
                    let x: f64 = (0..WIDTH).map(|i| new[i].to_f64() * r[i][j]).sum();
                    assert!((x - old[j].to_f64()).abs() < 40.0 * T::EPSILON);
                }
            }
        }
    }

    #[test]
    fn orthonormal_columns_rebuild_the_panel() {
        for n in [100, 1500] {
            rebuilds::<f64>(n);
            rebuilds::<f32>(n);
        }
    }

    #[test]
    fn a_repeated_column_becomes_random() {
        for way in both() {
            let mut rng = Seed(2).stream("test");
            let mut panel = Panel::<f64>::random(50, &mut rng);
            panel.rows.iter_mut().for_each(|row| row[3] = row[1]);
            let (r, smallest) = way(&mut panel, 1e-9, &mut rng);
            assert_eq!((r[3][3], smallest), (0.0, 0.0));
            assert!(panel.squared_norms().iter().all(|x| (x - 1.0).abs() < 1e-13));
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        fn check<T: Real>() {
            let mut rng = Seed(3).stream("test");
            let (v, w) = (Panel::<T>::random(100, &mut rng), Panel::<T>::random(100, &mut rng));
            let (mut fast, mut base) = ([[0.0; WIDTH]; WIDTH], [[0.0; WIDTH]; WIDTH]);
            dot_chunk(&v.rows, &w.rows, &mut fast);
            dot_chunk_body(&v.rows, &w.rows, &mut base);
            assert_eq!(fast, base);
            let tile = base.map(|row| row.map(T::from_f64));
            let (mut fast, mut base) = (w.clone(), w);
            add_chunk(&mut fast.rows, &v.rows, &tile);
            add_chunk_body(&mut base.rows, &v.rows, &tile);
            assert_eq!(fast, base);
            times(&mut fast.rows, &tile);
            times_body(&mut base.rows, &tile);
            assert_eq!(fast, base);
        }
        check::<f32>();
        check::<f64>();
    }
}
