//! The fast way: all eigenpairs of an unnormalised Laplacian once, then one more edge in O(n·dim) to O(n²).

use super::options::SpectralMethod;
use super::signs::{Glue, Updated, dot};
use super::{Change, ChangeSums, dense};
use crate::error::Result;
use crate::graph::barabasi_albert::SmallGraph;
use crate::linalg::secular::RankOne;
use crate::task::Task;
use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

/// An eigenvalue that moved less than this, relative to the largest, does not say in which direction.
const CLOSE: f64 = 1e-10;

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
    /// An entry of all eigenvectors between both updates.
    shares: Vec<f64>,
    /// New eigenvectors whose agreement with the old one has to be computed: number, entries, turned.
    unclear: Vec<(usize, [f64; 2], bool)>,
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
            shares: zeros(),
            unclear: Vec::with_capacity(dim),
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
        let mut unit = vec![0.0; n];
        // With the updates' own recurrence, so that rounding is alike before and after.
        let entry = |m: usize, x: &[f64]| dot(&rows[m * n..(m + 1) * n], x);
        if method.alpha == 0.0 {
            glue.run_updated(&rows[..n], &Updated { d: &values, rho: [0.0], z: [&unit] }, entry);
        } else {
            glue.run_updated(&rows[..n], &Updated { d: &values, rho: [0.0; 2], z: [&unit; 2] }, entry);
        }
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
        let updated = Updated { d: &self.values, rho: [1.0], z: [&z[..]] };
        glue.run_updated(self.row(0), &updated, |m, x| dot(self.row(m), x));
        first.set(&self.values, z, 1.0);
        let mut sums = [ChangeSums::default(); 2];
        let (inner, outer) = glue.vectors();
        first.project(self.dim, [row_i, inner, outer], |k, c| {
            let [after, inner, outer] = c.products;
            let turned = glue.turned(inner, outer) != self.turned[k];
            sums[0].add(row_i[k], after, c.positive, turned);
            // z is the difference of both rows.
            sums[1].add(row_j[k], after - c.along, c.positive, turned);
        });
        sums.map(|s| s.change())
    }

    /// LEPORID: `(2 − α) a aᵀ`, then `−α b bᵀ`.
    fn join_twice(&self, i: usize, j: usize, work: &mut Workspace) -> [Change; 2] {
        let Workspace { first, second, glue, z: [a, b], middle, shares, unclear } = work;
        let (n, dim, weights) = (self.n, self.dim, [2.0 - self.alpha, -self.alpha]);
        let (row_i, row_j) = (self.row(i), self.row(j));
        combine(row_i, row_j, FRAC_1_SQRT_2, -FRAC_1_SQRT_2, a);
        combine(row_i, row_j, FRAC_1_SQRT_2, FRAC_1_SQRT_2, b);
        let updated = Updated { d: &self.values, rho: weights, z: [&a[..], &b[..]] };
        glue.run_updated(self.row(0), &updated, |m, x| dot(self.row(m), x));
        let (inner, outer) = glue.vectors();
        let [values, middle_i, middle_j, inners, outers] = middle;
        first.set(&self.values, a, weights[0]);
        first.project(n, [row_i, inner, outer], |m, c| {
            values[m] = c.value;
            [middle_i[m], inners[m], outers[m]] = c.products;
            // a is the difference of both rows, over √2.
            middle_j[m] = middle_i[m] - SQRT_2 * c.along;
        });
        combine(middle_i, middle_j, FRAC_1_SQRT_2, FRAC_1_SQRT_2, b);
        second.set(values, b, weights[1]);
        let close = CLOSE * self.values[n - 1];
        let mut sums = [ChangeSums::default(); 2];
        unclear.clear();
        second.project(dim, [middle_i, inners, outers], |k, c| {
            let [after_i, inner, outer] = c.products;
            // And b their sum.
            let after_j = SQRT_2 * c.along - after_i;
            let turned = glue.turned(inner, outer) != self.turned[k];
            // With x the new vector in the old basis, (λ − D) x = (2 − α)⟨a, x⟩ a − α⟨b, x⟩ b.
            let a_x = FRAC_1_SQRT_2 * (after_i - after_j);
            let b_k = FRAC_1_SQRT_2 * (row_i[k] + row_j[k]);
            let moved = c.value - self.values[k];
            if moved.abs() <= close {
                unclear.push((k, [after_i, after_j], turned));
                return;
            }
            let agree = (weights[0] * a_x * a[k] + weights[1] * c.along * b_k) * moved >= 0.0;
            sums[0].add(row_i[k], after_i, agree, turned);
            sums[1].add(row_j[k], after_j, agree, turned);
        });
        for &(k, [after_i, after_j], turned) in unclear.iter() {
            let agree = agrees(first, second, k, shares);
            sums[0].add(row_i[k], after_i, agree, turned);
            sums[1].add(row_j[k], after_j, agree, turned);
        }
        sums.map(|s| s.change())
    }
}

/// Whether the `k`-th eigenvector after both updates has a positive product with the `k`-th before them.
fn agrees(first: &mut RankOne, second: &mut RankOne, k: usize, shares: &mut [f64]) -> bool {
    first.for_each(shares.len(), |m, _, c| shares[m] = c[k]);
    let mut agree = true;
    second.for_each(k + 1, |at, _, c| {
        if at == k {
            agree = dot(shares, c) >= 0.0;
        }
    });
    agree
}

/// `out = p·x + q·y`.
fn combine(x: &[f64], y: &[f64], p: f64, q: f64, out: &mut [f64]) {
    out.iter_mut().zip(x).zip(y).for_each(|((o, x), y)| *o = p * x + q * y);
}
