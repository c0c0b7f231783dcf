//! What every factorisation on a tape shares: tables, a loss, weight decay, and scores by inner products. How
//! vectors come from the tables is an [`Encoder`]'s affair.

use super::batches::Batches;
use super::device::{self, Losses, matrix, table, upload};
use super::mf::score;
use super::nearest::nearest_by_cosine;
use super::{Model, ModelInput, Query, Tensor as Saved};
use crate::autodiff::{Device, Tape, Tensor, Var};
use crate::data::interactions::{Side, Split};
use crate::error::{Code, Error, Result};
use crate::loss::{self, Loss, Own, Rows, Vectors};
use crate::nn::Tables;
use crate::nn::layers::{Embedding, Parameters};
use crate::optim::memory_name;
use crate::optim::parameters::ParameterOptimizer;
use crate::regularizer::{self, BatchRows, Regularizer, Start};
use crate::rng::Rng;
use crate::task::LocalFuture;
use std::cell::OnceCell;

/// From the tables and what else a model has learnt to the vectors whose inner product is its score.
pub(super) trait Encoder {
    /// Vectors of these users (`n_u × d`) and items (`n_i × d`).
    fn encode(&self, p: &[Var], users: &[u32], items: &[u32]) -> [Var; 2];

    /// Those of all users and all items.
    fn all(&self, p: &[Var]) -> [Var; 2];
}

/// The tables that a model got, if they fit the data.
///
/// # Errors
/// [`Code::BadState`] without tables, [`Code::BadValue`] if they are of another size.
pub(super) fn check_tables(tables: Option<Tables>, split: &Split, dim: usize) -> Result<Tables> {
    let Some(tables) = tables else {
        return Err(Error::new(Code::BadState, "matrix factorisation needs initial tables"));
    };
    let shapes = [(split.n_users, dim), (split.n_items, dim)];
    if [tables.user.dim(), tables.item.dim()] != shapes {
        let (u, i) = (tables.user.dim(), tables.item.dim());
        let message = format!(
            "initial tables of sizes {u:?} and {i:?} where {:?} and {:?} are needed",
            shapes[0], shapes[1]
        );
        return Err(Error::new(Code::BadValue, message));
    }
    Ok(tables)
}

/// Turns away regularisers that learn: they look ahead by the gradient by hand.
fn learnt_by_hand_only(
    input: &ModelInput<'_>,
    regularizer: Box<dyn Regularizer>,
) -> Result<Box<dyn Regularizer>> {
    if regularizer.learns().is_none() {
        return Ok(regularizer);
    }
    let [name, model, loss] = [input.regularizer, input.params, input.loss].map(|params| params.method.name);
    let device = input.device.name();
    let message = format!(
        "\"{name}\" learns with model mf and loss bpr on the CPU (here: {model}, {loss}, on {device})"
    );
    Err(Error::new(Code::OutOfRange, message).for_key("regularizer.name").with_value(name))
}

/// A factorisation on a tape.
pub(super) struct Factors {
    device: Device,
    /// The user and the item table first, then the encoder's, then the loss's.
    parameters: Parameters,
    tables: [Embedding; 2],
    encoder: Box<dyn Encoder>,
    loss: Box<dyn Loss>,
    regularizer: Box<dyn Regularizer>,
    optimizer: ParameterOptimizer,
    batches: Batches,
    sizes: [usize; 2],
    losses: Losses,
    /// What follows from the parameters as they are now, once somebody asked.
    now: Now,
}

/// What follows from the parameters at one time.
#[derive(Default)]
struct Now {
    /// The user and the item table.
    embeddings: OnceCell<Tables>,
    /// The vectors of users and items whose inner product ranks.
    vectors: OnceCell<[Var; 2]>,
    /// The same on the host.
    on_host: OnceCell<Tables>,
}

