//! The primitive operations that everything learned is written in, so that each model trains on every
//! backend that has them.
//!
//! A backend keeps single-precision arrays ([`Buffer`]) wherever it computes. Shapes live above, in
//! [`autodiff`](crate::autodiff); a primitive is told the sizes it needs. Arrays are row-major.
//!
//! **Rules for an implementation.**
//! - Every call but [`Backend::download`] returns at once; work may be queued, but is done in the order of
//!   the calls, so that a later call sees the results of the earlier.
//! - A buffer goes back to the backend's own pool when its last clone is dropped (a queued use of it comes
//!   before any later one, so it may be given out again at once). Memory thus does not grow over steps.
//! - `out` is written completely, whatever was in it; only what a doc calls *added to* is read as well.
//!   An output is never one of the inputs, except where a doc permits it.
//! - The same calls give the same bits, however many threads or lanes take part: sums have a fixed order.
//! - Sizes that do not fit are a mistake of ours: panic and say which. Lengths of zero are permitted.
//!
//! [`Reference`](super::reference::Reference) does the same in the plainest way, in double precision; the
//! suites in `crate/tests` compare every other backend with it.

use super::Csr;
use super::update::{AdagradStep, AdamStep};
use crate::error::{Error, Result};
use crate::task::LocalFuture;
use std::any::Any;
use std::fmt;
use std::rc::Rc;

/// An index that [`Backend::gather`] reads as a row of zeros and [`Backend::scatter_add`] leaves out: padding
/// of sequences that are too short.
pub const PADDING: u32 = u32::MAX;

/// What a backend stores, seen from outside: something with a length that only its own backend opens. Clones
/// share the storage.
#[derive(Clone)]
struct Handle {
    storage: Rc<dyn Any>,
    len: usize,
}

impl Handle {
    fn open<S: Any>(&self, what: &str) -> &S {
        self.storage.downcast_ref().unwrap_or_else(|| {
            panic!("{what} of one backend was given to another, {}", std::any::type_name::<S>())
        })
    }
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Handle);

        impl $name {
            /// For backends: wraps their storage of `len` elements.
            pub fn new<S: Any>(storage: Rc<S>, len: usize) -> Self {
                Self(Handle { storage, len })
            }

            /// Number of elements.
            pub fn len(&self) -> usize {
                self.0.len
            }

            /// True without elements.
            pub fn is_empty(&self) -> bool {
                self.0.len == 0
            }

            /// For backends: their storage.
            ///
            /// # Panics
            /// If it is another backend's.
            pub fn open<S: Any>(&self) -> &S {
                self.0.open($what)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.len)
            }
        }
    };
}

handle!(
    /// An array of f32 on a backend; cloning shares it.
    Buffer, "a buffer"
);
handle!(
    /// Row numbers (u32) on a backend; [`PADDING`] is none.
    Indices, "an index list"
);
handle!(
    /// A sparse matrix ([`Csr`]) on a backend; its length is the number of stored entries.
    Sparse, "a sparse matrix"
);

/// `C ← α · op(A) · op(B) + β · C` with `op(A)` of `m × k`, `op(B)` of `k × n` and C of `m × n`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gemm {
    /// Rows of C.
    pub m: usize,
    /// Columns of C.
    pub n: usize,
    /// Terms of each inner product.
    pub k: usize,
    /// A is stored transposed, as `k × m`.
    pub transpose_a: bool,
    /// B is stored transposed, as `n × k`.
    pub transpose_b: bool,
    /// Factor of the product.
    pub alpha: f32,
    /// Factor of what C held; at 0, C is not read.
    pub beta: f32,
}

impl Gemm {
    /// `C ← A · B`.
    pub fn new(m: usize, n: usize, k: usize) -> Self {
        Self { m, n, k, transpose_a: false, transpose_b: false, alpha: 1.0, beta: 0.0 }
    }

    /// With A or B (or both) stored transposed.
    #[must_use]
    pub fn transposed(self, a: bool, b: bool) -> Self {
        Self { transpose_a: a, transpose_b: b, ..self }
    }
}

