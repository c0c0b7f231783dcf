//! The general way: both Laplacians solved by the dense solver.

use super::options::{SpectralMethod, check_dim};
use super::signs::Glue;
use super::{Change, ChangeSums};
use crate::error::{Code, Error, Result};
use crate::graph::barabasi_albert::SmallGraph;
use crate::graph::laplacian::fix_signs;
use crate::linalg::dense::symmetric_eigen;
use crate::task::{Progress, Task};
use ndarray::Array2;

/// Diagonal of a node that takes no part in a normalised Laplacian, whose spectrum ends at 2: its eigenvector
/// comes last.
const NO_PART: f64 = 4.0;

/// The Laplacian of a method, `n × n` row-major. Normalised, an isolated node under LE (whose `D_reg` is 0)
/// takes no part: its eigenvalue is above all others.
pub fn laplacian(graph: &SmallGraph, method: SpectralMethod) -> Vec<f64> {
    let n = graph.nodes();
    let degrees = regularised(graph, method.alpha);
    let mut l = vec![0.0; n * n];
    for &[a, b] in graph.edges() {
        let (a, b) = (a as usize, b as usize);
        let weight = if method.normalised { 1.0 / (degrees[a] * degrees[b]).sqrt() } else { 1.0 };
        l[a * n + b] = -weight;
        l[b * n + a] = -weight;
    }
    for (i, degree) in degrees.iter().enumerate() {
        l[i * n + i] = match (method.normalised, *degree > 0.0) {
            (false, _) => *degree,
            (true, true) => 1.0,
            (true, false) => NO_PART,
        };
    }
    l
}

/// `D_reg = (1 − α) D + α d_max I`.
fn regularised(graph: &SmallGraph, alpha: f64) -> Vec<f64> {
    let degrees = (0..graph.nodes()).map(|i| graph.degree(i) as f64);
    let d_max = degrees.clone().fold(0.0, f64::max);
    degrees.map(|d| (1.0 - alpha) * d + alpha * d_max).collect()
}

/// The `count` smallest eigenvalues of the symmetric `n × n` matrix `a`, ascending, and their unit
/// eigenvectors.
///
/// # Errors
/// As [`symmetric_eigen`].
pub async fn smallest(
    mut a: Vec<f64>,
    n: usize,
    count: usize,
    task: &Task,
) -> Result<(Vec<f64>, Vec<Vec<f64>>)> {
    // The solver gives the largest ones first.
    a.iter_mut().for_each(|x| *x = -*x);
    let eigen = symmetric_eigen(a, n, count, task).await?;
    Ok((eigen.values.iter().take(count).map(|v| -v).collect(), eigen.vectors))
}

/// The first `dim` eigenpairs of a graph's Laplacian and what the sign rule needs.
#[derive(Debug)]
pub struct Embedded {
    /// `dim` eigenvalues, ascending.
    pub values: Vec<f64>,
    /// `dim` unit eigenvectors.
    pub vectors: Vec<Vec<f64>>,
    /// Whether a dense solver would turn each of them around.
    turned: Vec<bool>,
}

impl Embedded {
    /// Solves a method's Laplacian.
    ///
    /// # Errors
    /// As [`symmetric_eigen`].
    pub async fn new(graph: &SmallGraph, method: SpectralMethod, dim: usize, task: &Task) -> Result<Self> {
        let n = graph.nodes();
        let matrix = laplacian(graph, method);
        let diagonal: Vec<f64> = (0..n).map(|i| matrix[i * n + i]).collect();
        let degrees = regularised(graph, method.alpha);
        let (mut values, mut vectors) = smallest(matrix, n, dim, task).await?;
        for (value, vector) in values.iter_mut().zip(&mut vectors) {
            // As in the large graphs' spectra: a zero column, with the eigenvalue of such a node.
            if method.normalised && *value > 0.5 * (2.0 + NO_PART) {
                *value = 1.0;
                vector.fill(0.0);
            }
        }
        let weight = |a: usize, b: usize| {
            if method.normalised { 1.0 / (degrees[a] * degrees[b]).sqrt() } else { 1.0 }
        };
        let mut start = vec![0.0; n];
        start[0] = 1.0;
        let mut glue = Glue::new(n);
        let apply = |x: &[f64], y: &mut [f64]| {
            for (i, y) in y.iter_mut().enumerate() {
                let joined = graph.neighbours(i).iter().map(|&b| weight(i, b as usize) * x[b as usize]);
                *y = diagonal[i] * x[i] - joined.sum::<f64>();
            }
        };
        glue.run(&start, apply, |m, x| x[m]);
        let (inner, outer) = glue.vectors();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let turned = vectors.iter().map(|q| glue.turned(product(inner, q), product(outer, q))).collect();
        Ok(Self { values, vectors, turned })
    }