impl Factors {
    /// A model whose encoder `encoder` makes: it may add parameters of its own, with initial values from the
    /// generator.
    ///
    /// # Errors
    /// As [`mf::build`](super::mf::build).
    pub(super) fn build(
        input: ModelInput<'_>,
        encoder: impl FnOnce(&mut Parameters, [Embedding; 2], &ModelInput<'_>, &mut Rng) -> Box<dyn Encoder>,
    ) -> Result<Box<dyn Model>> {
        let mut input = input;
        let dim = input.params.usize("dim");
        let mut regularizer = learnt_by_hand_only(&input, regularizer::build(input.regularizer)?)?;
        let initial = check_tables(input.tables.take(), &input.split, dim)?;
        let mut loss = loss::build(input.loss)?;
        let sampling = loss.sampling();
        let batches = Batches::new(&input.split, input.train.usize("batch_size"), sampling, input.seed)?;
        regularizer.begin(&Start { split: &input.split, dim, batch_size: batches.size() });
        let (device, mut parameters) = (input.device.clone(), Parameters::default());
        let mut rng = input.seed.stream("weights");
        let tables = [("user", &initial.user), ("item", &initial.item)]
            .map(|(name, table)| Embedding::new(&mut parameters, name, upload(&device, table)));
        let encoder = encoder(&mut parameters, tables, &input, &mut rng);
        let split = &input.split;
        loss.begin(&mut Own {
            parameters: &mut parameters,
            device: &device,
            dim,
            n_users: split.n_users,
            item_counts: &split.train.counts(split.n_items),
            rng: &mut rng,
        });
        Ok(Box::new(Self {
            optimizer: ParameterOptimizer::new(input.optimizer, &device, parameters.values())?,
            regularizer,
            sizes: [split.n_users, split.n_items],
            losses: Losses::new(&device, input.optimizer.f64("learning_rate")),
            now: Now::default(),
            device,
            parameters,
            tables,
            encoder,
            loss,
            batches,
        }))
    }

    /// Which rows of which parameters a batch names.
    fn batch_rows(&self, rows: &Rows) -> Vec<BatchRows> {
        let [user, item] = [&rows.users, &rows.items].map(|list| self.device.upload_indices(list));
        let own = [(self.tables[0].place(), Side::User), (self.tables[1].place(), Side::Item)];
        let of = |(parameter, side)| {
            let rows = if side == Side::User { user.clone() } else { item.clone() };
            BatchRows { parameter, rows }
        };
        own.into_iter().chain(self.loss.tables()).map(of).collect()
    }

    /// Everything that a checkpoint holds besides counters, by name.
    fn saved(&self) -> Vec<(String, &Tensor)> {
        let (names, values) = (self.parameters.names(), self.parameters.values());
        let mut all: Vec<(String, &Tensor)> = names.iter().cloned().zip(values).collect();
        let memory = |((i, slot), t): ((usize, usize), _)| (memory_name(slot, &names[i]), t);
        all.extend(self.optimizer.memory().map(memory));
        all
    }

    /// The tables, on a device that computes at once.
    fn embeddings(&self) -> &Tables {
        self.now.embeddings.get_or_init(|| {
            let [user, item] = self.tables.map(|e| table(&self.parameters.values()[e.place()]));
            Tables { user, item }
        })
    }

    fn vectors(&self) -> &[Var; 2] {
        self.now.vectors.get_or_init(|| {
            let tape = Tape::new(&self.device);
            let p: Vec<Var> = self.parameters.values().iter().map(|value| tape.constant(value)).collect();
            let [user, item] = self.encoder.all(&p);
            self.loss.ranking(&p, user, item)
        })
    }

    async fn on_host(&self) -> Result<&Tables> {
        if self.now.on_host.get().is_none() {
            let [user, item] = self.vectors();
            let tables = Tables { user: matrix(user.value()).await?, item: matrix(item.value()).await? };
            return Ok(self.now.on_host.get_or_init(|| tables));
        }
        Ok(self.now.on_host.get().expect("looked at just now"))
    }
}

impl Model for Factors {
    fn steps_per_epoch(&self) -> usize {
        self.batches.per_epoch()
    }

    fn is_iterative(&self) -> bool {
        true
    }

    fn device(&self) -> Option<&Device> {
        Some(&self.device)
    }

    fn queries_at_once(&self) -> usize {
        device::QUERIES
    }

    fn step(&mut self) -> Result<Option<f64>> {
        self.now = Now::default();
        self.batches.advance();
        let rows = Rows::of(self.batches.current(), self.sizes[0], self.sizes[1]);
        let tape = Tape::new(&self.device);
        let p = self.parameters.on_tape(&tape, 0);
        let [user, item] = self.encoder.encode(&p, &rows.users, &rows.items);
        let loss = self.loss.value(&p, &Vectors { user: &user, item: &item, rows: &rows });
        let value = self.losses.add(loss.value(), self.optimizer.steps() + 1)?;
        let mut gradients = tape.backward(&loss);
        let parameters = self.parameters.values();
        self.regularizer.add_to_gradients(parameters, &self.batch_rows(&rows), &mut gradients);
        self.optimizer.step(1.0, 0, parameters, &mut gradients);
        Ok(value)
    }

    fn settle(&mut self) -> LocalFuture<'_, Result<f64>> {
        self.losses.settle(self.optimizer.steps())
    }

    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        let users: Option<Vec<u32>> = queries.iter().map(|query| query.user).collect();
        Box::pin(async move {
            if let Some(users) = users {
                let [user, item] = self.vectors();
                let block = user.gather(&users).matmul_transposed(item);
                scores.copy_from_slice(&block.value().download().await?);
                return Ok(());
            }
            score(self.on_host().await?, queries, scores);
            Ok(())
        })
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        nearest_by_cosine(&table(self.vectors()[1].value()), item, n)
    }

    fn tables(&self) -> Option<&Tables> {
        Some(self.embeddings())
    }

    fn item_lengths(&self) -> LocalFuture<'_, Result<Option<Vec<f32>>>> {
        let lengths = self.vectors()[1].square().sum_rows();
        Box::pin(async move {
            let squares = lengths.value().download().await?;
            Ok(Some(squares.into_iter().map(f32::sqrt).collect()))
        })
    }

    fn state(&self) -> LocalFuture<'_, Result<Vec<Saved>>> {
        Box::pin(async {
            let mut state = device::state(self.optimizer.steps(), self.saved()).await?;
            state.extend(self.batches.state());
            Ok(state)
        })
    }

    fn restore(&mut self, state: &[Saved]) -> Result<()> {
        let place = self.batches.saved_place(state)?;
        let steps = device::restore(state, self.saved())?;
        self.optimizer.set_steps(steps);
        self.batches.restore(place);
        self.losses.clear();
        self.now = Now::default();
        Ok(())
    }
}
