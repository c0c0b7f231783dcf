//! The exact graph of K nearest neighbours (methods: section 2).
//!
//! `W_ab = sim(a, b)` if b is among a's K most similar nodes or a among b's. Only positive similarities
//! make edges; ties go to the lower index; no loops.

use super::similarity::Similarity;
use super::{Graph, csr};
use crate::error::{Code, Error, Result};
use crate::task::{Progress, Task};
use nalgebra_sparse::CsrMatrix;
use std::cmp::Ordering;

/// What to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnnOptions {
    /// Neighbours K of each node, from 1 to n − 1.
    pub k: usize,
    /// How similar two nodes are.
    pub similarity: Similarity,
    /// What the nodes are, in the plural, for messages: `users`, `items`.
    pub nodes: &'static str,
}

/// A neighbour while the lists are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Neighbour {
    node: u32,
    /// Interactions in common: similarity and weight follow from it exactly, in half the memory.
    shared: u32,
}

/// Rows of neighbours, ascending by node within a row.
struct Lists {
    starts: Vec<usize>,
    entries: Vec<Neighbour>,
}

impl Lists {
    fn row(&self, r: usize) -> &[Neighbour] {
        &self.entries[self.starts[r]..self.starts[r + 1]]
    }
}

/// Elementary operations between two checkpoints: some milliseconds.
const CHUNK_WORK: usize = 2_000_000;

/// Checkpoints whenever enough work has come together.
struct Pacer<'a> {
    task: &'a Task,
    n: usize,
    work: usize,
}

impl Pacer<'_> {
    /// Notes `work` done on row `row`; `share` is where this pass begins and ends within the whole.
    async fn step(&mut self, row: usize, work: usize, share: (f64, f64)) -> Result<()> {
        self.work += work;
        if self.work >= CHUNK_WORK {
            self.work = 0;
            let done = self.n as f64 * (share.0 + (share.1 - share.0) * row as f64 / self.n as f64);
            self.task.report(&Progress::of("graph", done as usize, self.n, "nodes"));
            self.task.checkpoint().await?;
        }
        Ok(())
    }
}

/// The KNN graph of the rows of `matrix` (n × columns, binary: values are not looked at).
///
/// # Errors
/// [`Code::OutOfRange`] with key `k` unless 1 ≤ K ≤ n − 1; [`Code::Cancelled`].
pub async fn knn_graph(matrix: &CsrMatrix<f32>, options: &KnnOptions, task: &Task) -> Result<Graph> {
    let n = matrix.nrows();
    check_k(options, n)?;
    let sizes: Vec<u32> = (0..n).map(|r| matrix.row(r).nnz() as u32).collect();
    task.checkpoint().await?;
    let transposed = matrix.transpose();
    task.checkpoint().await?;
    let mut pacer = Pacer { task, n, work: 0 };
    let nearest = nearest_lists(matrix, &transposed, &sizes, options, &mut pacer).await?;
    let reversed = reverse(&nearest, n, &mut pacer).await?;
    let graph = unite(&nearest, &reversed, &sizes, options.similarity, &mut pacer).await?;
    task.report(&Progress::of("graph", n, n, "nodes"));
    Ok(graph)
}

fn check_k(options: &KnnOptions, n: usize) -> Result<()> {
    let KnnOptions { k, nodes, .. } = *options;
    if (1..n).contains(&k) {
        return Ok(());
    }
    let allowed = match n {
        0 | 1 => "no neighbours are possible".to_owned(),
        _ => format!("1 to {} are possible", n - 1),
    };
    let text = format!("K = {k} neighbours were asked for, but there are only {n} {nodes}: {allowed}");
    let text =
        if k == 0 { format!("K = 0 neighbours make no graph: {allowed} with {n} {nodes}") } else { text };
    Err(Error::new(Code::OutOfRange, text).for_key("k").with_value(k.to_string()))
}

/// The K nearest of every node: co-occurrences are counted row by row into one array.
async fn nearest_lists(
    matrix: &CsrMatrix<f32>,
    transposed: &CsrMatrix<f32>,
    sizes: &[u32],
    options: &KnnOptions,
    pacer: &mut Pacer<'_>,
) -> Result<Lists> {
    let n = matrix.nrows();
    let mut lists = Lists { starts: vec![0], entries: Vec::new() };
    let mut counts = vec![0_u32; n];
    let mut candidates: Vec<(f64, Neighbour)> = Vec::new();
    for a in 0..n {
        let mut work = n;
        for &column in matrix.row(a).col_indices() {
            let row = transposed.row(column);
            work += row.nnz();
            for &b in row.col_indices() {
                counts[b] += 1;
            }
        }
        counts[a] = 0;
        candidates.clear();
        for (b, count) in counts.iter_mut().enumerate() {
            let shared = std::mem::take(count);
            if shared > 0 {
                let similarity = options.similarity.of(shared, sizes[a], sizes[b]);
                candidates.push((similarity, Neighbour { node: b as u32, shared }));
            }
        }
        if candidates.len() > options.k {
            candidates.select_nth_unstable_by(options.k - 1, nearer);
            candidates.truncate(options.k);
            candidates.sort_unstable_by_key(|c| c.1.node);
        }
        lists.entries.extend(candidates.iter().map(|c| c.1));
        lists.starts.push(lists.entries.len());
        pacer.step(a, work, (0.0, 0.9)).await?;
    }
    Ok(lists)
}

/// More similar first, then the lower index: a strict order, so that selection has one answer.
fn nearer(a: &(f64, Neighbour), b: &(f64, Neighbour)) -> Ordering {
    b.0.total_cmp(&a.0).then(a.1.node.cmp(&b.1.node))
}

