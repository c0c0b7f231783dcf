//! λOpt: strengths of L2 that are learnt while the model trains, from what the validation pairs think of the next
//! step.
//!
//! Each step: (1) from the training batch's gradient g, where would the optimizer take the tables if the penalty
//! were that of the present Λ? (2) the loss of a validation batch there has a gradient with respect to Λ:
//! `∂L_val/∂Λ = ∂L_val/∂Θ̄ ∘ ∂Θ̄/∂g ∘ 2Θ`; (3) Λ moves against it and is kept at 0 or above; (4) only then the
//! real step is made, with the new Λ. Training batch and its gradient are the same in (1) and (4), so that a step
//! costs two evaluations of the loss and not three.
//!
//! As in the paper, Λ stands beside the *sum* of the losses of a batch's B pairs (eq. 2 and 6), in training and in
//! validation. Warren's losses are means, so that Λ counts as Λ/B in a step, and the validation loss B times.

mod groups;
mod kernels;
mod strengths;

pub use groups::{Group, LambdaGroups};
pub use strengths::{Granularity, Rule, Strengths};

use super::{BatchRows, Regularizer, Start};
use crate::autodiff::{self, Tensor as OnDevice};
use crate::data::interactions::Side;
use crate::data::stats::training_counts;
use crate::error::Result;
use crate::loss::{Batch, ByHand, Rows};
use crate::nn::{Gradients, RowGradient, Tables, Tensor};
use crate::optim::{Assumed, Optimizer};
use crate::params::{Kind, Method, Param, Params};
use groups::Grouping;
use kernels::{add_penalty, penalized};
use ndarray::Array2;

/// The parameter `clip`.
pub(super) const CLIP: Param = Param {
    name: "clip",
    title: "gradient clip",
    doc: "A gradient with respect to Λ that is longer than this is shortened to it.",
    unit: "",
    kind: Kind::Float { min: 1e-6, max: 1e6, default: 1.0, log: true },
};

/// The parameter `learning_rate` of Λ.
pub(super) const fn learning_rate(default: f64) -> Param {
    Param {
        name: "learning_rate",
        title: "learning rate of λ",
        doc: "Step length of the strengths themselves; 0 leaves them at 0.",
        unit: "",
        kind: Kind::Float { min: 0.0, max: 10.0, default, log: true },
    }
}

/// Description of λOpt.
pub static METHOD: Method = Method {
    name: "lambda-opt",
    title: "λOpt (KDD'19)",
    doc: "Learns the strengths of an L2 penalty, as finely divided as wanted, while the model trains: before each step it asks validation pairs whether a stronger or a weaker penalty would have led to a better place.",
    formula: "Ω = Σ Λ ∘ Θ²,  Λ ← max(0, Λ − η_λ · Adam(∂L_val(Θ̄)/∂Λ)),  Θ̄ = f(Θ, g + 2ΛΘ / B)",
    source: "Chen et al., KDD 2019, section 3.2 and eq. 4 to 18",
    params: &[
        Param {
            name: "granularity",
            title: "granularity",
            doc: "What has strengths of its own. dui: every dimension of each user and item; du, di: of each user (item), the other side by dimension; ui, u, i: each user and item, each user, each item, with one number for the rest; d: each dimension, shared by users and items (d-apart: not shared); global: one number.",
            unit: "",
            kind: Kind::Choice {
                options: &["dui", "du", "di", "ui", "u", "i", "d", "d-apart", "global"],
                default: "dui",
            },
        },
        learning_rate(0.01),
        CLIP,
    ],
};

/// λOpt from its parameters.
pub fn build(params: &Params) -> Box<dyn Regularizer> {
    Box::new(LambdaOpt::new(params, Granularity::new(params.str("granularity")), Rule::AmsGrad))
}

