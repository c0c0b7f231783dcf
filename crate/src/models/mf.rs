//! Matrix factorisation: the score is the inner product of a user's and an item's vector.

use super::fold_in::fold_in;
use super::nearest::{nearest_by_cosine, row};
use super::{Model, ModelInput, Query, Tensor, at_hand, named, score_each};
use crate::error::{Code, Error, Result};
use crate::loss::negatives::UniformNegatives;
use crate::loss::{self, Batch, Gradients, Loss};
use crate::nn::Tables;
use crate::nn::vector::dot;
use crate::optim::{self, Optimizer};
use crate::params::{Kind, Method, Param};
use crate::regularizer::{self, Regularizer};
use crate::rng::{Rng, Seed};
use crate::task::LocalFuture;
use rand::seq::SliceRandom;

/// Description of matrix factorisation.
pub static METHOD: Method = Method {
    name: "mf",
    title: "Matrix factorisation",
    doc: "One vector for each user and item; the score of a pair is their inner product.",
    formula: "score(u, i) = E_u · E_i",
    source: "Rendle et al., UAI 2009; KDD 2025, section 2",
    params: &[Param {
        name: "dim",
        title: "embedding size d",
        doc: "Length of the vectors.",
        unit: "dimensions",
        kind: Kind::Int { min: 1, max: 1024, default: 64 },
    }],
};

/// Matrix factorisation that starts from `input.tables` (`n × d`).
///
/// # Errors
/// [`Code::BadState`] without tables, [`Code::BadValue`] if they are of another size, [`Code::NoData`] without
/// training interactions.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let (split, dim) = (input.split, input.params.usize("dim"));
    let shapes = [(split.n_users, dim), (split.n_items, dim)];
    let Some(tables) = input.tables else {
        return Err(Error::new(Code::BadState, "matrix factorisation needs initial tables"));
    };
    if [tables.user.dim(), tables.item.dim()] != shapes {
        let (u, i) = (tables.user.dim(), tables.item.dim());
        let message = format!(
            "initial tables of sizes {u:?} and {i:?} where {:?} and {:?} are needed",
            shapes[0], shapes[1]
        );
        return Err(Error::new(Code::BadValue, message));
    }
    if split.train.is_empty() {
        return Err(Error::new(Code::NoData, "there is no training interaction to learn from"));
    }
    let loss = loss::build(input.loss)?;
    let (pair_users, pair_items): (Vec<u32>, Vec<u32>) = split.train.pairs().unzip();
    let batch_size = input.train.usize("batch_size").min(pair_users.len());
    let mut model = Mf {
        negatives: UniformNegatives::new(loss.sampling(), split.n_items, &split.train),
        regularizer: regularizer::build(input.regularizer)?,
        optimizer: optim::build(input.optimizer, &shapes)?,
        rate: input.optimizer.f64("learning_rate"),
        gradients: Gradients::new(split.n_users, split.n_items, dim),
        order: (0..pair_users.len() as u32).collect(),
        seed: input.seed,
        draws: input.seed.stream("negatives/1"),
        buffers: Buffers::default(),
        epoch: 0,
        position: 0,
        tables,
        loss,
        pair_users,
        pair_items,
        batch_size,
    };
    model.begin_epoch(1);
    Ok(Box::new(model))
}

struct Mf {
    tables: Tables,
    /// The training pairs, user by user.
    pair_users: Vec<u32>,
    pair_items: Vec<u32>,
    batch_size: usize,
    loss: Box<dyn Loss>,
    regularizer: Box<dyn Regularizer>,
    optimizer: Box<dyn Optimizer>,
    negatives: UniformNegatives,
    gradients: Gradients,
    seed: Seed,
    /// For messages.
    rate: f64,
    /// The present epoch, from 1.
    epoch: u32,
    /// The pairs in this epoch's order.
    order: Vec<u32>,
    /// Steps of this epoch that are done.
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

impl Mf {
    /// Order and negatives of an epoch depend on the seed and the epoch's number alone, so that no
    /// generator need be saved.
    fn begin_epoch(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.position = 0;
        self.order.clear();
        self.order.extend(0..self.pair_users.len() as u32);
        self.order.shuffle(&mut self.seed.stream(&format!("shuffle/{epoch}")));
        self.draws = self.seed.stream(&format!("negatives/{epoch}"));
    }

