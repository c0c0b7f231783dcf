//! The exact graph of K nearest neighbours (methods: section 2).
//!
//! `W_ab = sim(a, b)` if b is among a's K most similar nodes or a among b's. Only positive similarities
//! make edges; ties go to the lower index; no loops.

use super::Graph;
use super::cooccurrence::{Cooccurrence, Counter, column_lengths};
use super::nearest::{Chooser, Neighbour, factors};
use super::similarity::Similarity;
use crate::error::{Code, Error, Result};
use crate::linalg::{Csr, memory, parallel};
use crate::task::{Progress, Task};
use std::cmp::Ordering;
use std::ops::Range;

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

/// Lists of neighbours, ascending by node, of equally many rows a block (the last may have fewer).
struct Lists {
    rows_a_block: usize,
    blocks: Vec<Block>,
}

#[derive(Default)]
struct Block {
    /// Where each row's entries end.
    ends: Vec<u32>,
    entries: Vec<Neighbour>,
}

impl Lists {
    fn row(&self, r: usize) -> &[Neighbour] {
        let block = &self.blocks[r / self.rows_a_block];
        let at = r % self.rows_a_block;
        let start = if at == 0 { 0 } else { block.ends[at - 1] };
        &block.entries[start as usize..block.ends[at] as usize]
    }
}

/// Reversed lists: one array of all entries.
struct Reversed {
    starts: Vec<usize>,
    entries: Vec<Neighbour>,
}

impl Reversed {
    fn row(&self, r: usize) -> &[Neighbour] {
        &self.entries[self.starts[r]..self.starts[r + 1]]
    }
}

/// Memory that the graph takes, at most, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphMemory {
    /// While it is built.
    pub peak: u64,
    /// Once it is there.
    pub kept: u64,
}

/// How much memory [`knn_graph`] may take, from the counts of `matrix` alone.
pub fn graph_memory(matrix: &Csr, k: usize) -> GraphMemory {
    let n = matrix.nrows();
    let lengths = column_lengths(matrix);
    let neighbours = |r: usize| {
        let met: usize = matrix.columns_of(r).iter().map(|&c| lengths[c as usize] - 1).sum();
        met.min(k).min(n.saturating_sub(1)) as u64
    };
    let entries: u64 = (0..n).map(neighbours).sum();
    let pairs = (n as u64).saturating_mul(n.saturating_sub(1) as u64);
    // Either direction of every entry; degrees and offsets.
    let kept = 8 * (2 * entries).min(pairs) + 16 * n as u64;
    // The lists, the reversed lists, hot bytes and column lists, and what threads count with.
    let counting = 8 * matrix.nnz() as u64 + (32 * parallel::threads() as u64 + 32) * n as u64;
    GraphMemory { peak: kept + 16 * entries + counting, kept }
}

/// The KNN graph of the rows of `matrix` (n × columns, binary: values are not looked at).
///
/// # Errors
/// [`Code::OutOfRange`] with key `k` unless 1 ≤ K ≤ n − 1; [`Code::TooLarge`] before anything is done if it
/// cannot fit; [`Code::Cancelled`].
pub async fn knn_graph(matrix: &Csr, options: &KnnOptions, task: &Task) -> Result<Graph> {
    let n = matrix.nrows();
    check_k(options, n)?;
    memory::check(graph_memory(matrix, options.k).peak, || describe(matrix, options))?;
    let sizes: Vec<u32> = (0..n).map(|r| matrix.row_len(r) as u32).collect();
    // A row shares no more than its own length.
    let nearest = if sizes.iter().all(|&s| s <= u32::from(u16::MAX)) {
        nearest_lists::<u16>(matrix, &sizes, options, task).await?
    } else {
        nearest_lists::<u32>(matrix, &sizes, options, task).await?
    };
    let reversed = reverse(&nearest, n, task).await?;
    let graph = unite(&nearest, &reversed, &sizes, options.similarity, task).await?;
    task.report(&Progress::of("graph", n, n, "nodes"));
    Ok(graph)
}

