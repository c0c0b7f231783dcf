//! One measurement of the KNN graph and its eigenvectors, for `cargo xtask bench spectral`.
//!
//! `spectral_bench JOB [FOLDER]`: the job is JSON (see `Job`), the result JSON on standard output. Into the
//! folder, if one is named, go the training matrix and the graph as `.npy` files for other programs.

use ndarray::Array1;
use ndarray_npy::write_npy;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Instant;
use warren::catalog;
use warren::data::formats::{LoadOptions, Loader};
use warren::data::interactions::{Interactions, Side};
use warren::data::synthetic;
use warren::graph::knn::{KnnOptions, knn_graph};
use warren::graph::laplacian::{LaplacianOptions, smallest_eigenvectors};
use warren::graph::similarity::Similarity;
use warren::linalg::Csr;
use warren::params::Params;
use warren::pipeline::prepare;
use warren::rng::Seed;
use warren::task::{Task, run};

/// What to measure; `tests/bench/spectral.ts` reads the same.
#[derive(Deserialize)]
struct Job {
    /// Parameters of the generator, or
    builtin: Option<Map<String, Value>>,
    /// a file to read.
    file: Option<String>,
    /// Section `data` of a configuration.
    data: Map<String, Value>,
    seed: u64,
    k: usize,
    dim: usize,
    alpha: f64,
    tolerance: f64,
}

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let mut words = std::env::args().skip(1);
    let job: Job = serde_json::from_str(&words.next().ok_or("usage: spectral_bench JOB [FOLDER]")?)?;
    let (folder, seed) = (words.next(), Seed(job.seed));
    let data = Params::check(catalog::data(), &job.data, "data")?;
    let prepared = run(prepare(&interactions(&job)?, &data, seed, &Task::silent()))?;
    let matrix = prepared.split.train_matrix(Side::User);
    let options = KnnOptions { k: job.k, similarity: Similarity::Jaccard, nodes: "users" };
    let start = Moment::now();
    let graph = run(knn_graph(&matrix, &options, &Task::silent()))?;
    let [graph_seconds, graph_cpu] = start.elapsed();
    let options =
        LaplacianOptions { dim: job.dim, alpha: job.alpha, normalized: true, tolerance: job.tolerance, seed };
    let start = Moment::now();
    let spectrum = run(smallest_eigenvectors(&graph, &options, &Task::silent()))?;
    let [solve_seconds, solve_cpu] = start.elapsed();
    let peak = status("VmHWM:");
    if let Some(folder) = folder {
        write(&matrix, Path::new(&folder), "r")?;
        write(&graph.weights, Path::new(&folder), "w")?;
    }
    let result = json!({
        "nodes": matrix.nrows(),
        "columns": matrix.ncols(),
        "interactions": matrix.nnz(),
        "edges": graph.weights.nnz() / 2,
        "graph_seconds": graph_seconds,
        "graph_cpu": graph_cpu,
        "solve_seconds": solve_seconds,
        "solve_cpu": solve_cpu,
        "products": spectrum.products,
        "residual": spectrum.residuals.iter().copied().fold(0.0, f64::max),
        "verified": spectrum.verified,
        "values": spectrum.values,
        "bytes": peak,
    });
    println!("{result}");
    Ok(())
}

fn interactions(job: &Job) -> Outcome<Interactions> {
    if let Some(builtin) = &job.builtin {
        let params = Params::check(&synthetic::METHOD, builtin, "builtin")?;
        return Ok(run(synthetic::generate(&params, Seed(job.seed), &Task::silent()))?);
    }
    let file = job.file.as_ref().ok_or("the job names neither a generator nor a file")?;
    let mut loader = Loader::new(LoadOptions::default());
    loader.begin("ratings.csv")?;
    loader.push(&std::fs::read(file)?)?;
    Ok(loader.finish_now()?.data)
}

/// Wall clock and the process's processor time.
struct Moment {
    wall: Instant,
    cpu: Option<f64>,
}

impl Moment {
    fn now() -> Self {
        Self { wall: Instant::now(), cpu: cpu_seconds() }
    }

    fn elapsed(&self) -> [Option<f64>; 2] {
        let cpu = cpu_seconds().zip(self.cpu).map(|(now, then)| now - then);
        [Some(self.wall.elapsed().as_secs_f64()), cpu]
    }
}

/// Seconds of all threads, where the system tells (Linux).
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // utime and stime, in hundredths of a second.
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
}

/// A line of the process's status in bytes (Linux).
fn status(key: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn write(matrix: &Csr, folder: &Path, name: &str) -> Outcome {
    let path = |part: &str| folder.join(format!("{name}_{part}.npy"));
    write_npy(path("offsets"), &Array1::from_iter(matrix.offsets().iter().map(|&o| o as i64)))?;
    write_npy(path("indices"), &Array1::from_iter(matrix.indices().iter().map(|&i| i as i32)))?;
    write_npy(path("values"), &Array1::from_iter(matrix.values().iter().copied()))?;
    Ok(())
}
