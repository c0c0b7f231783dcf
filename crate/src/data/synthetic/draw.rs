//! Random numbers and elementary functions with the same bits on every machine.

use crate::rng::Rng;
use rand::Rng as _;

/// A number in [0, 1) with 53 random bits.
pub(super) fn unit(rng: &mut Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number in 0..n.
pub(super) fn below(rng: &mut Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// Sum of twelve uniform numbers, less six: near enough to normal, and the same bits on every machine,
/// which the logarithm and cosine of better methods are not.
pub(super) fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| unit(rng)).sum::<f64>() - 6.0
}

/// `e^x` by repeated squaring of its series: plain arithmetic, so the same bits everywhere.
pub(super) fn exp(x: f64) -> f64 {
    let small = x / 1024.0;
    let mut value = (1..=7).rev().fold(1.0, |sum, n| 1.0 + small / f64::from(n) * sum);
    for _ in 0..10 {
        value *= value;
    }
    value
}

/// `ln x` for x ≥ 1 by Newton's method on [`exp`].
pub(super) fn ln(x: f64) -> f64 {
    // The exponent bits give a start within 0.7.
    let mut y = ((x.to_bits() >> 52) as f64 - 1023.0) * std::f64::consts::LN_2;
    for _ in 0..6 {
        y += x / exp(y) - 1.0;
    }
    y
}

/// Draws from fixed weights in constant time (Walker's alias method).
pub(super) struct Alias {
    chance: Vec<f64>,
    other: Vec<u32>,
}

impl Alias {
    /// From weights of which at least one is positive.
    pub(super) fn new(weights: &[f64]) -> Self {
        let n = weights.len();
        let sum: f64 = weights.iter().sum();
        let mut chance: Vec<f64> = weights.iter().map(|w| w * n as f64 / sum).collect();
        let mut other: Vec<u32> = (0..n as u32).collect();
        let (mut poor, mut rich): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| chance[i] < 1.0);
        while let (Some(&p), Some(&r)) = (poor.last(), rich.last()) {
            poor.pop();
            other[p] = r as u32;
            chance[r] -= 1.0 - chance[p];
            if chance[r] < 1.0 {
                rich.pop();
                poor.push(r);
            }
        }
        poor.into_iter().chain(rich).for_each(|i| chance[i] = 1.0);
        Self { chance, other }
    }

    /// The index of a weight.
    pub(super) fn draw(&self, rng: &mut Rng) -> usize {
        let i = below(rng, self.chance.len());
        if unit(rng) < self.chance[i] { i } else { self.other[i] as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_functions_agree_with_the_library() {
        for x in [-20.0, -1.0, 0.0, 0.3, 5.0] {
            assert!((exp(x) / f64::exp(x) - 1.0).abs() < 1e-9, "exp {x}");
        }
        for x in [1.0, 1.5, 2.0, 1000.0, 123_456.0] {
            assert!((ln(x) - f64::ln(x)).abs() < 1e-9, "ln {x}");
        }
    }
}
