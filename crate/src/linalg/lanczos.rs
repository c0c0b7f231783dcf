//! The largest eigenpairs of a symmetric operator.
//!
//! Block thick-restart Lanczos with full reorthogonalisation. A block of b vectors sees at most b copies
//! of a repeated eigenvalue, so pairs that look complete are then *verified*: the largest eigenvalue of A
//! on the complement of everything seen so far must not exceed the smallest wanted one. What exceeds it
//! was missed; it is solved for with the found pairs locked, until nothing is missing.

use super::krylov::{Krylov, Ritz};
use super::panel::{Panel, WIDTH};
use super::{LinearOperator, Real, dense};
use crate::error::{Code, Error, Result};
use crate::order::descending;
use crate::rng::{Rng, Seed};
use crate::task::{Progress, Task};
use ndarray::Array2;

/// What to solve for and how well.
#[derive(Debug, Clone, PartialEq)]
pub struct EigenOptions {
    /// Number of pairs wanted, at most n.
    pub count: usize,
    /// Accepted residual ‖Av − λv‖, relative to ‖A‖; no smaller than the type's rounding permits is used.
    pub tolerance: f64,
    /// Give up after so many products of the operator with a vector.
    pub max_products: usize,
    /// Seed of the random starting blocks (stream `lanczos`).
    pub seed: Seed,
}

impl EigenOptions {
    /// `count` pairs to 1e-5, from seed 0.
    pub fn new(count: usize) -> Self {
        Self { count, tolerance: 1e-5, max_products: 200_000, seed: Seed(0) }
    }
}

/// Eigenpairs, values descending.
#[derive(Debug, Clone)]
pub struct Eigenpairs<T> {
    /// The eigenvalues (Rayleigh quotients in double precision), `count` of them.
    pub values: Vec<f64>,
    /// The unit eigenvectors as columns, `n × count`.
    pub vectors: Array2<T>,
    /// ‖Av − λv‖ of every pair, recomputed from the final vectors.
    pub residuals: Vec<f64>,
    /// Products of the operator with a vector.
    pub products: usize,
    /// True if it was checked that no larger eigenvalue is missing.
    pub verified: bool,
}

/// The `count` largest eigenpairs of a symmetric operator.
///
/// Small problems, and those in which a good part of all pairs is wanted, are solved densely. If
/// `max_products` is reached, the best pairs so far are returned with their true residuals.
///
/// # Errors
/// [`Code::OutOfRange`] for a count above n, [`Code::Cancelled`], [`Code::NotConverged`] when not a single
/// pair converged.
pub async fn largest_eigenpairs<T: Real, O: LinearOperator<T>>(
    op: &O,
    options: &EigenOptions,
    task: &Task,
) -> Result<Eigenpairs<T>> {
    let (n, count) = (op.n(), options.count);
    if count > n {
        return Err(Error::new(
            Code::OutOfRange,
            format!("{count} eigenpairs were asked for, but the matrix has only {n}"),
        )
        .with_value(count.to_string()));
    }
    if count == 0 {
        return Ok(Eigenpairs {
            values: vec![],
            vectors: Array2::from_shape_simple_fn((n, 0), T::default),
            residuals: vec![],
            products: 0,
            verified: true,
        });
    }
    // The verification needs room for a second space beside the first.
    let sizes = Sizes::new(count);
    let room = count + WIDTH * (2 * sizes.panels + 4);
    if n <= DENSE_UP_TO || room > n {
        return solve_dense(op, count, task).await;
    }
    let tolerance = options.tolerance.max(16.0 * T::EPSILON);
    let mut solver = Solver { op, options, tolerance, sizes, task, products: 0, scale: 0.0 };
    solver.solve().await
}

/// Memory that [`largest_eigenpairs`] takes at most besides the operator, in bytes, for numbers of
/// `bytes` bytes.
pub fn eigen_memory(n: usize, count: usize, bytes: usize) -> u64 {
    let Sizes { panels, .. } = Sizes::new(count);
    if n <= DENSE_UP_TO || count + WIDTH * (2 * panels + 4) > n {
        // The matrix and all its eigenvectors.
        return 16 * (n as u64).pow(2);
    }
    // The space, the probe's, what is kept while either restarts, the pairs in columns and in panels.
    let columns = WIDTH * (2 * panels + panels + 4) + 3 * count;
    (columns as u64) * (n as u64) * bytes as u64
}

/// Up to this order the dense solver is the faster one.
const DENSE_UP_TO: usize = 320;

/// Sizes of the Krylov space, in panels.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// At most so many before a restart.
    panels: usize,
    /// Kept at a restart.
    kept: usize,
    /// Expansions before the residuals are looked at for the first time.
    first: usize,
    /// Expansions between two looks: an expansion costs much more than a look.
    step: usize,
}

impl Sizes {
    fn new(count: usize) -> Self {
        let wanted = count.div_ceil(WIDTH);
        let panels = (2 * wanted + 8).max(14);
        Self { panels, kept: (wanted + panels) / 2 - 1, first: wanted + 8, step: 2 }
    }
}

