//! Graphs and spectra of MovieLens ml-latest-small against an independent program.
//!
//! Needs `ml-latest-small/ratings.csv` under `$WARREN_DATA` (default `shared/data` beside the repository);
//! without it the test says so and passes, except where `CI=true`.

mod common;

use serde_json::{Value, json};
use warren::data::interactions::{Side, Split};
use warren::graph::Graph;
use warren::graph::knn::{KnnOptions, knn_graph};
use warren::graph::laplacian::{LaplacianOptions, smallest_eigenvectors};
use warren::graph::similarity::Similarity;
use warren::linalg::sparse::ScaledSparse;
use warren::linalg::{EigenOptions, largest_eigenpairs};
use warren::rng::Seed;
use warren::task::{Task, run};

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/ml-latest-small.json")).unwrap()
}

/// A number within the golden file.
fn number(golden: &Value, pointer: &str) -> f64 {
    golden.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {pointer}"))
}

fn numbers(golden: &Value, pointer: &str) -> Vec<f64> {
    let list = golden.pointer(pointer).and_then(Value::as_array).unwrap();
    list.iter().map(|x| x.as_f64().unwrap()).collect()
}

/// ml-latest-small as the reference reads it: filter 20/20, temporal split 0.7 / 0.1 / 0.2.
fn temporal_split() -> Option<std::rc::Rc<Split>> {
    let data = json!({ "min_user": 20, "min_item": 20, "split": "temporal:0.7,0.1,0.2" });
    let config = common::config(&json!({ "data": data, "model": { "name": "top-pop" } }));
    common::movielens(&config).map(|prepared| prepared.split)
}

fn graph(split: &Split, side: Side) -> Graph {
    let options = KnnOptions { k: 50, similarity: Similarity::Jaccard, nodes: "nodes" };
    run(knn_graph(&split.train_matrix(side), &options, &Task::silent())).unwrap()
}

const SIDES: [(Side, &str); 2] = [(Side::User, "/user_graph"), (Side::Item, "/item_graph")];

fn assert_close(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("{name}: largest difference {worst:.1e}");
    assert!(worst <= tolerance, "{name}: {worst:e}");
}

#[test]
fn graphs_and_eigenvalues_match_the_reference() {
    let (Some(split), golden) = (temporal_split(), golden()) else { return };
    assert_eq!(split.n_users as f64, number(&golden, "/users"));
    assert_eq!(split.n_items as f64, number(&golden, "/items"));
    assert_eq!(split.train.len() as f64, number(&golden, "/train"));
    for (side, at) in SIDES {
        let graph = graph(&split, side);
        let stats = graph.stats();
        let counts = [stats.nodes, stats.edges, stats.isolated, stats.components];
        for (found, key) in counts.iter().zip(["nodes", "edges", "isolated", "components"]) {
            assert_eq!(*found as f64, number(&golden, &format!("{at}/{key}")), "{at}/{key}");
        }
        let sums = [stats.weight_sum, stats.d_max, stats.d_min];
        let expected = ["weight_sum", "d_max", "d_min"].map(|key| number(&golden, &format!("{at}/{key}")));
        assert_close(at, &sums, &expected, 1e-9);
        for (method, alpha) in [("le", 0.0), ("leporid", 0.5)] {
            let options =
                LaplacianOptions { dim: 32, alpha, normalized: true, tolerance: 1e-5, seed: Seed(123) };
            let spectrum = run(smallest_eigenvectors(&graph, &options, &Task::silent())).unwrap();
            let name = format!("{at}/{method}_eigenvalues");
            assert_close(&name, &spectrum.values, &numbers(&golden, &name), 1e-6);
            println!(
                "{} products, largest residual {:.1e}",
                spectrum.products,
                spectrum.residuals.iter().copied().fold(0.0, f64::max)
            );
            assert!(spectrum.verified && spectrum.residuals.iter().all(|&r| r <= 1e-5));
        }
    }
}

#[test]
fn single_precision_agrees_too() {
    let (Some(split), golden) = (temporal_split(), golden()) else { return };
    let graph = graph(&split, Side::Item);
    let scale: Vec<f64> = graph.degrees.iter().map(|d| 1.0 / d.sqrt()).collect();
    let operator = ScaledSparse::<f32>::new(&graph.weights, &scale, &vec![0.0; scale.len()]);
    let pairs = run(largest_eigenpairs(&operator, &EigenOptions::new(32), &Task::silent())).unwrap();
    let values: Vec<f64> = pairs.values.iter().map(|w| 1.0 - w).collect();
    assert_close("f32", &values, &numbers(&golden, "/item_graph/le_eigenvalues"), 1e-6);
    assert!(pairs.verified && pairs.residuals.iter().all(|&r| r <= 1e-5), "{:?}", pairs.residuals);
}
