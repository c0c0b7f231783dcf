//! The strengths Λ: how finely they are divided, their gradient, and their own optimizer.

use super::kernels::{add_gradient, square};
use crate::error::Result;
use crate::linalg::simd::{dispatch, larger};
use crate::linalg::update::NEGLIGIBLE;
use crate::nn::{RowGradient, Tensor, named};
use ndarray::Array2;

/// How finely Λ is divided. `users × dimensions` stands for a strength for each entry of the user table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granularity {
    /// Each user has its own strengths, and each item.
    rows: [bool; 2],
    /// Each dimension has its own, for users and for items.
    columns: [bool; 2],
    /// Users and items share them.
    shared: bool,
}

impl Granularity {
    /// By the names of the parameter `granularity`: the letters say what has strengths of its own.
    pub fn new(name: &str) -> Self {
        let has = |letter| name.contains(letter);
        let rows = match name {
            "global" | "d-apart" => [false; 2],
            _ => [has('u'), has('i')],
        };
        let columns = [name != "global" && has('d'); 2];
        Self { rows, columns, shared: matches!(name, "global" | "d") }
    }

    /// Strengths `(n or 1) × (d or 1)` of a side.
    fn shape(self, side: usize, (n, dim): (usize, usize)) -> (usize, usize) {
        (if self.rows[side] { n } else { 1 }, if self.columns[side] { dim } else { 1 })
    }
}

/// The optimizer of Λ.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// AMSGrad: Adam that divides by the largest mean square so far (Reddi et al., ICLR 2018).
    AmsGrad,
    /// Plain gradient descent, as SGDA has it.
    Descent,
}

/// Memories of the means in AMSGrad, and what keeps its division finite: PyTorch's defaults.
const BETA: [f32; 2] = [0.9, 0.999];
const EPSILON: f32 = 1e-8;

/// Strengths of one side, or of both where they are shared.
#[derive(Debug, Clone)]
struct Part {
    /// Name in checkpoints.
    name: &'static str,
    values: Array2<f32>,
    gradient: Array2<f32>,
    /// Rows whose gradient is not zero, each once, if rows have strengths of their own.
    touched: Vec<u32>,
    /// Mean gradient, mean square and the largest mean square so far; empty for plain descent.
    memory: Vec<Array2<f32>>,
}

const MEMORY: [&str; 3] = ["mean", "square", "largest"];

impl Part {
    fn new(name: &'static str, shape: (usize, usize), rule: Rule) -> Self {
        let zeros = || Array2::zeros(shape);
        let slots = if matches!(rule, Rule::AmsGrad) { MEMORY.len() } else { 0 };
        let memory = (0..slots).map(|_| zeros()).collect();
        Self { name, values: zeros(), gradient: zeros(), touched: Vec::new(), memory }
    }

    /// Where the strengths of a row of the table stand.
    fn place(&self, row: usize) -> usize {
        if self.values.nrows() > 1 { row } else { 0 }
    }

    fn row(&self, row: usize) -> &[f32] {
        let (n, at) = (self.values.ncols(), self.place(row));
        &self.values.as_slice().expect("strengths are row-major")[at * n..][..n]
    }

    fn norm_squared(&self) -> f64 {
        let (n, gradient) =
            (self.gradient.ncols(), self.gradient.as_slice().expect("gradients are row-major"));
        self.touched.iter().map(|&row| f64::from(square(&gradient[row as usize * n..][..n]))).sum()
    }

    fn clear(&mut self) {
        for &row in &self.touched {
            self.gradient.row_mut(row as usize).fill(0.0);
        }
        self.touched.clear();
    }

    /// One step with the gradient times `scale`, then up to 0 where it went below (eq. 8).
    fn step(&mut self, rule: Rule, rate: f64, scale: f32, steps: u32) {
        let values = self.values.as_slice_mut().expect("strengths are row-major");
        let gradient = self.gradient.as_slice().expect("gradients are row-major");
        match (rule, &mut self.memory[..]) {
            (Rule::AmsGrad, [mean, square, largest]) => {
                let rates = Rates::new(rate, scale, steps);
                let memory = [mean, square, largest].map(|m| m.as_slice_mut().expect("row-major"));
                amsgrad(values, gradient, memory, rates);
            }
            _ => {
                let rate = rate as f32 * scale;
                for (value, g) in values.iter_mut().zip(gradient) {
                    *value = larger(*value - rate * g, 0.0);
                }
            }
        }
    }
}

/// What one step of AMSGrad has in common for every value.
#[derive(Clone, Copy)]
struct Rates {
    /// η / (1 − β₁ᵗ).
    rate: f32,
    /// 1 / √(1 − β₂ᵗ).
    root: f32,
    /// What clipping leaves of the gradient.
    scale: f32,
}

