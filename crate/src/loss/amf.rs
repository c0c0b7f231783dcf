//! AMF: BPR that must also hold when somebody pushes the vectors in the direction that hurts most.

use super::negatives::{self, Sampling};
use super::{Loss, SHORTEST, Vectors, bpr};
use crate::autodiff::{Tape, Var};
use crate::params::{Kind, Method, Param, Params};

/// Description of AMF.
pub static METHOD: Method = Method {
    name: "amf",
    title: "AMF (adversarial BPR)",
    doc: "BPR plus its value after every vector of the batch was moved by a small step against its interest: flat minima are rewarded.",
    formula: "L = L_BPR(Θ) + w · L_BPR(Θ + Δ),  Δ = ε · ∇L_BPR / ‖∇L_BPR‖ of each row",
    source: "He et al., SIGIR 2018, eq. 6 to 9; KDD 2019, section 5.1",
    params: &[
        Param {
            name: "epsilon",
            title: "perturbation ε",
            doc: "Length of the step by which each vector is moved.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 100.0, default: 0.1, log: true },
        },
        Param {
            name: "weight",
            title: "weight w",
            doc: "Weight of the loss at the moved vectors; 0 is plain BPR.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 1e6, default: 1.0, log: true },
        },
        negatives::count(1),
        negatives::reject_known(true),
        negatives::POOL,
    ],
};

/// AMF from its parameters.
pub fn build(params: &Params) -> Box<dyn Loss> {
    Box::new(Amf {
        sampling: Sampling::new(params),
        epsilon: params.f32("epsilon"),
        weight: params.f32("weight"),
    })
}

struct Amf {
    sampling: Sampling,
    epsilon: f32,
    weight: f32,
}

impl Amf {
    /// Δ for users and items: constants, nothing flows back through them.
    fn perturbations(&self, vectors: &Vectors<'_>) -> [Var; 2] {
        let Vectors { user, item, rows } = *vectors;
        let device = user.value().device();
        let tape = Tape::new(device);
        let given = [user, item].map(Var::value);
        let [user, item] = [0, 1].map(|side| tape.parameter(side, given[side]));
        let loss = bpr::value(&Vectors { user: &user, item: &item, rows });
        let mut gradients = tape.backward(&loss);
        let outside = Tape::new(device);
        [0, 1].map(|side| {
            let gradient = gradients.take(side).expect("BPR depends on both sides").dense();
            let direction = outside.constant(&gradient).normalize_rows(SHORTEST);
            outside.constant(&direction.value().scale(self.epsilon))
        })
    }
}

impl Loss for Amf {
    fn sampling(&self) -> Sampling {
        self.sampling
    }

    fn value(&self, _: &[Var], vectors: &Vectors<'_>) -> Var {
        let [of_users, of_items] = self.perturbations(vectors);
        let (user, item) = (vectors.user.add(&of_users), vectors.item.add(&of_items));
        let moved = bpr::value(&Vectors { user: &user, item: &item, rows: vectors.rows });
        bpr::value(vectors).add(&moved.affine(self.weight, 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::rows::{example, plain_bpr};
    use ndarray::Array2;

    /// The formula by plain loops: the gradient of BPR by finite differences, each row of it scaled to ε.
    #[test]
    fn adds_the_loss_at_the_worst_place_nearby() {
        let (epsilon, weight) = (0.3_f32, 2.0);
        let mut loss = Amf { sampling: Sampling::uniform(1, false), epsilon, weight };
        example(&mut loss, &[1, 1, 1, 1], |found, [user, item], rows| {
            let h = 1e-6;
            let pushed = |table: &Array2<f64>, loss: &dyn Fn(&Array2<f64>) -> f64| {
                let gradient = Array2::from_shape_fn(table.dim(), |at| {
                    let moved = |by: f64| {
                        let mut table = table.clone();
                        table[at] += by;
                        loss(&table)
                    };
                    (moved(h) - moved(-h)) / (2.0 * h)
                });
                let mut table = table.clone();
                for (mut row, g) in table.rows_mut().into_iter().zip(gradient.rows()) {
                    let length = g.dot(&g).sqrt();
                    if length > 0.0 {
                        row.scaled_add(f64::from(epsilon) / length, &g);
                    }
                }
                table
            };
            let users = pushed(user, &|user| plain_bpr(user, item, rows));
            let items = pushed(item, &|item| plain_bpr(user, item, rows));
            let expected = plain_bpr(user, item, rows) + f64::from(weight) * plain_bpr(&users, &items, rows);
            assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
        });
    }
}
