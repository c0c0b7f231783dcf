//! What the eigensolver needs of a matrix: its product with a block of vectors.

use super::{Panel, Real};
use crate::error::Result;
use crate::task::Task;
use std::future::Future;
use std::ops::Range;

/// A symmetric linear map on ℝⁿ, known by its products.
///
/// Products are `async` so that one over tens of millions of entries can give way to the browser's event
/// loop in its middle (a cancel must answer within 100 ms). Implementations cut their work with
/// [`row_chunks`] and call [`Task::checkpoint`] between the pieces; how it is cut must not change the result.
pub trait LinearOperator<T: Real> {
    /// Order n of the matrix.
    fn n(&self) -> usize;

    /// `y = A·x` for [`WIDTH`](super::WIDTH) vectors at once; both panels are `n × WIDTH`.
    ///
    /// # Errors
    /// [`Code::Cancelled`](crate::error::Code) only.
    fn apply_block(&self, x: &Panel<T>, y: &mut Panel<T>, task: &Task) -> impl Future<Output = Result<()>>;
}

/// Multiply-adds between two checkpoints: about ten milliseconds in WebAssembly.
const CHUNK_WORK: usize = 16_000_000;

/// Cuts `0..n` into ranges of about ten milliseconds each, `work` being the multiply-adds of all rows.
pub fn row_chunks(n: usize, work: usize) -> impl Iterator<Item = Range<usize>> {
    let pieces = work.div_ceil(CHUNK_WORK * super::parallel::threads()).clamp(1, n.max(1));
    let size = n.div_ceil(pieces).max(1);
    (0..n).step_by(size).map(move |start| start..(start + size).min(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_row_once() {
        for (n, work) in [(0, 5), (1, 1 << 40), (10, 3), (1000, 100_000_000)] {
            let rows: Vec<usize> = row_chunks(n, work).flatten().collect();
            assert_eq!(rows, (0..n).collect::<Vec<_>>());
        }
        assert_eq!(row_chunks(1000, CHUNK_WORK * super::super::parallel::threads() * 7).count(), 7);
    }
}
