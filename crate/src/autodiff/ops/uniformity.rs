//! How evenly unit vectors lie on the sphere.

use crate::autodiff::{Device, Tensor, Var};
use crate::linalg::backend::{Binary, Block, Gemm, Indices, Reduction, Unary, View};

/// Rows that are compared with those before them at once.
const BLOCK: usize = 128;

/// `e^{x_a · x_b}` for the rows a of a block.
struct Potentials {
    /// The rows of the block and those before it.
    rows: [Tensor; 2],
    /// Their numbers.
    numbers: [Indices; 2],
    /// With b in the block, too: `count × count`, symmetric.
    within: Tensor,
    /// With b before it: `count × first`. The matrix of all pairs is symmetric: these stand for two.
    before: Tensor,
}

fn product(gemm: Gemm, a: &Tensor, b: &Tensor) -> Tensor {
    let out = Tensor::alloc(a.device(), &[gemm.m, gemm.n]);
    a.device().gemm(gemm, a.buffer(), b.buffer(), out.buffer());
    out
}

fn all(t: &Tensor) -> Tensor {
    // Row by row first: one running sum over n² entries would lose digits.
    let [rows, columns] = t.matrix();
    let sums = t.reduce(Reduction::Sum, View::rows(rows, columns), &[rows]);
    sums.reduce(Reduction::Sum, View::all(rows), &[1])
}

impl Potentials {
    fn new(device: &Device, x: &Tensor, first: usize, count: usize) -> Self {
        let [n, dim] = x.matrix();
        let slice = |from: usize, rows: usize| {
            let width = rows * dim;
            let out = Tensor::alloc(device, &[rows, dim]);
            let block =
                Block { rows: 1, width, from_columns: n * dim, from: from * dim, to_columns: width, to: 0 };
            device.copy_block(block, x.buffer(), out.buffer());
            out
        };
        let numbers = |range: std::ops::Range<usize>| {
            device.upload_indices(&range.map(|row| row as u32).collect::<Vec<_>>())
        };
        let (block, before) = (slice(first, count), slice(0, first));
        let of = |others: &Tensor| {
            let gemm = Gemm::new(count, others.matrix()[0], dim).transposed(false, true);
            product(gemm, &block, others).unary(Unary::Exp)
        };
        Self {
            within: of(&block),
            before: of(&before),
            numbers: [numbers(first..first + count), numbers(0..first)],
            rows: [block, before],
        }
    }

    /// Adds `factor · Σ_b e_ab x_b` to rows a of `out`, and what the block owes to the rows before it.
    fn pull(&self, factor: f32, out: &Tensor) {
        let ([block, before], [own, others]) = (&self.rows, &self.numbers);
        let ([count, dim], first) = (block.matrix(), before.matrix()[0]);
        let gemm = |m, k| Gemm { alpha: factor, ..Gemm::new(m, dim, k) };
        let add = |rows: Tensor, numbers: &Indices| {
            out.device().scatter_add(dim, rows.buffer(), numbers, out.buffer());
        };
        add(product(gemm(count, count), &self.within, block), own);
        if first > 0 {
            add(product(gemm(count, first), &self.before, before), own);
            add(product(gemm(first, count).transposed(true, false), &self.before, block), others);
        }
    }
}

impl Var {
    /// `y = ln mean_{a<b} e^{−t ‖x_a − x_b‖²}` over all pairs of rows of an `n × d` matrix whose rows have length
    /// 1 (Wang and Isola, ICML 2020, eq. 2); 0 for fewer than two rows, which form no pair.
    /// `dx_a = dy · 4t Σ_{b≠a} e_ab x_b / Σ_{a≠b} e_ab` with `e_ab = e^{2t x_a·x_b}`.
    ///
    /// For unit rows the squared distance is `2 − 2 x_a·x_b`, so that products of matrices suffice; each pair is
    /// computed once, in blocks.
    #[must_use]
    pub fn uniformity(&self, t: f32) -> Self {
        let (device, [n, dim]) = (self.device().clone(), self.value().matrix());
        if n < 2 {
            return self.record(&[], Tensor::zeros(&device, &[1]), |_, _| {});
        }
        let root = (2.0 * t).sqrt();
        let x = self.value().scale(root);
        let block = |first: usize| Potentials::new(&device, &x, first, BLOCK.min(n - first));
        let blocks: Vec<Potentials> = (0..n).step_by(BLOCK).map(block).collect();
        // The diagonal pairs nothing: its entries are computed once more from the rows and taken off.
        let rows = View::rows(n, dim);
        let own = x.unary(Unary::Square).reduce(Reduction::Sum, rows, &[n]).unary(Unary::Exp);
        let sum = own.reduce(Reduction::Sum, View::all(n), &[1]).scale(-1.0);
        for block in &blocks {
            device.axpy(1.0, all(&block.within).buffer(), sum.buffer());
            device.axpy(2.0, all(&block.before).buffer(), sum.buffer());
        }
        let mean = sum.scale(1.0 / (n * (n - 1)) as f32);
        let value = mean.unary(Unary::Ln).unary(Unary::Affine { scale: 1.0, shift: -2.0 * t });
        let node = self.node();
        self.record(&[self], value, move |dy, flow| {
            let Some(node) = node else { return };
            let pulls = x.broadcast(Binary::Mul, rows, &own).scale(-2.0 * root);
            blocks.iter().for_each(|block| block.pull(2.0 * root, &pulls));
            flow.add(node, pulls.broadcast(Binary::Mul, View::all(n * dim), &dy.binary(Binary::Div, &sum)));
        })
    }
}
