//! Similarity graphs and their Laplacians (methods: section 2).

pub mod knn;
pub mod laplacian;
pub mod similarity;

use nalgebra_sparse::CsrMatrix;
use serde::Serialize;

/// An undirected weighted graph: a symmetric matrix with no diagonal.
#[derive(Debug, Clone)]
pub struct Graph {
    /// `n × n` weights, columns ascending; both (a, b) and (b, a) are stored.
    pub weights: CsrMatrix<f32>,
    /// Degree Σ_b W_ab of every node, summed in double precision.
    pub degrees: Vec<f64>,
}

/// A graph in numbers, with the keys of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GraphStats {
    /// Number of nodes.
    pub nodes: usize,
    /// Number of undirected edges.
    pub edges: usize,
    /// Sum of the symmetric weight matrix (each edge counts twice).
    pub weight_sum: f64,
    /// Largest degree.
    pub d_max: f64,
    /// Smallest degree.
    pub d_min: f64,
    /// Nodes without an edge.
    pub isolated: usize,
    /// Connected components, isolated nodes included.
    pub components: usize,
}
