//! Spectra that are known in closed form, repeated eigenvalues, and random graphs against a dense solver.

use nalgebra::DMatrix;
use proptest::prelude::*;
use std::cell::Cell;
use std::f64::consts::PI;
use std::rc::Rc;
use warren::error::{Code, Result};
use warren::graph::Graph;
use warren::graph::laplacian::{LaplacianOptions, Spectrum, smallest_eigenvectors};
use warren::linalg::sparse::ScaledSparse;
use warren::linalg::{EigenOptions, Eigenpairs, Real, largest_eigenpairs};
use warren::rng::Seed;
use warren::task::{Host, LocalFuture, Progress, Task, run};

type Edges = Vec<(u32, u32, f32)>;

fn path(n: u32) -> Edges {
    (1..n).map(|i| (i - 1, i, 1.0)).collect()
}

fn cycle(n: u32) -> Edges {
    (0..n).map(|i| (i, (i + 1) % n, 1.0)).collect()
}

fn hypercube(bits: u32) -> Edges {
    let n = 1 << bits;
    (0..n).flat_map(|a| (0..bits).map(move |b| (a, a ^ (1 << b), 1.0))).collect()
}

fn bipartite(p: u32, q: u32) -> Edges {
    (0..p).flat_map(|a| (0..q).map(move |b| (a, p + b, 1.0))).collect()
}

/// `copies` of a graph on `n` nodes side by side.
fn copies(n: u32, edges: &Edges, copies: u32) -> Edges {
    (0..copies).flat_map(|c| edges.iter().map(move |&(a, b, w)| (a + c * n, b + c * n, w))).collect()
}

/// The largest eigenvalues of the adjacency matrix.
fn adjacency<T: Real>(graph: &Graph, count: usize, tolerance: f64) -> Eigenpairs<T> {
    let n = graph.n();
    let operator = ScaledSparse::<T>::new(&graph.weights, &vec![1.0; n], &vec![0.0; n]);
    let options = EigenOptions { tolerance, ..EigenOptions::new(count) };
    run(largest_eigenpairs(&operator, &options, &Task::silent())).unwrap()
}

/// Checks adjacency eigenvalues in both precisions, relative to the largest.
fn check(name: &str, n: usize, edges: &Edges, mut expected: Vec<f64>, count: usize) {
    let graph = Graph::from_edges(n, edges).unwrap();
    expected.sort_by(|a, b| b.total_cmp(a));
    let scale = expected.iter().fold(1.0_f64, |m, x| m.max(x.abs()));
    let double = adjacency::<f64>(&graph, count, 1e-10);
    let single = adjacency::<f32>(&graph, count, 1e-5);
    assert!(double.verified && single.verified, "{name}");
    for (i, want) in expected[..count].iter().enumerate() {
        let (x, y) = (double.values[i], single.values[i]);
        assert!((x - want).abs() <= 1e-9 * scale, "{name} f64 {i}: {x} {want}");
        assert!((y - want).abs() <= 1e-5 * scale, "{name} f32 {i}: {y} {want}");
        assert!(double.residuals[i] <= 1e-9 * scale && single.residuals[i] <= 1e-5 * scale, "{name} {i}");
    }
    let v = &double.vectors;
    let gram = v.t().dot(v);
    for ((i, j), x) in gram.indexed_iter() {
        assert!((x - f64::from(i == j)).abs() < 1e-8, "{name}: vectors {i} and {j}");
    }
}

#[test]
fn paths_and_cycles() {
    for n in [1, 2, 5, 300, 400] {
        let expected = (1..=n).map(|k| 2.0 * (PI * f64::from(k) / f64::from(n + 1)).cos()).collect();
        check("path", n as usize, &path(n), expected, 12.min(n as usize));
    }
    for n in [3, 50, 400] {
        let expected = (0..n).map(|k| 2.0 * (2.0 * PI * f64::from(k) / f64::from(n)).cos()).collect();
        check("cycle", n as usize, &cycle(n), expected, 12.min(n as usize));
    }
}

#[test]
fn hypercubes_have_binomial_multiplicities() {
    for (bits, count) in [(5, 32), (9, 20), (10, 40), (10, 56)] {
        let expected =
            (0..1_u32 << bits).map(|x| f64::from(bits) - 2.0 * f64::from(x.count_ones())).collect();
        check("hypercube", 1 << bits, &hypercube(bits), expected, count);
    }
}

#[test]
fn complete_bipartite_graphs_have_rank_two() {
    for (p, q) in [(3_u32, 5_u32), (100, 400)] {
        let mut expected = vec![0.0; (p + q) as usize];
        expected[0] = f64::from(p * q).sqrt();
        expected[1] = -expected[0];
        check("bipartite", (p + q) as usize, &bipartite(p, q), expected, 6);
    }
}

