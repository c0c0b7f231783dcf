//! All eigenpairs of a dense symmetric matrix: Householder tridiagonalisation, then implicit QL.
//!
//! nalgebra has the same method; this one checkpoints (a matrix of order 1,000 takes seconds in a browser
//! and a cancel must answer within 100 ms), keeps eigenvectors as rows so that rotations run over
//! contiguous memory, and turns back only the vectors that are asked for. The tests compare the two.
//! (Golub & Van Loan, Matrix Computations, 8.3.)

use crate::error::{Code, Error, Result};
use crate::order::descending;
use crate::task::Task;

/// Eigenpairs of a symmetric matrix, eigenvalues descending.
#[derive(Debug, Clone)]
pub struct DenseEigen {
    /// All n eigenvalues, descending.
    pub values: Vec<f64>,
    /// The first eigenvectors, of unit length, as rows: `count × n`.
    pub vectors: Vec<Vec<f64>>,
}

/// Steps of the QL iteration allowed for one eigenvalue; three are usual.
const MAX_QL_STEPS: usize = 60;

/// All eigenvalues and the eigenvectors of the `count` largest of the symmetric `n × n` row-major `a`.
///
/// # Errors
/// [`Code::Cancelled`]; [`Code::NotConverged`] if an entry is not finite.
pub async fn symmetric_eigen(mut a: Vec<f64>, n: usize, count: usize, task: &Task) -> Result<DenseEigen> {
    assert!(a.len() == n * n && count <= n, "symmetric_eigen: shapes");
    let (mut d, mut e) = (vec![0.0; n], vec![0.0; n]);
    tridiagonalise(&mut a, n, &mut d, &mut e, task).await?;
    let mut z: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let mut row = vec![0.0; n];
            row[i] = 1.0;
            row
        })
        .collect();
    implicit_ql(&mut d, &mut e, &mut z, task).await?;
    let order = descending(&d);
    let mut vectors = Vec::with_capacity(count);
    for &i in &order[..count] {
        let mut v = std::mem::take(&mut z[i]);
        back_transform(&a, n, &mut v);
        vectors.push(v);
        task.checkpoint().await?;
    }
    Ok(DenseEigen { values: order.iter().map(|&i| d[i]).collect(), vectors })
}

/// All eigenvalues of the symmetric `n × n` row-major `a`, descending, and the last `tail` entries of every
/// eigenvector: a small part of the work of [`symmetric_eigen`].
///
/// # Errors
/// As [`symmetric_eigen`].
pub async fn tails(mut a: Vec<f64>, n: usize, tail: usize, task: &Task) -> Result<(Vec<f64>, Vec<Vec<f64>>)> {
    assert!(a.len() == n * n && tail <= n, "tails: shapes");
    let (mut d, mut e) = (vec![0.0; n], vec![0.0; n]);
    tridiagonalise(&mut a, n, &mut d, &mut e, task).await?;
    // A = Q T Qᵀ and T s = θ s: entry i of Q s is (Qᵀ e_i) · s, so the rotations may run over these columns.
    let mut z = vec![vec![0.0; tail]; n];
    let mut unit = vec![0.0; n];
    for column in 0..tail {
        unit.fill(0.0);
        unit[n - tail + column] = 1.0;
        for k in 0..n.saturating_sub(1) {
            reflect(&a, n, k, &mut unit);
        }
        z.iter_mut().zip(&unit).for_each(|(row, x)| row[column] = *x);
    }
    implicit_ql(&mut d, &mut e, &mut z, task).await?;
    let order = descending(&d);
    let ends = order.iter().map(|&i| std::mem::take(&mut z[i])).collect();
    Ok((order.iter().map(|&i| d[i]).collect(), ends))
}

/// Reduces `a` to a tridiagonal matrix with diagonal `d` and off-diagonal `e[..n−1]`.
///
/// Row k of `a` then holds, right of the diagonal, the vector v of the reflector `I − v vᵀ` (‖v‖ = √2, or
/// v = 0) of step k.
async fn tridiagonalise(a: &mut [f64], n: usize, d: &mut [f64], e: &mut [f64], task: &Task) -> Result<()> {
    let mut p = vec![0.0; n];
    for k in 0..n {
        let (head, rest) = a.split_at_mut((k + 1) * n);
        let row = &mut head[k * n..];
        d[k] = row[k];
        if k + 1 == n {
            break;
        }
        let v = &mut row[k + 1..];
        e[k] = reflector(v);
        let len = v.len();
        let p = &mut p[..len];
        for (i, p) in p.iter_mut().enumerate() {
            *p = dot(&rest[i * n + k + 1..(i + 1) * n], v);
        }
        // (I − vvᵀ) A (I − vvᵀ) = A − v wᵀ − w vᵀ with w = Av − (vᵀAv / 2) v.
        let half = 0.5 * dot(v, p);
        p.iter_mut().zip(v.iter()).for_each(|(p, v)| *p -= half * v);
        for i in 0..len {
            let (vi, wi) = (v[i], p[i]);
            for ((x, v), w) in rest[i * n + k + 1..(i + 1) * n].iter_mut().zip(v.iter()).zip(p.iter()) {
                *x -= vi * w + wi * v;
            }
        }
        task.checkpoint().await?;
    }
    Ok(())
}

