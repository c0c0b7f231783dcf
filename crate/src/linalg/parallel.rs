//! The one place that knows of threads: loops that rayon runs where the feature `threads` is on.
//!
//! They are free of sums, so that what they compute does not depend on the number of threads: callers cut
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

/// The same for three arrays of one length, piece beside piece.
pub fn for_each_chunks<T: Send>(
    [a, b, c]: [&mut [T]; 3],
    size: usize,
    work: impl Fn(usize, [&mut [T]; 3]) + Send + Sync,
) {
    assert!(a.len() == b.len() && a.len() == c.len(), "arrays of several lengths");
    #[cfg(feature = "threads")]
    if a.len() > size && threads() > 1 {
        use rayon::prelude::*;
        let pieces = a.par_chunks_mut(size).zip(b.par_chunks_mut(size)).zip(c.par_chunks_mut(size));
        return pieces.enumerate().for_each(|(i, ((a, b), c))| work(i, [a, b, c]));
    }
    let pieces = a.chunks_mut(size).zip(b.chunks_mut(size)).zip(c.chunks_mut(size));
    pieces.enumerate().for_each(|(i, ((a, b), c))| work(i, [a, b, c]));
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
        let (mut a, mut b, mut c) = (vec![0; 5], vec![0; 5], vec![0; 5]);
        for_each_chunks([&mut a, &mut b, &mut c], 2, |i, [a, b, c]| {
            a.fill(i);
            b.fill(10 + i);
            c.fill(20 + i);
        });
        assert_eq!([a, b, c], [[0, 0, 1, 1, 2], [10, 10, 11, 11, 12], [20, 20, 21, 21, 22]]);
        assert_eq!(map(5, |i| i * i), [0, 1, 4, 9, 16]);
        assert!(map(0, |i| i).is_empty() && threads() > 0);
    }
}
