//! Rank-one update of a symmetric eigenproblem: the eigenpairs of `D + ρ z zᵀ` with D diagonal.
//!
//! The eigenvalues μ are the roots of the secular equation `1/ρ + Σ z_j² / (d_j − μ) = 0`, one between every
//! two neighbouring d_j, and the eigenvectors have the entries `z_j / (d_j − μ)`: O(n) for one root, where a
//! dense solver takes O(n²). With `A = Q D Qᵀ` and `z = Qᵀ v` they are those of `A + ρ v vᵀ` in the basis Q.
//!
//! What does not move is deflated first: entries of z that are nothing but rounding, and all but one of
//! the eigenvectors of a repeated d_j, after Givens rotations that gather its z in one of them. Where
//! poles lie close to each other, z is replaced by the one whose exact roots are those that were found
//! (Löwner's formula); the eigenvectors are then orthogonal to working precision, however close.
//! (Golub & Van Loan, Matrix Computations, 8.4; Gu & Eisenstat, SIAM J. Matrix Anal. Appl. 15, 1994.)

mod lanes;
mod project;
mod root;
mod sums;

use crate::linalg::simd::PARTS;
use lanes::{ROOTS, Single};
pub use project::Projection;
use root::{FAR, Poles, Root};

/// Neighbouring poles closer than this, relative to the largest of the matrix, call for Löwner's z.
const CLOSE: f64 = 1e-7;

/// A Givens rotation of the columns `low` and `high`: `low ← c·low + s·high`, `high ← c·high − s·low`.
#[derive(Debug, Clone, Copy)]
struct Rotation {
    low: usize,
    high: usize,
    c: f64,
    s: f64,
}

/// The updated problem, with room for order n: nothing is allocated after the first use.
#[derive(Debug)]
pub struct RankOne {
    n: usize,
    /// The columns that are not deflated, ascending, with their entries of z (‖z‖ = 1 before deflation).
    poles: Poles,
    /// Eigenvalues that stay, ascending, with their columns.
    deflated: Vec<(f64, usize)>,
    rotations: Vec<Rotation>,
    /// True where z is to be corrected.
    close: bool,
    /// Scratch: z and d of all columns while deflating, then the corrected z.
    z: Vec<f64>,
    d: Vec<f64>,
    roots: Vec<Root>,
    /// z as it was given, and its norm.
    given: Vec<f64>,
    norm: f64,
    /// For [`RankOne::project`]: the poles in single precision, and `1 / (d_j − μ)` of the roots at hand.
    single: Single,
    inverses: Vec<f64>,
}

impl RankOne {
    /// Room for problems of order `n`.
    pub fn new(n: usize) -> Self {
        Self {
            n,
            poles: Poles::new(n),
            deflated: Vec::with_capacity(n),
            rotations: Vec::with_capacity(n),
            close: false,
            z: Vec::with_capacity(n),
            d: Vec::with_capacity(n),
            roots: Vec::with_capacity(n),
            given: Vec::with_capacity(n),
            norm: 0.0,
            single: Single::new(n),
            inverses: vec![0.0; ROOTS * n.next_multiple_of(PARTS)],
        }
    }

    /// Sets the problem `diag(d) + ρ z zᵀ`; `d` ascending, all of length n and finite.
    pub fn set(&mut self, d: &[f64], z: &[f64], rho: f64) {
        assert!(d.len() == self.n && z.len() == self.n, "RankOne: shapes");
        self.clear();
        self.given.extend_from_slice(z);
        let norm2: f64 = z.iter().map(|x| x * x).sum();
        let rho = rho * norm2;
        // Ascending, so the largest magnitude is at an end.
        let largest = rho.abs().max(d[0].abs()).max(d[self.n - 1].abs());
        let tolerance = 8.0 * f64::EPSILON * largest;
        if rho == 0.0 {
            self.deflated.extend(d.iter().copied().zip(0..));
            return;
        }
        self.norm = norm2.sqrt();
        let scale = 1.0 / self.norm;
        self.z.extend(z.iter().map(|x| x * scale));
        self.d.extend_from_slice(d);
        self.deflate(rho, tolerance);
        self.close = self.poles.least_gap() < CLOSE * largest;
        self.poles.finish(rho);
        self.single.set(self.poles.d(), self.poles.z(), FAR);
        self.deflated.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }

