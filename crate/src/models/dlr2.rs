//! DLR²: a residual network over a user's vector and the last items' vectors, with a discriminative and a
//! generative head (methods: section 4).
//!
//! The state of a user is an image of one channel: the user's row above those of the last five items, the
//! most recent one last. Where there are fewer items, rows of zeros stand before them: the mean of
//! standardised tables. Every training interaction is a target once in a while, whatever came before it. As
//! in the paper (section 4.2) the tables are trained with the rest; they can be frozen.

mod features;
mod heads;
mod settings;

pub use settings::METHOD;

use super::device::{self, Losses, stack, upload};
use super::nearest::nearest_by_cosine;
use super::{Model, ModelInput, Query, Tensor as Saved};
use crate::autodiff::{Device, Tape, Tensor, Var};
use crate::data::interactions::Split;
use crate::error::{Code, Error, Result};
use crate::linalg::backend::PADDING;
use crate::loss::negatives::{Negatives, Sampling};
use crate::nn::Tables;
use crate::nn::layers::{Embedding, Parameters, cosine_decay};
use crate::optim::memory_name;
use crate::optim::parameters::ParameterOptimizer;
use crate::rng::Seed;
use crate::task::LocalFuture;
use features::Features;
use heads::Heads;
use rand::RngExt;
use settings::{Head, Settings};
use std::cell::OnceCell;
use std::rc::Rc;

/// Items in a user's state, l.
const RECENT: usize = 5;

/// DLR² that starts from `input.tables` (`n × d`).
///
/// # Errors
/// [`Code::BadState`] without tables, [`Code::OutOfRange`] for an odd number of channels with `revnet`,
/// [`Code::NoData`] without training interactions.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let settings = Settings::new(input.params)?;
    let Some(tables) = input.tables else {
        return Err(Error::new(Code::BadState, "DLR² needs initial tables"));
    };
    if input.split.train.is_empty() {
        return Err(Error::new(Code::NoData, "there is no training interaction to learn from"));
    }
    let (device, mut rng) = (input.device, input.seed.stream("weights"));
    let mut parameters = Parameters::default();
    let user = Embedding::new(&mut parameters, "user", upload(&device, &tables.user));
    let item = Embedding::new(&mut parameters, "item", upload(&device, &tables.item));
    let features = Features::new(&mut parameters, &device, &settings, &mut rng);
    let heads = Heads::new(&mut parameters, &device, settings.dim, &mut rng);
    let sampling = Sampling::uniform(1, true);
    Ok(Box::new(Dlr2 {
        targets: targets(&input.split),
        negatives: Negatives::new(sampling, input.split.n_items, &input.split.train),
        optimizer: ParameterOptimizer::new(input.optimizer, &device, parameters.values())?,
        batch_size: input.train.usize("batch_size"),
        losses: Losses::new(&device, input.optimizer.f64("learning_rate")),
        seed: input.seed,
        split: input.split,
        network: Network { device, parameters, user, item, features, heads, settings },
        tables: OnceCell::new(),
        scorer: OnceCell::new(),
    }))
}

/// Every training interaction as (user, place in the user's sequence).
fn targets(split: &Split) -> Vec<(u32, u32)> {
    let of = |(user, row): (usize, &[u32])| {
        (0..row.len()).map(move |t| (user as u32, t as u32)).collect::<Vec<_>>()
    };
    split.train.rows().enumerate().flat_map(of).collect()
}

/// The numbers of the last [`RECENT`] items of a history, [`PADDING`] first where there are fewer.
fn recent(history: &[u32]) -> [u32; RECENT] {
    let mut out = [PADDING; RECENT];
    let last = &history[history.len().saturating_sub(RECENT)..];
    out[RECENT - last.len()..].copy_from_slice(last);
    out
}

/// Parameters and layers.
struct Network {
    device: Device,
    parameters: Parameters,
    user: Embedding,
    item: Embedding,
    features: Features,
    heads: Heads,
    settings: Settings,
}