/// Strengths that are learnt.
pub struct LambdaOpt {
    granularity: Granularity,
    rule: Rule,
    rate: f64,
    clip: f64,
    /// 2/B.
    scale: f32,
    /// Once it knows the tables.
    running: Option<Running>,
}

/// What needs the tables' sizes.
struct Running {
    strengths: Strengths,
    groupings: [Grouping; 2],
    /// Θ̄ of the rows of the present validation batch, in the order of [`Rows`]: so few that they stay in the caches.
    assumed: Tables,
    /// ∂Θ̄/∂g, likewise.
    slopes: Tables,
    /// ∂L_val/∂Θ̄, likewise.
    of_validation: Gradients,
    /// The present row's g + 2ΛΘ/B.
    total: Vec<f32>,
}

/// What a step of Λ sees.
pub struct Learning<'a> {
    /// Θ.
    pub tables: &'a Tables,
    /// g, of the unregularised loss on the training batch.
    pub gradients: &'a Gradients,
    /// The loss.
    pub loss: &'a mut dyn ByHand,
    /// The model's optimizer, whose step has begun.
    pub optimizer: &'a dyn Optimizer,
    /// Pairs of the validation part with their negatives.
    pub validation: Batch<'a>,
}

const BEGUN: &str = "a model begins before it steps";

impl LambdaOpt {
    pub(super) fn new(params: &Params, granularity: Granularity, rule: Rule) -> Self {
        let (rate, clip) = (params.f64("learning_rate"), params.f64("clip"));
        Self { granularity, rule, rate, clip, scale: 2.0, running: None }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect(BEGUN)
    }

    fn running_mut(&mut self) -> &mut Running {
        self.running.as_mut().expect(BEGUN)
    }

    /// Λ.
    pub fn strengths(&self) -> &Strengths {
        &self.running().strengths
    }

    /// Λ, to change it.
    pub fn strengths_mut(&mut self) -> &mut Strengths {
        &mut self.running_mut().strengths
    }

    /// Λ by frequency.
    pub fn groups(&self) -> LambdaGroups {
        groups::groups(&self.running().groupings, self.strengths())
    }

    /// Finds the gradient of the validation loss with respect to Λ ([`Strengths::gradient`]) and returns that
    /// loss, the mean over the batch.
    pub fn look_ahead(&mut self, learning: &mut Learning<'_>) -> f64 {
        let scale = self.scale;
        let Learning { tables, validation, .. } = *learning;
        let running = self.running_mut();
        let rows = Rows::of(validation, tables.user.nrows(), tables.item.nrows());
        running.reserve([rows.users.len(), rows.items.len()]);
        running.assume(0, &rows.users, scale, learning);
        running.assume(1, &rows.items, scale, learning);
        running.of_validation.clear();
        let batch = Batch { user: &rows.user, positive: &rows.positive, negative: &rows.negative };
        let loss = learning.loss.evaluate(&running.assumed, batch, &mut running.of_validation);
        running.strengths.clear();
        let Running { strengths, slopes, of_validation, .. } = running;
        let sides = [
            (0, &rows.users, &tables.user, &slopes.user, &of_validation.user),
            (1, &rows.items, &tables.item, &slopes.item, &of_validation.item),
        ];
        for (side, rows, values, slopes, gradient) in sides {
            strengths.add(side, rows, gradient, entries(slopes), entries(values));
        }
        loss
    }

    /// Moves Λ: [`look_ahead`](Self::look_ahead), then a step. Returns the validation loss.
    pub fn learn(&mut self, mut learning: Learning<'_>) -> f64 {
        let loss = self.look_ahead(&mut learning);
        self.running_mut().strengths.step();
        loss
    }

    /// Everything that a checkpoint holds.
    pub fn state(&self) -> Vec<Tensor> {
        self.strengths().state()
    }

    /// Takes up what [`state`](Self::state) gave.
    ///
    /// # Errors
    /// [`Code::BadValue`](crate::error::Code) if a tensor is missing or of another shape.
    pub fn restore(&mut self, state: &[Tensor]) -> Result<()> {
        self.running_mut().strengths.restore(state)
    }
}

