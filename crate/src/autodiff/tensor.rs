//! Values on a backend, with their shape.

use crate::error::{Code, Error, Result};
use crate::linalg::Backend;
use crate::linalg::backend::{Binary, Buffer, Reduction, Unary, View};
use crate::task::LocalFuture;
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The backend that tensors share.
pub type Device = Rc<dyn Backend>;

/// An array in row-major order on a backend. Cloning shares it.
#[derive(Clone)]
pub struct Tensor {
    device: Device,
    buffer: Buffer,
    shape: Vec<usize>,
}

impl Tensor {
    /// Anything, of this shape.
    pub fn alloc(device: &Device, shape: &[usize]) -> Self {
        Self::new(device, device.alloc(shape.iter().product()), shape)
    }

    /// A buffer seen as an array.
    ///
    /// # Panics
    /// If the sizes do not agree.
    pub fn new(device: &Device, buffer: Buffer, shape: &[usize]) -> Self {
        assert_eq!(buffer.len(), shape.iter().product::<usize>(), "a buffer as an array of {shape:?}");
        Self { device: device.clone(), buffer, shape: shape.to_vec() }
    }

    /// Zeros.
    pub fn zeros(device: &Device, shape: &[usize]) -> Self {
        Self::full(device, shape, 0.0)
    }

    /// The same value everywhere.
    pub fn full(device: &Device, shape: &[usize], value: f32) -> Self {
        let out = Self::alloc(device, shape);
        device.fill(value, &out.buffer);
        out
    }

    /// From values in row-major order.
    ///
    /// # Panics
    /// If there are not as many as the shape has.
    pub fn from_slice(device: &Device, shape: &[usize], values: &[f32]) -> Self {
        Self::new(device, device.upload(values), shape)
    }

    /// Where it is.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Its buffer.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Sizes of its axes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Rows and columns.
    ///
    /// # Panics
    /// Unless it has two axes.
    pub fn matrix(&self) -> [usize; 2] {
        self.shape[..].try_into().unwrap_or_else(|_| panic!("{:?} is no matrix", self.shape))
    }

    /// The values, once they are computed.
    ///
    /// # Errors
    /// As [`Backend::download`].
    pub fn download(&self) -> LocalFuture<'_, Result<Vec<f32>>> {
        self.device.download(&self.buffer)
    }

    /// The values at once, from a backend that computes at once.
    ///
    /// # Errors
    /// [`Code::BadState`] if they have to be waited for.
    pub fn read_now(&self) -> Result<Vec<f32>> {
        match self.download().as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(values) => values,
            Poll::Pending => {
                let message = format!("the values are still being computed on {}", self.device.name());
                Err(Error::new(Code::BadState, message))
            }
        }
    }

    /// The same values in another shape of the same size; shared, not copied.
    #[must_use]
    pub fn reshape(&self, shape: &[usize]) -> Self {
        Self::new(&self.device, self.buffer.clone(), shape)
    }

    /// `f(x)`.
    #[must_use]
    pub fn unary(&self, op: Unary) -> Self {
        let out = Self::alloc(&self.device, &self.shape);
        self.device.unary(op, &self.buffer, &out.buffer);
        out
    }

    /// `scale · x`.
    #[must_use]
    pub fn scale(&self, scale: f32) -> Self {
        self.unary(Unary::Affine { scale, shift: 0.0 })
    }

    /// `f′(self) · grad`.
    #[must_use]
    pub fn unary_grad(&self, op: Unary, grad: &Self) -> Self {
        let out = Self::alloc(&self.device, &self.shape);
        self.device.unary_grad(op, &self.buffer, &grad.buffer, &out.buffer);
        out
    }

    /// `f(self, other)` of two tensors of one shape.
    #[must_use]
    pub fn binary(&self, op: Binary, other: &Self) -> Self {
        assert_eq!(self.shape, other.shape, "{op:?} of two shapes");
        let out = Self::alloc(&self.device, &self.shape);
        self.device.binary(op, &self.buffer, &other.buffer, &out.buffer);
        out
    }

    /// `f(self, v)` with v repeated as the view says.
    #[must_use]
    pub fn broadcast(&self, op: Binary, view: View, v: &Self) -> Self {
        let out = Self::alloc(&self.device, &self.shape);
        self.device.broadcast(op, view, &self.buffer, &v.buffer, &out.buffer);
        out
    }

    /// Sums or maxima, as an array of `shape`.
    #[must_use]
    pub fn reduce(&self, op: Reduction, view: View, shape: &[usize]) -> Self {
        let out = Self::alloc(&self.device, shape);
        self.device.reduce(op, view, &self.buffer, &out.buffer);
        out
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor{:?} on {}", self.shape, self.device.name())
    }
}
