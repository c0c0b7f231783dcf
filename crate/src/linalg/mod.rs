//! Linear algebra: block operators, the sparse and dense symmetric eigensolvers.
//!
//! [`largest_eigenpairs`] is the one entry point: it takes any symmetric [`LinearOperator`] and chooses
//! between the dense solver (small problems, or nearly all pairs wanted) and block Lanczos.
//!
//! [`Backend`] is what learning computes with: primitive operations on single-precision arrays.

pub mod backend;
mod conv;
pub mod cpu;
pub mod csr;
pub mod dense;
mod elementwise;
pub(crate) mod exp;
pub(crate) mod gemm;
mod krylov;
pub mod lanczos;
pub mod memory;
pub mod operator;
pub mod panel;
pub mod parallel;
mod pool;
pub mod real;
pub mod reference;
pub mod secular;
pub(crate) mod simd;
pub mod sparse;
mod tile;
mod tile32;
pub mod update;

pub use backend::Backend;
pub use cpu::Cpu;
pub use csr::Csr;
pub use lanczos::{EigenOptions, Eigenpairs, eigen_memory, largest_eigenpairs};
pub use operator::LinearOperator;
pub use panel::{Panel, WIDTH};
pub use real::Real;

#[cfg(test)]
mod tests {
    use super::Csr;
    use crate::rng::Seed;
    use rand::RngExt;

    /// Symmetric with uniform weights, each pair an edge with chance `density`.
    pub(crate) fn random_symmetric(n: usize, density: f64, seed: u64) -> Csr {
        let mut rng = Seed(seed).stream("test");
        let mut rows = vec![Vec::new(); n];
        for a in 0..n {
            for b in 0..a {
                if rng.random::<f64>() < density {
                    let weight: f32 = rng.random();
                    rows[a].push((b as u32, weight));
                    rows[b].push((a as u32, weight));
                }
            }
        }
        let mut offsets = vec![0];
        for row in &mut rows {
            row.sort_by_key(|e| e.0);
            offsets.push(offsets[offsets.len() - 1] + row.len());
        }
        let entries = rows.concat();
        Csr::new(n, offsets, entries.iter().map(|e| e.0).collect(), entries.iter().map(|e| e.1).collect())
    }
}
