//! How far a node's embedding moves when it gets one more edge (methods: section 3; Zhang et al., KDD 2021,
//! figure 2 and appendix E).
//!
//! With u and u′ the node's rows in the matrices Q and Q′ of the eigenvectors of the `dim` smallest
//! eigenvalues of the Laplacian before and after, three measures:
//!
//! ```text
//! raw      ‖u′ − u‖              signs of the eigenvectors as a dense solver gives them (module `signs`)
//! aligned  ‖u′ ∘ s − u‖          s_k = sign⟨q′_k, q_k⟩
//! norm     | ‖u′‖ − ‖u‖ |        depends on no sign
//! ```
//!
//! An edge (i, j) changes the unnormalised Laplacian by one rank-one matrix (LE) or two (LEPORID):
//!
//! ```text
//! LE       (e_i − e_j)(e_i − e_j)ᵀ
//! LEPORID  (2 − α) a aᵀ − α b bᵀ + α Δd_max I,   a = (e_i − e_j)/√2,  b = (e_i + e_j)/√2
//! ```
//!
//! so its eigenpairs follow from the secular equation ([`basis`]); the shift by Δd_max moves no eigenvector.
//! The normalised Laplacians change in two rows and columns, or all over; those are solved anew ([`dense`]).

pub mod basis;
pub mod curve;
pub mod dense;
pub mod options;
pub mod signs;

use serde::Serialize;

/// How far one node's row has moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Change {
    /// ‖u′ − u‖ with the signs of a dense solver.
    pub raw: f64,
    /// ‖u′ − u‖ with every eigenvector turned to agree with the one before.
    pub aligned: f64,
    /// | ‖u′‖ − ‖u‖ |.
    pub norm: f64,
}

/// Sums over the eigenvectors from which a [`Change`] follows.
#[derive(Debug, Clone, Copy, Default)]
struct ChangeSums {
    raw: f64,
    aligned: f64,
    before: f64,
    after: f64,
}

impl ChangeSums {
    /// Adds an eigenvector: the node's entries, whether the two vectors agree (⟨q′, q⟩ ≥ 0), and whether the
    /// solver's signs would turn one of them against the other as they are here.
    #[inline(always)]
    fn add(&mut self, before: f64, after: f64, agree: bool, turned: bool) {
        let to = |same: bool| if same { after - before } else { after + before };
        let (aligned, raw) = (to(agree), to(!turned));
        self.aligned += aligned * aligned;
        self.raw += raw * raw;
        self.before += before * before;
        self.after += after * after;
    }

    fn change(&self) -> Change {
        Change {
            raw: self.raw.sqrt(),
            aligned: self.aligned.sqrt(),
            norm: (self.after.sqrt() - self.before.sqrt()).abs(),
        }
    }
}
