//! Reverse-mode gradients over the primitives of a [`Backend`](crate::linalg::Backend).
//!
//! A [`Tensor`] is a buffer with a shape. A [`Tape`] records what is computed from parameters; every value on it
//! is a [`Var`], whose operations lie in [`ops`], each forward beside backward. [`Tape::backward`] walks back from a
//! loss and gives a [`Gradient`] for each parameter. A tape lives for one step.
//!
//! ```
//! use std::rc::Rc;
//! use warren::autodiff::{Tape, Tensor};
//! use warren::linalg::Cpu;
//! use warren::task::run;
//!
//! # fn main() -> warren::error::Result<()> {
//! let backend: warren::autodiff::Device = Rc::new(Cpu::new());
//! let tape = Tape::new(&backend);
//! let x = tape.parameter(0, &Tensor::from_slice(&backend, &[1, 3], &[1.0, -2.0, 3.0]));
//! let loss = x.square().mean(); // (1 + 4 + 9) / 3
//! let mut gradients = tape.backward(&loss);
//! assert!((run(loss.value().download())?[0] - 14.0 / 3.0).abs() < 1e-6);
//! let gradient = run(gradients.take(0).expect("a gradient").dense().download())?;
//! assert!((gradient[2] - 2.0).abs() < 1e-6); // 2 · 3 / 3
//! # Ok(())
//! # }
//! ```

pub mod ops;
pub mod tape;
pub mod tensor;

pub use tape::{Gradient, Gradients, Tape, Var};
pub use tensor::{Device, Tensor};