#[test]
fn disjoint_unions_repeat_every_eigenvalue() {
    // 50 cycles of 12: the largest eigenvalue 50 times, the next 100 times.
    let expected: Vec<f64> = (0..12).map(|k| 2.0 * (PI * f64::from(k) / 6.0).cos()).collect();
    check("50 cycles", 600, &copies(12, &cycle(12), 50), expected.repeat(50), 32);
    check("50 cycles", 600, &copies(12, &cycle(12), 50), expected.repeat(50), 60);
    // 3 paths of 200, and what remains of the hypercube beside them.
    let expected: Vec<f64> = (1..=200).map(|k| 2.0 * (PI * f64::from(k) / 201.0).cos()).collect();
    check("3 paths", 600, &copies(200, &path(200), 3), expected.repeat(3), 30);
}

fn laplacian(graph: &Graph, dim: usize, alpha: f64, normalized: bool) -> Spectrum {
    let options = LaplacianOptions { dim, alpha, normalized, tolerance: 1e-9, seed: Seed(5) };
    run(smallest_eigenvectors(graph, &options, &Task::silent())).unwrap()
}

#[test]
fn fifty_components_give_fifty_zeros() {
    let mut edges = Vec::new();
    let mut start = 0;
    for component in 0..50_u32 {
        let n = 8 + component % 7;
        let chord = (start, start + 4, 0.5 + component as f32 / 50.0);
        edges.extend(cycle(n).into_iter().map(|(a, b, w)| (a + start, b + start, w)).chain([chord]));
        start += n;
    }
    let graph = Graph::from_edges(start as usize, &edges).unwrap();
    assert_eq!(graph.components(), 50);
    for normalized in [true, false] {
        let spectrum = laplacian(&graph, 55, 0.0, normalized);
        assert!(spectrum.values[..50].iter().all(|x| x.abs() < 1e-9), "{:?}", spectrum.values);
        assert!(spectrum.values[50] > 1e-3 && spectrum.verified);
    }
}

/// Distance between the spaces that two sets of orthonormal columns span.
fn subspace_distance(a: &Spectrum, b: &Spectrum, columns: usize) -> f64 {
    let pick =
        |s: &Spectrum| DMatrix::from_fn(s.vectors.nrows(), columns, |i, j| f64::from(s.vectors[(i, j)]));
    let (a, b) = (pick(a), pick(b));
    (&b - &a * (a.transpose() * &b)).norm()
}

#[test]
fn alpha_zero_is_le_and_alpha_one_ignores_degrees() {
    let graph =
        Graph::from_edges(9, &[path(9), vec![(0, 4, 0.3), (0, 5, 2.0), (2, 7, 0.7)]].concat()).unwrap();
    // LE by hand: I − D^−½ W D^−½.
    let w = DMatrix::from(&graph.weights).map(f64::from);
    let d = DMatrix::from_diagonal(&graph.degrees.iter().map(|d| d.powf(-0.5)).collect::<Vec<_>>().into());
    let le = DMatrix::identity(9, 9) - &d * &w * &d;
    assert_values(&laplacian(&graph, 9, 0.0, true).values, &le);
    let d_max = graph.stats().d_max;
    assert_values(&laplacian(&graph, 9, 1.0, true).values, &(DMatrix::identity(9, 9) - &w / d_max));
    assert_values(&laplacian(&graph, 9, 1.0, false).values, &(DMatrix::identity(9, 9) * d_max - &w));
    let d = DMatrix::from_diagonal(&graph.degrees.clone().into());
    assert_values(&laplacian(&graph, 9, 0.0, false).values, &(d - &w));
}

fn assert_values(found: &[f64], matrix: &DMatrix<f64>) {
    let mut expected = matrix.clone().symmetric_eigenvalues().as_slice().to_vec();
    expected.sort_by(f64::total_cmp);
    for (x, y) in found.iter().zip(&expected) {
        assert!((x - y).abs() < 1e-9, "{found:?} {expected:?}");
    }
}

#[test]
fn signs_follow_the_largest_entry() {
    let spectrum = laplacian(&Graph::from_edges(400, &path(400)).unwrap(), 10, 0.5, true);
    for column in spectrum.vectors.columns() {
        let largest = column.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        let first = column.iter().find(|x| x.abs() == largest).unwrap();
        assert!(*first > 0.0);
    }
}

