//! The arithmetic of optimizers for one value: [`optim`](crate::optim) and every backend share it.

use super::simd::{dispatch, larger};

/// Moments smaller than this count as zero. Rows that no batch has touched for long would otherwise decay
/// into denormal numbers, with which processors compute many times more slowly.
pub const NEGLIGIBLE: f32 = 1e-36;

/// What one step of Adam has in common for every value (Kingma and Ba, ICLR 2015, algorithm 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Memory of the mean of the gradient, β₁.
    pub beta1: f32,
    /// Memory of the mean of its square, β₂.
    pub beta2: f32,
    /// 1 − β₁, rounded once from double precision.
    pub keep1: f32,
    /// 1 − β₂.
    pub keep2: f32,
    /// η / (1 − β₁ᵗ).
    pub rate: f32,
    /// 1 / √(1 − β₂ᵗ): the correction of r, taken out of the root.
    pub root: f32,
    /// ε.
    pub epsilon: f32,
}

impl AdamStep {
    /// The constants of step `t`, counted from 1.
    pub fn new(rate: f64, beta1: f64, beta2: f64, epsilon: f32, t: u32) -> Self {
        let t = f64::from(t);
        Self {
            beta1: beta1 as f32,
            beta2: beta2 as f32,
            keep1: (1.0 - beta1) as f32,
            keep2: (1.0 - beta2) as f32,
            rate: (rate / (1.0 - beta1.powf(t))) as f32,
            root: (1.0 / (1.0 - beta2.powf(t)).sqrt()) as f32,
            epsilon,
        }
    }

    /// Moves a value with gradient `g`, and its moments s and r.
    #[inline(always)]
    pub fn apply(&self, value: &mut f32, s: &mut f32, r: &mut f32, g: f32) {
        let first = self.beta1 * *s + self.keep1 * g;
        let second = self.beta2 * *r + self.keep2 * g * g;
        *value -= self.rate * first / (second.sqrt() * self.root + self.epsilon);
        *s = if first.abs() < NEGLIGIBLE { 0.0 } else { first };
        *r = if second < NEGLIGIBLE { 0.0 } else { second };
    }

    /// Moves all of `values`, whose moments and gradients are as many. To be inlined where it is compiled for
    /// wide instructions.
    #[inline(always)]
    pub fn with_gradient(&self, values: &mut [f32], s: &mut [f32], r: &mut [f32], g: &[f32]) {
        for ((value, (s, r)), &g) in values.iter_mut().zip(s.iter_mut().zip(r)).zip(g) {
            self.apply(value, s, r, g);
        }
    }

    /// The same with the gradient `rest · Θ`, where no batch gives any.
    #[inline(always)]
    pub fn with_decay(&self, values: &mut [f32], s: &mut [f32], r: &mut [f32], rest: f32) {
        for (value, (s, r)) in values.iter_mut().zip(s.iter_mut().zip(r)) {
            let g = rest * *value;
            self.apply(value, s, r, g);
        }
    }

    /// [`with_gradient`](Self::with_gradient), as wide as the machine permits.
    pub fn apply_all(&self, values: &mut [f32], s: &mut [f32], r: &mut [f32], g: &[f32]) {
        adam(self, values, s, r, g);
    }

    /// Where a step with gradients `g` would take values with these moments (to `assumed`), and the derivative of
    /// each with respect to its gradient (to `slopes`). Where r vanishes the root has no slope, and its part
    /// counts as 0. All lists are as long.
    pub fn assume_all(&self, values: &[f32], s: &[f32], r: &[f32], g: &[f32], assumed: [&mut [f32]; 2]) {
        adam_assumed(self, values, s, r, g, assumed);
    }
}

/// The root of what counts as zero.
const LEAST_ROOT: f32 = 1e-18;

#[inline(always)]
fn adam_assumed_body(
    step: &AdamStep,
    values: &[f32],
    s: &[f32],
    r: &[f32],
    g: &[f32],
    assumed: [&mut [f32]; 2],
) {
    let [assumed, slopes] = assumed;
    let given = values.iter().zip(s).zip(r.iter().zip(g));
    for (((value, s), (r, g)), (assumed, slope)) in given.zip(assumed.iter_mut().zip(slopes)) {
        let first = step.beta1 * s + step.keep1 * g;
        let second = step.beta2 * r + step.keep2 * g * g;
        let root = second.sqrt();
        let divisor = root * step.root + step.epsilon;
        // One division gives both 1/divisor and 1/root.
        let least = larger(root, LEAST_ROOT);
        let both = 1.0 / (least * divisor);
        let by = both * least;
        let of_root = if root > LEAST_ROOT { step.keep2 * g * step.root * both * divisor } else { 0.0 };
        *assumed = value - step.rate * first * by;
        *slope = -step.rate * by * (step.keep1 - first * of_root * by);
    }
}

dispatch! {
    fn adam_assumed(
        step: &AdamStep,
        values: &[f32],
        s: &[f32],
        r: &[f32],
        g: &[f32],
        assumed: [&mut [f32]; 2],
    ) = adam_assumed_body
}

dispatch! {
    fn adam(step: &AdamStep, values: &mut [f32], s: &mut [f32], r: &mut [f32], g: &[f32]) = AdamStep::with_gradient
}

/// What one step of Adagrad has in common for every value (Duchi et al., JMLR 2011).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdagradStep {
    /// Step length η.
    pub rate: f32,
    /// ε.
    pub epsilon: f32,
}

impl AdagradStep {
    /// Moves a value with gradient `g`, and its sum of squares r.
    #[inline(always)]
    pub fn apply(&self, value: &mut f32, r: &mut f32, g: f32) {
        *r += g * g;
        *value -= self.rate * g / (r.sqrt() + self.epsilon);
    }

    /// Where a step with gradient `g` would take a value with this sum, and the derivative of that with respect
    /// to `g`. Where r vanishes the root has no slope, and its part counts as 0.
    #[inline(always)]
    pub fn assume(&self, value: f32, r: f32, g: f32) -> (f32, f32) {
        let root = (r + g * g).sqrt();
        let divisor = root + self.epsilon;
        let of_root = if root > 0.0 { g * (g / root) / divisor } else { 0.0 };
        (value - self.rate * g / divisor, -self.rate * (1.0 - of_root) / divisor)
    }

    /// Moves all of `values`, whose sums and gradients are as many.
    pub fn apply_all(&self, values: &mut [f32], r: &mut [f32], g: &[f32]) {
        adagrad(self, values, r, g);
    }
}

#[inline(always)]
fn adagrad_body(step: &AdagradStep, values: &mut [f32], r: &mut [f32], g: &[f32]) {
    for ((value, r), &g) in values.iter_mut().zip(r).zip(g) {
        step.apply(value, r, g);
    }
}

dispatch! {
    fn adagrad(step: &AdagradStep, values: &mut [f32], r: &mut [f32], g: &[f32]) = adagrad_body
}
