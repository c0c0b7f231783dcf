//! The batches of an epoch: training pairs in random order, with their negatives. Every model of pairs shares them.

use crate::data::interactions::{Sequences, Split};
use crate::error::{Code, Error, Result};
use crate::loss::Batch;
use crate::loss::negatives::{Negatives, Sampling};
use crate::nn::{Tensor, named};
use crate::rng::{Rng, Seed};
use rand::seq::SliceRandom;

/// Draws batches. Order and negatives of an epoch depend on the seed and the epoch's number alone, so that no
/// generator need be saved.
pub(super) struct Batches {
    /// The training pairs `[user, item]`, user by user.
    pairs: Vec<[u32; 2]>,
    batch_size: usize,
    negatives: Negatives,
    seed: Seed,
    /// Before the names of its streams and counters.
    prefix: &'static str,
    /// The present epoch, from 1.
    epoch: u32,
    /// The same in this epoch's order: what is shuffled are the pairs, so that a step reads one after the other.
    shuffled: Vec<[u32; 2]>,
    /// Batches of this epoch that were drawn.
    position: usize,
    /// This epoch's stream of negatives.
    draws: Rng,
    buffers: Buffers,
}

/// The batch at hand; kept so that a step allocates nothing.
#[derive(Default)]
struct Buffers {
    user: Vec<u32>,
    positive: Vec<u32>,
    negative: Vec<u32>,
}

impl Batches {
    /// Batches of at most `batch_size` pairs of the training part.
    ///
    /// # Errors
    /// [`Code::NoData`] without training interactions.
    pub(super) fn new(split: &Split, batch_size: usize, sampling: Sampling, seed: Seed) -> Result<Self> {
        if split.train.is_empty() {
            return Err(Error::new(Code::NoData, "there is no training interaction to learn from"));
        }
        let negatives = Negatives::new(sampling, split.n_items, &split.train);
        Ok(Self::of(&split.train, negatives, batch_size, seed, ""))
    }

    /// Batches of the validation part, where items of either part count as known.
    ///
    /// # Errors
    /// [`Code::NoData`] without validation interactions.
    pub(super) fn of_validation(
        split: &Split,
        batch_size: usize,
        sampling: Sampling,
        seed: Seed,
    ) -> Result<Self> {
        if split.validation.is_empty() {
            let message = "the split has no validation interactions, from which strengths would be learnt";
            return Err(Error::new(Code::NoData, message).for_key("data.split"));
        }
        let rows = split.train.rows().zip(split.validation.rows());
        let known = Sequences::from_rows(rows.map(|(train, validation)| [train, validation].concat()));
        let negatives = Negatives::new(sampling, split.n_items, &known);
        Ok(Self::of(&split.validation, negatives, batch_size, seed, "validation "))
    }

    fn of(
        pairs: &Sequences,
        negatives: Negatives,
        batch_size: usize,
        seed: Seed,
        prefix: &'static str,
    ) -> Self {
        let pairs: Vec<[u32; 2]> = pairs.pairs().map(|(user, item)| [user, item]).collect();
        let mut batches = Self {
            batch_size: batch_size.min(pairs.len()),
            negatives,
            prefix,
            shuffled: Vec::new(),
            draws: seed.stream(&format!("{prefix}negatives/1")),
            buffers: Buffers::default(),
            epoch: 0,
            position: 0,
            pairs,
            seed,
        };
        batches.begin_epoch(1);
        batches
    }

    fn begin_epoch(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.position = 0;
        self.shuffled.clone_from(&self.pairs);
        self.shuffled.shuffle(&mut self.seed.stream(&format!("{}shuffle/{epoch}", self.prefix)));
        self.draws = self.seed.stream(&format!("{}negatives/{epoch}", self.prefix));
    }

    /// Pairs in a batch; the last of an epoch may have fewer.
    pub(super) fn size(&self) -> usize {
        self.batch_size
    }

    /// Batches in an epoch.
    pub(super) fn per_epoch(&self) -> usize {
        self.pairs.len().div_ceil(self.batch_size)
    }

    /// True if the batch at hand is the last of its epoch.
    fn epoch_ends(&self) -> bool {
        self.position == self.per_epoch()
    }

    /// Draws the next batch; [`current`](Self::current) is it.
    pub(super) fn advance(&mut self) {
        if self.epoch_ends() {
            self.begin_epoch(self.epoch + 1);
        }
        let start = self.position * self.batch_size;
        let pairs = &self.shuffled[start..(start + self.batch_size).min(self.shuffled.len())];
        let Buffers { user, positive, negative } = &mut self.buffers;
        user.clear();
        positive.clear();
        for &[u, i] in pairs {
            user.push(u);
            positive.push(i);
        }
        self.negatives.draw(user, positive, &mut self.draws, negative);
        self.position += 1;
    }

    /// The batch that was drawn last.
    pub(super) fn current(&self) -> Batch<'_> {
        let Buffers { user, positive, negative } = &self.buffers;
        Batch { user, positive, negative }
    }

    /// Sees that the loss of the batch at hand, or the sum of several up to it, is a number.
    ///
    /// # Errors
    /// [`Code::NotConverged`] if it is none.
    pub(super) fn check(&self, loss: f64, rate: f64) -> Result<()> {
        if loss.is_finite() {
            return Ok(());
        }
        let message = format!(
            "the loss became {loss} in epoch {}, step {}: try a smaller optimizer.learning_rate (now {rate}) or regularizer.lambda",
            self.epoch, self.position
        );
        Err(Error::new(Code::NotConverged, message).with_value(loss.to_string()))
    }

    /// `epoch` and `position`, for checkpoints.
    pub(super) fn state(&self) -> [Tensor; 2] {
        let name = |counter| format!("{}{counter}", self.prefix);
        [Tensor::number(&name("epoch"), self.epoch), Tensor::number(&name("position"), self.position as u32)]
    }

    /// Where a saved state stands, once checked.
    ///
    /// # Errors
    /// [`Code::BadValue`] if it is missing, or outside its epoch.
    pub(super) fn saved_place(&self, state: &[Tensor]) -> Result<(u32, usize)> {
        let counter = |counter| named(state, &format!("{}{counter}", self.prefix), (1, 1));
        let epoch = counter("epoch")?.to_number();
        let position = counter("position")?.to_number() as usize;
        if position > self.per_epoch() {
            let message =
                format!("the saved state is at step {position} of {} in its epoch", self.per_epoch());
            return Err(Error::new(Code::BadValue, message));
        }
        Ok((epoch, position))
    }

    /// Goes there.
    pub(super) fn restore(&mut self, (epoch, position): (u32, usize)) {
        self.begin_epoch(epoch);
        if position == self.per_epoch() {
            // The next batch begins an epoch with draws of its own.
            self.position = position;
        }
        // Draw the negatives of the batches that are done, to stand where the saved run stood.
        while self.position < position {
            self.advance();
        }
    }
}