/// Row b of the result lists every a that has b in its row, ascending.
async fn reverse(lists: &Lists, n: usize, pacer: &mut Pacer<'_>) -> Result<Lists> {
    let mut starts = vec![0; n + 1];
    for entry in &lists.entries {
        starts[entry.node as usize + 1] += 1;
    }
    for r in 0..n {
        starts[r + 1] += starts[r];
    }
    pacer.task.checkpoint().await?;
    let mut next = starts.clone();
    let mut entries = vec![Neighbour { node: 0, shared: 0 }; lists.entries.len()];
    pacer.task.checkpoint().await?;
    for a in 0..n {
        for entry in lists.row(a) {
            let at = &mut next[entry.node as usize];
            entries[*at] = Neighbour { node: a as u32, shared: entry.shared };
            *at += 1;
        }
        pacer.step(a, 2 * lists.row(a).len(), (0.9, 0.95)).await?;
    }
    Ok(Lists { starts, entries })
}

/// The union of both directions as a weighted graph.
async fn unite(
    nearest: &Lists,
    reversed: &Lists,
    sizes: &[u32],
    similarity: Similarity,
    pacer: &mut Pacer<'_>,
) -> Result<Graph> {
    let n = sizes.len();
    let (mut offsets, mut degrees) = (vec![0], Vec::with_capacity(n));
    let (mut indices, mut values) = (Vec::new(), Vec::new());
    for a in 0..n {
        let mut degree = 0.0;
        let before = indices.len();
        merge(nearest.row(a), reversed.row(a), |b| {
            // Summed before it is rounded to single precision.
            let weight = similarity.of(b.shared, sizes[a], sizes[b.node as usize]);
            degree += weight;
            indices.push(b.node as usize);
            values.push(weight as f32);
        });
        offsets.push(indices.len());
        degrees.push(degree);
        pacer.step(a, 4 * (indices.len() - before), (0.95, 1.0)).await?;
    }
    Ok(Graph { weights: csr(n, offsets, indices, values), degrees })
}

/// Calls `take` with every neighbour of either ascending list once, in ascending order.
fn merge(mut x: &[Neighbour], mut y: &[Neighbour], mut take: impl FnMut(Neighbour)) {
    loop {
        let order = match (x.first(), y.first()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.node.cmp(&b.node),
        };
        take(if order == Ordering::Greater { y[0] } else { x[0] });
        x = &x[usize::from(order != Ordering::Greater)..];
        y = &y[usize::from(order != Ordering::Less)..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interactions::Sequences;
    use crate::task::run;
    use proptest::prelude::*;

    fn options(k: usize, similarity: Similarity) -> KnnOptions {
        KnnOptions { k, similarity, nodes: "users" }
    }

    /// All pairs compared, all rows sorted: slow and plain.
    fn brute_force(rows: &[Vec<u32>], k: usize, similarity: Similarity) -> Vec<Vec<f64>> {
        let n = rows.len();
        let sim = |a: usize, b: usize| {
            let shared = rows[a].iter().filter(|i| rows[b].contains(i)).count() as u32;
            similarity.of(shared, rows[a].len() as u32, rows[b].len() as u32)
        };
        let mut chosen = Vec::new();
        for a in 0..n {
            let mut others: Vec<usize> = (0..n).filter(|&b| b != a && sim(a, b) > 0.0).collect();
            others.sort_by(|&x, &y| sim(a, y).total_cmp(&sim(a, x)).then(x.cmp(&y)));
            chosen.extend(others.into_iter().take(k).map(|b| (a, b)));
        }
        let mut w = vec![vec![0.0; n]; n];
        for (a, b) in chosen {
            w[a][b] = sim(a, b);
            w[b][a] = sim(a, b);
        }
        w
    }

    proptest! {
        // Few items, so that ties abound.
        #[test]
        fn equals_brute_force(
            rows in prop::collection::vec(prop::collection::btree_set(0_u32..7, 0..6), 2..25),
            k in 1_usize..8,
            cosine: bool,
        ) {
            let rows: Vec<Vec<u32>> = rows.into_iter().map(|r| r.into_iter().collect()).collect();
            let similarity = if cosine { Similarity::Cosine } else { Similarity::Jaccard };
            let k = k.min(rows.len() - 1);
            let matrix = Sequences::from_rows(&rows).to_csr(7);
            let graph = run(knn_graph(&matrix, &options(k, similarity), &Task::silent())).unwrap();
            let expected = brute_force(&rows, k, similarity);
            for (a, expected) in expected.iter().enumerate() {
                let mut row = vec![0.0; rows.len()];
                let found = graph.weights.row(a);
                for (&b, &w) in found.col_indices().iter().zip(found.values()) {
                    row[b] = w;
                }
                prop_assert_eq!(&row, &expected.iter().map(|&w| w as f32).collect::<Vec<_>>());
                prop_assert!((graph.degrees[a] - expected.iter().sum::<f64>()).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn k_outside_its_range_names_what_is_allowed() {
        let matrix = Sequences::from_rows([[0_u32], [0], [1]]).to_csr(2);
        let error =
            |k| run(knn_graph(&matrix, &options(k, Similarity::Jaccard), &Task::silent())).unwrap_err();
        let e = error(1000);
        assert_eq!(
            (e.code, e.key.as_deref(), e.value.as_deref()),
            (Code::OutOfRange, Some("k"), Some("1000"))
        );
        assert_eq!(
            e.message,
            "K = 1000 neighbours were asked for, but there are only 3 users: 1 to 2 are possible"
        );
        assert_eq!(error(0).message, "K = 0 neighbours make no graph: 1 to 2 are possible with 3 users");
    }
}
