//! A block Krylov space with thick restarts: the workings of [`lanczos`](super::lanczos).
//!
//! Invariant after every expansion: `P·A·V = V·T + Q·R·Eᵀ`, where V are the basis' panels but the last, Q
//! is the last, E picks V's last panel, T is symmetric and P projects away the deflated panels.
//! (Wu & Simon, SIAM J. Matrix Anal. Appl. 22 (2000) 602, in blocks.)

use super::dense::{DenseEigen, symmetric_eigen, tails};
use super::panel::{Panel, combine, project};
use super::tile::{Tile, add_tiles, multiply};
use super::{LinearOperator, Real, WIDTH};
use crate::error::Result;
use crate::rng::Rng;
use crate::task::Task;

/// The space and its projected matrix.
pub(super) struct Krylov<'a, T, O> {
    op: &'a O,
    task: &'a Task,
    /// Panels to which everything stays orthogonal: pairs found before.
    deflated: Vec<&'a Panel<T>>,
    /// Orthonormal panels; the last is not yet multiplied.
    pub(super) basis: Vec<Panel<T>>,
    /// T, row-major with rows of `stride`; only the upper triangle of panels is meaningful.
    t: Vec<f64>,
    stride: usize,
    /// R of the last expansion.
    coupling: Tile<f64>,
    /// Largest norm of A times a unit vector seen: the scale for "numerically zero".
    norm: f64,
    /// Vectors multiplied so far.
    pub(super) products: usize,
}

/// Ritz pairs of the space, values descending.
pub(super) struct Ritz {
    /// All values and the coefficients of the leading vectors (rows).
    pub(super) eigen: DenseEigen,
}

impl<'a, T: Real, O: LinearOperator<T>> Krylov<'a, T, O> {
    /// A space of at most `panels` multiplied panels that starts with a random block.
    pub(super) async fn start(
        op: &'a O,
        deflated: Vec<&'a Panel<T>>,
        panels: usize,
        rng: &mut Rng,
        task: &'a Task,
    ) -> Result<Self> {
        let stride = panels * WIDTH;
        let mut space = Self {
            op,
            task,
            deflated,
            basis: Vec::new(),
            t: vec![0.0; stride * stride],
            stride,
            coupling: [[0.0; WIDTH]; WIDTH],
            norm: 0.0,
            products: 0,
        };
        let mut first = Panel::random(op.n(), rng);
        space.project(&mut first).await?;
        space.orthonormalise(&mut first, 1.0, rng).await?;
        space.basis.push(first);
        Ok(space)
    }

    /// Multiplied panels.
    pub(super) fn panels(&self) -> usize {
        self.basis.len() - 1
    }

    /// Takes out of `w` what lies in the deflated panels and the basis; coefficients of the basis.
    ///
    /// First the two panels with which a product has most in common, then all; and all again as long as
    /// what was found is not small against what is left. One pass leaves of every panel its coefficients
    /// times the basis' own want of orthogonality: with the large ones out before, that is usually enough.
    async fn project(&self, w: &mut Panel<T>) -> Result<Vec<Tile<f64>>> {
        let all: Vec<&Panel<T>> = self.deflated.iter().copied().chain(&self.basis).collect();
        let near = all.len() - self.basis.len().min(2);
        let mut coefficients = vec![[[0.0; WIDTH]; WIDTH]; all.len()];
        for first in [near, 0, 0, 0] {
            if first == all.len() {
                continue;
            }
            let found = project(w, &all[first..], self.task).await?;
            add_tiles(&mut coefficients[first..], &found);
            if first == 0 && largest_share(&found, &w.squared_norms()) < SMALL_SHARE {
                break;
            }
        }
        Ok(coefficients.split_off(self.deflated.len()))
    }

    /// Orthonormalises a projected panel, `old = new · R`; what is numerically zero against `scale`
    /// becomes a random direction with a zero in R.
    async fn orthonormalise(&self, w: &mut Panel<T>, scale: f64, rng: &mut Rng) -> Result<Tile<f64>> {
        let (mut r, mut smallest) = w.orthonormalise(8.0 * T::EPSILON * scale, rng);
        // Scaling up a short column also scales up its rounding errors along the basis: project again.
        for _ in 0..4 {
            if smallest > 0.1 {
                break;
            }
            self.project(w).await?;
            let (again, least) = w.orthonormalise(8.0 * T::EPSILON, rng);
            r = multiply(&again, &r);
            smallest = least;
        }
        Ok(r)
    }

