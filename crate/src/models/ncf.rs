//! Neural collaborative filtering: NeuMF, its factorisation part (GMF) or its tower (MLP) alone.
//!
//! Both parts have tables of their own, and both pairs begin with the initial tables: the tower reads them
//! through weights that are random anyway, so nothing is gained by a second draw, and every initialisation
//! reaches the whole model. The parts are trained together from there; the paper's pre-training of each
//! part alone (section 3.4.1) is itself an initialisation, and is left out.

mod network;

use super::device::{self, Losses, stack, upload};
use super::nearest::nearest_by_cosine;
use super::neighbours::Overlap;
use super::{Model, ModelInput, Query, Tensor as Saved};
use crate::autodiff::{Device, Tape, Tensor, Var};
use crate::data::interactions::{Sequences, Split};
use crate::error::{Code, Error, Result};
use crate::loss::negatives::{Negatives, Sampling};
use crate::nn::Tables;
use crate::optim::memory_name;
use crate::optim::parameters::ParameterOptimizer;
use crate::params::{Kind, Method, Param};
use crate::rng::Seed;
use crate::task::LocalFuture;
use ndarray::{Axis, concatenate};
use network::{Batch, Items, Network, Parts, Users};
use rand::seq::SliceRandom;
use std::cell::OnceCell;
use std::rc::Rc;

/// Description of NCF.
pub static METHOD: Method = Method {
    name: "ncf",
    title: "NCF (NeuMF)",
    doc: "A weighted product of a user's and an item's vector, plus layers over both side by side; learns to tell a user's items from random ones.",
    formula: "score(u, i) = h₁ · (p_u ∘ q_i) + h₂ · MLP([p′_u, q′_i]) + b;  L = −mean(y ln σ(score) + (1 − y) ln σ(−score))",
    source: "He et al., WWW 2017, eq. 7 to 12",
    params: &[
        Param {
            name: "dim",
            title: "embedding size d",
            doc: "Length of the vectors, in each part.",
            unit: "dimensions",
            kind: Kind::Int { min: 1, max: 1024, default: 64 },
        },
        Param {
            name: "parts",
            title: "parts",
            doc: "The sum of both parts (NeuMF), the factorisation (GMF) or the tower (MLP) alone.",
            unit: "",
            kind: Kind::Choice { options: &["both", "gmf", "mlp"], default: "both" },
        },
        Param {
            name: "layers",
            title: "layers",
            doc: "Layers of the tower: the first has width d, each further one half as much as the one before.",
            unit: "layers",
            kind: Kind::Int { min: 1, max: 8, default: 1 },
        },
        Param {
            name: "negatives",
            title: "negatives",
            doc: "Random items that the user does not have, for each training pair.",
            unit: "items",
            kind: Kind::Int { min: 1, max: 100, default: 4 },
        },
        Param {
            name: "l2",
            title: "λ",
            doc: "Adds λΘ to the gradient of the rows of all tables that a batch names, negatives included, once each; the layers have none.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 10.0, default: 1e-5, log: true },
        },
    ],
};

/// Of the known users nearest to somebody new, so many stand for them.
const NEIGHBOURS: usize = 20;

