//! Laplacian eigenmaps, plain (LE) and popularity-regularised (LEPORID) (methods: section 2).
//!
//! With weights W, degrees D and their largest d_max:
//!
//! ```text
//! D_reg = (1 − α) D + α d_max I
//! L_reg = D_reg − W                               unnormalised
//! L_regsym = D_reg^−½ (D_reg − W) D_reg^−½         normalised
//! ```
//!
//! α = 0 is LE. The eigenvectors of L_regsym's smallest eigenvalues are those of the largest of
//! `D_reg^−½ W D_reg^−½`, those of L_reg's smallest the largest of `c·I − L_reg` (c bounds its spectrum):
//! nothing is ever inverted. (Zhang et al., KDD 2021, section 3.)

use super::Graph;
use crate::error::{Code, Error, Result};
use crate::linalg::sparse::ScaledSparse;
use crate::linalg::{Csr, EigenOptions, Eigenpairs, Real, eigen_memory, largest_eigenpairs};
use crate::rng::Seed;
use crate::task::Task;
use ndarray::Array2;

/// Which Laplacian, how many eigenvectors, how exact.
#[derive(Debug, Clone, PartialEq)]
pub struct LaplacianOptions {
    /// Number of eigenvectors d, at most n.
    pub dim: usize,
    /// Regularisation α from 0 (LE) to 1.
    pub alpha: f64,
    /// `D_reg^−½ (D_reg − W) D_reg^−½` if true, `D_reg − W` if false.
    pub normalized: bool,
    /// Accepted residual ‖Lv − λv‖, relative to the operator's norm (which is at most 1 if normalised).
    pub tolerance: f64,
    /// Seed of the eigensolver's start (stream `lanczos`).
    pub seed: Seed,
}

/// The smallest eigenpairs of a Laplacian.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Unit eigenvectors as columns, `n × d`; in each, the entry of largest magnitude is positive (the
    /// lowest index wins ties).
    pub vectors: Array2<f32>,
    /// Eigenvalues of the Laplacian, ascending; those of zero columns (isolated nodes, α = 0) come last.
    pub values: Vec<f64>,
    /// Residuals ‖Lv − λv‖.
    pub residuals: Vec<f64>,
    /// Products of the operator with a vector.
    pub products: usize,
    /// True if it was checked that no smaller eigenvalue is missing.
    pub verified: bool,
}

/// Up to so much work for a product and its orthogonalisation everything runs in double precision; beyond,
/// single precision reaches the default tolerance in less time and half the memory.
const DOUBLE_UP_TO: usize = 4_000_000;

/// Single precision does not reach residuals below this.
const SINGLE_REACHES: f64 = 4e-6;

/// The `dim` smallest eigenpairs of the graph's Laplacian.
///
/// A node whose `D_reg` is 0 (under LE: one without an edge) takes no part: its row is zero. Should `dim`
/// exceed the number of nodes that take part, the remaining columns are zero and come last, with the
/// eigenvalue of such a node (1 if normalised, else 0).
///
/// # Errors
/// [`Code::OutOfRange`] with key `dim` if `dim` exceeds n, with key `alpha` outside 0 to 1; those of
/// [`largest_eigenpairs`].
pub async fn smallest_eigenvectors(
    graph: &Graph,
    options: &LaplacianOptions,
    task: &Task,
) -> Result<Spectrum> {
    check(graph, options)?;
    let d_max = graph.degrees.iter().copied().fold(0.0, f64::max);
    let alpha = options.alpha;
    let regularised: Vec<f64> = graph.degrees.iter().map(|d| (1.0 - alpha) * d + alpha * d_max).collect();
    let active: Vec<usize> = (0..graph.n()).filter(|&i| regularised[i] > 0.0).collect();
    let eigen = EigenOptions {
        count: options.dim.min(active.len()),
        tolerance: options.tolerance,
        seed: options.seed,
        ..EigenOptions::new(0)
    };
    if double_precision(graph.n(), graph.weights.nnz(), options) {
        solve::<f64>(graph, options, &regularised, &active, &eigen, task).await
    } else {
        solve::<f32>(graph, options, &regularised, &active, &eigen, task).await
    }
}

/// Memory that [`smallest_eigenvectors`] takes at most besides the graph, in bytes.
pub fn spectrum_memory(n: usize, nnz: usize, options: &LaplacianOptions) -> u64 {
    let bytes = if double_precision(n, nnz, options) { 8 } else { 4 };
    // Besides the solver's: the result, the operator's diagonals, and the graph once more without its
    // isolated nodes should there be any under LE.
    let copy = if options.alpha == 0.0 { 8 * nnz as u64 + 8 * n as u64 } else { 0 };
    eigen_memory(n, options.dim, bytes) + (n * (4 * options.dim + 64)) as u64 + copy
}