    fn clear(&mut self) {
        self.poles.clear();
        self.deflated.clear();
        self.rotations.clear();
        self.z.clear();
        self.d.clear();
        self.roots.clear();
        self.given.clear();
        self.close = false;
    }

    /// Sorts the columns into poles and deflated ones.
    fn deflate(&mut self, rho: f64, tolerance: f64) {
        let mut last: Option<usize> = None;
        for j in 0..self.n {
            if (rho * self.z[j]).abs() <= tolerance {
                self.deflated.push((self.d[j], j));
                continue;
            }
            let Some(i) = last.replace(j) else { continue };
            let (zi, zj) = (self.z[i], self.z[j]);
            let norm2 = zi * zi + zj * zj;
            // Rotating both so that z_i = 0 would leave this off the diagonal.
            if (self.d[j] - self.d[i]) * (zi * zj).abs() <= tolerance * norm2 {
                let norm = norm2.sqrt();
                let (c, s) = (zj / norm, -zi / norm);
                let (di, dj) = (self.d[i], self.d[j]);
                (self.z[i], self.z[j]) = (0.0, norm);
                self.d[i] = di * c * c + dj * s * s;
                self.d[j] = di * s * s + dj * c * c;
                self.rotations.push(Rotation { low: i, high: j, c, s });
                self.deflated.push((self.d[i], i));
            } else {
                self.keep(i);
            }
        }
        if let Some(i) = last {
            self.keep(i);
        }
    }

    fn keep(&mut self, column: usize) {
        self.poles.push(column, self.d[column], self.z[column]);
    }

    /// Calls `each(k, μ_k, c)` for the `count` smallest eigenvalues, ascending; `c` is the unit eigenvector, as
    /// coefficients of the n old ones. The entry with `z_j (d_j − μ)` positive is positive.
    pub fn for_each(&mut self, count: usize, mut each: impl FnMut(usize, f64, &[f64])) {
        assert!(count <= self.n, "RankOne: count");
        if self.close {
            self.correct();
        }
        let (mut next_root, mut next_deflated) = (0, 0);
        let mut root = self.root(0);
        for k in 0..count {
            let value = match (root, self.deflated.get(next_deflated).copied()) {
                (Some(r), deflated) if deflated.is_none_or(|d| self.poles.value(&r) < d.0) => {
                    self.weigh(&r);
                    next_root += 1;
                    root = if k + 1 < count { self.root(next_root) } else { None };
                    self.poles.value(&r)
                }
                (_, Some((value, column))) => {
                    next_deflated += 1;
                    let weights = self.poles.weights();
                    weights.fill(0.0);
                    weights[column] = 1.0;
                    value
                }
                (_, None) => unreachable!("n eigenvalues in all"),
            };
            unrotate(&self.rotations, self.poles.weights());
            each(k, value, self.poles.weights());
        }
    }

    /// The `index`-th root, if there are so many.
    fn root(&mut self, index: usize) -> Option<Root> {
        if index >= self.poles.len() {
            return None;
        }
        Some(if self.close { self.roots[index] } else { self.poles.solve(index) })
    }

    /// Leaves the unit eigenvector of a root in the poles' weights.
    fn weigh(&mut self, root: &Root) {
        let norm2 = if self.close {
            self.poles.weigh_with(root, &self.z);
            self.poles.weights().iter().map(|w| w * w).sum()
        } else {
            self.poles.weigh(root)
        };
        let scale = 1.0 / norm2.sqrt();
        self.poles.weights().iter_mut().for_each(|w| *w *= scale);
    }

    /// Finds all roots and puts Löwner's z into `self.z`.
    fn correct(&mut self) {
        if self.roots.is_empty() {
            for index in 0..self.poles.len() {
                let root = self.poles.solve(index);
                self.roots.push(root);
            }
            self.z.fill(0.0);
            for j in 0..self.poles.len() {
                self.z[self.poles.columns()[j]] = self.poles.lowner(j, &self.roots);
            }
        }
    }

    /// How many eigenvalues and eigenvectors do not move.
    pub fn deflated(&self) -> usize {
        self.deflated.len()
    }
}

