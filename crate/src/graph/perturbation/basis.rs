//! The fast way: all eigenpairs of an unnormalised Laplacian once, then one more edge in O(n·dim) to O(n²).

use super::options::SpectralMethod;
use super::signs::{Glue, dot, dots};
use super::{Change, ChangeSums, dense};
use crate::error::Result;
use crate::graph::barabasi_albert::SmallGraph;
use crate::linalg::secular::RankOne;
use crate::task::Task;
use std::f64::consts::FRAC_1_SQRT_2;

/// All eigenpairs of the Laplacian of one graph, unnormalised.
#[derive(Debug)]
pub struct Basis {
    n: usize,
    dim: usize,
    /// α of LEPORID; 0 is LE.
    alpha: f64,
    /// n eigenvalues, ascending.
    values: Vec<f64>,
    /// `n × n`: a node's entries in all eigenvectors.
    rows: Vec<f64>,
    /// Whether a dense solver would turn each of the first `dim` eigenvectors around.
    turned: Vec<bool>,
}

/// Everything an update needs besides the basis: nothing is allocated for one.
#[derive(Debug)]
pub struct Workspace {
    first: RankOne,
    second: RankOne,
    glue: Glue,
    z: [Vec<f64>; 2],
    /// Of the matrix between both updates: eigenvalues, both nodes' rows, the products with the gluing vectors.
    middle: [Vec<f64>; 5],
    /// `dim × n`: entries of the eigenvectors between both updates, by old eigenvector.
    shares: Vec<f64>,
}

impl Workspace {
    /// Room for graphs of `n` nodes and `dim` eigenvectors.
    pub fn new(n: usize, dim: usize) -> Self {
        let zeros = || vec![0.0; n];
        Self {
            first: RankOne::new(n),
            second: RankOne::new(n),
            glue: Glue::new(n),
            z: [zeros(), zeros()],
            middle: [zeros(), zeros(), zeros(), zeros(), zeros()],
            shares: vec![0.0; n * dim],
        }
    }
}

impl Basis {
    /// Solves the Laplacian of `method`, which must not be a normalised one, for all eigenpairs.
    ///
    /// # Errors
    /// Those of the dense solver: [`Code::Cancelled`](crate::error::Code), `NotConverged`.
    pub async fn new(graph: &SmallGraph, method: SpectralMethod, dim: usize, task: &Task) -> Result<Self> {
        assert!(!method.normalised, "normalised Laplacians are not updated but solved anew");
        let n = graph.nodes();
        let (values, vectors) = dense::smallest(dense::laplacian(graph, method), n, n, task).await?;
        let mut rows = vec![0.0; n * n];
        for (k, vector) in vectors.iter().enumerate() {
            for (i, &x) in vector.iter().enumerate() {
                rows[i * n + k] = x;
            }
        }
        let mut glue = Glue::new(n);
        let apply = |x: &[f64], y: &mut [f64]| {
            y.iter_mut().zip(&values).zip(x).for_each(|((y, d), x)| *y = d * x);
        };
        glue.run(&rows[..n], apply, |m, x| dot(&rows[m * n..(m + 1) * n], x));
        let mut unit = vec![0.0; n];
        let turned = (0..dim).map(|k| {
            unit.fill(0.0);
            unit[k] = 1.0;
            glue.turns(&unit)
        });
        let turned = turned.collect();
        Ok(Self { n, dim, alpha: method.alpha, values, rows, turned })
    }

    /// The n eigenvalues, ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Number of eigenvectors of the embedding.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How many pairs make `entries` entries of updated eigenvectors; at least one.
    pub fn pairs_for(&self, entries: usize) -> usize {
        let of_one = if self.alpha == 0.0 { self.n * self.dim } else { self.n * (2 * self.n + self.dim) };
        (entries / of_one).max(1)
    }

    /// A node's entries in all eigenvectors.
    pub fn row(&self, node: usize) -> &[f64] {
        &self.rows[node * self.n..(node + 1) * self.n]
    }