impl Rates {
    fn new(rate: f64, scale: f32, steps: u32) -> Self {
        let [first, second] = BETA.map(|beta| 1.0 - f64::from(beta).powf(f64::from(steps)));
        Self { rate: (rate / first) as f32, root: (1.0 / second.sqrt()) as f32, scale }
    }
}

#[inline(always)]
fn amsgrad_body(values: &mut [f32], gradient: &[f32], memory: [&mut [f32]; 3], rates: Rates) {
    let [mean, square, largest] = memory;
    let [beta1, beta2] = BETA;
    let memory = mean.iter_mut().zip(square).zip(largest);
    for ((value, &g), ((m, v), top)) in values.iter_mut().zip(gradient).zip(memory) {
        let g = g * rates.scale;
        let first = beta1 * *m + (1.0 - beta1) * g;
        let second = beta2 * *v + (1.0 - beta2) * g * g;
        *m = if first.abs() < NEGLIGIBLE { 0.0 } else { first };
        *v = if second < NEGLIGIBLE { 0.0 } else { second };
        *top = larger(second, *top);
        let moved = *value - rates.rate * first / (top.sqrt() * rates.root + EPSILON);
        *value = larger(moved, 0.0);
    }
}

dispatch! {
    fn amsgrad(values: &mut [f32], gradient: &[f32], memory: [&mut [f32]; 3], rates: Rates) = amsgrad_body
}

/// Λ and how it is learnt.
#[derive(Debug, Clone)]
pub struct Strengths {
    rule: Rule,
    rate: f64,
    /// Longest gradient (Euclidean) that is taken as it is.
    clip: f64,
    steps: u32,
    parts: Vec<Part>,
}

impl Strengths {
    /// All zero, for tables of these shapes (users, items).
    pub(super) fn new(
        granularity: Granularity,
        shapes: [(usize, usize); 2],
        rule: Rule,
        rate: f64,
        clip: f64,
    ) -> Self {
        let side = |side, name| Part::new(name, granularity.shape(side, shapes[side]), rule);
        let parts = if granularity.shared {
            vec![side(0, "lambda")]
        } else {
            vec![side(0, "lambda.user"), side(1, "lambda.item")]
        };
        Self { rule, rate, clip, steps: 0, parts }
    }

    fn part(&self, side: usize) -> &Part {
        &self.parts[side.min(self.parts.len() - 1)]
    }

    /// The strengths of a row of the user (0) or item (1) table: d of them, or one for all dimensions.
    pub fn row(&self, side: usize, row: usize) -> &[f32] {
        self.part(side).row(row)
    }

    /// The strengths of a side, `(n or 1) × (d or 1)`.
    pub fn of(&self, side: usize) -> &Array2<f32> {
        &self.part(side).values
    }

    /// Sets them, for tests and for those who know better than 0.
    ///
    /// # Panics
    /// If `values` have another shape.
    pub fn set(&mut self, side: usize, values: &Array2<f32>) {
        let at = side.min(self.parts.len() - 1);
        self.parts[at].values.assign(values);
    }

    /// The gradient that was added up since the last step, of the strengths' shape.
    pub fn gradient(&self, side: usize) -> &Array2<f32> {
        &self.part(side).gradient
    }

    /// No gradient.
    pub(super) fn clear(&mut self) {
        self.parts.iter_mut().for_each(Part::clear);
    }

    /// Adds the gradient with respect to the strengths of a side, from ∂L/∂Θ̄ and ∂Θ̄/∂g of some rows, whose numbers
    /// are `rows`, and Θ of all rows. B is left out: it divides the penalty and multiplies the loss.
    pub(super) fn add(
        &mut self,
        side: usize,
        rows: &[u32],
        gradient: &RowGradient,
        slopes: &[f32],
        values: &[f32],
    ) {
        let at = side.min(self.parts.len() - 1);
        let part = &mut self.parts[at];
        let (own, n, dim) = (part.values.nrows() > 1, part.values.ncols(), gradient.dim());
        let target = part.gradient.as_slice_mut().expect("gradients are row-major");
        for (at, gradient) in gradient.rows() {
            let row = rows[at] as usize;
            let place = if own { row } else { 0 };
            // A row comes once a side and step: only what several rows share is met again.
            if own || part.touched.is_empty() {
                part.touched.push(place as u32);
            }
            let (slopes, values) = (&slopes[at * dim..][..dim], &values[row * dim..][..dim]);
            add_gradient(&mut target[place * n..][..n], gradient, slopes, values);
        }
    }

