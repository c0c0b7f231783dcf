//! What the models share that are written in a backend's primitives: losses of queued steps, tables and
//! checkpoints on a device.

use super::{Tensor as Saved, named};
use crate::autodiff::{Device, Tensor};
use crate::error::{Code, Error, Result};
use crate::linalg::backend::Block;
use crate::optim::STEPS;
use crate::task::LocalFuture;
use ndarray::Array2;

/// Users whose scores are computed together, and read back from a device that has to be waited for, at most: a
/// product of matrices reads the items' vectors once for all of them.
pub(super) const QUERIES: usize = 64;

/// How many queries are best scored together: see [`Model::queries_at_once`](super::Model::queries_at_once).
pub(super) fn queries_at_once(device: &Device) -> usize {
    if device.is_queued() { QUERIES } else { 1 }
}

/// A table on a device, `n × d`.
pub(super) fn upload(device: &Device, table: &Array2<f32>) -> Tensor {
    let values = table.as_standard_layout();
    Tensor::from_slice(device, &[table.nrows(), table.ncols()], values.as_slice().expect("row-major"))
}

/// A table off a device that computes at once, `n × d`.
pub(super) fn table(tensor: &Tensor) -> Array2<f32> {
    let [rows, columns] = tensor.matrix();
    let values = tensor.read_now().expect("tables are asked for where the device computes at once");
    Array2::from_shape_vec((rows, columns), values).expect("as many values as the shape has")
}

/// The values of a tensor as a matrix, once they are there.
pub(super) async fn matrix(tensor: &Tensor) -> Result<Array2<f32>> {
    let [rows, columns] = tensor.matrix();
    let values = tensor.download().await?;
    Ok(Array2::from_shape_vec((rows, columns), values).expect("as many values as the shape has"))
}

/// The `count` rows of `n` values that `row` gives, one below the other.
pub(super) fn stack(device: &Device, [count, n]: [usize; 2], row: impl Fn(usize) -> Tensor) -> Tensor {
    let out = Tensor::alloc(device, &[count, n]);
    for at in 0..count {
        let place = Block { rows: 1, width: n, from_columns: n, from: 0, to_columns: count * n, to: at * n };
        device.copy_block(place, row(at).buffer(), out.buffer());
    }
    out
}

/// The shape of a tensor among a model's saved ones: a matrix, its first axis and all others together.
fn saved_shape(tensor: &Tensor) -> (usize, usize) {
    let rows = tensor.shape().first().copied().unwrap_or(1);
    (rows, tensor.len().checked_div(rows).unwrap_or(0))
}

/// A model's state: steps done, and tensors by name.
///
/// # Errors
/// Whatever the device failed with.
pub(super) async fn state(steps: u32, saved: Vec<(String, &Tensor)>) -> Result<Vec<Saved>> {
    let mut state = vec![Saved::number(STEPS, steps)];
    // All are on their way before the first is waited for.
    let readings: Vec<_> = saved.iter().map(|(_, tensor)| tensor.download()).collect();
    for ((name, tensor), reading) in saved.iter().zip(readings) {
        let values = Array2::from_shape_vec(saved_shape(tensor), reading.await?);
        let values = values.expect("as many values as the shape has");
        state.push(Saved { name: name.clone(), values });
    }
    Ok(state)
}

/// Takes up what [`state`] gave for the same tensors; gives the steps done.
///
/// # Errors
/// [`Code::BadValue`] if a tensor is missing or of another shape; then nothing is taken up.
pub(super) fn restore(state: &[Saved], saved: Vec<(String, &Tensor)>) -> Result<u32> {
    let steps = named(state, STEPS, (1, 1))?.to_number();
    let found: Result<Vec<&Saved>> =
        saved.iter().map(|(name, tensor)| named(state, name, saved_shape(tensor))).collect();
    for ((_, tensor), found) in saved.iter().zip(found?) {
        let values = found.values.as_standard_layout();
        tensor.device().write(values.as_slice().expect("row-major"), tensor.buffer());
    }
    Ok(steps)
}

/// The losses of a model's steps, which stay on a device that has to be waited for.
pub(super) struct Losses {
    /// Steps on the device that nobody has waited for.
    queued: u32,
    /// The sum of their losses.
    sum: Tensor,
    /// The learning rate, for messages.
    rate: f64,
}

impl Losses {
    /// None so far.
    pub fn new(device: &Device, rate: f64) -> Self {
        Self { queued: 0, sum: Tensor::zeros(device, &[1]), rate }
    }

    /// Takes the loss (one element) of a step, from 1: what [`Model::step`](super::Model::step) returns.
    ///
    /// # Errors
    /// [`Code::NotConverged`] if it is known and no number.
    pub fn add(&mut self, loss: &Tensor, step: u32) -> Result<Option<f64>> {
        if loss.device().is_queued() {
            loss.device().axpy(1.0, loss.buffer(), self.sum.buffer());
            self.queued += 1;
            return Ok(None);
        }
        let value = f64::from(loss.read_now()?[0]);
        self.check(value, 1, step)?;
        Ok(Some(value))
    }

    /// Waits for the steps up to `last`: what [`Model::settle`](super::Model::settle) returns.
    pub fn settle(&mut self, last: u32) -> LocalFuture<'_, Result<f64>> {
        Box::pin(async move {
            let steps = std::mem::take(&mut self.queued);
            if steps == 0 {
                return Ok(0.0);
            }
            let reading = self.sum.download();
            self.sum.device().fill(0.0, self.sum.buffer());
            let value = f64::from(reading.await?[0]);
            self.check(value, steps, last)?;
            Ok(value)
        })
    }

    /// Forgets the queued ones.
    pub fn clear(&mut self) {
        self.queued = 0;
        self.sum.device().fill(0.0, self.sum.buffer());
    }

    /// Sees that the sum of the losses of the last `count` steps, up to step `last`, is a number.
    fn check(&self, sum: f64, count: u32, last: u32) -> Result<()> {
        if sum.is_finite() {
            return Ok(());
        }
        let steps =
            if count > 1 { format!("steps {} to {last}", last + 1 - count) } else { format!("step {last}") };
        let message = format!(
            "the loss became {sum} in {steps}: try a smaller optimizer.learning_rate (now {})",
            self.rate
        );
        Err(Error::new(Code::NotConverged, message).with_value(sum.to_string()))
    }
}
