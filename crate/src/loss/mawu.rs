//! MAWU: alignment by a margin that is learnt for each user and item, and weighted uniformity.

use super::directau::SHARPNESS;
use super::negatives::Sampling;
use super::{Loss, Own, SHORTEST, Vectors};
use crate::autodiff::{Tensor, Var};
use crate::data::interactions::Side;
use crate::params::{Kind, Method, Param, Params};

/// `1 − cos²` counts as at least this: the root has no slope at 0.
const LEAST_SQUARE: f32 = 2e-7;

/// Description of MAWU.
pub static METHOD: Method = Method {
    name: "mawu",
    title: "MAWU",
    doc: "Brings each user nearer to its items than a learnt margin, and spreads users and items over the sphere, each with a weight of its own; draws no negatives.",
    formula: "L = −mean cos( min(π, θ_ui + 1 − σ(m_u + m_i)) ) + γ₁·unif(users) + γ₂·unif(items)",
    source: "Park et al., CIKM 2023; KDD 2025, eq. 10",
    params: &[
        Param {
            name: "gamma_user",
            title: "uniformity of users γ₁",
            doc: "Weight of the users' uniformity; 0.25 weighs as DirectAU's 1.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 100.0, default: 0.25, log: true },
        },
        Param {
            name: "gamma_item",
            title: "uniformity of items γ₂",
            doc: "Weight of the items' uniformity; 0.25 weighs as DirectAU's 1.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 100.0, default: 0.25, log: true },
        },
    ],
};

/// MAWU from its parameters. The margins m begin at 0: an angle of ½.
pub fn build(params: &Params) -> Box<dyn Loss> {
    Box::new(Mawu { gamma: [params.f32("gamma_user"), params.f32("gamma_item")], margins: None })
}

struct Mawu {
    gamma: [f32; 2],
    /// Places of the users' and the items' margins, `n × 1`.
    margins: Option<[usize; 2]>,
}

/// Cosine and sine of angles from 0 to 1 by their series, to 1e-9: a GPU's own functions may be off by 5e-4.
fn cosine_and_sine(angle: &Var) -> [Var; 2] {
    let square = angle.square();
    let series = |denominators: [f32; 5]| {
        // 1 − x²/d₀ (1 − x²/d₁ (1 − …))
        let one = square.affine(0.0, 1.0);
        denominators.iter().rev().fold(one, |rest, d| rest.mul(&square).affine(-1.0 / d, 1.0))
    };
    [series([2.0, 12.0, 30.0, 56.0, 90.0]), series([6.0, 20.0, 42.0, 72.0, 110.0]).mul(angle)]
}

/// `cos(min(π, θ + δ))` from `cos θ` and δ in 0..1.
fn cosine_with_margin(cosine: &Var, margin: &Var) -> Var {
    let [margin_cosine, margin_sine] = cosine_and_sine(margin);
    // θ + δ passes π where cos θ < −cos δ; held there, the value is −1 and nothing flows back.
    let cosine = cosine.add(&margin_cosine).relu().sub(&margin_cosine);
    let sine = cosine.square().affine(-1.0, 1.0).max(LEAST_SQUARE).sqrt();
    cosine.mul(&margin_cosine).sub(&sine.mul(&margin_sine))
}

impl Loss for Mawu {
    fn sampling(&self) -> Sampling {
        Sampling::NONE
    }

    fn begin(&mut self, own: &mut Own<'_>) {
        let mut zeros = |name: &str, n: usize| own.parameters.push(name, Tensor::zeros(own.device, &[n, 1]));
        self.margins = Some([zeros("margin.user", own.n_users), zeros("margin.item", own.item_counts.len())]);
    }

    fn tables(&self) -> Vec<(usize, Side)> {
        let [user, item] = self.margins.expect("begun");
        vec![(user, Side::User), (item, Side::Item)]
    }

    fn value(&self, parameters: &[Var], vectors: &Vectors<'_>) -> Var {
        let (rows, [user_margin, item_margin]) = (vectors.rows, self.margins.expect("begun"));
        let (user, item) = (vectors.user.normalize_rows(SHORTEST), vectors.item.normalize_rows(SHORTEST));
        let margin =
            |place: usize, distinct: &[u32], pairs: &[u32]| parameters[place].gather(distinct).gather(pairs);
        let sum = margin(user_margin, &rows.users, &rows.user).add(&margin(
            item_margin,
            &rows.items,
            &rows.positive,
        ));
        // 1 − σ(x) = σ(−x)
        let angle = sum.affine(-1.0, 0.0).sigmoid().reshape(&[rows.user.len()]);
        let alignment = cosine_with_margin(&vectors.of_pairs(&user, &item), &angle).mean();
        let of_users = user.uniformity(SHARPNESS).affine(self.gamma[0], 0.0);
        let of_items = vectors.positives(&item).uniformity(SHARPNESS).affine(self.gamma[1], 0.0);
        of_users.add(&of_items).sub(&alignment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::{Device, Tape};
    use crate::linalg::Cpu;
    use std::rc::Rc;

    /// Over the whole range of angles and margins, also where their sum passes π, with the slopes of the formula.
    #[test]
    fn the_margin_widens_angles_up_to_pi() {
        let device: Device = Rc::new(Cpu::new());
        let grid: Vec<(f64, f64)> =
            (1..31).flat_map(|a| (0..11).map(move |m| (0.1 * f64::from(a), 0.1 * f64::from(m)))).collect();
        let list = |of: fn(&(f64, f64)) -> f64| grid.iter().map(|p| of(p) as f32).collect::<Vec<_>>();
        let tape = Tape::new(&device);
        let on_tape =
            |n, values: &[f32]| tape.parameter(n, &Tensor::from_slice(&device, &[values.len()], values));
        let (cosine, margin) = (on_tape(0, &list(|p| p.0.cos())), on_tape(1, &list(|p| p.1)));
        let value = cosine_with_margin(&cosine, &margin);
        let mut gradients = tape.backward(&value.sum());
        let [slopes, margin_slopes] = [0, 1].map(|n| gradients.take(n).unwrap().dense().read_now().unwrap());
        let values = value.value().read_now().unwrap();
        for (at, &(angle, margin)) in grid.iter().enumerate() {
            let within = angle + margin < std::f64::consts::PI;
            let (expected, by_margin) =
                if within { ((angle + margin).cos(), -(angle + margin).sin()) } else { (-1.0, 0.0) };
            // d cos(θ + δ) / d cos θ = sin(θ + δ) / sin θ
            let slope = if within { (angle + margin).sin() / angle.sin() } else { 0.0 };
            for (found, expected) in
                [(values[at], expected), (slopes[at], slope), (margin_slopes[at], by_margin)]
            {
                let error = (f64::from(found) - expected).abs();
                assert!(
                    error < 2e-5 * (1.0 + expected.abs()) / angle.sin().powi(2),
                    "θ {angle}, δ {margin}: {found} for {expected}"
                );
            }
        }
    }
}