    /// Fills the buffers with the next batch.
    fn next_batch(&mut self) {
        if self.position == self.steps_per_epoch() {
            self.begin_epoch(self.epoch + 1);
        }
        let start = self.position * self.batch_size;
        let order = &self.order[start..(start + self.batch_size).min(self.order.len())];
        let Buffers { user, positive, negative } = &mut self.buffers;
        user.clear();
        user.extend(order.iter().map(|&p| self.pair_users[p as usize]));
        positive.clear();
        positive.extend(order.iter().map(|&p| self.pair_items[p as usize]));
        self.negatives.draw(user, &mut self.draws, negative);
        self.position += 1;
    }

    fn diverged(&self, loss: f64) -> Error {
        let message = format!(
            "the loss became {loss} in epoch {}, step {}: try a smaller optimizer.learning_rate (now {}) or regularizer.lambda",
            self.epoch, self.position, self.rate
        );
        Error::new(Code::NotConverged, message).with_value(loss.to_string())
    }
}

impl Model for Mf {
    fn steps_per_epoch(&self) -> usize {
        self.pair_users.len().div_ceil(self.batch_size)
    }

    fn is_iterative(&self) -> bool {
        true
    }

    fn step(&mut self) -> Result<Option<f64>> {
        self.next_batch();
        let Buffers { user, positive, negative } = &self.buffers;
        self.gradients.clear();
        let value = self.loss.evaluate(&self.tables, Batch { user, positive, negative }, &mut self.gradients);
        if !value.is_finite() {
            return Err(self.diverged(value));
        }
        self.optimizer.begin_step();
        let rest = self.regularizer.rest();
        let Tables { user, item } = &mut self.tables;
        for (slot, table, gradient) in
            [(0, user, &mut self.gradients.user), (1, item, &mut self.gradients.item)]
        {
            self.regularizer.add_gradient(slot, table, gradient);
            self.optimizer.update(slot, table, gradient, rest);
        }
        if self.position == self.steps_per_epoch() {
            self.optimizer.finish(0, &mut self.tables.user);
            self.optimizer.finish(1, &mut self.tables.item);
        }
        Ok(Some(value))
    }

    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        score_each(queries, scores, |query, scores| {
            let folded;
            let user: &[f32] = match query.user {
                Some(user) => row(&self.tables.user, user as usize),
                None => {
                    folded = fold_in(&self.tables, query.history);
                    &folded
                }
            };
            for (i, score) in scores.iter_mut().enumerate() {
                *score = dot(user, row(&self.tables.item, i));
            }
        })
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        nearest_by_cosine(&self.tables.item, item, n)
    }

    fn tables(&self) -> Option<&Tables> {
        Some(&self.tables)
    }

    fn state(&self) -> LocalFuture<'_, Result<Vec<Tensor>>> {
        let mut state = vec![
            Tensor { name: "user".into(), values: self.tables.user.clone() },
            Tensor { name: "item".into(), values: self.tables.item.clone() },
            Tensor::number("epoch", self.epoch),
            Tensor::number("position", self.position as u32),
        ];
        state.extend(self.optimizer.state());
        at_hand(state)
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        let user = named(state, "user", self.tables.user.dim())?;
        let item = named(state, "item", self.tables.item.dim())?;
        let epoch = named(state, "epoch", (1, 1))?.to_number();
        let position = named(state, "position", (1, 1))?.to_number() as usize;
        if position > self.steps_per_epoch() {
            let message =
                format!("the saved state is at step {position} of {} in its epoch", self.steps_per_epoch());
            return Err(Error::new(Code::BadValue, message));
        }
        self.optimizer.restore(state)?;
        self.tables.user.assign(&user.values);
        self.tables.item.assign(&item.values);
        // Draw the negatives of the batches that are done, to stand where the saved run stood.
        self.begin_epoch(epoch);
        if position == self.steps_per_epoch() {
            // The next step begins an epoch with draws of its own.
            self.position = position;
        }
        while self.position < position {
            self.next_batch();
        }
        Ok(())
    }
}
