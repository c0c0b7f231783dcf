//! The one place that knows of threads: two loops that rayon runs where the feature `threads` is on.
//!
//! Both are free of sums, so that what they compute does not depend on the number of threads: callers cut
//! their work at places of their own choosing and add up the parts in order.

/// How many threads the loops below use.
pub fn threads() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    return 1;
}

/// Calls `work(i, piece)` for the i-th piece of `size` elements of `data` (the last may be shorter).
pub fn for_each_chunk<T: Send>(data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Send + Sync) {
    #[cfg(feature = "threads")]
    if data.len() > size && threads() > 1 {
        use rayon::prelude::*;
        return data.par_chunks_mut(size).enumerate().for_each(|(i, piece)| work(i, piece));
    }
    data.chunks_mut(size).enumerate().for_each(|(i, piece)| work(i, piece));
}

/// `work(0)`, …, `work(count − 1)`, in this order.
pub fn map<R: Send>(count: usize, work: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "threads")]
    if count > 1 && threads() > 1 {
        use rayon::prelude::*;
        return (0..count).into_par_iter().map(work).collect();
    }
    (0..count).map(work).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_in_order() {
        let mut data = vec![0; 10];
        for_each_chunk(&mut data, 4, |i, piece| piece.fill(i));
        assert_eq!(data, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
        assert_eq!(map(5, |i| i * i), [0, 1, 4, 9, 16]);
        assert!(map(0, |i| i).is_empty() && threads() > 0);
    }
}
