//! The singular vectors of the interaction matrix.

use super::spectral::standardise;
use super::{Embedding, InitInput, prism};
use crate::data::interactions::Side;
use crate::error::{Code, Error, Result};
use crate::graph::laplacian::fix_signs;
use crate::linalg::sparse::{Gram, spmm};
use crate::linalg::{Csr, EigenOptions, Eigenpairs, Panel, WIDTH, largest_eigenpairs};
use crate::params::{Kind, Method, Param, Params};
use crate::task::{LocalFuture, Task};
use ndarray::Array2;

/// The description of `svd`.
pub static METHOD: Method = Method {
    name: "svd",
    title: "SVD",
    doc: "The leading singular vectors of the training matrix: users and items in one space, their dot \
          products the best rank-d approximation of the matrix.",
    formula: "R ≈ U Σ Vᵀ, E_u = gain · U Σ^½, E_i = gain · V Σ^½",
    source: "Eckart & Young, Psychometrika 1936; Zhang et al., KDD 2021, section 4.2",
    params: &[
        Param {
            name: "scale",
            title: "scale",
            doc: "raw: U Σ^½ and V Σ^½, whose dot products approximate the matrix; standardised: every column \
                  with mean 0 and variance 1 over the nodes, as LE's and LEPORID's.",
            unit: "",
            kind: Kind::Choice { options: &["standardised", "raw"], default: "standardised" },
        },
        Param {
            name: "tolerance",
            title: "tolerance",
            doc: "Accepted residual of every pair of R Rᵀ, relative to its largest eigenvalue.",
            unit: "",
            kind: Kind::Float { min: 1e-12, max: 0.1, default: 1e-8, log: true },
        },
        Param {
            name: "gain",
            title: "gain",
            doc: "Multiplies both tables.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 1000.0, default: 1.0, log: true },
        },
        prism::PRISM,
        prism::STRENGTH,
    ],
};

/// U Σ^½ and V Σ^½, or their standardised columns: one solve serves both sides.
///
/// Signs follow the users' side: the entry of largest magnitude of every user column is positive.
/// `residuals` are ‖Rᵀu − σv‖ and its mirror image, whichever of the two is not zero by construction.
pub fn build<'a>(
    params: &'a Params,
    input: &'a InitInput<'a>,
    sides: &'a [Side],
    task: &'a Task,
) -> LocalFuture<'a, Result<Vec<Embedding>>> {
    Box::pin(async move {
        let split = input.split;
        check_dim(input.dim, split.n_users, split.n_items)?;
        let users = split.train_matrix(Side::User);
        let items = users.transpose();
        // R Rᵀ or Rᵀ R, whichever is smaller: the non-zero eigenvalues σ² are the same.
        let users_solved = split.n_users <= split.n_items;
        let (matrix, transposed) = if users_solved { (&users, &items) } else { (&items, &users) };
        let options = EigenOptions {
            tolerance: params.f64("tolerance"),
            seed: input.seed,
            ..EigenOptions::new(input.dim)
        };
        let pairs = largest_eigenpairs::<f64, _>(&Gram::new(matrix, transposed), &options, task).await?;
        let solved = Factor::of(matrix, transposed, &pairs, task).await?;
        let (mut user, mut item) =
            if users_solved { (solved.near, solved.far) } else { (solved.far, solved.near) };
        for (j, turned) in fix_signs(&mut user).into_iter().enumerate() {
            if turned {
                item.column_mut(j).mapv_inplace(|x| -x);
            }
        }
        if params.str("scale") == "standardised" {
            standardise(&mut user);
            standardise(&mut item);
        }
        let gain = params.f32("gain");
        let embedding = |side| Embedding {
            vectors: gain * if side == Side::User { &user } else { &item },
            values: solved.singular.clone(),
            residuals: solved.residuals.clone(),
            products: pairs.products,
            graph: None,
            degrees: Vec::new(),
        };
        Ok(sides.iter().map(|&side| embedding(side)).collect())
    })
}

fn check_dim(dim: usize, n_users: usize, n_items: usize) -> Result<()> {
    if dim <= n_users.min(n_items) {
        return Ok(());
    }
    let text = format!(
        "{dim} dimensions were asked for, but a matrix of {n_users} users and {n_items} items has only {} \
         singular values",
        n_users.min(n_items)
    );
    Err(Error::new(Code::OutOfRange, text).for_key("dim").with_value(dim.to_string()))
}

/// Singular triplets, each side's vectors already multiplied by Σ^½.
struct Factor {
    /// The side whose Gram matrix was solved.
    near: Array2<f32>,
    /// The other side: Mᵀu / σ.
    far: Array2<f32>,
    singular: Vec<f64>,
    residuals: Vec<f64>,
}

