//! Times the graph and both spectra on random long-tailed data of MovieLens-1M's size.
//!
//! `cargo run --release --example spectral_speed [-- USERS ITEMS INTERACTIONS K DIM]`

use rand::RngExt;
use std::collections::BTreeSet;
use std::time::Instant;
use warren::data::interactions::Sequences;
use warren::graph::knn::{KnnOptions, knn_graph};
use warren::graph::laplacian::{LaplacianOptions, smallest_eigenvectors};
use warren::graph::similarity::Similarity;
use warren::rng::Seed;
use warren::task::{Task, run};

/// Users in `groups` tastes; popularity falls off with rank, activity with the user's number.
fn long_tailed(users: usize, items: usize, interactions: usize, groups: usize) -> Sequences {
    let mut rng = Seed(1).stream("data");
    let activity: Vec<f64> = (0..users).map(|u| (u as f64 + 30.0).powf(-0.8)).collect();
    let total: f64 = activity.iter().sum();
    let rows = activity.iter().enumerate().map(|(u, a)| {
        let wanted = ((a / total * interactions as f64) as usize).clamp(15, items / 2);
        let mut row = BTreeSet::new();
        while row.len() < wanted {
            let rank = ((items as f64 + 20.0) * (20.0 / (items as f64 + 20.0)).powf(rng.random::<f64>())
                - 20.0) as usize;
            if rank < items && (rank % groups == u % groups || rng.random::<f64>() < 0.3) {
                row.insert(rank as u32);
            }
        }
        row.into_iter().collect::<Vec<_>>()
    });
    Sequences::from_rows(rows)
}

fn main() {
    let given: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let at = |i: usize, default| given.get(i).copied().unwrap_or(default);
    let (users, items, interactions, k, dim) =
        (at(0, 6040), at(1, 3629), at(2, 836_478), at(3, 1000), at(4, 64));
    let train = long_tailed(users, items, interactions, 17);
    println!("{users} users, {items} items, {} interactions, K = {k}, d = {dim}", train.len());
    let start = Instant::now();
    let options = KnnOptions { k, similarity: Similarity::Jaccard, nodes: "users" };
    let graph = run(knn_graph(&train.to_csr(items), &options, &Task::silent())).expect("K below n");
    println!("graph: {:.2} s, {} stored weights", start.elapsed().as_secs_f64(), graph.weights.nnz());
    for (tolerance, precision) in [(1e-5, "default"), (1e-6, "double")] {
        for (name, alpha) in [("LE", 0.0), ("LEPORID", 0.5)] {
            let start = Instant::now();
            let options = LaplacianOptions { dim, alpha, normalized: true, tolerance, seed: Seed(1) };
            let spectrum = run(smallest_eigenvectors(&graph, &options, &Task::silent())).expect("solves");
            println!(
                "{name} ({precision}): {:.2} s, {} products, largest residual {:.1e}, eigenvalues {:.6} … {:.6}, verified {}",
                start.elapsed().as_secs_f64(),
                spectrum.products,
                spectrum.residuals.iter().copied().fold(0.0, f64::max),
                spectrum.values[0],
                spectrum.values[dim - 1],
                spectrum.verified
            );
        }
    }
}
