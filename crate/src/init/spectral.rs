//! Laplacian eigenmaps of the KNN graph of each side: LE and LEPORID.

use super::{Embedding, InitInput, check_dim, prism};
use crate::data::interactions::Side;
use crate::error::Result;
use crate::graph::knn::{self, KnnOptions, graph_memory, knn_graph};
use crate::graph::laplacian::{LaplacianOptions, smallest_eigenvectors, spectrum_memory};
use crate::graph::similarity::{self, Similarity};
use crate::linalg::memory;
use crate::params::{Kind, Method, Param, Params};
use crate::task::{LocalFuture, Task};
use ndarray::Array2;

const K: Param = Param {
    name: "k",
    title: "neighbours K",
    doc: "Neighbours of each node in the graph, at most n − 1; the paper uses 1000 on large data.",
    unit: "",
    kind: Kind::Int { min: 1, max: 1_000_000, default: 50 },
};
const SIMILARITY: Param = Param {
    name: "similarity",
    title: "similarity",
    doc: "How alike two users or two items are.",
    unit: "",
    kind: Kind::Choice { options: similarity::NAMES, default: "jaccard" },
};
const ALPHA: Param = Param {
    name: "alpha",
    title: "regularisation α",
    doc: "How far every degree is drawn towards the largest: 0 is LE, 1 gives all nodes the same.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 1.0, default: 0.5, log: false },
};
const NORMALIZED: Param = Param {
    name: "normalized",
    title: "normalised",
    doc: "Whether the Laplacian is divided by the square roots of the degrees on both sides.",
    unit: "",
    kind: Kind::Bool { default: true },
};
const SCALE: Param = Param {
    name: "scale",
    title: "scale",
    doc: "raw: unit eigenvectors; standardised: every column with mean 0 and variance 1 over the nodes.",
    unit: "",
    kind: Kind::Choice { options: &["standardised", "raw"], default: "standardised" },
};
const GAIN: Param = Param {
    name: "gain",
    title: "gain",
    doc: "Multiplies the table; dot-product models start better from a small one, such as 0.1.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 1000.0, default: 1.0, log: true },
};
const TOLERANCE: Param = Param {
    name: "tolerance",
    title: "tolerance",
    doc: "Accepted residual ‖Lv − λv‖ of every eigenpair, relative to the operator's norm.",
    unit: "",
    kind: Kind::Float { min: 1e-12, max: 0.1, default: 1e-5, log: true },
};

/// The description of `le`.
pub static LE: Method = Method {
    name: "le",
    title: "LE",
    doc: "Laplacian eigenmaps: the eigenvectors of the smallest eigenvalues of the KNN graph's Laplacian.",
    formula: "L = D − W, or L_sym = D^−½ (D − W) D^−½",
    source: "Belkin & Niyogi, NIPS 2001; Zhang et al., KDD 2021, section 3",
    params: &[K, SIMILARITY, NORMALIZED, SCALE, GAIN, TOLERANCE, prism::PRISM, prism::STRENGTH],
};

/// The description of `leporid`.
pub static LEPORID: Method = Method {
    name: "leporid",
    title: "LEPORID",
    doc: "Laplacian eigenmaps with popularity-based regularisation: low degrees are raised towards the \
          largest, so that sparse nodes do not move at every new edge.",
    formula: "D_reg = (1 − α) D + α d_max I, L_regsym = D_reg^−½ (D_reg − W) D_reg^−½",
    source: "Zhang et al., KDD 2021, section 3",
    params: &[K, SIMILARITY, ALPHA, NORMALIZED, SCALE, GAIN, TOLERANCE, prism::PRISM, prism::STRENGTH],
};

/// The eigenvectors of each side's graph (both methods: LE has no α and takes 0).
pub fn build<'a>(
    params: &'a Params,
    input: &'a InitInput<'a>,
    sides: &'a [Side],
    task: &'a Task,
) -> LocalFuture<'a, Result<Vec<Embedding>>> {
    Box::pin(async move {
        let mut out = Vec::with_capacity(sides.len());
        for &side in sides {
            out.push(embed(params, input, side, task).await?);
        }
        Ok(out)
    })
}