    /// Multiplies the last panel by A and appends the next one.
    async fn expand(&mut self, rng: &mut Rng) -> Result<()> {
        let j = self.panels();
        let mut w = Panel::zeros(self.op.n());
        self.op.apply_block(&self.basis[j], &mut w, self.task).await?;
        self.products += WIDTH;
        let largest = w.squared_norms().into_iter().fold(0.0, f64::max).sqrt();
        self.norm = self.norm.max(largest);
        for (i, tile) in self.project(&mut w).await?.iter().enumerate() {
            for (row, values) in tile.iter().enumerate() {
                let at = (i * WIDTH + row) * self.stride + j * WIDTH;
                self.t[at..at + WIDTH].copy_from_slice(values);
            }
        }
        self.coupling = self.orthonormalise(&mut w, self.norm.max(f64::MIN_POSITIVE), rng).await?;
        self.basis.push(w);
        Ok(())
    }

    /// Fills the space up to `panels` panels.
    pub(super) async fn fill(&mut self, panels: usize, rng: &mut Rng) -> Result<()> {
        while self.panels() < panels.min(self.stride / WIDTH) {
            self.expand(rng).await?;
        }
        Ok(())
    }

    /// The projected matrix T.
    fn projected(&self) -> Vec<f64> {
        let m = self.panels() * WIDTH;
        let mut t = vec![0.0; m * m];
        for i in 0..m {
            for j in i..m {
                // Within a diagonal tile both triangles were computed; across tiles only the upper one.
                let both = i / WIDTH == j / WIDTH;
                let (upper, lower) = (self.t[i * self.stride + j], self.t[j * self.stride + i]);
                let x = if both { 0.5 * (upper + lower) } else { upper };
                (t[i * m + j], t[j * m + i]) = (x, x);
            }
        }
        t
    }

    /// Ritz values, descending, with their residuals: much less work than [`Krylov::ritz`].
    pub(super) async fn residuals(&self) -> Result<(Vec<f64>, Vec<f64>)> {
        let (values, ends) = tails(self.projected(), self.panels() * WIDTH, WIDTH, self.task).await?;
        let residuals = ends.iter().map(|s| self.residual(s)).collect();
        Ok((values, residuals))
    }

    /// Ritz values and the vectors of the first `count`.
    pub(super) async fn ritz(&self, count: usize) -> Result<Ritz> {
        let m = self.panels() * WIDTH;
        let eigen = symmetric_eigen(self.projected(), m, count, self.task).await?;
        Ok(Ritz { eigen })
    }

    /// ‖R · s‖, the residual norm ‖PAv − θv‖ of a Ritz vector whose last coefficients are `s`.
    fn residual(&self, s: &[f64]) -> f64 {
        let dot = |row: &[f64; WIDTH]| row.iter().zip(s).map(|(r, s)| r * s).sum::<f64>();
        self.coupling.iter().map(|row| dot(row).powi(2)).sum::<f64>().sqrt()
    }

    /// The first `count` Ritz vectors as panels.
    pub(super) async fn vectors(&self, ritz: &Ritz, count: usize) -> Result<Vec<Panel<T>>> {
        combine(&self.basis[..self.panels()], count, |i, j| ritz.eigen.vectors[j][i], self.task).await
    }

    /// Shrinks the space to its first `panels · WIDTH` Ritz vectors and the last panel.
    pub(super) async fn restart(&mut self, ritz: &Ritz, panels: usize) -> Result<()> {
        let mut kept = self.vectors(ritz, panels * WIDTH).await?;
        kept.extend(self.basis.pop());
        self.basis = kept;
        // The products of the last panel with the kept vectors are computed when it is multiplied.
        self.t.fill(0.0);
        for (i, &theta) in ritz.eigen.values[..panels * WIDTH].iter().enumerate() {
            self.t[i * self.stride + i] = theta;
        }
        Ok(())
    }
}

/// Coefficients below this share of what is left need no further pass.
const SMALL_SHARE: f64 = 0.1;

/// The largest length of a column of coefficients against the norm of the column of the panel.
fn largest_share(coefficients: &[Tile<f64>], squared_norms: &[f64; WIDTH]) -> f64 {
    let mut squares = [0.0; WIDTH];
    for row in coefficients.iter().flatten() {
        for j in 0..WIDTH {
            squares[j] += row[j] * row[j];
        }
    }
    let share = |(c, n): (&f64, &f64)| if *c > 0.0 { (c / n).sqrt() } else { 0.0 };
    squares.iter().zip(squared_norms).map(share).fold(0.0, f64::max)
}
