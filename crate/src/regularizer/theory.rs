//! Why weight decay writes popularity into the lengths of vectors (KDD 2025, section 3.2): how likely an item's
//! vector is to be in a batch, and how its squared length is expected to change in one step.
//!
//! The setting is that of theorem 3.1: gradient descent with learning rate η on `−cos(u, i)` for the pairs of a
//! batch, with weight decay λΘ added to the gradient. The gradient of a cosine stands at right angles to the
//! vector, so that it can only lengthen it; weight decay shortens it. Where every row decays at each step, only the
//! first depends on popularity. The lengths are those of an item; users have the same with the sides changed.
//!
//! ```
//! use warren::regularizer::theory::{DecayedRows, Step, batch_probability};
//!
//! # fn main() -> warren::error::Result<()> {
//! let step = Step { learning_rate: 0.1, weight_decay: 1e-3, length: 1.0, cosine: 0.5, rows: DecayedRows::All };
//! // 10,000 interactions, batches of 100: an item of 500 grows, one of 2 shrinks.
//! let change = |degree| step.expected_change(batch_probability(degree, 10_000.0, 100.0)?);
//! assert!(change(500.0)? > 0.0 && change(2.0)? < 0.0);
//! # Ok(())
//! # }
//! ```

pub mod map;

use crate::error::{Code, Error, Result};
use ndarray::Array2;

/// Which rows weight decay reaches in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecayedRows {
    /// All: theorem 3.1, and corollary 2 with negatives.
    All,
    /// Those of the batch: corollary 1.
    Batch,
}

/// One step of gradient descent, seen from an item's vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Learning rate η, at least 0.
    pub learning_rate: f64,
    /// Weight decay λ, at least 0.
    pub weight_decay: f64,
    /// Length ‖i‖ of the vector before the step, above 0.
    pub length: f64,
    /// Cosine of its angle with the user of the pair, from −1 to 1.
    pub cosine: f64,
    /// Which rows decay.
    pub rows: DecayedRows,
}

fn check(name: &str, value: f64, allowed: &str, fits: bool) -> Result<()> {
    if fits {
        return Ok(());
    }
    let message = format!("{value} is not {allowed}");
    Err(Error::new(Code::OutOfRange, message).for_key(name).with_value(value.to_string()))
}

fn check_batch(degree: f64, interactions: f64, batch_size: f64) -> Result<()> {
    check(
        "interactions",
        interactions,
        "a finite number of at least 1",
        (1.0..f64::INFINITY).contains(&interactions),
    )?;
    check(
        "degree",
        degree,
        "a number from 0 to the number of interactions",
        (0.0..=interactions).contains(&degree),
    )?;
    check(
        "batch_size",
        batch_size,
        "a finite number of at least 0",
        (0.0..f64::INFINITY).contains(&batch_size),
    )
}

/// The logarithm of the probability that none of `degree` among `interactions` is drawn in `batch_size` draws.
fn log_absent(degree: f64, interactions: f64, batch_size: f64) -> f64 {
    if batch_size == 0.0 { 0.0 } else { batch_size * (-degree / interactions).ln_1p() }
}

/// The probability `1 − (1 − r/N)^B` that an item with r of the N training interactions is in a batch of B pairs,
/// drawn with replacement (eq. 2).
///
/// # Errors
/// [`Code::OutOfRange`] unless 0 ≤ r ≤ N, N ≥ 1 and B ≥ 0.
pub fn batch_probability(degree: f64, interactions: f64, batch_size: f64) -> Result<f64> {
    check_batch(degree, interactions, batch_size)?;
    Ok(-log_absent(degree, interactions, batch_size).exp_m1())
}

/// The same where each pair also has k negatives, uniformly from the n items and distinct over the whole batch
/// (corollary 2): `1 − (1 − r/N)^B (1 − min(B·k/n, 1))`.
///
/// # Errors
/// [`Code::OutOfRange`] as [`batch_probability`], or unless k ≥ 0 and n ≥ 1.
pub fn batch_probability_with_negatives(
    degree: f64,
    interactions: f64,
    batch_size: f64,
    negatives: f64,
    items: f64,
) -> Result<f64> {
    check_batch(degree, interactions, batch_size)?;
    check(
        "negatives",
        negatives,
        "a finite number of at least 0",
        (0.0..f64::INFINITY).contains(&negatives),
    )?;
    check("items", items, "a finite number of at least 1", (1.0..f64::INFINITY).contains(&items))?;
    let (absent, drawn) =
        (log_absent(degree, interactions, batch_size), (batch_size * negatives / items).min(1.0));
    Ok(absent.exp() * drawn - absent.exp_m1())
}

