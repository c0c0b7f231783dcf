//! Optimizers. Gradients come row-sparse; the result is exactly that of a dense optimizer, which moves
//! every row at each step (Adam's moments of untouched rows decay and still move them).
//!
//! Adding an optimizer: one file, its `mod` line and its line in [`ALL`].

pub mod adagrad;
pub mod adam;
pub mod parameters;
pub mod sgd;

use crate::error::{Code, Error, Result};
use crate::nn::RowGradient;
use crate::nn::Tensor;
use crate::params::{Kind, Method, Param, Params};
use ndarray::Array2;

/// The parameter η of every optimizer.
const fn learning_rate(default: f64) -> Param {
    Param {
        name: "learning_rate",
        title: "learning rate",
        doc: "Step length η.",
        unit: "",
        kind: Kind::Float { min: 1e-8, max: 10.0, default, log: true },
    }
}

/// The parameter ε of optimizers that divide by roots.
const fn epsilon(default: f64) -> Param {
    Param {
        name: "epsilon",
        title: "ε",
        doc: "Keeps the division finite where gradients vanish.",
        unit: "",
        kind: Kind::Float { min: 1e-16, max: 1.0, default, log: true },
    }
}

/// The name in checkpoints of what an optimizer remembers of a parameter: its `slot`th moment or sum. The same
/// wherever the parameter lies, so that a model trained in one place goes on in another.
pub fn memory_name(slot: usize, parameter: &str) -> String {
    format!("optimizer.{slot}.{parameter}")
}

/// The name in checkpoints of the number of steps done.
pub const STEPS: &str = "steps";

/// The tables by slot, as checkpoints call them.
const TABLES: [&str; 2] = ["user", "item"];

/// Sizes `(rows, d)` of the tables that an optimizer moves, by slot.
pub type Shapes<'a> = &'a [(usize, usize)];

/// What [`Optimizer::assume`] fills in for a row.
pub struct Assumed<'a> {
    /// The row after the step, d entries.
    pub values: &'a mut [f32],
    /// ∂values/∂gradient, d entries: each entry depends on its own gradient alone.
    pub slopes: &'a mut [f32],
}

/// Moves tables against their gradients.
///
/// One training step is one [`begin_step`](Self::begin_step) followed by one [`update`](Self::update) of
/// each table.
pub trait Optimizer {
    /// Counts a step, before the tables are updated.
    fn begin_step(&mut self);

    /// Updates the table of `slot` (0 users, 1 items) with the batch's gradient. `rest` is the λ of a
    /// penalty whose gradient `λΘ` the rows outside the batch get too (0 for none); the rows of the batch
    /// have theirs in `gradient` already.
    fn update(&mut self, slot: usize, table: &mut Array2<f32>, gradient: &RowGradient, rest: f32);

    /// Where this step (begun, not yet made) would take a row of the table of `slot` with this gradient, and the
    /// derivative of each entry with respect to the gradient's. Nothing changes.
    fn assume(&self, slot: usize, row: usize, values: &[f32], gradient: &[f32], assumed: Assumed<'_>);

    /// The number of steps ([`STEPS`]) and moments or sums ([`memory_name`]), for checkpoints.
    fn state(&self) -> Vec<Tensor>;

    /// Takes up a state that [`state`](Self::state) gave.
    ///
    /// # Errors
    /// [`Code::BadValue`] if a tensor is missing or of another shape.
    fn restore(&mut self, state: &[Tensor]) -> Result<()>;
}

/// Makes an optimizer for tables of these shapes from its checked parameters.
pub type OptimizerFn = fn(&Params, Shapes<'_>) -> Box<dyn Optimizer>;

/// Every optimizer with its builder.
pub static ALL: &[(&Method, OptimizerFn)] =
    &[(&adam::METHOD, adam::build), (&sgd::METHOD, sgd::build), (&adagrad::METHOD, adagrad::build)];

/// The optimizer that `params` describes, for tables of these shapes.
///
/// # Errors
/// [`Code::UnknownName`] if it is none of [`ALL`].
pub fn build(params: &Params, shapes: Shapes<'_>) -> Result<Box<dyn Optimizer>> {
    let name = params.method.name;
    match ALL.iter().find(|(method, _)| method.name == name) {
        Some((_, build)) => Ok(build(params, shapes)),
        None => Err(Error::new(Code::UnknownName, format!("\"{name}\" is not an optimizer"))
            .for_key("optimizer.name")),
    }
}
