//! What models on a tape share: the losses of steps that are queued on a device, and parameters in checkpoints.

use super::{Tensor as Saved, named};
use crate::autodiff::{Device, Tensor, Var};
use crate::error::Result;
use ndarray::Array2;

/// Steps on a device that nobody has waited for.
pub(super) struct Queued {
    device: Device,
    steps: u32,
    /// The sum of their losses.
    losses: Tensor,
}

impl Queued {
    /// None yet.
    pub(super) fn new(device: &Device) -> Self {
        Self { device: device.clone(), steps: 0, losses: Tensor::zeros(device, &[1]) }
    }

    /// Takes the loss of a step: gives it where the device computes at once; `None` where it was queued.
    pub(super) fn add(&mut self, loss: &Var) -> Result<Option<f64>> {
        if self.device.is_queued() {
            self.device.axpy(1.0, loss.value().buffer(), self.losses.buffer());
            self.steps += 1;
            return Ok(None);
        }
        Ok(Some(f64::from(loss.value().read_now()?[0])))
    }

    /// Waits for the queued steps: how many, and the sum of their losses.
    pub(super) async fn take(&mut self) -> Result<(u32, f64)> {
        let steps = std::mem::take(&mut self.steps);
        if steps == 0 {
            return Ok((0, 0.0));
        }
        let reading = self.losses.download();
        self.device.fill(0.0, self.losses.buffer());
        Ok((steps, f64::from(reading.await?[0])))
    }

    /// None again: the model takes up another state.
    pub(super) fn forget(&mut self) {
        self.steps = 0;
        self.device.fill(0.0, self.losses.buffer());
    }
}

/// The shape of a tensor as a matrix: its first axis, and all others together.
pub(super) fn flat(tensor: &Tensor) -> (usize, usize) {
    let rows = tensor.shape().first().copied().unwrap_or(1);
    (rows, tensor.len().checked_div(rows).unwrap_or(0))
}

/// The values of a tensor as a matrix, once they are there.
pub(super) async fn matrix(tensor: &Tensor) -> Result<Array2<f32>> {
    let values = tensor.download().await?;
    Ok(Array2::from_shape_vec(flat(tensor), values).expect("as many values as the shape has"))
}

/// The same at once.
///
/// # Panics
/// If the device has to be waited for: models that answer at once are on the CPU.
pub(super) fn matrix_now(tensor: &Tensor) -> Array2<f32> {
    let values = tensor.read_now().expect("asked for where the device computes at once");
    Array2::from_shape_vec(flat(tensor), values).expect("as many values as the shape has")
}

/// Named tensors as they go into a checkpoint.
pub(super) async fn save(tensors: &[(String, &Tensor)], state: &mut Vec<Saved>) -> Result<()> {
    // All are on their way before the first is waited for.
    let readings: Vec<_> = tensors.iter().map(|(_, tensor)| tensor.download()).collect();
    for ((name, tensor), reading) in tensors.iter().zip(readings) {
        let values = Array2::from_shape_vec(flat(tensor), reading.await?);
        let values = values.expect("as many values as the shape has");
        state.push(Saved { name: name.clone(), values });
    }
    Ok(())
}

/// Fills named tensors from a checkpoint; nothing is written unless all are there.
///
/// # Errors
/// [`Code::BadValue`](crate::error::Code) if one is missing or of another shape.
pub(super) fn load(tensors: &[(String, &Tensor)], state: &[Saved]) -> Result<()> {
    let found: Result<Vec<&Saved>> =
        tensors.iter().map(|(name, tensor)| named(state, name, flat(tensor))).collect();
    for ((_, tensor), saved) in tensors.iter().zip(found?) {
        let values = saved.values.as_standard_layout();
        tensor.device().write(values.as_slice().expect("row-major"), tensor.buffer());
    }
    Ok(())
}
