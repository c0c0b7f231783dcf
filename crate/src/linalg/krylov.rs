//! A block Krylov space with thick restarts: the workings of [`lanczos`](super::lanczos).
//!
//! Invariant after every expansion: `P·A·V = V·T + Q·R·Eᵀ`, where V are the basis' panels but the last, Q
//! is the last, E picks V's last panel, T is symmetric and P projects away the deflated panels.
//! (Wu & Simon, SIAM J. Matrix Anal. Appl. 22 (2000) 602, in blocks.)

use super::dense::{DenseEigen, symmetric_eigen};
use super::panel::{Panel, Tile, combine, project};
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
    /// Values and the coefficients of every vector (rows).
    pub(super) eigen: DenseEigen,
    /// Residual norm ‖PAv − θv‖ of every pair, from the recurrence.
    pub(super) residuals: Vec<f64>,
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
    fn panels(&self) -> usize {
        self.basis.len() - 1
    }

    /// Takes out of `w` what lies in the deflated panels and the basis; coefficients of the basis.
    async fn project(&self, w: &mut Panel<T>) -> Result<Vec<Tile<f64>>> {
        let all: Vec<&Panel<T>> = self.deflated.iter().copied().chain(&self.basis).collect();
        let mut coefficients = project(w, &all, self.task).await?;
        Ok(coefficients.split_off(self.deflated.len()))
    }

    /// Orthonormalises a projected panel, `old = new · R`; what is numerically zero against `scale`
    /// becomes a random direction with a zero in R.
    async fn orthonormalise(&self, w: &mut Panel<T>, scale: f64, rng: &mut Rng) -> Result<Tile<f64>> {
        let (mut r, mut smallest) = w.gram_schmidt(8.0 * T::EPSILON * scale, rng);
        // Scaling up a short column also scales up its rounding errors along the basis: project again.
        let mut scale = scale;
        for _ in 0..4 {
            if smallest > 0.1 * scale {
                break;
            }
            self.project(w).await?;
            scale = 1.0;
            let (again, least) = w.gram_schmidt(8.0 * T::EPSILON, rng);
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

    /// Fills the space up to `panels` panels and solves the projected problem.
    pub(super) async fn cycle(&mut self, panels: usize, rng: &mut Rng) -> Result<Ritz> {
        while self.panels() < panels.min(self.stride / WIDTH) {
            self.expand(rng).await?;
        }
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
        let eigen = symmetric_eigen(t, m, m, self.task).await?;
        let residuals = eigen.vectors.iter().map(|s| self.residual(&s[m - WIDTH..])).collect();
        Ok(Ritz { eigen, residuals })
    }

    /// ‖R · s‖ for a Ritz vector whose last coefficients are `s`.
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

fn multiply(a: &Tile<f64>, b: &Tile<f64>) -> Tile<f64> {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..WIDTH).map(|k| a[i][k] * b[k][j]).sum()))
}
