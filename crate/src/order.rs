//! Positions sorted by what stands there. One sort is compiled for all of them: every other closure or type would
//! add a few kilobytes to the page.

use std::cmp::Ordering;

/// Sorts positions; those that compare equal stay as they were.
pub fn sort_positions(positions: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    positions.sort_by(|&a, &b| compare(a, b));
}

/// The positions of `values`, the smallest value first; equal ones in their order.
pub fn ascending(values: &[f64]) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..values.len()).collect();
    sort_positions(&mut positions, &|a, b| values[a].total_cmp(&values[b]));
    positions
}

/// The positions of `values`, the largest value first; equal ones in their order.
pub fn descending(values: &[f64]) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..values.len()).collect();
    sort_positions(&mut positions, &|a, b| values[b].total_cmp(&values[a]));
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_keep_their_order() {
        let values = [2.0, -1.0, 2.0, 5.0];
        assert_eq!((ascending(&values), descending(&values)), (vec![1, 0, 2, 3], vec![3, 0, 2, 1]));
    }
}
