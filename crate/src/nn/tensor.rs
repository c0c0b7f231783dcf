//! Named tensors: the state of models and optimizers in checkpoints.

use crate::error::{Code, Error, Result};
use ndarray::Array2;

/// A named tensor of a model's state, for checkpoints.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Name, e.g. `user`, `optimizer.0.item`.
    pub name: String,
    /// Values, row-major; counters are stored as one value.
    pub values: Array2<f32>,
}

impl Tensor {
    /// A counter. Exact up to 2²⁴; larger values would be rounded, which no counter here reaches.
    pub fn number(name: &str, value: u32) -> Self {
        Self { name: name.into(), values: Array2::from_elem((1, 1), value as f32) }
    }

    /// The value of a counter.
    pub fn to_number(&self) -> u32 {
        self.values[(0, 0)] as u32
    }
}

/// The tensor `name` of a state, which has to be of this shape.
///
/// # Errors
/// [`Code::BadValue`] if it is missing or of another shape.
pub fn named<'a>(state: &'a [Tensor], name: &str, shape: (usize, usize)) -> Result<&'a Tensor> {
    let Some(tensor) = state.iter().find(|t| t.name == name) else {
        return Err(Error::new(Code::BadValue, format!("the saved state has no tensor \"{name}\"")));
    };
    if tensor.values.dim() != shape {
        let ((rows, columns), (n, d)) = (tensor.values.dim(), shape);
        let message = format!("the saved tensor \"{name}\" is {rows} × {columns} where {n} × {d} is needed");
        return Err(Error::new(Code::BadValue, message).with_value(format!("{rows} × {columns}")));
    }
    Ok(tensor)
}