    /// Moves Λ against its gradient and projects it to Λ ≥ 0.
    pub(super) fn step(&mut self) {
        self.steps = self.steps.saturating_add(1);
        let norm = self.parts.iter().map(Part::norm_squared).sum::<f64>().sqrt();
        let scale = if norm > self.clip { (self.clip / norm) as f32 } else { 1.0 };
        for part in &mut self.parts {
            part.step(self.rule, self.rate, scale, self.steps);
        }
    }

    /// Everything that a checkpoint holds of Λ.
    pub(super) fn state(&self) -> Vec<Tensor> {
        let mut state = vec![Tensor::number("lambda.steps", self.steps)];
        for part in &self.parts {
            state.push(Tensor { name: part.name.into(), values: part.values.clone() });
            for (slot, memory) in MEMORY.iter().zip(&part.memory) {
                state.push(Tensor { name: format!("{}.{slot}", part.name), values: memory.clone() });
            }
        }
        state
    }

    /// Takes up what [`state`](Self::state) gave.
    ///
    /// # Errors
    /// [`Code::BadValue`](crate::error::Code) if a tensor is missing or of another shape.
    pub(super) fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        self.steps = named(state, "lambda.steps", (1, 1))?.to_number();
        for part in &mut self.parts {
            let shape = part.values.dim();
            part.values.assign(&named(state, part.name, shape)?.values);
            for (slot, memory) in MEMORY.iter().zip(&mut part.memory) {
                memory.assign(&named(state, &format!("{}.{slot}", part.name), shape)?.values);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn granularities_have_their_shapes() {
        let shapes = [(6, 4), (8, 4)];
        let of = |name| {
            let strengths = Strengths::new(Granularity::new(name), shapes, Rule::AmsGrad, 1e-3, 1.0);
            [strengths.of(0).dim(), strengths.of(1).dim()]
        };
        for (name, expected) in [
            ("global", [(1, 1), (1, 1)]),
            ("d", [(1, 4), (1, 4)]),
            ("d-apart", [(1, 4), (1, 4)]),
            ("u", [(6, 1), (1, 1)]),
            ("i", [(1, 1), (8, 1)]),
            ("ui", [(6, 1), (8, 1)]),
            ("du", [(6, 4), (1, 4)]),
            ("di", [(1, 4), (8, 4)]),
            ("dui", [(6, 4), (8, 4)]),
        ] {
            assert_eq!(of(name), expected, "{name}");
        }
    }

    /// Three steps of AMSGrad against its formula in double precision; the second gradient is far longer than
    /// the clip, the last row has none at all, and nothing falls below 0.
    #[test]
    fn steps_agree_with_the_formula() {
        let (rate, clip) = (0.01, 2.0);
        let mut strengths =
            Strengths::new(Granularity::new("dui"), [(2, 2), (1, 2)], Rule::AmsGrad, rate, clip);
        strengths.set(0, &array![[0.5, 0.001], [0.2, 0.3]]);
        let mut expected = [[0.5, 0.001, 0.2, 0.3], [0.0; 4], [0.0; 4], [0.0; 4]];
        for (step, g) in [[-1.0, 0.5], [3.0, 40.0], [0.25, -0.125]].into_iter().enumerate() {
            strengths.clear();
            // Twice ½ g.
            let mut gradient = RowGradient::new(2, 2);
            gradient.row_mut(0).copy_from_slice(&g.map(|g: f64| g as f32));
            strengths.add(0, &[0, 1], &gradient, &[0.5; 4], &[1.0; 4]);
            strengths.step();
            let norm = (g[0] * g[0] + g[1] * g[1]).sqrt();
            let scale = if norm > clip { clip / norm } else { 1.0 };
            let t = step as i32 + 1;
            for at in 0..4 {
                let g = g.get(at).map_or(0.0, |g| g * scale);
                let [value, m, v, top] = &mut expected;
                m[at] = 0.9 * m[at] + 0.1 * g;
                v[at] = 0.999 * v[at] + 0.001 * g * g;
                top[at] = f64::max(top[at], v[at]);
                let root = (top[at] / (1.0 - 0.999_f64.powi(t))).sqrt();
                value[at] = f64::max(0.0, value[at] - rate * m[at] / (1.0 - 0.9_f64.powi(t)) / (root + 1e-8));
            }
            for (got, expected) in strengths.of(0).iter().zip(expected[0]) {
                assert!((f64::from(*got) - expected).abs() < 1e-6, "step {t}: {got} instead of {expected}");
            }
        }
        assert_eq!(strengths.of(0)[(0, 1)], 0.0, "projected");
    }
}