/// NCF whose tables start from `input.tables` (`n × d`).
///
/// # Errors
/// [`Code::BadState`] without tables, [`Code::UnknownName`] for an optimizer that cannot train networks,
/// [`Code::NoData`] without training interactions.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let (params, split, device) = (input.params, input.split, input.device);
    let Some(tables) = input.tables else {
        return Err(Error::new(Code::BadState, "NCF needs initial tables"));
    };
    if split.train.is_empty() {
        return Err(Error::new(Code::NoData, "there is no training interaction to learn from"));
    }
    let parts = match params.str("parts") {
        "both" => Parts::Both,
        "gmf" => Parts::Gmf,
        _ => Parts::Mlp,
    };
    let tables = || [upload(&device, &tables.user), upload(&device, &tables.item)];
    let sizes = [params.usize("dim"), params.usize("layers")];
    let network = Network::new(&device, parts, sizes, &tables, &mut input.seed.stream("weights"));
    let (pair_users, pair_items): (Vec<u32>, Vec<u32>) = split.train.pairs().unzip();
    let sampling = Sampling::uniform(params.usize("negatives"), true);
    Ok(Box::new(Ncf {
        negatives: Negatives::new(sampling, split.n_items, &split.train),
        optimizer: ParameterOptimizer::new(input.optimizer, &device, network.parameters.values())?,
        losses: Losses::new(&device, input.optimizer.f64("learning_rate")),
        l2: params.f32("l2"),
        batch_size: input.train.usize("batch_size").min(pair_users.len()),
        order: (0, Vec::new()),
        holders: split.train.transpose(split.n_items),
        seed: input.seed,
        learned: Learned::default(),
        device,
        network,
        pair_users,
        pair_items,
        split,
    }))
}

struct Ncf {
    device: Device,
    network: Network,
    split: Rc<Split>,
    /// Users of each item.
    holders: Sequences,
    /// The training pairs, user by user.
    pair_users: Vec<u32>,
    pair_items: Vec<u32>,
    batch_size: usize,
    negatives: Negatives,
    l2: f32,
    optimizer: ParameterOptimizer,
    losses: Losses,
    seed: Seed,
    /// An epoch, from 1, and the pairs in its order; epoch 0 has none.
    order: (usize, Vec<u32>),
    learned: Learned,
}

/// What follows from the parameters as they are now, once somebody asked.
#[derive(Default)]
struct Learned {
    tables: OnceCell<Tables>,
    scorer: OnceCell<Scorer>,
}

/// What scores of all users share.
struct Scorer {
    /// All parameters as constants.
    parameters: Vec<Var>,
    items: Items,
}

impl Ncf {
    /// The next batch. An epoch's order and a step's negatives depend on the seed and their number alone, so
    /// that no generator need be saved.
    fn next_batch(&mut self) -> Batch {
        let (step, steps) = (self.optimizer.steps() as usize, self.steps_per_epoch());
        let (epoch, position) = (step / steps + 1, step % steps);
        if self.order.0 != epoch {
            let mut order: Vec<u32> = (0..self.pair_users.len() as u32).collect();
            order.shuffle(&mut self.seed.stream(&format!("shuffle/{epoch}")));
            self.order = (epoch, order);
        }
        let start = position * self.batch_size;
        let pairs = &self.order.1[start..(start + self.batch_size).min(self.pair_users.len())];
        let of = |list: &[u32]| pairs.iter().map(|&p| list[p as usize]).collect::<Vec<_>>();
        let (users, mut items) = (of(&self.pair_users), of(&self.pair_items));
        let mut negatives = Vec::new();
        let mut draws = self.seed.stream(&format!("negatives/{step}"));
        self.negatives.draw(&users, &items, &mut draws, &mut negatives);
        // Drawn pair by pair, wanted in groups of one a pair.
        let each = negatives.len() / users.len();
        items.extend((0..each).flat_map(|group| negatives.iter().skip(group).step_by(each)));
        Batch { users, items }
    }

    /// Everything that a checkpoint holds, by name.
    fn saved(&self) -> Vec<(String, &Tensor)> {
        let (names, values) = (self.network.parameters.names(), self.network.parameters.values());
        let memory = self.optimizer.memory();
        let memory = memory.map(|((i, slot), t)| (memory_name(slot, &names[i]), t));
        names.iter().cloned().zip(values).chain(memory).collect()
    }

    fn scorer(&self) -> &Scorer {
        self.learned.scorer.get_or_init(|| {
            let tape = Tape::new(&self.device);
            let values = self.network.parameters.values();
            let parameters: Vec<Var> = values.iter().map(|value| tape.constant(value)).collect();
            let items = self.network.items(&parameters, Var::clone);
            Scorer { parameters, items }
        })
    }

