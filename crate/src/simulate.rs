//! The perturbation experiment (methods: section 3; Zhang et al., KDD 2021, figure 2): many graphs, every node,
//! many new edges, means by degree.
//!
//! A new edge changes both of its ends, and its two ends may both have drawn it: each pair of a graph is
//! solved once, whoever drew it and how often.

use crate::error::Result;
use crate::graph::barabasi_albert::{SmallGraph, barabasi_albert, graph_stream};
use crate::graph::perturbation::Change;
use crate::graph::perturbation::basis::{Basis, Workspace};
use crate::graph::perturbation::curve::{PerturbationCurve, Tally};
use crate::graph::perturbation::dense::Embedded;
use crate::graph::perturbation::options::{SimulateConfig, SpectralMethod};
use crate::linalg::parallel;
use crate::rng::Seed;
use crate::task::{Progress, Task, now};
use crate::train::control::Control;
use rand::RngExt;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use web_time::Instant;

/// Eigenvector entries that one thread updates between two checkpoints: some milliseconds.
const ENTRIES_A_BLOCK: usize = 250_000;

/// Up to this order a dense problem is solved by one thread between two checkpoints; beyond, the solver itself
/// has checkpoints.
const SMALL: usize = 160;

/// What an experiment tells its listener.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// It begins.
    Start {
        /// The complete, checked configuration.
        config: Value,
    },
    /// A graph is done.
    Graph {
        /// Graphs done so far.
        graphs_done: usize,
        /// Graphs in all.
        graphs: usize,
        /// The curves of these graphs.
        curves: Vec<PerturbationCurve>,
    },
    /// It ended.
    Done {
        /// Why: `graphs`, or `stopped`.
        reason: &'static str,
        /// What it found.
        record: Record,
    },
}

/// What an experiment leaves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// Version of Warren.
    pub warren: &'static str,
    /// The complete configuration.
    pub config: Value,
    /// Graphs that were measured to their end.
    pub graphs_done: usize,
    /// New edges measured, of all nodes and methods.
    pub updates: usize,
    /// Each method's curve.
    pub curves: Vec<PerturbationCurve>,
    /// Seconds by stage: `graph` (drawing), `solve` (dense, once a graph and method), `perturb` (new edges).
    pub seconds: BTreeMap<&'static str, f64>,
}

/// Runs an experiment. The result depends on the configuration alone, not on the number of threads.
///
/// [`Control::stop`] ends it after the graph at hand is given up, and what the graphs before it gave is
/// kept; a hook set by [`Control::on_epoch`] is called after each graph.
///
/// # Errors
/// [`Code::Cancelled`](crate::error::Code); `NotConverged` should the dense solver fail.
pub async fn simulate(
    config: &SimulateConfig,
    control: &Control,
    events: &mut dyn FnMut(Event),
    task: &Task,
) -> Result<Record> {
    events(Event::Start { config: config.to_json() });
    let mut run = Run::new(config, control, task);
    let mut reason = "graphs";
    for number in 0..config.graphs {
        if !run.graph(number).await? {
            reason = "stopped";
            break;
        }
        let curves = run.curves();
        events(Event::Graph { graphs_done: number + 1, graphs: config.graphs, curves });
        control.epoch_ended(number + 1);
        task.checkpoint().await?;
    }
    let record = run.record();
    events(Event::Done { reason, record: record.clone() });
    Ok(record)
}

struct Run<'a> {
    config: &'a SimulateConfig,
    control: &'a Control,
    task: &'a Task,
    tallies: Vec<Tally>,
    graphs_done: usize,
    updates: usize,
    seconds: BTreeMap<&'static str, f64>,
}

impl<'a> Run<'a> {
    fn new(config: &'a SimulateConfig, control: &'a Control, task: &'a Task) -> Self {
        let tallies = vec![Tally::default(); config.methods.len()];
        let seconds = ["graph", "solve", "perturb"].map(|stage| (stage, 0.0)).into();
        Self { config, control, task, tallies, graphs_done: 0, updates: 0, seconds }
    }

    /// Measures a graph; false if it was given up because of a stop.
    async fn graph(&mut self, number: usize) -> Result<bool> {
        let began = Instant::now();
        let options = &self.config.graph;
        let graph = barabasi_albert(options.nodes, options.attach, &mut graph_stream(options.seed, number))?;
        let draws = Draws::new(&graph, self.config.repeats, options.seed, number);
        self.book("graph", began);
        let mut found = Vec::with_capacity(self.config.methods.len());
        for m in 0..self.config.methods.len() {
            match self.changes(&graph, &draws.pairs, number, m).await? {
                Some(changes) => found.push(changes),
                None => return Ok(false),
            }
        }
        for (tally, changes) in self.tallies.iter_mut().zip(&found) {
            for (node, drawn) in draws.of_node.iter().enumerate().filter(|(_, drawn)| !drawn.is_empty()) {
                tally.add(graph.degree(node), mean(drawn, changes));
            }
        }
        self.updates += found.len() * draws.of_node.iter().map(Vec::len).sum::<usize>();
        self.graphs_done += 1;
        Ok(true)
    }

    /// Both ends' changes for every pair; `None` after a stop.
    async fn changes(
        &mut self,
        graph: &SmallGraph,
        pairs: &[[u32; 2]],
        number: usize,
        m: usize,
    ) -> Result<Option<Vec<[Change; 2]>>> {
        let (method, dim) = (self.config.methods[m], self.config.dim);
        let began = Instant::now();
        let solver = Solver::new(graph, method, dim, self.task).await?;
        self.book("solve", began);
        let began = Instant::now();
        let mut out = Vec::with_capacity(pairs.len());
        while out.len() < pairs.len() {
            if self.control.is_stopped() {
                return Ok(None);
            }
            self.progress(number, m, out.len() as f64 / pairs.len() as f64);
            self.task.checkpoint().await?;
            solver.step(graph, &pairs[out.len()..], &mut out, self.task).await?;
        }
        self.book("perturb", began);
        Ok(Some(out))
    }

