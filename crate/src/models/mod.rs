//! Recommenders. Each is one file with its description ([`Method`](crate::params::Method)) beside its code.

mod batches;
mod device;
pub mod dlr2;
mod factors;
mod fold_in;
pub mod item_knn;
mod item_weights;
pub mod lightgcn;
mod lists;
pub mod mf;
pub mod ncf;
mod nearest;
mod neighbours;
pub mod nonlinear_mf;
pub mod p3_alpha;
pub mod rp3_beta;
pub mod slim;
pub mod top_pop;
pub mod user_knn;
mod walks;

use crate::autodiff::Device;
use crate::data::interactions::Split;
use crate::error::Result;
pub use crate::nn::{Tables, Tensor, named};
use crate::params::Params;
pub use crate::regularizer::lambda_opt::LambdaGroups;
use crate::rng::Seed;
use crate::task::LocalFuture;
use std::future::ready;
use std::rc::Rc;

/// What a builder gets: checked parameters and the data.
pub struct ModelInput<'a> {
    /// The model's own parameters.
    pub params: &'a Params,
    /// Training data (and, for what learns from it, the validation part).
    pub split: Rc<Split>,
    /// Initial tables, for models that have tables (`n × d`); `None` for the others.
    pub tables: Option<Tables>,
    /// The loss's parameters.
    pub loss: &'a Params,
    /// The regulariser's parameters.
    pub regularizer: &'a Params,
    /// The optimizer's parameters.
    pub optimizer: &'a Params,
    /// The training loop's parameters (batch size, epochs, …).
    pub train: &'a Params,
    /// What computes, for models that are written in its primitives.
    pub device: Device,
    /// Seed of the run.
    pub seed: Seed,
}

/// For whom to score: a user of the data, or anybody with a history.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The user's number; `None` for somebody new.
    pub user: Option<u32>,
    /// The items the user is known to have, in order of time.
    pub history: &'a [u32],
}

/// A recommender that is fitted step by step, so that the caller can stop, show or save it between steps.
pub trait Model {
    /// Steps that make one epoch. A model without epochs does all its work in the steps of one.
    fn steps_per_epoch(&self) -> usize;

    /// Training pairs of one epoch, for the throughput; `None` if these are all pairs of the data.
    fn pairs_per_epoch(&self) -> Option<usize> {
        None
    }

    /// True for models that are trained over several epochs.
    fn is_iterative(&self) -> bool;

    /// One step: a batch of a trained model, a block of rows of a direct one. Returns the mean loss of
    /// the batch (0 for direct models), or `None` if the step was queued on a device: then its loss comes with
    /// [`settle`](Self::settle). Takes some milliseconds at most.
    ///
    /// # Errors
    /// [`Code::NotConverged`](crate::error::Code) if the loss is no longer finite.
    fn step(&mut self) -> Result<Option<f64>>;

    /// Waits until all queued steps are done and gives the sum of their mean losses; 0 without queued steps.
    ///
    /// # Errors
    /// [`Code::NotConverged`](crate::error::Code) if it is no longer finite; whatever the device failed with.
    fn settle(&mut self) -> LocalFuture<'_, Result<f64>> {
        Box::pin(ready(Ok(0.0)))
    }

    /// What the model computes with, if it is written in a backend's primitives.
    fn device(&self) -> Option<&Device> {
        None
    }

    /// True on a device that has to be waited for.
    fn is_queued(&self) -> bool {
        self.device().is_some_and(|device| device.is_queued())
    }

    /// How many queries are best scored together.
    fn queries_at_once(&self) -> usize {
        1
    }

    /// Scores of all items, higher is better, for each query: `scores` has as many rows as there are queries,
    /// each as long as the item list. A user of the data is scored by what was learnt from the training part;
    /// `history` (distinct items, in order of time) speaks for somebody new, and tells models of sequences
    /// where the user stands.
    ///
    /// # Errors
    /// Whatever the device failed with.
    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>>;

    /// The items whose vectors (or neighbourhoods) lie nearest to `item`, with their similarity: the
    /// "why" of a recommendation. At most `n`, best first. Only on devices that compute at once, as those of
    /// trained models do.
    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)>;

    /// The user and item tables, for models that have them. Only on devices that compute at once.
    fn tables(&self) -> Option<&Tables> {
        None
    }

    /// The strengths that the regulariser has learnt so far, by frequency, if it learns.
    fn lambda_groups(&self) -> Option<LambdaGroups> {
        None
    }

    /// The lengths of the items' vectors, for models whose score is an inner product: a score over its item's
    /// length ranks by the angle alone.
    ///
    /// # Errors
    /// Whatever the device failed with.
    fn item_lengths(&self) -> LocalFuture<'_, Result<Option<Vec<f32>>>> {
        Box::pin(ready(Ok(None)))
    }

    /// Everything needed to go on from here: tables, optimizer state, counters, position in the epoch. Queued
    /// steps are settled before.
    ///
    /// # Errors
    /// Whatever the device failed with.
    fn state(&self) -> LocalFuture<'_, Result<Vec<Tensor>>>;

    /// Takes up a state that [`Model::state`] gave for the same configuration and data.
    ///
    /// # Errors
    /// [`Code::BadValue`](crate::error::Code) if a tensor is missing or of another shape.
    fn restore(&mut self, state: &[Tensor]) -> Result<()>;
}

/// [`Model::score`] of a model that scores one query after the other, at once.
fn score_each<'a>(
    queries: &'a [Query<'a>],
    scores: &'a mut [f32],
    mut score: impl FnMut(Query<'a>, &mut [f32]),
) -> LocalFuture<'a, Result<()>> {
    let n_items = scores.len() / queries.len().max(1);
    for (&query, scores) in queries.iter().zip(scores.chunks_exact_mut(n_items.max(1))) {
        score(query, scores);
    }
    Box::pin(ready(Ok(())))
}

/// [`Model::state`] of a model that has it at hand.
fn at_hand<'a>(state: Vec<Tensor>) -> LocalFuture<'a, Result<Vec<Tensor>>> {
    Box::pin(ready(Ok(state)))
}