#[test]
fn isolated_nodes() {
    let graph = Graph::from_edges(6, &[(1, 2, 1.0), (2, 4, 2.0)]).unwrap();
    let le = laplacian(&graph, 6, 0.0, true);
    for node in [0, 3, 5] {
        assert!(le.vectors.row(node).iter().all(|&x| x == 0.0));
    }
    assert_eq!(le.values[3..], [1.0; 3]);
    assert!(le.vectors.columns().into_iter().skip(3).all(|c| c.iter().all(|&x| x == 0.0)));
    // Under LEPORID they are ordinary nodes with the eigenvalue 1.
    let leporid = laplacian(&graph, 6, 0.5, true);
    assert_eq!(leporid.values.iter().filter(|&&x| (x - 1.0).abs() < 1e-12).count(), 4);
}

#[test]
fn one_node_and_no_edges() {
    for (n, alpha) in [(1, 0.0), (1, 0.5), (3, 0.5)] {
        let graph = Graph::from_edges(n, &[]).unwrap();
        let spectrum = laplacian(&graph, n, alpha, true);
        assert!(spectrum.vectors.iter().all(|&x| x == 0.0));
        assert_eq!(spectrum.values, vec![1.0; n]);
    }
}

#[test]
fn bad_options_are_named() {
    let graph = Graph::from_edges(3, &path(3)).unwrap();
    let error = |dim, alpha| {
        let options = LaplacianOptions { dim, alpha, normalized: true, tolerance: 1e-5, seed: Seed(1) };
        run(smallest_eigenvectors(&graph, &options, &Task::silent())).unwrap_err()
    };
    let e = error(4, 0.5);
    assert_eq!((e.code, e.key.as_deref()), (Code::OutOfRange, Some("dim")));
    assert_eq!(e.message, "4 eigenvectors were asked for, but a graph of 3 nodes has 1 to 3");
    assert_eq!(error(2, 1.5).key.as_deref(), Some("alpha"));
    assert_eq!(error(2, f64::NAN).key.as_deref(), Some("alpha"));
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_the_same_space() {
    let graph = Graph::from_edges(500, &[path(500), copies(50, &cycle(50), 10)].concat()).unwrap();
    let with = |seed| {
        let options =
            LaplacianOptions { dim: 8, alpha: 0.5, normalized: true, tolerance: 1e-9, seed: Seed(seed) };
        run(smallest_eigenvectors(&graph, &options, &Task::silent())).unwrap()
    };
    assert_eq!(with(1), with(1));
    assert!(subspace_distance(&with(1), &with(2), 8) < 1e-5);
}

#[test]
fn all_eigenvectors_of_a_graph() {
    // d = n, and one short of it: the whole spectrum, by the dense solver.
    for (n, dim) in [(40, 40), (40, 39), (400, 400)] {
        let graph = Graph::from_edges(n, &path(n as u32)).unwrap();
        let spectrum = laplacian(&graph, dim, 1.0, false);
        // α = 1: 2 − 2 cos(πk / (n + 1)), d_max being 2.
        for (k, x) in spectrum.values.iter().enumerate() {
            let want = 2.0 - 2.0 * (PI * (k + 1) as f64 / (n + 1) as f64).cos();
            assert!((x - want).abs() < 1e-9, "{k}: {x} {want}");
        }
        assert!(spectrum.residuals.iter().all(|&r| r < 1e-9));
    }
}

#[cfg(feature = "threads")]
#[test]
fn any_number_of_threads_gives_the_same_bits() {
    use rand::RngExt;
    use warren::data::interactions::Sequences;
    use warren::graph::knn::{KnnOptions, knn_graph};
    use warren::graph::similarity::Similarity;
    let mut rng = Seed(9).stream("test");
    let rows: Vec<Vec<u32>> =
        (0..1500).map(|_| (0..200).filter(|i| rng.random_range(0..200) > i + 20).collect()).collect();
    let matrix = Sequences::from_rows(&rows).to_csr(200);
    let with = |threads: usize, tolerance: f64, similarity| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let options = KnnOptions { k: 300, similarity, nodes: "users" };
            let graph = run(knn_graph(&matrix, &options, &Task::silent())).unwrap();
            let options =
                LaplacianOptions { dim: 16, alpha: 0.5, normalized: true, tolerance, seed: Seed(1) };
            let spectrum = run(smallest_eigenvectors(&graph, &options, &Task::silent())).unwrap();
            (graph.weights, graph.degrees, spectrum)
        })
    };
    for (tolerance, similarity) in [(1e-5, Similarity::Jaccard), (1e-9, Similarity::Cosine)] {
        let one = with(1, tolerance, similarity);
        for threads in [2, 3, 7] {
            assert!(one == with(threads, tolerance, similarity), "{threads} threads");
        }
    }
}

/// Cancels at its n-th checkpoint and counts reports.
struct Canceller {
    left: Cell<usize>,
    reports: Cell<usize>,
}

struct Shared(Rc<Canceller>);