/// The graph in words, for messages.
pub fn describe(matrix: &Csr, options: &KnnOptions) -> String {
    let KnnOptions { k, nodes, .. } = options;
    format!("the graph of {} {nodes} with {} interactions and K = {k}", matrix.nrows(), matrix.nnz())
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

/// Reports progress, `share` being where a pass begins and ends within the whole, and checkpoints.
async fn advance(task: &Task, n: usize, done: usize, share: (f64, f64)) -> Result<()> {
    let done = n as f64 * share.0 + (share.1 - share.0) * done as f64;
    task.report(&Progress::of("graph", done as usize, n, "nodes"));
    task.checkpoint().await
}

/// Rows that one thread takes at a time: some milliseconds of counting.
fn rows_a_block(n: usize) -> usize {
    (1_000_000 / n.max(1)).clamp(1, 64)
}

/// The K nearest of every node.
async fn nearest_lists<C: Counter>(
    matrix: &Csr,
    sizes: &[u32],
    options: &KnnOptions,
    task: &Task,
) -> Result<Lists> {
    let n = matrix.nrows();
    let cooccurrence = Cooccurrence::new(matrix);
    task.checkpoint().await?;
    let factors = factors(options.similarity, sizes);
    let size = rows_a_block(n);
    let work = |rows: Range<usize>| {
        let mut chooser = Chooser::new(options.similarity, sizes, &factors);
        let (mut counts, mut sums, mut block) = (vec![C::default(); n], Vec::new(), Block::default());
        for a in rows {
            cooccurrence.count(a, &mut counts, &mut sums);
            counts[a] = C::default();
            chooser.choose(a, options.k, &counts, &mut block.entries);
            counts.fill(C::default());
            block.ends.push(block.entries.len() as u32);
        }
        block.entries.shrink_to_fit();
        block
    };
    let mut lists = Lists { rows_a_block: size, blocks: Vec::with_capacity(n.div_ceil(size)) };
    // On one thread a checkpoint a block; on several, enough blocks to keep all of them busy.
    let at_once = if parallel::threads() == 1 { 1 } else { 4 * parallel::threads() };
    for start in (0..n).step_by(size * at_once) {
        let count = (n - start).div_ceil(size).min(at_once);
        lists.blocks.extend(parallel::map(count, |block| {
            let first = start + block * size;
            work(first..(first + size).min(n))
        }));
        advance(task, n, (start + count * size).min(n), (0.0, 0.9)).await?;
    }
    Ok(lists)
}

/// Rows between two checkpoints of the passes over lists of K entries: some milliseconds.
fn rows_a_pass(n: usize, entries: usize) -> usize {
    (1_000_000 * n / entries.max(1)).clamp(1, n.max(1)) * parallel::threads()
}

/// Row b of the result lists every a that has b in its row, ascending.
async fn reverse(lists: &Lists, n: usize, task: &Task) -> Result<Reversed> {
    let mut starts = vec![0; n + 1];
    for block in &lists.blocks {
        block.entries.iter().for_each(|entry| starts[entry.node as usize + 1] += 1);
    }
    for r in 0..n {
        starts[r + 1] += starts[r];
    }
    task.checkpoint().await?;
    let mut next = starts.clone();
    let mut entries = vec![Neighbour { node: 0, shared: 0 }; starts[n]];
    task.checkpoint().await?;
    let pass = rows_a_pass(n, starts[n]);
    for first in (0..n).step_by(pass) {
        let end = (first + pass).min(n);
        for a in first..end {
            for entry in lists.row(a) {
                let at = &mut next[entry.node as usize];
                entries[*at] = Neighbour { node: a as u32, shared: entry.shared };
                *at += 1;
            }
        }
        advance(task, n, end, (0.9, 0.95)).await?;
    }
    Ok(Reversed { starts, entries })
}

/// The union of both directions as a weighted graph, in arrays of exactly the size it needs.
async fn unite(
    nearest: &Lists,
    reversed: &Reversed,
    sizes: &[u32],
    similarity: Similarity,
    task: &Task,
) -> Result<Graph> {
    let n = sizes.len();
    let pass = rows_a_pass(n, reversed.entries.len());
    let mut offsets = Vec::with_capacity(n + 1);
    offsets.push(0);
    for first in (0..n).step_by(pass) {
        let lengths = parallel::map((first + pass).min(n) - first, |row| {
            let mut length = 0;
            merge(nearest.row(first + row), reversed.row(first + row), |_| length += 1);
            length
        });
        lengths.iter().for_each(|length| offsets.push(offsets[offsets.len() - 1] + length));
        advance(task, n, offsets.len() - 1, (0.95, 0.97)).await?;
    }
    let (mut indices, mut values) = (vec![0_u32; offsets[n]], vec![0.0_f32; offsets[n]]);
    let mut degrees = vec![0.0; n];
    for first in (0..n).step_by(pass) {
        let end = (first + pass).min(n);
        let (from, to) = (offsets[first], offsets[end]);
        let mut rows =
            cut(&mut indices[from..to], &mut values[from..to], &mut degrees[first..end], &offsets[first..]);
        parallel::for_each_chunk(&mut rows, ROWS_A_PIECE, |piece, rows| {
            for (row, to) in rows.iter_mut().enumerate() {
                let a = first + piece * ROWS_A_PIECE + row;
                let mut at = 0;
                merge(nearest.row(a), reversed.row(a), |b| {
                    let weight = similarity.of(b.shared, sizes[a], sizes[b.node as usize]);
                    (to.indices[at], to.values[at]) = (b.node, weight as f32);
                    // Summed before it is rounded to single precision.
                    *to.degree += weight;
                    at += 1;
                });
            }
        });
        advance(task, n, end, (0.97, 1.0)).await?;
    }
    Ok(Graph { weights: Csr::new(n, offsets, indices, values), degrees })
}

/// Rows that one thread takes at a time where a row is little work.
const ROWS_A_PIECE: usize = 8;

/// Where one row of the graph is written to.
struct RowOut<'a> {
    indices: &'a mut [u32],
    values: &'a mut [f32],
    degree: &'a mut f64,
}