/// From the rotated basis back to the given one.
fn unrotate(rotations: &[Rotation], x: &mut [f64]) {
    for &Rotation { low, high, c, s } in rotations.iter().rev() {
        let (a, b) = (x[low], x[high]);
        x[low] = c * a - s * b;
        x[high] = s * a + c * b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use rand::RngExt;

    /// Largest error of `values, vectors` as eigenpairs of diag(d) + ρzzᵀ, and of the vectors' products.
    fn errors(d: &[f64], z: &[f64], rho: f64) -> (f64, f64) {
        let n = d.len();
        let mut update = RankOne::new(n);
        update.set(d, z, rho);
        let (mut residual, mut vectors, mut before) = (0.0_f64, Vec::new(), f64::NEG_INFINITY);
        update.for_each(n, |_, value, c| {
            assert!(value >= before, "{value} comes after {before}");
            before = value;
            let zc: f64 = z.iter().zip(c).map(|(z, c)| z * c).sum();
            for j in 0..n {
                residual = residual.max((d[j] * c[j] + rho * zc * z[j] - value * c[j]).abs());
            }
            vectors.push(c.to_vec());
        });
        let mut product = 0.0_f64;
        for (a, x) in vectors.iter().enumerate() {
            for (b, y) in vectors.iter().enumerate() {
                let dot: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
                product = product.max((dot - f64::from(u8::from(a == b))).abs());
            }
        }
        (residual, product)
    }

    /// Several roots at once against one after the other.
    #[test]
    fn projections_are_those_of_the_eigenvectors() {
        let mut rng = Seed(3).stream("secular");
        for n in [1, 2, 3, 9, 17, 50, 101] {
            for rho in [1.0, -0.5, 20.0] {
                let mut random = |scale: f64| -> Vec<f64> {
                    (0..n).map(|_| scale * rng.random_range(-1.0..1.0_f64)).collect()
                };
                let (mut d, mut z, others) =
                    (random(9.0), random(1.0), [random(1.0), random(1.0), random(1.0)]);
                d.sort_by(f64::total_cmp);
                z[n / 2] = 0.0;
                z[n / 3] *= 1e-6;
                let mut update = RankOne::new(n);
                update.set(&d, &z, rho);
                let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                let mut expected = Vec::new();
                update.for_each(n, |k, value, c| {
                    let products = others.each_ref().map(|o| dot(o, c));
                    expected.push(Projection { value, products, along: dot(&z, c), positive: c[k] >= 0.0 });
                });
                update.project(n, others.each_ref().map(|o| &o[..]), |k, found| {
                    let e = expected[k];
                    let near = |a: f64, b: f64| (a - b).abs() < 1e-10;
                    assert!(near(e.value, found.value) && near(e.along, found.along), "{n} {rho} {k}");
                    assert!(e.products.iter().zip(found.products).all(|(a, b)| near(*a, b)), "{n} {rho} {k}");
                    assert_eq!(e.positive, found.positive, "{n} {rho} {k}");
                });
            }
        }
    }

    #[test]
    fn eigenpairs_of_easy_and_hard_cases() {
        let close: Vec<f64> = (0..12).map(|i| 1.0 + f64::from(i) * 1e-13).collect();
        let cases: [(Vec<f64>, Vec<f64>); 6] = [
            (vec![1.0, 2.0, 4.0, 7.0, 11.0], vec![0.3, -0.2, 0.7, 0.1, -1.1]),
            (vec![0.0, 0.0, 0.0, 3.0, 3.0], vec![1.0, 2.0, -3.0, 1e-9, 1.0]),
            (vec![1.0; 6], vec![1.0; 6]),
            (close, (1..=12).map(f64::from).collect()),
            (vec![-2.0, 0.0, 5.0], vec![0.0, 0.0, 0.0]),
            (vec![1.0, 1.0 + 1e-9, 1.0 + 2e-9, 2.0], vec![1e-7, 1.0, 1e-5, 1.0]),
        ];
        for (d, z) in &cases {
            for rho in [1.0, -1.0, 1e-3, -40.0, 1e-14] {
                let (residual, product) = errors(d, z, rho);
                let norm = d[d.len() - 1].abs() + rho.abs() * z.iter().map(|z| z * z).sum::<f64>();
                assert!(residual < 1e-14 * (1.0 + norm), "{d:?} {z:?} {rho}: residual {residual:e}");
                assert!(product < 1e-10, "{d:?} {z:?} {rho}: products {product:e}");
            }
        }
    }
}
