//! Losses over batches of (user, positive item, negative items) (methods: section 5). Each is one file
//! with its description and its formula, written once on a tape, so that every model and backend trains with it.
//! BPR of inner products has a second form by hand, which is faster on the CPU.
//!
//! Adding a loss: one file, its `mod` line and its line in [`ALL`].

pub mod amf;
pub mod bpr;
mod by_hand;
pub mod directau;
pub mod ipl;
mod known;
pub mod macr;
pub mod mawu;
pub mod negatives;
pub mod resn;
mod rows;
pub mod ssm;

pub use by_hand::ByHand;
pub use negatives::Sampling;
pub use rows::{Batch, Rows, Vectors};

use crate::autodiff::{Device, Var};
use crate::data::interactions::Side;
use crate::error::{Code, Error, Result};
use crate::nn::layers::Parameters;
pub use crate::nn::{Gradients, RowGradient};
use crate::params::{Method, Params};
use crate::rng::Rng;

/// Rows shorter than this are divided by it when they are scaled to unit length.
pub(crate) const SHORTEST: f32 = 1e-12;

/// What a loss may add to a model: parameters of its own.
pub struct Own<'a> {
    /// The model's parameters, to which the loss adds.
    pub parameters: &'a mut Parameters,
    /// Where they lie.
    pub device: &'a Device,
    /// Length d of the vectors that the loss will see.
    pub dim: usize,
    /// Number of users.
    pub n_users: usize,
    /// Training interactions of each item.
    pub item_counts: &'a [u32],
    /// For initial values.
    pub rng: &'a mut Rng,
}

/// A loss: its value on a batch as a function of the batch's vectors.
pub trait Loss {
    /// How many negatives each pair needs, and from where.
    fn sampling(&self) -> Sampling;

    /// Takes what the loss needs of the data, and adds its own parameters, if it has any. Called once, before
    /// [`value`](Self::value).
    fn begin(&mut self, _own: &mut Own<'_>) {}

    /// Places of its own parameters that are tables with a row a user or an item: batch weight decay reaches
    /// only the batch's rows of these.
    fn tables(&self) -> Vec<(usize, Side)> {
        Vec::new()
    }

    /// The mean loss of the batch, one element. `parameters` are all of the model's, the loss's own among them.
    fn value(&self, parameters: &[Var], vectors: &Vectors<'_>) -> Var;

    /// Vectors of all users and items whose inner product ranks, from those that the loss was trained on. The
    /// same for most losses.
    fn ranking(&self, _parameters: &[Var], user: Var, item: Var) -> [Var; 2] {
        [user, item]
    }

    /// The same loss of inner products with a gradient by hand, if it has that form.
    fn by_hand(&self) -> Option<Box<dyn ByHand>> {
        None
    }
}

/// Makes a loss from its checked parameters.
pub type LossFn = fn(&Params) -> Box<dyn Loss>;

/// Every loss with its builder.
pub static ALL: &[(&Method, LossFn)] = &[
    (&bpr::METHOD, bpr::build),
    (&ssm::METHOD, ssm::build),
    (&directau::METHOD, directau::build),
    (&mawu::METHOD, mawu::build),
    (&ipl::METHOD, ipl::build),
    (&resn::METHOD, resn::build),
    (&macr::METHOD, macr::build),
    (&amf::METHOD, amf::build),
];

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