impl Factor {
    async fn of(matrix: &Csr, transposed: &Csr, pairs: &Eigenpairs<f64>, task: &Task) -> Result<Self> {
        let (n, d) = pairs.vectors.dim();
        let singular: Vec<f64> = pairs.values.iter().map(|w| w.max(0.0).sqrt()).collect();
        // Below this, σ is rounding of zero and its vector on the other side is arbitrary: leave both out.
        let negligible = singular.first().map_or(0.0, |s| s * 1e-7);
        let mut far = Array2::zeros((matrix.ncols(), d));
        for first in (0..d).step_by(WIDTH) {
            let width = WIDTH.min(d - first);
            let mut x = Panel::<f64>::zeros(n);
            for (i, row) in x.rows.iter_mut().enumerate() {
                (0..width).for_each(|j| row[j] = pairs.vectors[(i, first + j)]);
            }
            let mut y = Panel::zeros(matrix.ncols());
            spmm(transposed, &x, &mut y, task).await?;
            for (i, row) in y.rows.iter().enumerate() {
                for j in 0..width {
                    let s = singular[first + j];
                    far[(i, first + j)] = if s > negligible { (row[j] / s.sqrt()) as f32 } else { 0.0 };
                }
            }
        }
        let near = Array2::from_shape_fn((n, d), |(i, j)| {
            let s = singular[j];
            if s > negligible { (pairs.vectors[(i, j)] * s.sqrt()) as f32 } else { 0.0 }
        });
        let residual = |(r, &s): (&f64, &f64)| if s > negligible { r / s } else { 0.0 };
        let residuals = pairs.residuals.iter().zip(&singular).map(residual).collect();
        Ok(Self { near, far, singular, residuals })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{build_on, small_split};
    use super::*;
    use nalgebra::DMatrix;
    use serde_json::json;

    const BOTH: [Side; 2] = [Side::User, Side::Item];

    #[test]
    fn all_dimensions_give_the_matrix_back() {
        let tables = build_on(&METHOD, build, &json!({ "scale": "raw" }), 60, &BOTH).unwrap();
        let product = tables[0].vectors.dot(&tables[1].vectors.t());
        let r = DMatrix::from(&small_split().train_matrix(Side::User));
        for ((i, j), x) in product.indexed_iter() {
            assert!((x - r[(i, j)]).abs() < 1e-4, "({i}, {j}): {x}");
        }
        let mut expected = r.map(f64::from).singular_values().as_slice().to_vec();
        expected.sort_by(|a, b| b.total_cmp(a));
        for (x, y) in tables[0].values.iter().zip(&expected) {
            assert!((x - y).abs() < 1e-7, "{x} {y}");
        }
    }

    #[test]
    fn signs_follow_the_users_and_one_side_alone_is_the_same() {
        let tables = build_on(&METHOD, build, &json!({ "scale": "raw" }), 5, &BOTH).unwrap();
        for column in tables[0].vectors.columns() {
            let largest = column.iter().fold(0.0_f32, |b, &x| if x.abs() > b.abs() { x } else { b });
            assert!(largest > 0.0);
        }
        let alone = build_on(&METHOD, build, &json!({ "scale": "raw" }), 5, &[Side::Item]).unwrap();
        assert_eq!(alone[0], tables[1]);
        assert!(tables[0].residuals.iter().all(|&r| r < 1e-7));
    }

    /// The columns keep their directions: only mean and length change.
    #[test]
    fn columns_are_standardised_unless_raw_is_asked_for() {
        let given = build_on(&METHOD, build, &json!({ "gain": 2.0 }), 5, &BOTH).unwrap();
        let raw = build_on(&METHOD, build, &json!({ "scale": "raw" }), 5, &BOTH).unwrap();
        for (given, raw) in given.iter().zip(&raw) {
            let n = given.vectors.nrows() as f32;
            for (x, y) in given.vectors.columns().into_iter().zip(raw.vectors.columns()) {
                assert!((x.sum() / n).abs() < 1e-5 && (x.dot(&x) / n - 4.0).abs() < 1e-4);
                let centred = &y - y.sum() / n;
                let cosine = x.dot(&centred) / (x.dot(&x) * centred.dot(&centred)).sqrt();
                assert!((cosine - 1.0).abs() < 1e-5, "{cosine}");
            }
        }
    }

    #[test]
    fn too_many_dimensions_are_an_error() {
        let e = build_on(&METHOD, build, &json!({}), 61, &BOTH).unwrap_err();
        assert_eq!(
            e.message,
            "61 dimensions were asked for, but a matrix of 60 users and 80 items has only 60 singular values"
        );
    }
}