    /// How far the rows of `i` and `j` move when they are joined.
    pub fn join(&self, i: usize, j: usize, work: &mut Workspace) -> [Change; 2] {
        if self.alpha == 0.0 { self.join_once(i, j, work) } else { self.join_twice(i, j, work) }
    }

    /// LE: one rank-one update by e_i − e_j.
    fn join_once(&self, i: usize, j: usize, work: &mut Workspace) -> [Change; 2] {
        let Workspace { first, glue, z: [z, _], .. } = work;
        let (row_i, row_j) = (self.row(i), self.row(j));
        combine(row_i, row_j, 1.0, -1.0, z);
        let apply = |x: &[f64], y: &mut [f64]| update(&self.values, x, dot(z, x), z, y);
        glue.run(self.row(0), apply, |m, x| dot(self.row(m), x));
        first.set(&self.values, z, 1.0);
        let mut sums = [ChangeSums::default(); 2];
        let (inner, outer) = glue.vectors();
        first.for_each(self.dim, |k, _, c| {
            let [after_i, after_j, inner, outer] = dots(c, [row_i, row_j, inner, outer]);
            let turned = glue.turned(inner, outer) != self.turned[k];
            sums[0].add(row_i[k], after_i, c[k] >= 0.0, turned);
            sums[1].add(row_j[k], after_j, c[k] >= 0.0, turned);
        });
        sums.map(|s| s.change())
    }

    /// LEPORID: `(2 − α) a aᵀ`, then `−α b bᵀ`.
    fn join_twice(&self, i: usize, j: usize, work: &mut Workspace) -> [Change; 2] {
        let Workspace { first, second, glue, z: [a, b], middle, shares } = work;
        let (n, dim, weights) = (self.n, self.dim, [2.0 - self.alpha, -self.alpha]);
        let (row_i, row_j) = (self.row(i), self.row(j));
        combine(row_i, row_j, FRAC_1_SQRT_2, -FRAC_1_SQRT_2, a);
        combine(row_i, row_j, FRAC_1_SQRT_2, FRAC_1_SQRT_2, b);
        let apply = |x: &[f64], y: &mut [f64]| {
            update(&self.values, x, weights[0] * dot(a, x), a, y);
            let share = weights[1] * dot(b, x);
            y.iter_mut().zip(b.iter()).for_each(|(y, b)| *y += share * b);
        };
        glue.run(self.row(0), apply, |m, x| dot(self.row(m), x));
        let (inner, outer) = glue.vectors();
        let [values, middle_i, middle_j, inners, outers] = middle;
        first.set(&self.values, a, weights[0]);
        first.for_each(n, |m, value, c| {
            values[m] = value;
            [middle_i[m], middle_j[m], inners[m], outers[m]] = dots(c, [row_i, row_j, inner, outer]);
            for (k, share) in c[..dim].iter().enumerate() {
                shares[k * n + m] = *share;
            }
        });
        combine(middle_i, middle_j, FRAC_1_SQRT_2, FRAC_1_SQRT_2, b);
        second.set(values, b, weights[1]);
        let mut sums = [ChangeSums::default(); 2];
        second.for_each(dim, |k, _, c| {
            let agree = dot(&shares[k * n..(k + 1) * n], c) >= 0.0;
            let turned = glue.turned(dot(inners, c), dot(outers, c)) != self.turned[k];
            sums[0].add(row_i[k], dot(middle_i, c), agree, turned);
            sums[1].add(row_j[k], dot(middle_j, c), agree, turned);
        });
        sums.map(|s| s.change())
    }
}

/// `out = p·x + q·y`.
fn combine(x: &[f64], y: &[f64], p: f64, q: f64, out: &mut [f64]) {
    out.iter_mut().zip(x).zip(y).for_each(|((o, x), y)| *o = p * x + q * y);
}

/// `y = d ∘ x + share·z`.
fn update(d: &[f64], x: &[f64], share: f64, z: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(d).zip(x).zip(z).for_each(|(((y, d), x), z)| *y = d * x + share * z);
}
