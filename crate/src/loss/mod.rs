//! Losses over batches of (user, positive item, negative items) (methods: section 5). Each is one file
//! with its formula, its gradient and their check side by side.
//!
//! Adding a loss: one file, its `mod` line and its line in [`ALL`].

pub mod bpr;
pub mod negatives;

use crate::error::{Code, Error, Result};
use crate::nn::Tables;
pub use crate::nn::{Gradients, RowGradient};
use crate::params::{Method, Params};

/// A batch of training pairs with their sampled negatives.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// User of each pair; B entries.
    pub user: &'a [u32],
    /// Item of each pair; B entries.
    pub positive: &'a [u32],
    /// `B × k` negatives, row by row; empty for losses that sample none.
    pub negative: &'a [u32],
}

impl Batch<'_> {
    /// Number of pairs B.
    pub fn len(&self) -> usize {
        self.user.len()
    }

    /// True if there is no pair.
    pub fn is_empty(&self) -> bool {
        self.user.is_empty()
    }

    /// Negatives a pair, k.
    pub fn n_negatives(&self) -> usize {
        if self.is_empty() { 0 } else { self.negative.len() / self.len() }
    }

    /// The negatives of pair `b`.
    pub fn negatives_of(&self, b: usize) -> &[u32] {
        let k = self.n_negatives();
        &self.negative[b * k..(b + 1) * k]
    }
}

/// A loss: its value on a batch and its gradient with respect to both tables.
pub trait Loss {
    /// How many negatives each pair needs, and whether the user's own training items may be among them.
    fn sampling(&self) -> Sampling;

    /// The mean loss of the batch. Adds its gradient to `gradients`; every row that the batch names is
    /// touched, negatives included, even where its gradient is zero: batch weight decay relies on it.
    fn evaluate(&mut self, tables: &Tables, batch: Batch<'_>, gradients: &mut Gradients) -> f64;
}

/// What a loss asks of the sampler of negatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// Negatives a pair.
    pub count: usize,
    /// True if items that the user has in training are drawn again.
    pub reject_known: bool,
}

/// Makes a loss from its checked parameters.
pub type LossFn = fn(&Params) -> Box<dyn Loss>;

/// Every loss with its builder.
pub static ALL: &[(&Method, LossFn)] = &[(&bpr::METHOD, bpr::build)];

/// The loss that `params` describes.
///
/// # Errors
/// [`Code::UnknownName`] if it is none of [`ALL`].
pub fn build(params: &Params) -> Result<Box<dyn Loss>> {
    let name = params.method.name;
    match ALL.iter().find(|(method, _)| method.name == name) {
        Some((_, build)) => Ok(build(params)),
        None => Err(Error::new(Code::UnknownName, format!("\"{name}\" is not a loss")).for_key("loss.name")),
    }
}