    /// How far the rows of both ends of a new edge move, by solving `graph` with that edge anew.
    ///
    /// # Errors
    /// As [`symmetric_eigen`].
    pub async fn join(
        &self,
        graph: &SmallGraph,
        edge: [u32; 2],
        method: SpectralMethod,
        dim: usize,
        task: &Task,
    ) -> Result<[Change; 2]> {
        let after = Self::new(&graph.with_edge(edge), method, dim, task).await?;
        let agree = self.agreement(&after);
        Ok(edge.map(|node| self.change(&after, node as usize, &agree)))
    }

    /// How far the row of `node` moves to `after`.
    pub fn change(&self, after: &Self, node: usize, agree: &[bool]) -> Change {
        let mut sums = ChangeSums::default();
        for (k, &agree) in agree.iter().enumerate() {
            let turned = self.turned[k] != after.turned[k];
            sums.add(self.vectors[k][node], after.vectors[k][node], agree, turned);
        }
        sums.change()
    }

    /// Whether each eigenvector of `after` agrees with the one here, ⟨q′, q⟩ ≥ 0.
    pub fn agreement(&self, after: &Self) -> Vec<bool> {
        let product = |(q, p): (&Vec<f64>, &Vec<f64>)| q.iter().zip(p).map(|(q, p)| q * p).sum::<f64>();
        self.vectors.iter().zip(&after.vectors).map(|pair| product(pair) >= 0.0).collect()
    }

    /// The embedding, `n × dim`, columns multiplied by ±1.
    fn table(&self, n: usize, negative: &[bool]) -> Array2<f32> {
        Array2::from_shape_fn((n, self.vectors.len()), |(i, k)| {
            let x = self.vectors[k][i];
            (if negative[k] { -x } else { x }) as f32
        })
    }
}

/// What one method makes of two graphs on the same nodes.
#[derive(Debug)]
pub struct Perturbation {
    /// The method.
    pub method: SpectralMethod,
    /// The `dim` smallest eigenvalues of the first graph's Laplacian, ascending.
    pub values_before: Vec<f64>,
    /// Those of the second.
    pub values_after: Vec<f64>,
    /// The first graph's embedding, `n × dim`; in each column the entry of largest magnitude is positive.
    pub before: Array2<f32>,
    /// The second's, each column turned to agree with the first's.
    pub after: Array2<f32>,
    /// Each node's change.
    pub changes: Vec<Change>,
}

/// Embeds two graphs on the same nodes with the first `dim` eigenvectors of each method's Laplacian, by
/// the dense solver. Isolated nodes have rows like all others, but zero ones in a normalised LE.
///
/// # Errors
/// [`Code::OutOfRange`] with key `dim` or `nodes`; [`Code::Cancelled`].
pub async fn perturb(
    before: &SmallGraph,
    after: &SmallGraph,
    dim: usize,
    methods: &[SpectralMethod],
    task: &Task,
) -> Result<Vec<Perturbation>> {
    let n = before.nodes();
    if after.nodes() != n {
        let text = format!("{} nodes after and {n} before: both graphs need the same", after.nodes());
        return Err(Error::new(Code::OutOfRange, text)
            .for_key("nodes")
            .with_value(after.nodes().to_string()));
    }
    check_dim(dim, n)?;
    let mut out = Vec::with_capacity(methods.len());
    let total = 2 * methods.len();
    for (done, &method) in methods.iter().enumerate() {
        task.report(&Progress::of("solve", 2 * done, total, "spectra"));
        let first = Embedded::new(before, method, dim, task).await?;
        task.report(&Progress::of("solve", 2 * done + 1, total, "spectra"));
        let second = Embedded::new(after, method, dim, task).await?;
        out.push(compare(method, n, first, second));
    }
    task.report(&Progress::of("solve", total, total, "spectra"));
    Ok(out)
}

fn compare(method: SpectralMethod, n: usize, first: Embedded, second: Embedded) -> Perturbation {
    let agree = first.agreement(&second);
    let changes = (0..n).map(|i| first.change(&second, i, &agree)).collect();
    let mut before = first.table(n, &vec![false; agree.len()]);
    let negative = fix_signs(&mut before);
    let against: Vec<bool> = agree.iter().zip(negative).map(|(&agree, negative)| agree == negative).collect();
    Perturbation {
        method,
        after: second.table(n, &against),
        values_before: first.values,
        values_after: second.values,
        before,
        changes,
    }
}