/// Pairs found so far, values descending.
struct Found<T> {
    values: Vec<f64>,
    columns: Vec<Vec<T>>,
}

struct Solver<'a, O> {
    op: &'a O,
    options: &'a EigenOptions,
    tolerance: f64,
    sizes: Sizes,
    task: &'a Task,
    products: usize,
    /// Largest magnitude of a Ritz value: an estimate of ‖A‖.
    scale: f64,
}

/// How a run in the complement of the pairs found so far ended.
enum Ended {
    /// With so many leading pairs to be taken.
    Take(usize),
    /// Out of products: so many leading pairs are the best there is.
    GaveUp(usize),
}

impl<O> Solver<'_, O> {
    async fn solve<T: Real>(&mut self) -> Result<Eigenpairs<T>>
    where
        O: LinearOperator<T>,
    {
        let mut rng = self.options.seed.stream("lanczos");
        let mut found = Found { values: Vec::new(), columns: Vec::new() };
        let verified = loop {
            let locked = to_panels(&found.columns, self.op.n());
            let mut space =
                Krylov::start(self.op, locked.iter().collect(), self.sizes.panels, &mut rng, self.task)
                    .await?;
            let floor = found.values.last().copied();
            space.fill(self.sizes.first, &mut rng).await?;
            let (ritz, ended) = self.iterate(&mut space, floor, &mut rng).await?;
            self.products += space.products;
            let (take, complete) = match ended {
                Ended::Take(count) => (count, true),
                Ended::GaveUp(count) => (count, false),
            };
            let panels = space.vectors(&ritz, take).await?;
            found.merge(&ritz.eigen.values[..take], &panels, self.options.count);
            if !complete {
                break false;
            }
            let floor = *found.values.last().expect("count is at least 1");
            if let Some(nothing) = self.nothing_above(floor, &locked, &space.basis, &mut rng).await? {
                if nothing {
                    break true;
                }
            } else {
                break false;
            }
        };
        finish(self.op, found, self.products, verified, self.task).await
    }

    /// Restarts until the wanted leading pairs converge: the first `count` when `floor` is `None`, else
    /// all those above it.
    async fn iterate<T: Real>(
        &mut self,
        space: &mut Krylov<'_, T, O>,
        floor: Option<f64>,
        rng: &mut Rng,
    ) -> Result<(Ritz, Ended)>
    where
        O: LinearOperator<T>,
    {
        loop {
            let (values, residuals) = space.residuals().await?;
            self.scale = self.scale.max(values[0].abs()).max(values[values.len() - 1].abs());
            let goal = self.tolerance * self.scale;
            let wanted = match floor {
                None => self.options.count,
                // At least the first: only once it has converged is it known to be below the floor.
                Some(floor) => {
                    values.iter().take_while(|&&x| x > floor + goal).count().clamp(1, self.options.count)
                }
            };
            let residuals = &residuals[..wanted];
            // Rounding adds to the true residual what the recurrence does not see: ask for a little more.
            let converged = residuals.iter().take_while(|&&r| r <= 0.5 * goal).count();
            self.task.report(&Progress {
                residuals: residuals.to_vec(),
                ..Progress::of("solve", converged, wanted, "eigenpairs")
            });
            if converged == wanted {
                return Ok((space.ritz(wanted).await?, Ended::Take(wanted)));
            }
            if self.products + space.products >= self.options.max_products {
                if converged == 0 && floor.is_none() {
                    return Err(self.gave_up(residuals));
                }
                let take = if floor.is_none() { wanted } else { converged };
                return Ok((space.ritz(take).await?, Ended::GaveUp(take)));
            }
            let Sizes { panels, kept, step, .. } = self.sizes;
            if space.panels() == panels {
                let ritz = space.ritz(kept * WIDTH).await?;
                space.restart(&ritz, kept).await?;
                space.fill((kept + 2 * step).min(panels), rng).await?;
            } else {
                space.fill((space.panels() + step).min(panels), rng).await?;
            }
        }
    }

    fn gave_up(&self, residuals: &[f64]) -> Error {
        let best = residuals.iter().copied().fold(f64::INFINITY, f64::min);
        Error::new(
            Code::NotConverged,
            format!(
                "no eigenpair converged within {} products (best residual {best:.1e})",
                self.options.max_products
            ),
        )
    }

    /// Whether A has no eigenvalue above `floor` on the complement of `locked` and `seen`; `None` when out of
    /// products before that was clear.
    ///
    /// An eigenvector that a Krylov space missed is orthogonal to all of it, so leaving the whole space out
    /// hides nothing; but it takes away the pairs just below `floor`, and the check is quick.
    async fn nothing_above<T: Real>(
        &mut self,
        floor: f64,
        locked: &[Panel<T>],
        seen: &[Panel<T>],
        rng: &mut Rng,
    ) -> Result<Option<bool>>
    where
        O: LinearOperator<T>,
    {
        let slack = self.tolerance * self.scale;
        let deflated = locked.iter().chain(seen).collect();
        let mut probe = Krylov::start(self.op, deflated, self.sizes.panels, rng, self.task).await?;
        let mut panels = 4;
        loop {
            probe.fill(panels, rng).await?;
            let (values, residuals) = probe.residuals().await?;
            let (top, residual) = (values[0], residuals[0]);
            // A Ritz value never exceeds the largest eigenvalue, and some eigenvalue is within its residual.
            let missing = top > floor + slack;
            let settled = top + residual <= floor + slack || residual <= 0.5 * slack;
            if missing || settled {
                self.products += probe.products;
                return Ok(Some(settled && !missing));
            }
            if self.products + probe.products >= self.options.max_products {
                self.products += probe.products;
                return Ok(None);
            }
            if panels == self.sizes.panels {
                let kept = self.sizes.panels / 2;
                let ritz = probe.ritz(kept * WIDTH).await?;
                probe.restart(&ritz, kept).await?;
            }
            panels = (panels + self.sizes.step).min(self.sizes.panels);
        }
    }
}