/// Sizes of a convolution (strictly: a cross-correlation, as in all networks), the same stride and padding
/// both ways. Images are `batch × channels × height × width`, weights `out × in × kernel × kernel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Number of images N.
    pub batch: usize,
    /// Channels of the input.
    pub channels_in: usize,
    /// Channels of the output.
    pub channels_out: usize,
    /// Height of the input.
    pub height: usize,
    /// Width of the input.
    pub width: usize,
    /// Height and width of the kernel.
    pub kernel: usize,
    /// Step from one output position to the next.
    pub stride: usize,
    /// Rows and columns of zeros around the input.
    pub padding: usize,
}

impl Conv2d {
    /// Height and width of the output: `⌊(size + 2·padding − kernel) / stride⌋ + 1`.
    pub fn output(&self) -> (usize, usize) {
        let size = |n: usize| (n + 2 * self.padding - self.kernel) / self.stride + 1;
        (size(self.height), size(self.width))
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.batch * self.channels_in * self.height * self.width
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        let (h, w) = self.output();
        self.batch * self.channels_out * h * w
    }

    /// Weights of one output channel: `in × kernel × kernel`.
    pub fn patch(&self) -> usize {
        self.channels_in * self.kernel * self.kernel
    }

    /// Elements of the weights.
    pub fn weight_len(&self) -> usize {
        self.channels_out * self.patch()
    }
}

/// An array of `outer × mid × inner`. Reductions sum over outer and inner; broadcasts repeat over them.
/// `(1, rows, columns)` is about rows, `(rows, columns, 1)` about columns, `(N, C, H·W)` about channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Slowest axis.
    pub outer: usize,
    /// The axis that stays.
    pub mid: usize,
    /// Fastest axis.
    pub inner: usize,
}

impl View {
    /// One value a row of a `rows × columns` matrix.
    pub fn rows(rows: usize, columns: usize) -> Self {
        Self { outer: 1, mid: rows, inner: columns }
    }

    /// One value a column.
    pub fn columns(rows: usize, columns: usize) -> Self {
        Self { outer: rows, mid: columns, inner: 1 }
    }

    /// One value for everything.
    pub fn all(len: usize) -> Self {
        Self { outer: 1, mid: 1, inner: len }
    }

    /// Elements of the whole.
    pub fn len(&self) -> usize {
        self.outer * self.mid * self.inner
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A rectangle of a matrix, copied into a rectangle of another one: concatenations, slices and their
/// gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Rows of both.
    pub rows: usize,
    /// Columns of the rectangle.
    pub width: usize,
    /// Columns of the matrix that is read.
    pub from_columns: usize,
    /// Where the rectangle begins in it.
    pub from: usize,
    /// Columns of the matrix that is written.
    pub to_columns: usize,
    /// Where the rectangle begins in it.
    pub to: usize,
}

/// Functions of one variable, entry by entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unary {
    /// `max(x, 0)`; derivative 0 at 0.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + e^−x)`.
    Sigmoid,
    /// `ln σ(x) = −ln(1 + e^−x)`, finite for every finite x.
    LogSigmoid,
    /// `e^x`.
    Exp,
    /// Natural logarithm.
    Ln,
    /// Square root.
    Sqrt,
    /// `x²`.
    Square,
    /// `max(x, c)`; derivative 0 at c.
    Max(f32),
    /// `scale · x + shift`.
    Affine {
        /// Factor.
        scale: f32,
        /// Summand.
        shift: f32,
    },
}

/// Functions of two variables, entry by entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `a + b`.
    Add,
    /// `a − b`.
    Sub,
    /// `a · b`.
    Mul,
    /// `a / b`.
    Div,
}

/// What a reduction takes of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// Their sum; 0 of none.
    Sum,
    /// The largest; −∞ of none.
    Max,
}

/// Primitive operations on arrays that the backend keeps; see the rules [above](self).
pub trait Backend {
    /// What computes, for people and records: `cpu`, `webgpu`.
    fn name(&self) -> &'static str;

    /// Which piece of hardware it is, for people, where it is not the CPU.
    fn adapter(&self) -> Option<String> {
        None
    }

    /// True if calls are queued and values have to be waited for: then many steps are queued before something is
    /// read, and what was not read is gone if the device is.
    fn is_queued(&self) -> bool {
        false
    }

    /// Why nothing is computed any more, once that is so. What was downloaded before stays good.
    fn failure(&self) -> Option<Error> {
        None
    }

