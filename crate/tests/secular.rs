//! Updates of eigenproblems against dense solutions of the updated matrices: random and degenerate graphs.

use proptest::prelude::*;
use std::collections::BTreeSet;
use warren::graph::barabasi_albert::SmallGraph;
use warren::graph::perturbation::basis::{Basis, Workspace};
use warren::graph::perturbation::dense::{Embedded, laplacian, smallest};
use warren::graph::perturbation::options::SpectralMethod;
use warren::linalg::secular::RankOne;
use warren::task::{Task, run};

const LE: SpectralMethod = SpectralMethod { name: "le", alpha: 0.0, normalised: false };

fn leporid(alpha: f64) -> SpectralMethod {
    SpectralMethod { name: "leporid", alpha, normalised: false }
}

fn graph(n: usize, joined: impl Fn(usize, usize) -> bool) -> SmallGraph {
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let edges: Vec<[u32; 2]> =
        pairs.filter(|&(a, b)| joined(a, b)).map(|(a, b)| [a as u32, b as u32]).collect();
    SmallGraph::new(n, &edges, "edges").expect("a graph")
}

/// Graphs with eigenvalues of every multiplicity.
fn degenerate() -> Vec<(&'static str, SmallGraph)> {
    vec![
        ("hypercube", graph(16, |a, b| (a ^ b).count_ones() == 1)),
        ("two complete halves", graph(12, |a, b| a / 6 == b / 6)),
        ("almost complete", graph(9, |a, b| (a, b) != (2, 5))),
        ("cycle", graph(15, |a, b| b - a == 1 || b - a == 14)),
        ("star", graph(11, |a, _| a == 0)),
        ("no edges", graph(8, |_, _| false)),
        ("one edge", graph(7, |a, b| (a, b) == (1, 4))),
        ("bipartite", graph(14, |a, b| a % 2 != b % 2)),
    ]
}

/// Pairs of nodes that are not joined.
fn free_pairs(graph: &SmallGraph) -> Vec<[u32; 2]> {
    let of = |a: usize| graph.free(a).into_iter().map(move |b| [a as u32, b]);
    (0..graph.nodes()).flat_map(of).filter(|[a, b]| a < b).collect()
}

fn eigenvalues(graph: &SmallGraph, method: SpectralMethod) -> Vec<f64> {
    let n = graph.nodes();
    run(smallest(laplacian(graph, method), n, n, &Task::silent())).expect("eigenvalues").0
}

/// Values and all vectors of L + vvᵀ for a new edge, with every check that holds whatever the multiplicities.
fn check_update(name: &str, before: &SmallGraph, [i, j]: [u32; 2]) {
    let n = before.nodes();
    let basis = run(Basis::new(before, LE, n, &Task::silent())).expect("a basis");
    let (row_i, row_j) = (basis.row(i as usize), basis.row(j as usize));
    let z: Vec<f64> = row_i.iter().zip(row_j).map(|(a, b)| a - b).collect();
    let expected = eigenvalues(&before.with_edge([i, j]), LE);
    let after = laplacian(&before.with_edge([i, j]), LE);
    let mut update = RankOne::new(n);
    update.set(basis.values(), &z, 1.0);
    let mut vectors: Vec<Vec<f64>> = Vec::new();
    update.for_each(n, |k, value, c| {
        assert!(
            (value - expected[k]).abs() < 1e-10,
            "{name} {i}-{j}: λ_{k} = {value}, dense {}",
            expected[k]
        );
        let (low, high) = (basis.values()[k], basis.values().get(k + 1).copied().unwrap_or(f64::INFINITY));
        assert!(low - 1e-10 <= value && value <= high + 1e-10, "{name}: {low} ≤ {value} ≤ {high}");
        let v: Vec<f64> = (0..n).map(|a| basis.row(a).iter().zip(c).map(|(q, c)| q * c).sum()).collect();
        for a in 0..n {
            let lv: f64 = after[a * n..(a + 1) * n].iter().zip(&v).map(|(l, v)| l * v).sum();
            assert!((lv - value * v[a]).abs() < 1e-9, "{name} {i}-{j}: residual of λ_{k}");
        }
        vectors.push(v);
    });
    for (a, x) in vectors.iter().enumerate() {
        for (b, y) in vectors.iter().enumerate() {
            let product: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
            let unit = f64::from(u8::from(a == b));
            assert!((product - unit).abs() < 1e-8, "{name} {i}-{j}: ⟨{a}, {b}⟩ = {product}");
        }
    }
}

#[test]
fn degenerate_graphs_update_to_the_dense_solution() {
    for (name, before) in degenerate() {
        for pair in free_pairs(&before) {
            check_update(name, &before, pair);
        }
    }
}

/// Eigenvalue gaps wide enough, before and after, for single eigenvectors to be well defined.
fn is_simple(values: &[f64]) -> bool {
    values.windows(2).all(|w| w[1] - w[0] > 1e-5)
}