/// The arrays of successive rows, row by row; `offsets` begins with the first of them.
fn cut<'a>(
    mut indices: &'a mut [u32],
    mut values: &'a mut [f32],
    degrees: &'a mut [f64],
    offsets: &[usize],
) -> Vec<RowOut<'a>> {
    let rows = degrees.iter_mut().zip(offsets.windows(2)).map(|(degree, ends)| RowOut {
        indices: indices.split_off_mut(..ends[1] - ends[0]).expect("as long as the offsets say"),
        values: values.split_off_mut(..ends[1] - ends[0]).expect("as long as the offsets say"),
        degree,
    });
    rows.collect()
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
                let (columns, values) = graph.weights.row(a);
                columns.iter().zip(values).for_each(|(&b, &w)| row[b as usize] = w);
                prop_assert_eq!(&row, &expected.iter().map(|&w| w as f32).collect::<Vec<_>>());
                prop_assert!((graph.degrees[a] - expected.iter().sum::<f64>()).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_estimate_bounds_what_is_kept() {
        let rows = [vec![0_u32, 1], vec![0, 2], vec![0], vec![3], vec![]];
        let matrix = Sequences::from_rows(&rows).to_csr(4);
        for k in 1..5 {
            let graph = run(knn_graph(&matrix, &options(k, Similarity::Jaccard), &Task::silent())).unwrap();
            let memory = graph_memory(&matrix, k);
            assert!(memory.kept >= 8 * graph.weights.nnz() as u64 && memory.peak > memory.kept);
        }
        // Lists as short as what rows share, not as long as K allows.
        assert_eq!(graph_memory(&matrix, 4), graph_memory(&matrix, 2));
        assert_eq!(
            describe(&matrix, &options(4, Similarity::Jaccard)),
            "the graph of 5 users with 6 interactions and K = 4"
        );
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