    fn progress(&self, number: usize, m: usize, share: f64) {
        let done = number as f64 + (m as f64 + share) / self.config.methods.len() as f64;
        self.task.report(&Progress { done, ..Progress::of("perturb", 0, self.config.graphs, "graphs") });
    }

    fn book(&mut self, stage: &'static str, began: Instant) {
        *self.seconds.entry(stage).or_default() += began.elapsed().as_secs_f64();
    }

    fn curves(&self) -> Vec<PerturbationCurve> {
        let curve = |(method, tally): (&SpectralMethod, &Tally)| PerturbationCurve {
            method: *method,
            by_degree: tally.points(),
        };
        self.config.methods.iter().zip(&self.tallies).map(curve).collect()
    }

    fn record(&self) -> Record {
        Record {
            warren: env!("CARGO_PKG_VERSION"),
            config: self.config.to_json(),
            graphs_done: self.graphs_done,
            updates: self.updates,
            curves: self.curves(),
            seconds: self.seconds.clone(),
        }
    }
}

/// The new edges that a graph's nodes drew.
struct Draws {
    /// The pairs that were drawn, each once, `[a, b]` with a < b, ascending.
    pairs: Vec<[u32; 2]>,
    /// Of each node, the pairs it drew, as often as it did, and which end it is.
    of_node: Vec<Vec<(u32, u8)>>,
}

impl Draws {
    /// `repeats` new edges at every node that is not joined to all (stream `insertions.N`).
    fn new(graph: &SmallGraph, repeats: usize, seed: Seed, number: usize) -> Self {
        let mut rng = seed.stream(&format!("insertions.{number}"));
        let mut drawn: Vec<Vec<[u32; 2]>> = Vec::with_capacity(graph.nodes());
        for node in 0..graph.nodes() {
            let (free, node) = (graph.free(node), node as u32);
            let repeats = if free.is_empty() { 0 } else { repeats };
            let edges = (0..repeats).map(|_| {
                let other = free[rng.random_range(0..free.len())];
                [node.min(other), node.max(other)]
            });
            drawn.push(edges.collect());
        }
        let mut pairs = drawn.concat();
        pairs.sort_unstable();
        pairs.dedup();
        let place = |node: usize, pair: &[u32; 2]| {
            let at = pairs.binary_search(pair).expect("each drawn pair is in the list");
            (at as u32, u8::from(pair[1] as usize == node))
        };
        let of_node = drawn.iter().enumerate();
        let of_node = of_node.map(|(node, d)| d.iter().map(|pair| place(node, pair)).collect()).collect();
        Self { pairs, of_node }
    }
}

/// A node's mean over the pairs it drew.
fn mean(drawn: &[(u32, u8)], changes: &[[Change; 2]]) -> Change {
    let mut sum = Change::default();
    for &(pair, end) in drawn {
        let change = changes[pair as usize][end as usize];
        sum.raw += change.raw;
        sum.aligned += change.aligned;
        sum.norm += change.norm;
    }
    let n = drawn.len() as f64;
    Change { raw: sum.raw / n, aligned: sum.aligned / n, norm: sum.norm / n }
}

/// How a method's new edges are solved.
enum Solver {
    /// By updates.
    Update(Basis),
    /// Anew.
    Dense { before: Embedded, method: SpectralMethod, dim: usize },
}

impl Solver {
    async fn new(graph: &SmallGraph, method: SpectralMethod, dim: usize, task: &Task) -> Result<Self> {
        Ok(if method.normalised {
            Self::Dense { before: Embedded::new(graph, method, dim, task).await?, method, dim }
        } else {
            Self::Update(Basis::new(graph, method, dim, task).await?)
        })
    }

    /// Solves the first of `pairs`, as many as fit between two checkpoints.
    async fn step(
        &self,
        graph: &SmallGraph,
        pairs: &[[u32; 2]],
        out: &mut Vec<[Change; 2]>,
        task: &Task,
    ) -> Result<()> {
        let n = graph.nodes();
        match self {
            Self::Update(basis) => {
                let block = basis.pairs_for(ENTRIES_A_BLOCK).min(pairs.len().div_ceil(parallel::threads()));
                let pairs = &pairs[..pairs.len().min(block * parallel::threads())];
                let blocks = parallel::map(pairs.len().div_ceil(block), |b| {
                    let mut work = Workspace::new(n, basis.dim());
                    let own = &pairs[b * block..pairs.len().min((b + 1) * block)];
                    own.iter()
                        .map(|&[i, j]| basis.join(i as usize, j as usize, &mut work))
                        .collect::<Vec<_>>()
                });
                out.extend(blocks.into_iter().flatten());
            }
            Self::Dense { before, method, dim } if n <= SMALL => {
                let pairs = &pairs[..pairs.len().min(parallel::threads())];
                let solved = parallel::map(pairs.len(), |p| {
                    now(before.join(graph, pairs[p], *method, *dim, &Task::silent()))
                });
                for changes in solved {
                    out.push(changes?);
                }
            }
            Self::Dense { before, method, dim } => {
                out.push(before.join(graph, pairs[0], *method, *dim, task).await?);
            }
        }
        Ok(())
    }
}