impl Host for Shared {
    fn report(&self, _: &Progress) {
        self.0.reports.set(self.0.reports.get() + 1);
    }
    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>> {
        let left = self.0.left.get();
        self.0.left.set(left.saturating_sub(1));
        (left == 0).then(|| Box::pin(async { Err(warren::error::Error::cancelled()) }) as LocalFuture<'_, _>)
    }
}

#[test]
fn a_cancel_in_the_middle_is_an_error() {
    let graph = Graph::from_edges(2000, &path(2000)).unwrap();
    for (left, reports) in [(0, false), (50, false), (2000, true)] {
        let host = Rc::new(Canceller { left: Cell::new(left), reports: Cell::new(0) });
        let options =
            LaplacianOptions { dim: 8, alpha: 0.0, normalized: true, tolerance: 1e-9, seed: Seed(1) };
        let e = run(smallest_eigenvectors(&graph, &options, &Task::new(Shared(host.clone())))).unwrap_err();
        assert_eq!(e.code, Code::Cancelled);
        assert_eq!(host.reports.get() > 0, reports);
    }
}

#[test]
fn out_of_products_returns_what_there_is_or_says_so() {
    let graph = Graph::from_edges(400, &path(400)).unwrap();
    let operator = ScaledSparse::<f64>::new(&graph.weights, &vec![1.0; 400], &vec![0.0; 400]);
    let solve = |tolerance, max_products| {
        let options = EigenOptions { tolerance, max_products, ..EigenOptions::new(8) };
        run(largest_eigenpairs(&operator, &options, &Task::silent()))
    };
    // The first number of products that suffices for one pair does not for all eight.
    let some = (6..100).find_map(|i| solve(1e-9, 16 * i).ok()).unwrap();
    assert_eq!(some.values.len(), 8);
    assert!(!some.verified && some.residuals[0] < 2e-9 && some.residuals[7] > 2e-9, "{:?}", some.residuals);
    assert_eq!(solve(1e-12, 100).unwrap_err().code, Code::NotConverged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    // Above 320 nodes, so that Lanczos runs; sparse enough to fall into components and isolated nodes.
    #[test]
    fn random_graphs_agree_with_a_dense_solver(
        n in 330_u32..420,
        edges in prop::collection::vec((0_u32..330, 0_u32..330, 1_u32..9), 100..900),
        alpha in 0.0..1.0_f64,
        normalized: bool,
    ) {
        let edges: Edges =
            edges.into_iter().filter(|e| e.0 != e.1).map(|(a, b, w)| (a, b, w as f32 / 8.0)).collect();
        let graph = Graph::from_edges(n as usize, &edges).unwrap();
        let d_max = graph.stats().d_max;
        let d: Vec<f64> = graph.degrees.iter().map(|d| (1.0 - alpha) * d + alpha * d_max).collect();
        let w = DMatrix::from(&graph.weights).map(f64::from);
        let mut l = DMatrix::from_diagonal(&d.clone().into()) - w;
        if normalized {
            let s = DMatrix::from_diagonal(&d.iter().map(|d| d.powf(-0.5)).collect::<Vec<_>>().into());
            l = &s * l * &s;
        }
        let mut expected = l.clone().symmetric_eigenvalues().as_slice().to_vec();
        expected.sort_by(f64::total_cmp);
        // Single precision, on the operator itself: the Laplacian chooses double for graphs this small.
        let (scale, diagonal, shift): (Vec<f64>, Vec<f64>, f64) = if normalized {
            (d.iter().map(|d| d.powf(-0.5)).collect(), vec![0.0; d.len()], 1.0)
        } else {
            let c = 2.0 * d_max;
            (vec![1.0; d.len()], d.iter().map(|d| c - d).collect(), c)
        };
        if d.iter().all(|&d| d > 0.0) {
            let operator = ScaledSparse::<f32>::new(&graph.weights, &scale, &diagonal);
            let pairs = run(largest_eigenpairs(&operator, &EigenOptions::new(20), &Task::silent())).unwrap();
            for (i, (w, y)) in pairs.values.iter().zip(&expected).enumerate() {
                prop_assert!((shift - w - y).abs() < 1e-5 * (1.0 + shift), "f32 {}: {} {}", i, shift - w, y);
                prop_assert!(pairs.residuals[i] <= 1e-5 * (1.0 + shift));
            }
        }
        let spectrum = laplacian(&graph, 20, alpha, normalized);
        for (i, (x, y)) in spectrum.values.iter().zip(&expected).enumerate() {
            prop_assert!((x - y).abs() < 1e-8 * (1.0 + d_max), "{}: {} {}", i, x, y);
            let v = DMatrix::from_fn(n as usize, 1, |r, _| f64::from(spectrum.vectors[(r, i)]));
            prop_assert!((&l * &v - &v * spectrum.values[i]).norm() < 1e-5 * (1.0 + d_max));
        }
    }
}