async fn embed(params: &Params, input: &InitInput<'_>, side: Side, task: &Task) -> Result<Embedding> {
    let nodes = super::plural(side);
    check_dim(input.dim, input.split.n(side), nodes)?;
    let similarity = Similarity::from_name(params.str("similarity")).expect("checked against the same names");
    let knn = KnnOptions { k: params.usize("k"), similarity, nodes };
    let has_alpha = params.method.params.iter().any(|p| p.name == "alpha");
    let options = LaplacianOptions {
        dim: input.dim,
        alpha: if has_alpha { params.f64("alpha") } else { 0.0 },
        normalized: params.bool("normalized"),
        tolerance: params.f64("tolerance"),
        seed: input.seed,
    };
    let matrix = input.split.train_matrix(side);
    // Before the graph is built: it would be a pity to find out after it.
    let graph = graph_memory(&matrix, knn.k);
    let solve = spectrum_memory(matrix.nrows(), (graph.kept / 8) as usize, &options);
    memory::check(graph.peak.max(graph.kept + solve), || {
        format!("{}, with {} eigenvectors,", knn::describe(&matrix, &knn), input.dim)
    })?;
    let graph = knn_graph(&matrix, &knn, task).await?;
    drop(matrix);
    let mut spectrum = smallest_eigenvectors(&graph, &options, task).await?;
    if params.str("scale") == "standardised" {
        standardise(&mut spectrum.vectors);
    }
    let gain = params.f32("gain");
    if gain != 1.0 {
        spectrum.vectors.mapv_inplace(|x| gain * x);
    }
    Ok(Embedding {
        vectors: spectrum.vectors,
        values: spectrum.values,
        residuals: spectrum.residuals,
        products: spectrum.products,
        graph: Some(graph.stats()),
        degrees: graph.degrees,
    })
}

/// Gives every column mean 0 and variance 1 (over all n rows, divided by n); a constant column becomes zero.
pub fn standardise(table: &mut Array2<f32>) {
    let n = table.nrows().max(1) as f64;
    for mut column in table.columns_mut() {
        let mean = column.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let variance = column.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
        // Entries that differ only by rounding are constant: scaling that up would make noise of it.
        let largest = column.iter().fold(0.0_f64, |m, &x| m.max(f64::from(x).abs()));
        let constant = variance.sqrt() <= 1e-5 * largest;
        let factor = if constant { 0.0 } else { 1.0 / variance.sqrt() };
        column.mapv_inplace(|x| ((f64::from(x) - mean) * factor) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{build_on, small_split};
    use super::*;
    use crate::error::Code;
    use serde_json::json;

    #[test]
    fn columns_are_standardised_and_multiplied() {
        let tables = build_on(&LEPORID, build, &json!({"k": 10, "gain": 0.1}), 8, &[Side::Item]).unwrap();
        let table = &tables[0];
        assert_eq!(table.vectors.dim(), (80, 8));
        for column in table.vectors.columns() {
            let mean = column.mean().unwrap();
            let variance = column.mapv(|x| (x - mean).powi(2)).mean().unwrap();
            assert!(mean.abs() < 1e-6 && (variance - 0.01).abs() < 1e-5, "{mean} {variance}");
        }
        assert_eq!(table.graph.as_ref().unwrap().nodes, 80);
        assert!(table.values.is_sorted() && table.residuals.iter().all(|&r| r < 1e-5));
    }

    #[test]
    fn a_constant_column_becomes_zero() {
        let mut table = Array2::from_shape_fn((5, 2), |(i, j)| if j == 0 { 0.1 } else { i as f32 });
        standardise(&mut table);
        assert!(table.column(0).iter().all(|&x| x == 0.0));
        assert!((table[(4, 1)] - 2.0_f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn le_is_leporid_without_regularisation() {
        let both = [Side::User, Side::Item];
        let le = build_on(&LE, build, &json!({"k": 10, "scale": "raw"}), 6, &both).unwrap();
        let zero = json!({"k": 10, "scale": "raw", "alpha": 0});
        assert_eq!(le, build_on(&LEPORID, build, &zero, 6, &both).unwrap());
        // Items 78 and 79 have no interactions, hence no edges.
        assert!(le[1].vectors.row(79).iter().all(|&x| x == 0.0));
    }

    #[test]
    fn as_many_dimensions_as_nodes_but_no_more() {
        let n = small_split().n_users;
        assert!(build_on(&LEPORID, build, &json!({"k": 5}), n, &[Side::User]).is_ok());
        let e = build_on(&LEPORID, build, &json!({"k": 5}), n + 1, &[Side::User]).unwrap_err();
        assert_eq!((e.code, e.key.as_deref()), (Code::OutOfRange, Some("dim")));
        let e = build_on(&LEPORID, build, &json!({"k": n}), 4, &[Side::User]).unwrap_err();
        assert_eq!((e.code, e.key.as_deref()), (Code::OutOfRange, Some("k")));
    }
}
