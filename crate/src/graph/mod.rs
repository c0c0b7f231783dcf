//! Similarity graphs and their Laplacians (methods: section 2).

pub mod barabasi_albert;
mod cooccurrence;
pub mod knn;
pub mod laplacian;
mod nearest;
pub mod perturbation;
pub mod similarity;

use crate::error::{Code, Error, Result};
use crate::linalg::Csr;
use serde::Serialize;
use std::collections::BTreeMap;

/// An undirected weighted graph: a symmetric matrix with no diagonal.
#[derive(Debug, Clone)]
pub struct Graph {
    /// `n × n` weights, columns ascending; both (a, b) and (b, a) are stored.
    pub weights: Csr,
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

impl Graph {
    /// A graph from undirected edges `(a, b, weight)` on `n` nodes.
    ///
    /// An edge given twice (in either direction) counts once, with its first weight.
    ///
    /// # Errors
    /// [`Code::BadValue`] for a node number of `n` or more, a loop, or a weight that is not positive.
    pub fn from_edges(n: usize, edges: &[(u32, u32, f32)]) -> Result<Self> {
        let mut neighbours: Vec<BTreeMap<u32, f32>> = vec![BTreeMap::new(); n];
        for &(a, b, weight) in edges {
            let (i, j) = (a as usize, b as usize);
            if i >= n || j >= n || i == j || !(weight > 0.0 && weight.is_finite()) {
                let text = format!(
                    "edge ({a}, {b}) with weight {weight} is not one between two of {n} nodes with a positive weight"
                );
                return Err(Error::new(Code::BadValue, text).with_value(format!("({a}, {b}, {weight})")));
            }
            neighbours[i].entry(b).or_insert(weight);
            let weight = neighbours[i][&b];
            neighbours[j].entry(a).or_insert(weight);
        }
        let mut offsets = vec![0];
        let (mut indices, mut values, mut degrees) = (Vec::new(), Vec::new(), Vec::new());
        for row in neighbours {
            degrees.push(row.values().map(|&w| f64::from(w)).sum());
            indices.extend(row.keys());
            values.extend(row.into_values());
            offsets.push(indices.len());
        }
        Ok(Self { weights: Csr::new(n, offsets, indices, values), degrees })
    }

    /// Number of nodes.
    pub fn n(&self) -> usize {
        self.degrees.len()
    }

    /// The graph in numbers.
    pub fn stats(&self) -> GraphStats {
        let d = &self.degrees;
        GraphStats {
            nodes: self.n(),
            edges: self.weights.nnz() / 2,
            weight_sum: d.iter().sum(),
            d_max: d.iter().copied().fold(0.0, f64::max),
            d_min: d.iter().copied().reduce(f64::min).unwrap_or(0.0),
            isolated: (0..self.n()).filter(|&i| self.weights.row_len(i) == 0).count(),
            components: self.components(),
        }
    }

    /// Number of connected components, isolated nodes included.
    pub fn components(&self) -> usize {
        let mut seen = vec![false; self.n()];
        let (mut stack, mut count, mut unseen) = (Vec::new(), 0, self.n());
        for start in 0..self.n() {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            count += 1;
            unseen -= 1;
            stack.push(start);
            // A dense graph is all seen after a few rows: most of its edges need not be looked at.
            while unseen > 0
                && let Some(node) = stack.pop()
            {
                for &next in self.weights.columns_of(node) {
                    if !std::mem::replace(&mut seen[next as usize], true) {
                        unseen -= 1;
                        stack.push(next as usize);
                    }
                }
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edges_and_components() {
        let graph = Graph::from_edges(6, &[(0, 1, 0.5), (1, 2, 1.0), (2, 1, 9.0), (4, 3, 2.0)]).unwrap();
        let stats = graph.stats();
        assert_eq!((stats.nodes, stats.edges, stats.isolated, stats.components), (6, 3, 1, 3));
        assert_eq!((stats.weight_sum, stats.d_max, stats.d_min), (7.0, 2.0, 0.0));
    }

    #[test]
    fn bad_edges_are_errors() {
        for edge in [(0, 0, 1.0), (0, 3, 1.0), (0, 1, 0.0), (0, 1, f32::NAN)] {
            assert_eq!(Graph::from_edges(3, &[edge]).unwrap_err().code, Code::BadValue);
        }
    }
}