impl Step {
    /// The expected change of the squared length, `E‖i′‖² − ‖i‖²`, for a vector that is in the batch with this
    /// probability p:
    ///
    /// `(η²λ² − 2ηλ) ‖i‖² · q + p · η² (1 − cos²) / ‖i‖²`
    ///
    /// with q = 1 where all rows decay (theorem 3.1, eq. 3; corollary 2 with the probability of
    /// [`batch_probability_with_negatives`], as a negative's gradient differs in sign alone) and q = p where the
    /// batch's do (corollary 1).
    ///
    /// # Errors
    /// [`Code::OutOfRange`] for a probability outside 0..1, or values of the step outside their range.
    pub fn expected_change(&self, probability: f64) -> Result<f64> {
        self.check()?;
        check("probability", probability, "a number from 0 to 1", (0.0..=1.0).contains(&probability))?;
        Ok(self.change(probability))
    }

    fn check(&self) -> Result<()> {
        let from_zero = |v: f64| (0.0..f64::INFINITY).contains(&v);
        check(
            "learning_rate",
            self.learning_rate,
            "a finite number of at least 0",
            from_zero(self.learning_rate),
        )?;
        check(
            "weight_decay",
            self.weight_decay,
            "a finite number of at least 0",
            from_zero(self.weight_decay),
        )?;
        check(
            "length",
            self.length,
            "a finite number above 0",
            self.length > 0.0 && self.length.is_finite(),
        )?;
        check("cosine", self.cosine, "a number from -1 to 1", (-1.0..=1.0).contains(&self.cosine))
    }

    fn change(&self, probability: f64) -> f64 {
        let (square, rate) = (self.length * self.length, self.learning_rate);
        let shrink = rate * self.weight_decay;
        let decayed = match self.rows {
            DecayedRows::All => 1.0,
            DecayedRows::Batch => probability,
        };
        let by_decay = (shrink * shrink - 2.0 * shrink) * square * decayed;
        by_decay + probability * rate * rate * (1.0 - self.cosine * self.cosine) / square
    }

    /// The squared length at which the expected change is 0, where all rows decay: `‖i‖² = η √(p (1 − cos²) /
    /// (2ηλ − η²λ²))`. `None` where nothing decays, or all of a vector at once and more.
    ///
    /// # Errors
    /// As [`expected_change`](Self::expected_change).
    pub fn balanced_square(&self, probability: f64) -> Result<Option<f64>> {
        self.expected_change(probability)?;
        let shrink = self.learning_rate * self.weight_decay;
        let lost = 2.0 * shrink - shrink * shrink;
        let gained = probability * (1.0 - self.cosine * self.cosine);
        let decays = self.rows == DecayedRows::All && lost > 0.0;
        Ok(decays.then(|| self.learning_rate * (gained / lost).sqrt()))
    }