/// The shift c makes small eigenvalues of L differences of large numbers: that needs double precision.
fn double_precision(n: usize, nnz: usize, options: &LaplacianOptions) -> bool {
    let work = nnz + 10 * n * options.dim;
    work <= DOUBLE_UP_TO || options.tolerance < SINGLE_REACHES || !options.normalized
}

fn check(graph: &Graph, options: &LaplacianOptions) -> Result<()> {
    let (n, dim, alpha) = (graph.n(), options.dim, options.alpha);
    if dim > n || dim == 0 {
        let text = format!("{dim} eigenvectors were asked for, but a graph of {n} nodes has 1 to {n}");
        return Err(Error::new(Code::OutOfRange, text).for_key("dim").with_value(dim.to_string()));
    }
    if !(0.0..=1.0).contains(&alpha) {
        let text = format!("α = {alpha} is not a number from 0 to 1");
        return Err(Error::new(Code::OutOfRange, text).for_key("alpha").with_value(alpha.to_string()));
    }
    Ok(())
}

async fn solve<T: Real>(
    graph: &Graph,
    options: &LaplacianOptions,
    regularised: &[f64],
    active: &[usize],
    eigen: &EigenOptions,
    task: &Task,
) -> Result<Spectrum> {
    let picked: Vec<f64> = active.iter().map(|&i| regularised[i]).collect();
    let m = active.len();
    // λ(L) = shift − λ(A) with A's largest pairs wanted.
    let (scale, diagonal, shift) = if options.normalized {
        (picked.iter().map(|d| 1.0 / d.sqrt()).collect(), vec![0.0; m], 1.0)
    } else {
        // Gershgorin: no eigenvalue of D_reg − W exceeds the largest d_reg + d.
        let c = active.iter().map(|&i| regularised[i] + graph.degrees[i]).fold(0.0, f64::max);
        (vec![1.0; m], picked.iter().map(|d| c - d).collect(), c)
    };
    let compact = (m < graph.n()).then(|| without_isolated(graph, active));
    let weights = compact.as_ref().unwrap_or(&graph.weights);
    let operator = ScaledSparse::<T>::new(weights, &scale, &diagonal);
    let pairs = largest_eigenpairs(&operator, eigen, task).await?;
    Ok(assemble(&pairs, graph.n(), options, active, shift))
}

/// Only the rows and columns of `active` nodes. The others have no edge.
fn without_isolated(graph: &Graph, active: &[usize]) -> Csr {
    let mut number = vec![0_u32; graph.n()];
    active.iter().enumerate().for_each(|(new, &old)| number[old] = new as u32);
    let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for &a in active {
        let (columns, row_values) = graph.weights.row(a);
        indices.extend(columns.iter().map(|&b| number[b as usize]));
        values.extend_from_slice(row_values);
        offsets.push(indices.len());
    }
    Csr::new(active.len(), offsets, indices, values)
}

fn assemble<T: Real>(
    pairs: &Eigenpairs<T>,
    n: usize,
    options: &LaplacianOptions,
    active: &[usize],
    shift: f64,
) -> Spectrum {
    let mut vectors = Array2::zeros((n, options.dim));
    for (new, &old) in active.iter().enumerate() {
        for (to, from) in vectors.row_mut(old).iter_mut().zip(pairs.vectors.row(new)) {
            *to = from.to_f64() as f32;
        }
    }
    fix_signs(&mut vectors);
    let mut values: Vec<f64> = pairs.values.iter().map(|w| shift - w).collect();
    let mut residuals = pairs.residuals.clone();
    values.resize(options.dim, if options.normalized { 1.0 } else { 0.0 });
    residuals.resize(options.dim, 0.0);
    Spectrum { vectors, values, residuals, products: pairs.products, verified: pairs.verified }
}

/// Makes the entry of largest magnitude of every column positive; returns which columns were turned.
///
/// On the rounded numbers that people get: entries that differ only by rounding are then ties, and the
/// lowest index decides.
pub fn fix_signs(vectors: &mut Array2<f32>) -> Vec<bool> {
    vectors
        .columns_mut()
        .into_iter()
        .map(|mut column| {
            let largest = column.iter().fold(0.0_f32, |best, &x| if x.abs() > best.abs() { x } else { best });
            if largest < 0.0 {
                column.mapv_inplace(|x| -x);
            }
            largest < 0.0
        })
        .collect()
}