    /// A buffer of `len` elements with anything in it.
    fn alloc(&self, len: usize) -> Buffer;

    /// A new buffer with these values.
    fn upload(&self, values: &[f32]) -> Buffer;

    /// Replaces the values of `out`, which has this length.
    fn write(&self, values: &[f32], out: &Buffer);

    /// Row numbers for [`gather`](Self::gather) and [`scatter_add`](Self::scatter_add). Whoever makes them
    /// checks them against the number of rows: a backend may trust them.
    fn upload_indices(&self, indices: &[u32]) -> Indices;

    /// A sparse matrix for [`spmm`](Self::spmm).
    fn upload_csr(&self, matrix: &Csr) -> Sparse;

    /// The values of a buffer once all queued work is done.
    ///
    /// # Errors
    /// [`Code::BadState`](crate::error::Code) if the device was lost.
    fn download<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>>;

    /// `out ← value` everywhere.
    fn fill(&self, value: f32, out: &Buffer);

    /// `out ← x`.
    fn copy(&self, x: &Buffer, out: &Buffer);

    /// Copies a rectangle; the rest of `out` stays as it is.
    fn copy_block(&self, block: Block, x: &Buffer, out: &Buffer);

    /// `y ← y + α x`: y is *added to*.
    fn axpy(&self, alpha: f32, x: &Buffer, y: &Buffer);

    /// Matrix product; with β ≠ 0, `c` is *added to*.
    fn gemm(&self, gemm: Gemm, a: &Buffer, b: &Buffer, c: &Buffer);

    /// `out ← weight ⋆ input`.
    fn conv2d(&self, sizes: &Conv2d, input: &Buffer, weight: &Buffer, out: &Buffer);

    /// The gradient with respect to the input, from that of the output.
    fn conv2d_grad_input(&self, sizes: &Conv2d, grad: &Buffer, weight: &Buffer, out: &Buffer);

    /// The gradient with respect to the weights, from that of the output.
    fn conv2d_grad_weight(&self, sizes: &Conv2d, input: &Buffer, grad: &Buffer, out: &Buffer);

    /// Row `r` of `out` is row `indices[r]` of `table`; rows have `dim` entries. [`PADDING`] gives zeros.
    fn gather(&self, dim: usize, table: &Buffer, indices: &Indices, out: &Buffer);

    /// Adds row `r` of `rows` to row `indices[r]` of `table`, which is *added to*; several for one row in
    /// the order of r. [`PADDING`] is left out.
    fn scatter_add(&self, dim: usize, rows: &Buffer, indices: &Indices, table: &Buffer);

    /// `out ← A · dense`, both with `dim` columns.
    fn spmm(&self, dim: usize, a: &Sparse, dense: &Buffer, out: &Buffer);

    /// `out ← xᵀ` of a `rows × columns` matrix.
    fn transpose(&self, rows: usize, columns: usize, x: &Buffer, out: &Buffer);

    /// `out ← f(x)`.
    fn unary(&self, op: Unary, x: &Buffer, out: &Buffer);

    /// `out ← f′(x) · grad`.
    fn unary_grad(&self, op: Unary, x: &Buffer, grad: &Buffer, out: &Buffer);

    /// `out ← f(a, b)`; a may be b.
    fn binary(&self, op: Binary, a: &Buffer, b: &Buffer, out: &Buffer);

    /// `out[o, m, i] ← f(x[o, m, i], v[m])`.
    fn broadcast(&self, op: Binary, view: View, x: &Buffer, v: &Buffer, out: &Buffer);

    /// `out[m]` ← sum (or largest) of `x[o, m, i]` over o and i.
    fn reduce(&self, op: Reduction, view: View, x: &Buffer, out: &Buffer);

    /// `values ← values − rate · grad`: values are *added to*.
    fn sgd(&self, rate: f32, values: &Buffer, grad: &Buffer);

    /// One Adagrad step of `values` with its running sum of squares.
    fn adagrad(&self, step: AdagradStep, values: &Buffer, squares: &Buffer, grad: &Buffer);

    /// One Adam step of `values` with its two moments.
    fn adam(&self, step: AdamStep, values: &Buffer, moments: [&Buffer; 2], grad: &Buffer);
}
