//! Graphs that grow by preferential attachment, and new edges for their nodes (methods: section 3).
//!
//! Barabási & Albert, Science 286, 1999; as NetworkX draws them. The random numbers are Warren's own, so
//! the graphs are others than NetworkX's of the same seed, from the same distribution.

use crate::error::{Code, Error, Result};
use crate::rng::{Rng, Seed};
use rand::RngExt;

/// Most nodes of a graph whose Laplacian is solved densely.
pub const MAX_NODES: usize = 2_000;

/// An undirected graph without weights, small enough for dense matrices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallGraph {
    nodes: usize,
    /// `[a, b]` with a < b, ascending.
    edges: Vec<[u32; 2]>,
    /// Neighbours of each node, ascending.
    neighbours: Vec<Vec<u32>>,
}

impl SmallGraph {
    /// A graph from its edges, in any order and direction.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] with `key` (that of the edges) for a node that is not there, a loop or an edge
    /// given twice; with key `nodes` for none or more than [`MAX_NODES`].
    pub fn new(nodes: usize, edges: &[[u32; 2]], key: &str) -> Result<Self> {
        if !(1..=MAX_NODES).contains(&nodes) {
            let text = format!("{nodes} nodes: a graph may have 1 to {MAX_NODES}");
            return Err(Error::new(Code::OutOfRange, text).for_key("nodes").with_value(nodes.to_string()));
        }
        let refuse = |[a, b]: [u32; 2], why: &str| {
            let value = format!("[{a}, {b}]");
            Err(Error::new(Code::OutOfRange, format!("edge {value} {why}")).for_key(key).with_value(value))
        };
        let mut sorted = Vec::with_capacity(edges.len());
        for &[a, b] in edges {
            if a.max(b) as usize >= nodes {
                return refuse([a, b], &format!("joins a node that is not among the {nodes}"));
            }
            if a == b {
                return refuse([a, b], "is a loop");
            }
            sorted.push([a.min(b), a.max(b)]);
        }
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|w| w[0] == w[1]) {
            return refuse(twice[0], "is given twice");
        }
        Ok(Self::from_sorted(nodes, sorted))
    }

    fn from_sorted(nodes: usize, edges: Vec<[u32; 2]>) -> Self {
        let mut neighbours = vec![Vec::new(); nodes];
        // In the order of the edges each list fills with smaller nodes first, then with larger ones.
        edges.iter().for_each(|&[a, b]| neighbours[b as usize].push(a));
        edges.iter().for_each(|&[a, b]| neighbours[a as usize].push(b));
        Self { nodes, edges, neighbours }
    }

    /// The graph with one more edge, `[a, b]` with a < b, which it must not have yet.
    pub fn with_edge(&self, edge: [u32; 2]) -> Self {
        let mut edges = self.edges.clone();
        let at = edges.binary_search(&edge).expect_err("the edge is new");
        edges.insert(at, edge);
        Self::from_sorted(self.nodes, edges)
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The edges `[a, b]` with a < b, ascending.
    pub fn edges(&self) -> &[[u32; 2]] {
        &self.edges
    }

    /// The nodes joined to `node`, ascending.
    pub fn neighbours(&self, node: usize) -> &[u32] {
        &self.neighbours[node]
    }

    /// Number of edges at `node`.
    pub fn degree(&self, node: usize) -> usize {
        self.neighbours[node].len()
    }

    /// The nodes that `node` could be joined to, ascending.
    pub fn free(&self, node: usize) -> Vec<u32> {
        let own = &self.neighbours[node];
        (0..self.nodes as u32).filter(|&b| b as usize != node && own.binary_search(&b).is_err()).collect()
    }
}

/// A graph of `nodes` nodes: `attach` nodes without edges, then each further node joins `attach` different
/// earlier ones, drawn with chances proportional to their degrees (the first joins all). It has
/// `attach · (nodes − attach)` edges.
///
/// # Errors
/// [`Code::OutOfRange`] with key `attach` unless 1 ≤ `attach` < `nodes`, with key `nodes` beyond [`MAX_NODES`].
pub fn barabasi_albert(nodes: usize, attach: usize, rng: &mut Rng) -> Result<SmallGraph> {
    check(nodes, attach)?;
    let mut edges = Vec::with_capacity(attach * (nodes - attach));
    // Every node as often as it has edges: a uniform draw from it is one by degree.
    let mut ends: Vec<u32> = Vec::with_capacity(2 * attach * (nodes - attach));
    let mut targets: Vec<u32> = (0..attach as u32).collect();
    for new in attach as u32..nodes as u32 {
        edges.extend(targets.iter().map(|&old| [old, new]));
        ends.extend_from_slice(&targets);
        ends.extend(std::iter::repeat_n(new, attach));
        targets.clear();
        while targets.len() < attach {
            let drawn = ends[rng.random_range(0..ends.len())];
            if !targets.contains(&drawn) {
                targets.push(drawn);
            }
        }
    }
    edges.sort_unstable();
    Ok(SmallGraph::from_sorted(nodes, edges))
}

