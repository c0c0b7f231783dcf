//! The two floating-point types that the solvers run in.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};

/// `f32` or `f64`: the type in which vectors are stored and products are computed.
///
/// Sums over a whole column are always carried on in `f64`, whatever the storage.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + AddAssign
    + SubAssign
    + Send
    + Sync
    + 'static
{
    /// Distance from 1 to the next larger number.
    const EPSILON: f64;

    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;

    /// From single precision, exactly.
    fn from_f32(x: f32) -> Self;

    /// To double precision, exactly.
    fn to_f64(self) -> f64;
}

impl Real for f32 {
    const EPSILON: f64 = f32::EPSILON as f64;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }

    #[inline(always)]
    fn from_f32(x: f32) -> Self {
        x
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    const EPSILON: f64 = f64::EPSILON;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn from_f32(x: f32) -> Self {
        Self::from(x)
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}