/// Rayleigh quotients and residuals of the final vectors, by one more product each.
async fn finish<T: Real, O: LinearOperator<T>>(
    op: &O,
    found: Found<T>,
    products: usize,
    verified: bool,
    task: &Task,
) -> Result<Eigenpairs<T>> {
    let (n, count) = (op.n(), found.columns.len());
    let mut pairs = Vec::with_capacity(count);
    for (panel, columns) in to_panels(&found.columns, n).iter().zip(found.columns.chunks(WIDTH)) {
        let mut product = Panel::zeros(n);
        op.apply_block(panel, &mut product, task).await?;
        pairs.extend((0..columns.len()).map(|j| quotient_and_residual(panel, &product, j)));
    }
    let values: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    let order = descending(&values);
    Ok(Eigenpairs {
        values: order.iter().map(|&i| values[i]).collect(),
        vectors: Array2::from_shape_fn((n, count), |(i, j)| found.columns[order[j]][i]),
        residuals: order.iter().map(|&i| pairs[i].1).collect(),
        products: products + count,
        verified,
    })
}

impl<T: Real> Found<T> {
    /// Adds the leading columns of `panels` and keeps the `count` largest of all.
    fn merge(&mut self, values: &[f64], panels: &[Panel<T>], count: usize) {
        self.values.extend_from_slice(values);
        for c in 0..values.len() {
            self.columns.push(panels[c / WIDTH].rows.iter().map(|row| row[c % WIDTH]).collect());
        }
        let mut order = descending(&self.values);
        order.truncate(count);
        self.values = order.iter().map(|&i| self.values[i]).collect();
        self.columns = order.iter().map(|&i| std::mem::take(&mut self.columns[i])).collect();
    }
}

/// Columns side by side in panels, the last filled up with zeros.
fn to_panels<T: Real>(columns: &[Vec<T>], n: usize) -> Vec<Panel<T>> {
    columns
        .chunks(WIDTH)
        .map(|chunk| {
            let row = |i: usize| std::array::from_fn(|j| chunk.get(j).map_or(T::default(), |c| c[i]));
            Panel { rows: (0..n).map(row).collect() }
        })
        .collect()
}

/// `vᵀAv / vᵀv` and `‖Av − λv‖ / ‖v‖` for column `j`, in double precision.
fn quotient_and_residual<T: Real>(v: &Panel<T>, av: &Panel<T>, j: usize) -> (f64, f64) {
    let column = || v.rows.iter().zip(&av.rows).map(|(v, av)| (v[j].to_f64(), av[j].to_f64()));
    let (dot, norm) = column().fold((0.0, 0.0), |(dot, norm), (v, av)| (dot + v * av, norm + v * v));
    if norm == 0.0 {
        return (0.0, 0.0);
    }
    let value = dot / norm;
    let squared: f64 = column().map(|(v, av)| (av - value * v).powi(2)).sum();
    (value, (squared / norm).sqrt())
}

/// Writes the operator out as a matrix and solves that.
async fn solve_dense<T: Real, O: LinearOperator<T>>(
    op: &O,
    count: usize,
    task: &Task,
) -> Result<Eigenpairs<T>> {
    let n = op.n();
    let mut a = vec![0.0; n * n];
    let mut y = Panel::zeros(n);
    for first in (0..n).step_by(WIDTH) {
        let mut x = Panel::zeros(n);
        let width = WIDTH.min(n - first);
        (0..width).for_each(|j| x.rows[first + j][j] = T::from_f64(1.0));
        op.apply_block(&x, &mut y, task).await?;
        for (i, row) in y.rows.iter().enumerate() {
            for j in 0..width {
                a[i * n + first + j] = row[j].to_f64();
            }
        }
    }
    let solved = dense::symmetric_eigen(a, n, count, task).await?;
    let columns: Vec<Vec<T>> =
        solved.vectors.into_iter().map(|v| v.into_iter().map(T::from_f64).collect()).collect();
    task.report(&Progress::of("solve", count, count, "eigenpairs"));
    let found = Found { values: solved.values[..count].to_vec(), columns };
    finish(op, found, n, true, task).await
}