    /// The mean of the nearest users' vectors, weighted by the cosine of what they have with this history; of
    /// all users' where nobody shares an item.
    fn stranger(&self, p: &[Var], history: &[u32]) -> Users {
        let sets = &self.split.train;
        let mut common = vec![0; sets.n_rows()];
        let nearest = Overlap::cosine().nearest(history, None, NEIGHBOURS, sets, &self.holders, &mut common);
        let (users, mut weights): (Vec<u32>, Vec<f32>) = if nearest.is_empty() {
            (0..sets.n_rows() as u32).map(|user| (user, 1.0)).unzip()
        } else {
            nearest.into_iter().unzip()
        };
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        let weights = Tensor::from_slice(&self.device, &[1, weights.len()], &weights);
        let weights = Tape::new(&self.device).constant(&weights);
        self.network.users(p, |table| weights.matmul(&table.gather(&users)))
    }

    fn side_by_side(&self) -> &Tables {
        self.learned.tables.get_or_init(|| {
            let values = self.network.parameters.values();
            let of = |place: fn(&network::Pair) -> usize| {
                let parts: Vec<_> =
                    self.network.tables().map(|t| device::table(&values[place(&t)])).collect();
                let parts: Vec<_> = parts.iter().map(|part| part.view()).collect();
                let both = concatenate(Axis(1), &parts).expect("as many rows in both parts");
                both.as_standard_layout().into_owned()
            };
            Tables { user: of(|t| t.user.place()), item: of(|t| t.item.place()) }
        })
    }
}

impl Model for Ncf {
    fn steps_per_epoch(&self) -> usize {
        self.pair_users.len().div_ceil(self.batch_size)
    }

    fn is_iterative(&self) -> bool {
        true
    }

    fn device(&self) -> Option<&Device> {
        Some(&self.device)
    }

    fn queries_at_once(&self) -> usize {
        device::queries_at_once(&self.device)
    }

    /// The loss without the penalty.
    fn step(&mut self) -> Result<Option<f64>> {
        let batch = self.next_batch();
        self.learned = Learned::default();
        let (network, tape) = (&self.network, Tape::new(&self.device));
        let parameters = network.parameters.on_tape(&tape, 0);
        let loss = network.loss(&parameters, &batch);
        let value = self.losses.add(loss.value(), self.optimizer.steps() + 1)?;
        let penalized =
            if self.l2 > 0.0 { loss.add(&network.penalty(&parameters, &batch, self.l2)) } else { loss };
        let mut gradients = tape.backward(&penalized);
        self.optimizer.step(1.0, 0, network.parameters.values(), &mut gradients);
        Ok(value)
    }

    fn settle(&mut self) -> LocalFuture<'_, Result<f64>> {
        self.losses.settle(self.optimizer.steps())
    }

    /// Somebody new has a mean of the vectors of known users with similar histories.
    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        Box::pin(async move {
            let Scorer { parameters: p, items } = self.scorer();
            let rows = stack(&self.device, [queries.len(), self.split.n_items], |at| {
                let users = match queries[at].user {
                    Some(user) => self.network.users(p, |table| table.gather(&[user])),
                    None => self.stranger(p, queries[at].history),
                };
                self.network.logits(p, &users, items).value().clone()
            });
            scores.copy_from_slice(&rows.download().await?);
            Ok(())
        })
    }

    /// By the vectors of both parts together.
    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        nearest_by_cosine(&self.side_by_side().item, item, n)
    }

    /// Those of both parts side by side: `n × 2d`, GMF's first; `n × d` of one part alone.
    fn tables(&self) -> Option<&Tables> {
        Some(self.side_by_side())
    }

    fn state(&self) -> LocalFuture<'_, Result<Vec<Saved>>> {
        Box::pin(device::state(self.optimizer.steps(), self.saved()))
    }

    fn restore(&mut self, state: &[Saved]) -> Result<()> {
        let steps = device::restore(state, self.saved())?;
        self.optimizer.set_steps(steps);
        self.losses.clear();
        self.learned = Learned::default();
        Ok(())
    }
}