fn check(nodes: usize, attach: usize) -> Result<()> {
    if nodes > MAX_NODES {
        let text = format!("{nodes} nodes: a graph may have 2 to {MAX_NODES}");
        return Err(Error::new(Code::OutOfRange, text).for_key("nodes").with_value(nodes.to_string()));
    }
    if attach == 0 || attach >= nodes {
        let text = format!(
            "{attach} edges a new node: in a graph of {nodes} nodes it may be 1 to {}",
            nodes.saturating_sub(1)
        );
        return Err(Error::new(Code::OutOfRange, text).for_key("attach").with_value(attach.to_string()));
    }
    Ok(())
}

/// The generator of the experiment's `number`-th graph (stream `barabasi-albert.N`).
pub fn graph_stream(seed: Seed, number: usize) -> Rng {
    seed.stream(&format!("barabasi-albert.{number}"))
}

/// A new edge at `node`, as `[smaller, larger]`, its other end uniform among the nodes it is not joined to;
/// `None` if there are none.
pub fn random_edge(graph: &SmallGraph, node: usize, rng: &mut Rng) -> Option<[u32; 2]> {
    let free = graph.free(node);
    if free.is_empty() {
        return None;
    }
    let other = free[rng.random_range(0..free.len())];
    Some([other.min(node as u32), other.max(node as u32)])
}

/// The generator of the `count`-th edge that somebody adds by hand (stream `edge.N`).
pub fn edge_stream(seed: Seed, count: u64) -> Rng {
    seed.stream(&format!("edge.{count}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_has_its_edges_and_its_hubs() {
        let graph = barabasi_albert(100, 10, &mut graph_stream(Seed(123), 0)).unwrap();
        assert_eq!((graph.nodes(), graph.edges().len()), (100, 900));
        assert!((10..100).all(|i| graph.degree(i) >= 10));
        assert_eq!(graph.neighbours(10)[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let most = (0..100).map(|i| graph.degree(i)).max().unwrap();
        assert!(most > 30, "no hub: the largest degree is {most}");
        assert_eq!(SmallGraph::new(100, graph.edges(), "edges").unwrap(), graph);
        assert_ne!(barabasi_albert(100, 10, &mut graph_stream(Seed(123), 1)).unwrap(), graph);
    }

    #[test]
    fn a_new_edge_is_new_and_any_free_node_may_be_its_end() {
        let graph = SmallGraph::new(5, &[[0, 1], [2, 0]], "edges").unwrap();
        let mut seen: Vec<[u32; 2]> =
            (0..64).filter_map(|n| random_edge(&graph, 0, &mut edge_stream(Seed(1), n))).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [[0, 3], [0, 4]]);
        let full = SmallGraph::new(2, &[[1, 0]], "edges").unwrap();
        assert_eq!(random_edge(&full, 1, &mut edge_stream(Seed(1), 0)), None);
    }

    #[test]
    fn bad_graphs_are_errors_with_key_and_value() {
        let place = |edges: &[[u32; 2]]| {
            let e = SmallGraph::new(3, edges, "before").unwrap_err();
            (e.code, e.key.unwrap(), e.value.unwrap())
        };
        let bad = |value: &str| (Code::OutOfRange, "before".to_owned(), value.to_owned());
        assert_eq!(place(&[[0, 3]]), bad("[0, 3]"));
        assert_eq!(place(&[[1, 1]]), bad("[1, 1]"));
        assert_eq!(place(&[[1, 0], [0, 1]]), bad("[0, 1]"));
        let mut rng = graph_stream(Seed(1), 0);
        assert_eq!(barabasi_albert(10, 10, &mut rng).unwrap_err().key.as_deref(), Some("attach"));
        assert_eq!(barabasi_albert(10, 0, &mut rng).unwrap_err().key.as_deref(), Some("attach"));
        assert_eq!(barabasi_albert(2_001, 3, &mut rng).unwrap_err().key.as_deref(), Some("nodes"));
    }
}
