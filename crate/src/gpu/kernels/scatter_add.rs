//! Adds rows to rows of a table. WebGPU has no atomic floats, and their order would be chance: instead the rows of
//! the table are listed once each with their sources, on the CPU, when an index list is first used so.

use super::{Call, Kernel, LANES, word};
use crate::gpu::Gpu;
use crate::gpu::pool::Stored;
use crate::linalg::backend::PADDING;

static KERNEL: Kernel = Kernel {
    name: "scatter_add",
    source: concat!(include_str!("scatter_add.wgsl"), include_str!("each.wgsl")),
    reads: 3,
    writes: 1,
};

/// The sources of each row of the table that has any.
#[derive(Debug, PartialEq, Eq)]
pub struct Sources {
    /// Row of the table, and where its sources begin and end in `order`.
    pub targets: Vec<[u32; 3]>,
    /// Positions in the index list, those of one row side by side and ascending.
    pub order: Vec<u32>,
}

impl Sources {
    pub fn of(indices: &[u32]) -> Self {
        let mut order: Vec<u32> = (0..word(indices.len())).collect();
        order.retain(|&r| indices[r as usize] != PADDING);
        order.sort_by_key(|&r| indices[r as usize]);
        let mut targets: Vec<[u32; 3]> = Vec::new();
        for (at, &r) in order.iter().enumerate() {
            let (row, end) = (indices[r as usize], word(at + 1));
            match targets.last_mut() {
                Some(last) if last[0] == row => last[2] = end,
                _ => targets.push([row, end - 1, end]),
            }
        }
        Self { targets, order }
    }
}

/// Adds to each of `targets` rows of `table` its sources among `sources` rows of `dim` entries.
pub fn scatter_add(
    gpu: &Gpu,
    [targets, sources, dim]: [usize; 3],
    rows: &Stored,
    lists: [&Stored; 2],
    table: &Stored,
) {
    let len = targets * dim;
    gpu.call(&Call {
        kernel: &KERNEL,
        reads: &[rows, lists[0], lists[1]],
        writes: &[table],
        params: &[word(len), word(dim)],
        groups: len.div_ceil(LANES),
        // On average; popular rows have more.
        work: LANES * sources.div_ceil(targets.max(1)),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_keep_their_order_and_padding_has_none() {
        let sources = Sources::of(&[2, 0, PADDING, 2, 4, 2]);
        assert_eq!(sources.order, [1, 0, 3, 5, 4]);
        assert_eq!(sources.targets, [[0, 0, 1], [2, 1, 4], [4, 4, 5]]);
        assert!(Sources::of(&[PADDING]).targets.is_empty() && Sources::of(&[]).order.is_empty());
    }
}