/// Turns `x` into v with `(I − v vᵀ) x = (α, 0, …)` and returns α.
fn reflector(x: &mut [f64]) -> f64 {
    let tail = dot(&x[1..], &x[1..]);
    if tail == 0.0 {
        let alpha = x[0];
        x.fill(0.0);
        return alpha;
    }
    let norm = (x[0] * x[0] + tail).sqrt();
    let alpha = if x[0] > 0.0 { -norm } else { norm };
    x[0] -= alpha;
    let factor = (2.0 / (x[0] * x[0] + tail)).sqrt();
    x.iter_mut().for_each(|x| *x *= factor);
    alpha
}

/// Applies the reflectors stored in `a` to an eigenvector of the tridiagonal matrix.
fn back_transform(a: &[f64], n: usize, x: &mut [f64]) {
    for k in (0..n.saturating_sub(1)).rev() {
        reflect(a, n, k, x);
    }
}

/// Applies the reflector of step `k`.
fn reflect(a: &[f64], n: usize, k: usize, x: &mut [f64]) {
    let v = &a[k * n + k + 1..(k + 1) * n];
    let c = dot(v, &x[k + 1..]);
    x[k + 1..].iter_mut().zip(v).for_each(|(x, v)| *x -= c * v);
}

/// Eigenvalues into `d`; `z`'s rows take the same rotations.
async fn implicit_ql(d: &mut [f64], e: &mut [f64], z: &mut [Vec<f64>], task: &Task) -> Result<()> {
    let n = d.len();
    let norm = d.iter().chain(e.iter()).fold(0.0_f64, |m, x| m.max(x.abs()));
    // Relative to the whole matrix: what is smaller cannot be told from rounding.
    let negligible = 0.1 * f64::EPSILON * norm;
    for l in 0..n {
        for step in 0.. {
            let m = (l..n - 1).find(|&m| e[m].abs() <= negligible).unwrap_or(n - 1);
            if m == l {
                break;
            }
            if step == MAX_QL_STEPS || !norm.is_finite() {
                return Err(Error::new(Code::NotConverged, "the dense eigensolver did not converge"));
            }
            ql_sweep(d, e, z, l, m);
            task.checkpoint().await?;
        }
    }
    Ok(())
}

/// One implicit QL step with Wilkinson's shift on rows `l..=m`.
fn ql_sweep(d: &mut [f64], e: &mut [f64], z: &mut [Vec<f64>], l: usize, m: usize) {
    let mut g = (d[l + 1] - d[l]) / (2.0 * e[l]);
    let mut r = g.hypot(1.0);
    g = d[m] - d[l] + e[l] / (g + r.copysign(g));
    let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let f = s * e[i];
        let b = c * e[i];
        r = f.hypot(g);
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[m] = 0.0;
            return;
        }
        (s, c) = (f / r, g / r);
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2.0 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        let (low, high) = z.split_at_mut(i + 1);
        for (x, y) in low[i].iter_mut().zip(&mut high[0]) {
            let f = *y;
            *y = s * *x + c * f;
            *x = c * *x - s * f;
        }
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
}

/// Dot product in eight interleaved parts, so that it compiles to SIMD (the order of additions is fixed).
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut acc = [0.0; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for i in 0..8 {
            acc[i] += x[i] * y[i];
        }
    }
    acc.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::task::run;
    use nalgebra::DMatrix;
    use rand::RngExt;

    fn check(a: &DMatrix<f64>) {
        let n = a.nrows();
        let eigen = run(symmetric_eigen(a.as_slice().to_vec(), n, n, &Task::silent())).unwrap();
        let mut expected = a.clone().symmetric_eigenvalues().as_slice().to_vec();
        expected.sort_by(|x, y| y.total_cmp(x));
        let scale = a.norm().max(1e-300);
        for (x, y) in eigen.values.iter().zip(&expected) {
            assert!((x - y).abs() <= 1e-13 * scale, "{x} {y}");
        }
        let v = DMatrix::from_fn(n, n, |i, j| eigen.vectors[j][i]);
        assert!((v.transpose() * &v - DMatrix::identity(n, n)).norm() < 1e-12);
        let residual = a * &v - &v * DMatrix::from_diagonal(&eigen.values.clone().into());
        assert!(residual.norm() <= 1e-13 * scale);
        let tail = n.min(3);
        let (values, ends) = run(tails(a.as_slice().to_vec(), n, tail, &Task::silent())).unwrap();
        assert_eq!(values, eigen.values);
        for (end, vector) in ends.iter().zip(&eigen.vectors) {
            let differs = |(x, y): (&f64, &f64)| (x - y).abs() > 1e-12;
            assert!(!end.iter().zip(&vector[n - tail..]).any(differs), "{end:?} {vector:?}");
        }
    }

    #[test]
    fn agrees_with_nalgebra() {
        let mut rng = Seed(3).stream("test");
        for n in [1, 2, 3, 17, 60] {
            let a = DMatrix::from_fn(n, n, |_, _| rng.random_range(-1.0..1.0));
            check(&(&a + a.transpose()));
        }
    }

    #[test]
    fn zero_repeated_and_graded_matrices() {
        check(&DMatrix::zeros(7, 7));
        check(&DMatrix::identity(9, 9));
        check(&DMatrix::from_element(12, 12, 1.0));
        check(&DMatrix::from_fn(8, 8, |i, j| 10f64.powi(-(3 * i.max(j) as i32))));
    }

    #[test]
    fn not_a_number_is_an_error() {
        let e = run(symmetric_eigen(vec![f64::NAN; 9], 3, 3, &Task::silent())).unwrap_err();
        assert_eq!(e.code, Code::NotConverged);
    }
}