struct Dlr2 {
    network: Network,
    split: Rc<Split>,
    targets: Vec<(u32, u32)>,
    negatives: Negatives,
    optimizer: ParameterOptimizer,
    batch_size: usize,
    losses: Losses,
    seed: Seed,
    /// The tables as they are now, once somebody asked.
    tables: OnceCell<Tables>,
    /// What scores of all users share, once somebody asked.
    scorer: OnceCell<Scorer>,
}

/// A batch of training targets.
struct Batch {
    users: Vec<u32>,
    /// `B × RECENT`.
    recent: Vec<u32>,
    /// B positives, then B negatives.
    items: Vec<u32>,
}

/// What does not depend on the user when all items are scored.
struct Scorer {
    /// All parameters as constants.
    parameters: Vec<Var>,
    /// The mean of all user rows, for somebody new.
    stranger: Var,
    /// The items' part of the discriminative head's first layer.
    item_part: Option<Var>,
}

impl Network {
    /// The feature of each state, `N × d`; `users` are their rows.
    fn feature(&self, p: &[Var], users: &Var, recent: &[u32], training: bool) -> Var {
        let (n, dim) = (users.shape()[0], self.settings.dim);
        let items = self.item.apply(p, recent).reshape(&[n, RECENT * dim]);
        let image = users.concat(&items).reshape(&[n, 1, RECENT + 1, dim]);
        self.features.apply(p, &image, training)
    }

    fn loss(&self, p: &[Var], batch: &Batch) -> Var {
        // One feature serves the positive and the negative of a pair.
        let feature = self.feature(p, &self.user.apply(p, &batch.users), &batch.recent, true);
        let items = self.item.apply(p, &batch.items);
        self.heads.loss(p, &feature, &items, &self.settings)
    }

    /// The scores of all items for a user of this feature (`1 × d`).
    fn scores(&self, scorer: &Scorer, feature: &Var) -> Var {
        let p = &scorer.parameters;
        let distances = match &scorer.item_part {
            Some(items) => self.heads.discriminate(p, feature, items),
            None => {
                let wanted = self.heads.generate(p, feature).reshape(&[self.settings.dim]);
                p[self.item.place()].add_to_rows(&wanted.affine(-1.0, 0.0)).square().sum_rows()
            }
        };
        distances.affine(-1.0, 0.0)
    }
}

impl Dlr2 {
    /// The batch of step `step`, drawn from a stream of its own, so that no generator need be saved.
    fn batch(&self, step: u32) -> Batch {
        let mut rng = self.seed.stream(&format!("batch/{step}"));
        let mut batch = Batch { users: Vec::new(), recent: Vec::new(), items: Vec::new() };
        for _ in 0..self.batch_size.min(self.targets.len()) {
            let (user, t) = self.targets[rng.random_range(0..self.targets.len() as u32) as usize];
            let row = self.split.train.row(user as usize);
            batch.users.push(user);
            batch.recent.extend(recent(&row[..t as usize]));
            batch.items.push(row[t as usize]);
        }
        let mut negatives = Vec::new();
        self.negatives.draw(&batch.users, &batch.items, &mut rng, &mut negatives);
        batch.items.extend(negatives);
        batch
    }

    /// Everything that a checkpoint holds, by name.
    fn saved(&self) -> Vec<(String, &Tensor)> {
        let (names, values) = (self.network.parameters.names(), self.network.parameters.values());
        let mut all: Vec<(String, &Tensor)> = names.iter().cloned().zip(values).collect();
        all.extend(self.network.features.statistics());
        let memory = |((i, slot), t): ((usize, usize), _)| (memory_name(slot, &names[i]), t);
        all.extend(self.optimizer.memory().map(memory));
        all
    }

    fn scorer(&self) -> &Scorer {
        self.scorer.get_or_init(|| {
            let network = &self.network;
            let tape = Tape::new(&network.device);
            let values = network.parameters.values();
            let parameters: Vec<Var> = values.iter().map(|value| tape.constant(value)).collect();
            let users = &parameters[network.user.place()];
            let n = users.shape()[0] as f32;
            let stranger = users.sum_columns().affine(1.0 / n, 0.0).reshape(&[1, network.settings.dim]);
            let items = &parameters[network.item.place()];
            let item_part = (network.settings.head == Head::Discriminative)
                .then(|| network.heads.item_part(&parameters, items));
            Scorer { parameters, stranger, item_part }
        })
    }

