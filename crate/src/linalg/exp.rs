//! The exponential function without a branch or a call, so that loops over it become vector instructions, and
//! with the same bits on every machine.

use std::f32::consts::LOG2_E;

/// ln 2 in two parts: the first has so few digits that its products with whole numbers below 2⁸ are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// 1.5 · 2²³: what is added to it is rounded to a whole number, which its last bits then hold.
const ROUND: f32 = 12_582_912.0;

/// `e^x` to three units in the last place; 0 and infinity beyond the range, NaN for NaN.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these the result is 0 or infinity anyway. Not `clamp`: a NaN has to stay one.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    // x = n ln 2 + r with |r| ≤ ½ ln 2.
    let shifted = x * LOG2_E + ROUND;
    let (n, count) = (shifted - ROUND, shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32);
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    // The series, whose next term is below 1e-8.
    const TERMS: [f32; 7] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    let mut tail = 0.0;
    for term in TERMS {
        tail = tail * r + term;
    }
    // 2ⁿ in two factors: n may lie beyond what one exponent holds.
    let half = count >> 1;
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    (tail * r + 1.0) * power(half) * power(count.wrapping_sub(half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_the_whole_range() {
        let mut worst = 0.0_f64;
        for step in -1_740_000..1_774_400 {
            let x = step as f32 * 5e-5;
            let (found, expected) = (f64::from(exp(x)), f64::from(x).exp());
            worst = worst.max((found / expected - 1.0).abs());
        }
        println!("largest relative error {worst:.2e}");
        assert!(worst < 3.0 * f64::from(f32::EPSILON), "{worst}");
    }

    #[test]
    fn edges() {
        assert_eq!((exp(0.0), exp(-0.0)), (1.0, 1.0));
        assert_eq!(
            (exp(f32::INFINITY), exp(f32::MAX), exp(89.0)),
            (f32::INFINITY, f32::INFINITY, f32::INFINITY)
        );
        assert_eq!((exp(f32::NEG_INFINITY), exp(f32::MIN), exp(-104.0)), (0.0, 0.0, 0.0));
        assert!(exp(f32::NAN).is_nan() && exp(88.7).is_finite());
        // Among the denormal numbers.
        assert!((f64::from(exp(-100.0)) - (-100.0_f64).exp()).abs() < 2e-45);
    }
}
