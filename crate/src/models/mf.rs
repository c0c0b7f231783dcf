//! Matrix factorisation: the score is the inner product of a user's and an item's vector.
//!
//! Losses that have a gradient by hand (BPR) train on the CPU by that; all others, and all on other backends, by
//! the tape. Both draw the same batches, take the same steps up to rounding, and go on from each other's states.

use super::batches::Batches;
use super::factors::{Encoder, Factors, check_tables};
use super::fold_in::fold_in;
use super::nearest::{nearest_by_cosine, row};
use super::{LambdaGroups, Model, ModelInput, Query, Tensor, at_hand, device, named};
use crate::autodiff::Var;
use crate::error::{Code, Error, Result};
use crate::linalg::backend::Gemm;
use crate::linalg::gemm::product;
use crate::loss::{self, ByHand, Gradients};
use crate::nn::Tables;
use crate::nn::layers::Embedding;
use crate::nn::vector::dot;
use crate::optim::{self, Optimizer};
use crate::params::{Kind, Method, Param, Params};
use crate::regularizer::lambda_opt::{LambdaOpt, Learning};
use crate::regularizer::{self, Regularizer, Start};
use crate::task::LocalFuture;
use std::future::ready;

/// The embedding size, as every factorisation has it.
pub(super) const DIM: Param = Param {
    name: "dim",
    title: "embedding size d",
    doc: "Length of the vectors.",
    unit: "dimensions",
    kind: Kind::Int { min: 1, max: 1024, default: 64 },
};

/// Description of matrix factorisation.
pub static METHOD: Method = Method {
    name: "mf",
    title: "Matrix factorisation",
    doc: "One vector for each user and item; the score of a pair is their inner product.",
    formula: "score(u, i) = E_u · E_i",
    source: "Rendle et al., UAI 2009; KDD 2025, section 2",
    params: &[DIM],
};

/// Matrix factorisation that starts from `input.tables` (`n × d`).
///
/// # Errors
/// [`Code::BadState`](crate::error::Code) without tables, [`Code::BadValue`](crate::error::Code) if they are of
/// another size, [`Code::NoData`](crate::error::Code) without training interactions.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let loss = loss::build(input.loss)?;
    match loss.by_hand() {
        Some(by_hand) if input.device.name() == "cpu" => by_hand_from(input, by_hand, loss.sampling()),
        _ => build_on_tape(input),
    }
}

/// The same model, trained by the tape whatever the loss.
///
/// # Errors
/// As [`build`].
pub fn build_on_tape(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    Factors::build(input, |_, tables, _, _| Box::new(Linear(tables)))
}

/// The tables' rows as they are.
struct Linear([Embedding; 2]);

impl Encoder for Linear {
    fn encode(&self, p: &[Var], users: &[u32], items: &[u32]) -> [Var; 2] {
        [self.0[0].apply(p, users), self.0[1].apply(p, items)]
    }

    fn all(&self, p: &[Var]) -> [Var; 2] {
        self.0.map(|table| p[table.place()].clone())
    }
}

fn by_hand_from(
    input: ModelInput<'_>,
    loss: Box<dyn ByHand>,
    sampling: loss::Sampling,
) -> Result<Box<dyn Model>> {
    let (split, dim) = (&input.split, input.params.usize("dim"));
    let tables = check_tables(input.tables, split, dim)?;
    let shapes = [(split.n_users, dim), (split.n_items, dim)];
    let batch_size = input.train.usize("batch_size");
    let mut regularizer = regularizer::build(input.regularizer)?;
    let batches = Batches::new(split, batch_size, sampling, input.seed)?;
    regularizer.begin(&Start { split, dim, batch_size: batches.size() });
    let mut validation = None;
    if regularizer.learns().is_some() {
        check_partners(input.regularizer, input.optimizer)?;
        validation = Some(Batches::of_validation(split, batch_size, sampling, input.seed)?);
    }
    Ok(Box::new(Mf {
        batches,
        validation,
        regularizer,
        optimizer: optim::build(input.optimizer, &shapes)?,
        rate: input.optimizer.f64("learning_rate"),
        gradients: Gradients::new(split.n_users, split.n_items, dim),
        tables,
        loss,
    }))
}

/// SGDA's assumed step is one of SGD; λOpt looks ahead by any optimizer.
fn check_partners(regularizer: &Params, optimizer: &Params) -> Result<()> {
    let (regularizer, optimizer) = (regularizer.method.name, optimizer.method.name);
    if regularizer == "sgda" && optimizer != "sgd" {
        let message = format!("\"sgda\" trains beside \"sgd\", not \"{optimizer}\" (lambda-opt takes any)");
        return Err(Error::new(Code::OutOfRange, message).for_key("optimizer.name").with_value(optimizer));
    }
    Ok(())
}

/// Matrix factorisation by hand.
struct Mf {
    tables: Tables,
    batches: Batches,
    /// Pairs from which a regulariser learns its strengths, if it does.
    validation: Option<Batches>,
    loss: Box<dyn ByHand>,
    regularizer: Box<dyn Regularizer>,
    optimizer: Box<dyn Optimizer>,
    gradients: Gradients,
    /// For messages.
    rate: f64,
}