impl Running {
    /// Makes room for batches with so many users and items.
    fn reserve(&mut self, [users, items]: [usize; 2]) {
        let dim = self.total.len();
        if users > self.assumed.user.nrows() || items > self.assumed.item.nrows() {
            let (users, items) = (users.max(self.assumed.user.nrows()), items.max(self.assumed.item.nrows()));
            let tables = || Tables { user: Array2::zeros((users, dim)), item: Array2::zeros((items, dim)) };
            (self.assumed, self.slopes) = (tables(), tables());
            self.of_validation = Gradients::new(users, items, dim);
        }
    }

    /// Fills in where these rows would be after the step, and its slopes.
    fn assume(&mut self, side: usize, rows: &[u32], scale: f32, learning: &Learning<'_>) {
        let Learning { tables, gradients, optimizer, .. } = learning;
        let (table, gradient) =
            if side == 0 { (&tables.user, &gradients.user) } else { (&tables.item, &gradients.item) };
        let (assumed, slopes) = if side == 0 {
            (&mut self.assumed.user, &mut self.slopes.user)
        } else {
            (&mut self.assumed.item, &mut self.slopes.item)
        };
        let (dim, values) = (table.ncols(), entries(table));
        let [assumed, slopes] = [assumed, slopes].map(|t| t.as_slice_mut().expect("tables are row-major"));
        let targets = assumed.chunks_exact_mut(dim).zip(slopes.chunks_exact_mut(dim));
        for (&row, (new, slopes)) in rows.iter().zip(targets) {
            let row = row as usize;
            let values = &values[row * dim..][..dim];
            let strengths = self.strengths.row(side, row);
            penalized(gradient.row(row), strengths, scale, values, &mut self.total);
            optimizer.assume(side, row, values, &self.total, Assumed { values: new, slopes });
        }
    }
}

/// The entries of a table, row by row.
fn entries(table: &Array2<f32>) -> &[f32] {
    table.as_slice().expect("tables are row-major")
}

impl Regularizer for LambdaOpt {
    /// Λ = 0.
    fn begin(&mut self, start: &Start<'_>) {
        let &Start { split, dim, batch_size } = start;
        let sizes = [split.n_users, split.n_items];
        let shapes = sizes.map(|n| (n, dim));
        self.scale = 2.0 / batch_size as f32;
        self.running = Some(Running {
            strengths: Strengths::new(self.granularity, shapes, self.rule, self.rate, self.clip),
            groupings: [Side::User, Side::Item].map(|side| Grouping::new(training_counts(split, side))),
            assumed: Tables { user: Array2::zeros((0, dim)), item: Array2::zeros((0, dim)) },
            slopes: Tables { user: Array2::zeros((0, dim)), item: Array2::zeros((0, dim)) },
            of_validation: Gradients::new(0, 0, dim),
            total: vec![0.0; dim],
        });
    }

    fn add_gradient(&self, slot: usize, table: &Array2<f32>, gradient: &mut RowGradient) {
        let (dim, values) = (gradient.dim(), entries(table));
        for at in 0..gradient.touched().len() {
            let row = gradient.touched()[at] as usize;
            let strengths = self.strengths().row(slot, row);
            add_penalty(strengths, self.scale, &values[row * dim..][..dim], gradient.row_mut(row));
        }
    }

    fn rest(&self) -> f32 {
        0.0
    }

    fn add_to_gradients(&self, _: &[OnDevice], _: &[BatchRows], _: &mut autodiff::Gradients) {
        unreachable!("models on a tape turn away what learns from assumed steps");
    }

    fn learns(&self) -> Option<&LambdaOpt> {
        Some(self)
    }

    fn learns_mut(&mut self) -> Option<&mut LambdaOpt> {
        Some(self)
    }
}
