//! Inner products of chosen rows of two tables.

use crate::autodiff::{Device, Tensor, Var};
use crate::linalg::backend::{Binary, Block, Indices, Reduction, View};

/// Pairs that are gathered at once: their rows stay in a processor's cache, and memory does not grow with the
/// number of pairs.
const CHUNK: usize = 2048;

/// Some consecutive pairs.
struct Chunk {
    first: usize,
    len: usize,
    /// Row numbers in the one table and in the other.
    sides: [Indices; 2],
}

fn gathered(table: &Tensor, indices: &Indices) -> Tensor {
    let dim = table.matrix()[1];
    let out = Tensor::alloc(table.device(), &[indices.len(), dim]);
    table.device().gather(dim, table.buffer(), indices, out.buffer());
    out
}

fn check(indices: &[u32], rows: usize) {
    if let Some(wrong) = indices.iter().find(|&&i| i as usize >= rows) {
        panic!("row {wrong} of a table of {rows} rows");
    }
}

fn chunks(device: &Device, own: &[u32], others: &[u32]) -> Vec<Chunk> {
    let chunk = |(n, (a, b)): (usize, (&[u32], &[u32]))| Chunk {
        first: n * CHUNK,
        len: a.len(),
        sides: [device.upload_indices(a), device.upload_indices(b)],
    };
    own.chunks(CHUNK).zip(others.chunks(CHUNK)).enumerate().map(chunk).collect()
}

impl Var {
    /// `y[p] = a[own[p]] · b[others[p]]` for rows of this `n × d` table a and another `m × d` table b: scores
    /// of pairs. `da[own[p]] += dy[p] · b[others[p]]`, and the same the other way round.
    ///
    /// # Panics
    /// If the lists differ in length, the tables in d, or a number is no row.
    #[must_use]
    pub fn pair_dots(&self, other: &Self, own: &[u32], others: &[u32]) -> Self {
        let ([n, dim], [m, other_dim]) = (self.value().matrix(), other.value().matrix());
        assert_eq!((dim, own.len()), (other_dim, others.len()), "pairs of rows of two tables");
        check(own, n);
        check(others, m);
        let (device, count) = (self.device().clone(), own.len());
        let chunks = chunks(&device, own, others);
        let (tables, nodes) = ([self.value().clone(), other.value().clone()], [self.node(), other.node()]);
        let out = Tensor::alloc(&device, &[count]);
        // One row of `count` columns, of which a chunk is a block.
        let block = |c: &Chunk| Block {
            rows: 1,
            width: c.len,
            from_columns: c.len,
            from: 0,
            to_columns: count,
            to: c.first,
        };
        for chunk in &chunks {
            let [a, b] = [0, 1].map(|side: usize| gathered(&tables[side], &chunk.sides[side]));
            let dots =
                a.binary(Binary::Mul, &b).reduce(Reduction::Sum, View::rows(chunk.len, dim), &[chunk.len]);
            device.copy_block(block(chunk), dots.buffer(), out.buffer());
        }
        self.record(&[self, other], out, move |dy, flow| {
            let into =
                [0, 1].map(|side: usize| nodes[side].map(|_| Tensor::zeros(&device, tables[side].shape())));
            for chunk in &chunks {
                let slope = Tensor::alloc(&device, &[chunk.len]);
                let block = Block {
                    rows: 1,
                    width: chunk.len,
                    from_columns: count,
                    from: chunk.first,
                    to_columns: chunk.len,
                    to: 0,
                };
                device.copy_block(block, dy.buffer(), slope.buffer());
                for (side, sum) in into.iter().enumerate() {
                    let Some(sum) = sum else { continue };
                    let across = gathered(&tables[1 - side], &chunk.sides[1 - side]);
                    let rows = across.broadcast(Binary::Mul, View::rows(chunk.len, dim), &slope);
                    device.scatter_add(dim, rows.buffer(), &chunk.sides[side], sum.buffer());
                }
            }
            for (node, sum) in nodes.into_iter().zip(into) {
                if let (Some(node), Some(sum)) = (node, sum) {
                    flow.add(node, sum);
                }
            }
        })
    }
}