    /// [`expected_change`](Self::expected_change) for every degree (a row) and every batch size (a column) of N
    /// interactions: the map of figure 7.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] as there and in [`batch_probability`].
    pub fn map(&self, degrees: &[f64], batch_sizes: &[f64], interactions: f64) -> Result<Array2<f64>> {
        self.check()?;
        let mut map = Array2::zeros((degrees.len(), batch_sizes.len()));
        for ((r, c), change) in map.indexed_iter_mut() {
            *change = self.change(batch_probability(degrees[r], interactions, batch_sizes[c])?);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Seed};
    use rand::RngExt;
    use rand::seq::index::sample;

    const TRIALS: usize = 20_000;
    const ITEM: [f64; 3] = [0.9, -0.3, 0.6];
    const USER: [f64; 3] = [0.2, 0.5, 0.4];

    fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    /// The item's squared length after a step on vectors; `sign` 1 for a positive, −1 for a negative, 0 outside.
    fn stepped(step: &Step, sign: f64) -> f64 {
        let (length, user_length) = (dot(ITEM, ITEM).sqrt(), dot(USER, USER).sqrt());
        let decay = if sign != 0.0 || step.rows == DecayedRows::All { step.weight_decay } else { 0.0 };
        let next = [0, 1, 2].map(|c: usize| {
            let slope = (USER[c] / user_length - step.cosine * ITEM[c] / length) / length;
            ITEM[c] + step.learning_rate * (sign * slope - decay * ITEM[c])
        });
        dot(next, next)
    }

    fn step(rows: DecayedRows) -> Step {
        let length = dot(ITEM, ITEM).sqrt();
        let cosine = dot(ITEM, USER) / (length * dot(USER, USER).sqrt());
        Step { learning_rate: 0.3, weight_decay: 0.2, length, cosine, rows }
    }

    /// Batches of 40 of 500 pairs, of which `degree` are the item's, and `negatives` a pair of 400 items, drawn
    /// one by one: the share that have the item, and the mean change.
    fn simulate(step: &Step, degree: u32, negatives: usize, rng: &mut Rng) -> (f64, f64) {
        let (mut found, mut change) = (0, 0.0);
        for _ in 0..TRIALS {
            let positive = (0..40).filter(|_| rng.random_range(0..500_u32) < degree).count() > 0;
            let negative = sample(rng, 400, 40 * negatives).iter().any(|item| item == 0);
            let sign = if positive {
                1.0
            } else if negative {
                -1.0
            } else {
                0.0
            };
            found += usize::from(sign != 0.0);
            change += stepped(step, sign) - step.length * step.length;
        }
        (found as f64 / TRIALS as f64, change / TRIALS as f64)
    }

    #[test]
    fn theorem_and_corollaries_agree_with_simulated_batches() {
        let mut rng = Seed(6).stream("test");
        for (rows, negatives) in [(DecayedRows::All, 0), (DecayedRows::Batch, 0), (DecayedRows::All, 3)] {
            let step = step(rows);
            for degree in [1, 5, 20, 60] {
                let (found, change) = simulate(&step, degree, negatives, &mut rng);
                let p = if negatives == 0 {
                    batch_probability(f64::from(degree), 500.0, 40.0).unwrap()
                } else {
                    batch_probability_with_negatives(f64::from(degree), 500.0, 40.0, negatives as f64, 400.0)
                        .unwrap()
                };
                // Five standard deviations of a share, and of a change that takes two values.
                let deviation = 5.0 * (p * (1.0 - p) / TRIALS as f64).sqrt();
                let range = (stepped(&step, 1.0) - stepped(&step, 0.0)).abs();
                let expected = step.expected_change(p).unwrap();
                let who = format!("{rows:?}, {negatives} negatives, degree {degree}");
                assert!((found - p).abs() < deviation + 1e-12, "{who}: {found} in the batch, not {p}");
                assert!(
                    (change - expected).abs() < deviation * range + 1e-12,
                    "{who}: {change}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn a_balanced_vector_keeps_its_length_and_the_map_is_its_formula() {
        let step = Step {
            learning_rate: 1e-2,
            weight_decay: 1e-4,
            length: 1.0,
            cosine: 0.5,
            rows: DecayedRows::All,
        };
        let p = batch_probability(30.0, 1e5, 1024.0).unwrap();
        let square = step.balanced_square(p).unwrap().unwrap();
        let balanced = Step { length: square.sqrt(), ..step };
        assert!(balanced.expected_change(p).unwrap().abs() < 1e-15);
        assert_eq!(Step { weight_decay: 0.0, ..step }.balanced_square(p).unwrap(), None);
        let map = step.map(&[30.0, 300.0], &[256.0, 1024.0, 4096.0], 1e5).unwrap();
        assert_eq!((map.dim(), map[(0, 1)]), ((2, 3), step.expected_change(p).unwrap()));
        assert!(map[(1, 1)] > map[(0, 1)] && map[(0, 2)] > map[(0, 1)], "grows with degree and batch: {map}");
    }

    #[test]
    fn edges_and_mistakes() {
        assert_eq!(batch_probability(0.0, 10.0, 5.0).unwrap(), 0.0);
        assert_eq!(batch_probability(10.0, 10.0, 5.0).unwrap(), 1.0);
        assert_eq!(batch_probability(10.0, 10.0, 0.0).unwrap(), 0.0);
        // Accurate where 1 − r/N rounds to 1.
        assert!((batch_probability(1.0, 1e17, 1e3).unwrap() - 1e-14).abs() < 1e-16);
        assert_eq!(batch_probability_with_negatives(1.0, 1e6, 100.0, 10.0, 50.0).unwrap(), 1.0);
        let e = batch_probability(11.0, 10.0, 5.0).unwrap_err();
        assert_eq!(e.to_string(), "degree: 11 is not a number from 0 to the number of interactions");
        let e = Step { length: 0.0, ..step(DecayedRows::All) }.expected_change(0.5).unwrap_err();
        assert_eq!(e.to_string(), "length: 0 is not a finite number above 0");
        assert!(step(DecayedRows::Batch).expected_change(f64::NAN).is_err());
    }
}