impl Mf {
    /// Lets a regulariser that learns look at the step that comes, and move its strengths.
    fn learn(&mut self) -> Result<()> {
        let (Some(batches), Some(lambda)) = (&mut self.validation, self.regularizer.learns_mut()) else {
            return Ok(());
        };
        batches.advance();
        let value = lambda.learn(Learning {
            tables: &self.tables,
            gradients: &self.gradients,
            loss: &mut *self.loss,
            optimizer: &*self.optimizer,
            validation: batches.current(),
        });
        batches.check(value, self.rate)
    }
}

impl Model for Mf {
    fn steps_per_epoch(&self) -> usize {
        self.batches.per_epoch()
    }

    fn is_iterative(&self) -> bool {
        true
    }

    fn step(&mut self) -> Result<Option<f64>> {
        self.batches.advance();
        self.gradients.clear();
        let value = self.loss.evaluate(&self.tables, self.batches.current(), &mut self.gradients);
        self.batches.check(value, self.rate)?;
        self.optimizer.begin_step();
        self.learn()?;
        let rest = self.regularizer.rest();
        let Tables { user, item } = &mut self.tables;
        for (slot, table, gradient) in
            [(0, user, &mut self.gradients.user), (1, item, &mut self.gradients.item)]
        {
            self.regularizer.add_gradient(slot, table, gradient);
            self.optimizer.update(slot, table, gradient, rest);
        }
        Ok(Some(value))
    }

    fn queries_at_once(&self) -> usize {
        device::QUERIES
    }

    fn score<'a>(&'a self, queries: &'a [Query<'a>], scores: &'a mut [f32]) -> LocalFuture<'a, Result<()>> {
        score(&self.tables, queries, scores);
        Box::pin(ready(Ok(())))
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<(u32, f32)> {
        nearest_by_cosine(&self.tables.item, item, n)
    }

    fn tables(&self) -> Option<&Tables> {
        Some(&self.tables)
    }

    fn lambda_groups(&self) -> Option<LambdaGroups> {
        self.regularizer.learns().map(LambdaOpt::groups)
    }

    fn item_lengths(&self) -> LocalFuture<'_, Result<Option<Vec<f32>>>> {
        let length = |i| dot(row(&self.tables.item, i), row(&self.tables.item, i)).sqrt();
        let lengths = (0..self.tables.item.nrows()).map(length).collect();
        Box::pin(ready(Ok(Some(lengths))))
    }

    fn state(&self) -> LocalFuture<'_, Result<Vec<Tensor>>> {
        let mut state = vec![
            Tensor { name: "user".into(), values: self.tables.user.clone() },
            Tensor { name: "item".into(), values: self.tables.item.clone() },
        ];
        state.extend(self.batches.state());
        state.extend(self.optimizer.state());
        state.extend(self.validation.iter().flat_map(Batches::state));
        state.extend(self.regularizer.learns().map(LambdaOpt::state).unwrap_or_default());
        at_hand(state)
    }

    fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        let user = named(state, "user", self.tables.user.dim())?;
        let item = named(state, "item", self.tables.item.dim())?;
        let place = self.batches.saved_place(state)?;
        let of_validation = self.validation.as_ref().map(|batches| batches.saved_place(state)).transpose()?;
        self.optimizer.restore(state)?;
        if let Some(lambda) = self.regularizer.learns_mut() {
            lambda.restore(state)?;
        }
        if let (Some(batches), Some(place)) = (&mut self.validation, of_validation) {
            batches.restore(place);
        }
        self.tables.user.assign(&user.values);
        self.tables.item.assign(&item.values);
        self.batches.restore(place);
        Ok(())
    }
}

/// Inner products of each query's vector and all items', a row a query; somebody new has one folded in from their
/// history.
pub(super) fn score(tables: &Tables, queries: &[Query<'_>], scores: &mut [f32]) {
    let (n_items, dim) = tables.item.dim();
    let mut users = Vec::with_capacity(queries.len() * dim);
    for query in queries {
        match query.user {
            Some(user) => users.extend_from_slice(row(&tables.user, user as usize)),
            None => users.extend(fold_in(tables, query.history)),
        }
    }
    let items = tables.item.as_slice().expect("tables are row-major");
    product(Gemm::new(queries.len(), n_items, dim).transposed(false, true), &users, items, scores);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::vector::dot;
    use ndarray::Array2;

    /// Several queries at once, somebody new among them, against inner products one by one.
    #[test]
    fn scores_are_inner_products() {
        let table = |n, seed: usize| {
            Array2::from_shape_fn((n, 9), |(r, c)| ((r * 37 + c * 11 + seed) % 23) as f32 / 10.0 - 1.1)
        };
        let tables = Tables { user: table(30, 0), item: table(41, 5) };
        let of = |user| Query { user: Some(user), history: &[] };
        let mut queries: Vec<Query<'_>> = (0..27).map(of).collect();
        queries[20] = Query { user: None, history: &[3, 40] };
        let mut scores = vec![f32::NAN; queries.len() * 41];
        score(&tables, &queries, &mut scores);
        for (query, scores) in queries.iter().zip(scores.chunks_exact(41)) {
            let folded = fold_in(&tables, query.history);
            let user = query.user.map_or(&folded[..], |user| row(&tables.user, user as usize));
            for (i, score) in scores.iter().enumerate() {
                let expected = dot(user, row(&tables.item, i));
                assert!((score - expected).abs() < 1e-5, "{query:?}, item {i}: {score}, not {expected}");
            }
            let mut alone = vec![f32::NAN; 41];
            super::score(&tables, &[*query], &mut alone);
            assert_eq!(alone, scores, "{query:?} alone");
        }
    }
}
