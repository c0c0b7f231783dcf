//! Products of the eigenvectors with other vectors, without the eigenvectors.

use super::RankOne;
use super::lanes::{Lanes, ROOTS};
use super::root::Root;
use crate::linalg::simd::{PARTS, dispatch, padded, totals};

/// What is asked of one eigenvector c.
#[derive(Debug, Clone, Copy, Default)]
pub struct Projection {
    /// The eigenvalue.
    pub value: f64,
    /// ⟨c, y⟩ for each of the others.
    pub products: [f64; 3],
    /// ⟨c, z⟩.
    pub along: f64,
    /// Whether c's entry of the old eigenvector with the same number is not negative.
    pub positive: bool,
}

impl RankOne {
    /// As [`RankOne::for_each`], but with products of the eigenvectors with three others; several roots at once.
    pub fn project(&mut self, count: usize, others: [&[f64]; 3], mut each: impl FnMut(usize, Projection)) {
        assert!(count <= self.n, "RankOne: count");
        if self.close || !self.rotations.is_empty() {
            return self.project_plainly(count, others, each);
        }
        let (mut index, mut next_deflated) = (0, 0);
        let mut ready = [(Root::at(0, 0.0), Projection::default()); ROOTS];
        let mut batch = 0..0;
        for k in 0..count {
            if index == batch.end && index < self.poles.len() {
                let end = self.poles.len().min(index + ROOTS).min(index + count - k);
                batch = index..self.project_batch(index, end, others, &mut ready);
            }
            let deflated = self.deflated.get(next_deflated).copied();
            let root = (index < batch.end).then(|| ready[index - batch.start]);
            let projection = match (root, deflated) {
                (Some((root, found)), deflated) if deflated.is_none_or(|d| found.value < d.0) => {
                    index += 1;
                    Projection { positive: self.poles.is_positive(k, &root), ..found }
                }
                (_, Some((value, column))) => {
                    next_deflated += 1;
                    let products = others.map(|o| o[column]);
                    Projection { value, products, along: 0.0, positive: true }
                }
                (_, None) => unreachable!("n eigenvalues in all"),
            };
            each(k, projection);
        }
    }

    /// By the eigenvectors themselves.
    fn project_plainly(
        &mut self,
        count: usize,
        others: [&[f64]; 3],
        mut each: impl FnMut(usize, Projection),
    ) {
        let given = std::mem::take(&mut self.given);
        self.for_each(count, |k, value, c| {
            let dot = |y: &[f64]| c.iter().zip(y).map(|(c, y)| c * y).sum::<f64>();
            each(
                k,
                Projection { value, products: others.map(dot), along: dot(&given), positive: c[k] >= 0.0 },
            );
        });
        self.given = given;
    }

    /// The roots from `first` on, in front of `end`; returns where it stopped.
    fn project_batch(
        &mut self,
        first: usize,
        end: usize,
        others: [&[f64]; 3],
        out: &mut [(Root, Projection); ROOTS],
    ) -> usize {
        if self.poles.is_outer(first) {
            let root = self.poles.solve(first);
            let padded = self.inverses.len() / ROOTS;
            self.poles.invert(&root, &mut self.inverses[..padded]);
            out[0] = (root, self.projection(0, &root, 0.0, others));
            return first + 1;
        }
        let end = if self.poles.is_outer(end - 1) { end - 1 } else { end };
        let mut pairs = [[0; 2]; ROOTS];
        for (pair, index) in pairs.iter_mut().zip(first..end) {
            *pair = self.poles.neighbours(index);
        }
        let lanes = Lanes::begin(&self.poles, &self.single, &pairs[..end - first]);
        let roots = lanes.finish(&self.poles, end - first, &mut self.inverses);
        for (lane, (root, step)) in roots.iter().enumerate().take(end - first) {
            out[lane] = (*root, self.projection(lane, root, *step, others));
        }
        end
    }

    fn projection(&self, lane: usize, root: &Root, step: f64, others: [&[f64]; 3]) -> Projection {
        let padded = self.inverses.len() / ROOTS;
        let inverses = &self.inverses[lane * padded..][..self.n];
        let sums = totals(&products(self.poles.z(), inverses, step, others));
        let scale = 1.0 / sums[3].sqrt();
        Projection {
            value: self.poles.value(root),
            products: [sums[0] * scale, sums[1] * scale, sums[2] * scale],
            along: self.poles.along() * scale * self.norm,
            positive: true,
        }
    }
}

dispatch! {
    #[inline(never)]
    fn products(z: &[f64], inverses: &[f64], step: f64, others: [&[f64]; 3]) -> [[f64; PARTS]; 4] = products_body
}

/// With the weights `w_j = z_j / (d_j − μ)`, their products with the others, then ‖w‖²; the inverses are those at
/// `μ − step`.
#[inline(always)]
fn products_body(z: &[f64], inverses: &[f64], step: f64, others: [&[f64]; 3]) -> [[f64; PARTS]; 4] {
    let n = inverses.len();
    let (z, rest_z) = z[..n].as_chunks::<PARTS>();
    let (inverses, rest) = inverses.as_chunks::<PARTS>();
    let [(a, rest_a), (b, rest_b), (c, rest_c)] = others.map(|o| o[..n].as_chunks::<PARTS>());
    let mut sums = [[0.0; PARTS]; 4];
    for ((((z, inverses), a), b), c) in z.iter().zip(inverses).zip(a).zip(b).zip(c) {
        add_products(&mut sums, z, inverses, step, [a, b, c]);
    }
    let last = [rest_a, rest_b, rest_c].map(padded);
    add_products(&mut sums, &padded(rest_z), &padded(rest), step, last.each_ref());
    sums
}

#[inline(always)]
fn add_products(
    sums: &mut [[f64; PARTS]; 4],
    z: &[f64; PARTS],
    inverses: &[f64; PARTS],
    step: f64,
    [a, b, c]: [&[f64; PARTS]; 3],
) {
    for i in 0..PARTS {
        let e = step * inverses[i];
        let weight = (z[i] * inverses[i]) * (1.0 + e * (1.0 + e));
        sums[0][i] += weight * a[i];
        sums[1][i] += weight * b[i];
        sums[2][i] += weight * c[i];
        sums[3][i] += weight * weight;
    }
}
