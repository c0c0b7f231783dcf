//! LightGCN: vectors flow along the training interactions, and the mean over all layers is taken.

use super::factors::{Encoder, Factors};
use super::mf::DIM;
use super::{Model, ModelInput};
use crate::autodiff::Var;
use crate::autodiff::ops::SparseMatrix;
use crate::data::interactions::{Side, Split};
use crate::error::Result;
use crate::linalg::Csr;
use crate::nn::layers::Embedding;
use crate::params::{Kind, Method, Param};
use std::rc::Rc;

/// Description of LightGCN.
pub static METHOD: Method = Method {
    name: "lightgcn",
    title: "LightGCN",
    doc: "Users take up the vectors of their items and items those of their users, layer by layer; the mean of all layers scores by inner products.",
    formula: "E⁽ˡ⁺¹⁾ = D^−½ A D^−½ E⁽ˡ⁾, score(u, i) = Ē_u · Ē_i with Ē = mean_l E⁽ˡ⁾",
    source: "He et al., SIGIR 2020, eq. 7 and 8; KDD 2025, appendix B.1",
    params: &[
        DIM,
        Param {
            name: "layers",
            title: "layers",
            doc: "How far vectors flow; 0 is matrix factorisation.",
            unit: "layers",
            kind: Kind::Int { min: 0, max: 10, default: 3 },
        },
    ],
};

/// LightGCN that starts from `input.tables` (`n × d`).
///
/// # Errors
/// As [`mf::build`](super::mf::build).
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    Factors::build(input, |_, tables, input, _| {
        let adjacency = normalized(&input.split);
        Box::new(LightGcn {
            tables,
            to_users: SparseMatrix::new(&input.device, &adjacency),
            to_items: SparseMatrix::new(&input.device, &adjacency.transpose()),
            layers: input.params.usize("layers"),
        })
    })
}

/// The users' half of `D^−½ A D^−½`, `n_users × n_items`: `1 / √(r_u r_i)` at each training interaction.
fn normalized(split: &Split) -> Csr {
    let matrix = split.train_matrix(Side::User);
    let counts = split.train.counts(split.n_items);
    let root = |n: usize| 1.0 / (n as f64).sqrt();
    let of_row = |u: usize| {
        let items = matrix.row(u).0;
        let of_user = root(items.len());
        items.iter().map(|&i| (of_user * root(counts[i as usize] as usize)) as f32).collect::<Vec<_>>()
    };
    let values = (0..matrix.nrows()).flat_map(of_row).collect();
    Csr::new(matrix.ncols(), matrix.offsets().to_vec(), matrix.indices().to_vec(), values)
}

struct LightGcn {
    tables: [Embedding; 2],
    /// `n_users × n_items`.
    to_users: Rc<SparseMatrix>,
    /// Its transposed.
    to_items: Rc<SparseMatrix>,
    layers: usize,
}

impl Encoder for LightGcn {
    fn encode(&self, p: &[Var], users: &[u32], items: &[u32]) -> [Var; 2] {
        let [user, item] = self.all(p);
        [user.gather(users), item.gather(items)]
    }

    fn all(&self, p: &[Var]) -> [Var; 2] {
        let [mut user, mut item] = self.tables.map(|table| p[table.place()].clone());
        let [mut user_sum, mut item_sum] = [user.clone(), item.clone()];
        for _ in 0..self.layers {
            (user, item) = (item.propagate(&self.to_users), user.propagate(&self.to_items));
            (user_sum, item_sum) = (user_sum.add(&user), item_sum.add(&item));
        }
        let share = 1.0 / (self.layers + 1) as f32;
        [user_sum.affine(share, 0.0), item_sum.affine(share, 0.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::{Device, Tape, Tensor};
    use crate::data::interactions::Sequences;
    use crate::linalg::Cpu;

    /// Two users, two items, of which one joins them: worked out by hand for two layers.
    #[test]
    fn vectors_flow_along_interactions() {
        let rows = |rows: [&[u32]; 2]| Sequences::from_rows(rows);
        let split = Split {
            n_users: 2,
            n_items: 2,
            train: rows([&[0], &[0, 1]]),
            validation: rows([&[], &[]]),
            test: rows([&[], &[]]),
        };
        let adjacency = normalized(&split);
        let (half, root) = (0.5_f32, 0.5_f32.sqrt());
        assert_eq!((adjacency.row(0).1, adjacency.row(1).1), (&[root][..], &[half, root][..]));
        let device: Device = Rc::new(Cpu::new());
        let mut parameters = crate::nn::layers::Parameters::default();
        let column = |values: [f32; 2]| Tensor::from_slice(&device, &[2, 1], &values);
        let tables = [("user", [1.0, 2.0]), ("item", [4.0, 8.0])]
            .map(|(name, values)| Embedding::new(&mut parameters, name, column(values)));
        let model = LightGcn {
            tables,
            to_users: SparseMatrix::new(&device, &adjacency),
            to_items: SparseMatrix::new(&device, &adjacency.transpose()),
            layers: 2,
        };
        let p = parameters.on_tape(&Tape::new(&device), 0);
        let [user, item] = model.all(&p).map(|v| v.value().read_now().unwrap());
        // First layer: users (4r, 2 + 8r), items (r + 1, 2r); second: users r(r + 1), ½(r + 1) + r·2r.
        let r = f64::from(root);
        let users = [1.0 + 4.0 * r + r * (r + 1.0), 2.0 + 2.0 + 8.0 * r + 0.5 * (r + 1.0) + 1.0];
        let items =
            [4.0 + r + 1.0 + r * 4.0 * r + 0.5 * (2.0 + 8.0 * r), 8.0 + 2.0 * r + r * (2.0 + 8.0 * r)];
        for (found, expected) in user.iter().chain(&item).zip(users.into_iter().chain(items)) {
            assert!(
                (f64::from(*found) - expected / 3.0).abs() < 1e-5,
                "{found} instead of {}",
                expected / 3.0
            );
        }
    }
}