    /// The scores of all items for users of the data, or for one stranger: `queries × n`.
    fn score_block(&self, queries: &[Query<'_>]) -> Tensor {
        let (network, scorer) = (&self.network, self.scorer());
        let p = &scorer.parameters;
        let users: Option<Vec<u32>> = queries.iter().map(|query| query.user).collect();
        let users = users.map_or_else(|| scorer.stranger.clone(), |users| network.user.apply(p, &users));
        let histories: Vec<u32> = queries.iter().flat_map(|query| recent(query.history)).collect();
        let (count, dim, n) = (queries.len(), network.settings.dim, self.split.n_items);
        let features = network.feature(p, &users, &histories, false).reshape(&[1, count * dim]);
        stack(&network.device, [count, n], |row| {
            network.scores(scorer, &features.slice(row * dim, dim)).value().clone()
        })
    }

    fn learned(&self) -> &Tables {
        let values = self.network.parameters.values();
        let table = |e: Embedding| device::table(&values[e.place()]);
        self.tables.get_or_init(|| Tables { user: table(self.network.user), item: table(self.network.item) })
    }
}

impl Model for Dlr2 {
    fn steps_per_epoch(&self) -> usize {
        self.network.settings.epoch_steps
    }

    fn is_iterative(&self) -> bool {
        true
    }

    fn pairs_per_epoch(&self) -> Option<usize> {
        Some(self.steps_per_epoch() * self.batch_size.min(self.targets.len()))
    }

    fn device(&self) -> Option<&Device> {
        Some(&self.network.device)
    }

    fn queries_at_once(&self) -> usize {
        device::queries_at_once(&self.network.device)
    }

    fn step(&mut self) -> Result<Option<f64>> {
        let step = self.optimizer.steps();
        let batch = self.batch(step);
        (self.tables, self.scorer) = (OnceCell::new(), OnceCell::new());
        let (network, tape) = (&self.network, Tape::new(&self.network.device));
        let frozen = if network.settings.frozen { 2 } else { 0 };
        let parameters = network.parameters.on_tape(&tape, frozen);
        let loss = network.loss(&parameters, &batch);
        let value = self.losses.add(loss.value(), step + 1)?;
        let mut gradients = tape.backward(&loss);
        let schedule = cosine_decay(step, network.settings.decay_steps);
        self.optimizer.step(schedule, frozen, network.parameters.values(), &mut gradients);
        Ok(value)
    }

    fn settle(&mut self) -> LocalFuture<'_, Result<f64>> {
        self.losses.settle(self.optimizer.steps())
    }

    /// With the history's last items as the state; somebody new has the mean of all users' vectors.
    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        let n = self.split.n_items;
        // Users of the data share one pass through the feature network; a stranger goes alone.
        let known = queries.iter().all(|query| query.user.is_some());
        let block = if known { queries.len().max(1) } else { 1 };
        Box::pin(async move {
            for (queries, scores) in queries.chunks(block).zip(scores.chunks_mut(block * n)) {
                scores.copy_from_slice(&self.score_block(queries).download().await?);
            }
            Ok(())
        })
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        nearest_by_cosine(&self.learned().item, item, n)
    }

    fn tables(&self) -> Option<&Tables> {
        Some(self.learned())
    }

    fn state(&self) -> LocalFuture<'_, Result<Vec<Saved>>> {
        Box::pin(device::state(self.optimizer.steps(), self.saved()))
    }

    fn restore(&mut self, state: &[Saved]) -> Result<()> {
        let steps = device::restore(state, self.saved())?;
        self.optimizer.set_steps(steps);
        self.losses.clear();
        (self.tables, self.scorer) = (OnceCell::new(), OnceCell::new());
        Ok(())
    }
}