/// The measures of both ways; `raw` is left out, as its signs come from a recurrence that feels rounding.
fn check_measures(before: &SmallGraph, method: SpectralMethod, dim: usize) -> usize {
    let n = before.nodes();
    let silent = Task::silent();
    if !is_simple(&eigenvalues(before, method)) {
        return 0;
    }
    let basis = run(Basis::new(before, method, dim, &silent)).expect("a basis");
    let dense = run(Embedded::new(before, method, dim, &silent)).expect("an embedding");
    let mut work = Workspace::new(n, dim);
    let mut compared = 0;
    for [i, j] in free_pairs(before) {
        if !is_simple(&eigenvalues(&before.with_edge([i, j]), method)) {
            continue;
        }
        let after =
            run(Embedded::new(&before.with_edge([i, j]), method, dim, &silent)).expect("an embedding");
        let product = |(q, p): (&Vec<f64>, &Vec<f64>)| q.iter().zip(p).map(|(q, p)| q * p).sum::<f64>();
        // ⟨q′, q⟩ = 0, by symmetry, has no sign.
        if dense.vectors.iter().zip(&after.vectors).any(|pair| product(pair).abs() < 1e-6) {
            continue;
        }
        let agree = dense.agreement(&after);
        let fast = basis.join(i as usize, j as usize, &mut work);
        let slow = [i, j].map(|node| dense.change(&after, node as usize, &agree));
        for (fast, slow) in fast.iter().zip(&slow) {
            assert!((fast.norm - slow.norm).abs() < 1e-8, "{method:?} {i}-{j}: {fast:?} {slow:?}");
            assert!((fast.aligned - slow.aligned).abs() < 1e-8, "{method:?} {i}-{j}: {fast:?} {slow:?}");
            assert!(fast.raw >= fast.norm - 1e-12 && fast.raw.is_finite());
        }
        compared += 1;
    }
    compared
}

fn any_graph() -> impl Strategy<Value = SmallGraph> {
    (4_usize..24).prop_flat_map(|n| {
        let edge = (0..n as u32, 0..n as u32).prop_filter("a loop", |(a, b)| a != b);
        prop::collection::vec(edge, n..4 * n).prop_map(move |edges| {
            let edges: BTreeSet<[u32; 2]> = edges.iter().map(|&(a, b)| [a.min(b), a.max(b)]).collect();
            SmallGraph::new(n, &edges.into_iter().collect::<Vec<_>>(), "edges").expect("a graph")
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_graphs_update_to_the_dense_solution(before in any_graph()) {
        for pair in free_pairs(&before).into_iter().take(40) {
            check_update("random", &before, pair);
        }
    }

    #[test]
    fn measures_are_those_of_the_dense_solution(before in any_graph(), alpha in 0.0..1.0_f64, dim in 1_usize..5) {
        check_measures(&before, LE, dim);
        check_measures(&before, leporid(alpha), dim);
    }

    #[test]
    fn any_update_of_a_diagonal_has_its_trace_and_interlaces(
        mut d in prop::collection::vec(-5.0..5.0_f64, 2..40),
        seed in prop::collection::vec(-1.0..1.0_f64, 40),
        rho in prop_oneof![-3.0..-0.01_f64, 0.01..3.0_f64],
    ) {
        d.sort_by(f64::total_cmp);
        let (n, z) = (d.len(), &seed[..d.len()]);
        let norm2: f64 = z.iter().map(|z| z * z).sum();
        let mut update = RankOne::new(n);
        update.set(&d, z, rho);
        let (mut values, mut squares) = (Vec::new(), vec![0.0; n]);
        update.for_each(n, |_, value, c| {
            values.push(value);
            squares.iter_mut().zip(c).for_each(|(s, c)| *s += c * c);
        });
        let trace = values.iter().sum::<f64>() - d.iter().sum::<f64>();
        prop_assert!((trace - rho * norm2).abs() < 1e-11 * n as f64);
        // Rows of an orthogonal matrix are unit vectors too.
        prop_assert!(squares.iter().all(|s| (s - 1.0).abs() < 1e-8), "{squares:?}");
        for (k, &value) in values.iter().enumerate() {
            let (low, high) = if rho > 0.0 { (k, k + 1) } else { (k.wrapping_sub(1), k) };
            prop_assert!(d.get(low).is_none_or(|d| *d <= value + 1e-11));
            prop_assert!(d.get(high).is_none_or(|d| *d >= value - 1e-11));
        }
    }
}

#[test]
fn measures_agree_in_a_larger_graph() {
    use warren::graph::barabasi_albert::{barabasi_albert, graph_stream};
    let graph = barabasi_albert(40, 4, &mut graph_stream(warren::rng::Seed(5), 0)).expect("a graph");
    for (method, least) in [(LE, 400), (leporid(0.5), 400), (leporid(1.0), 400)] {
        let compared = check_measures(&graph, method, 16);
        assert!(compared >= least, "{method:?}: only {compared} pairs had simple spectra");
    }
}
