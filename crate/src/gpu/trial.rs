//! A small computation before anybody trusts a device with a large one: drivers have bugs.

use crate::error::{Code, Error, Result};
use crate::linalg::backend::{Backend, Gemm, Reduction, Unary, View};

/// Rows of A; the columns of B, and the terms, which come in parts.
const SIZES: [usize; 3] = [5, 70, 1100];

/// Sees that a product, a function and sums come out as they must. The values are such that every sum is exact in
/// any order.
///
/// # Errors
/// [`Code::BadState`] with what came out.
pub async fn trial(backend: &dyn Backend) -> Result<()> {
    let [m, n, k] = SIZES;
    let a: Vec<f32> = (0..m * k).map(|i| (i % 7) as f32 - 3.0).collect();
    let b: Vec<f32> = (0..k * n).map(|i| (i % 5) as f32 - 2.0).collect();
    let [c, halves] = [(); 2].map(|()| backend.alloc(m * n));
    let sums = backend.alloc(m);
    backend.gemm(Gemm::new(m, n, k), &backend.upload(&a), &backend.upload(&b), &c);
    backend.unary(Unary::Affine { scale: 0.5, shift: 1.0 }, &c, &halves);
    backend.reduce(Reduction::Sum, View::rows(m, n), &halves, &sums);
    let found = backend.download(&sums).await?;

    let product = |row: usize, column: usize| (0..k).map(|l| a[row * k + l] * b[l * n + column]).sum::<f32>();
    let expected: Vec<f32> =
        (0..m).map(|row| (0..n).map(|column| 0.5 * product(row, column) + 1.0).sum()).collect();
    if found == expected {
        return Ok(());
    }
    Err(Error::new(Code::BadState, format!("it computes {found:?} where {expected:?} is right")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Cpu;
    use crate::task::run;

    #[test]
    fn a_backend_that_computes_rightly_passes() {
        run(trial(&Cpu::new())).unwrap();
    }
}
