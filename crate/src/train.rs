//! The training loop: epochs, evaluation, early stopping, events, the run's record and checkpoints.

pub mod checkpoint;
pub mod control;
pub mod evaluate;
mod pace;
pub mod record;

use crate::data::interactions::Split;
use crate::error::{Code, Error, Result};
use crate::models::{Model, Tensor};
use crate::params::{Kind, Method, Param, Params};
use crate::task::{Progress, Task};
use checkpoint::{Checkpoint, Header};
use control::Control;
use evaluate::{Options, Part, evaluate};
use pace::Pace;
pub use record::{EpochRecord, Event, FinalMetrics, Metrics, RunRecord, TrainedRun};
use serde_json::Value;
use web_time::Instant;

/// Description of the loop's settings: the section `train` of a configuration.
pub static TRAIN: Method = Method {
    name: "train",
    title: "Training",
    doc: "Goes through the training pairs in random order, epoch by epoch, and keeps the state that does best on the validation part.",
    formula: "",
    source: "",
    params: &[
        Param {
            name: "epochs",
            title: "epochs",
            doc: "Passes over the training pairs, at most.",
            unit: "epochs",
            kind: Kind::Int { min: 1, max: 100_000, default: 200 },
        },
        Param {
            name: "batch_size",
            title: "batch size",
            doc: "Training pairs in one step; larger than the data means all of them.",
            unit: "pairs",
            kind: Kind::Int { min: 1, max: 1_000_000, default: 2048 },
        },
        Param {
            name: "eval_every",
            title: "evaluate every",
            doc: "Epochs between two evaluations on the validation part; the last epoch is always evaluated.",
            unit: "epochs",
            kind: Kind::Int { min: 1, max: 100_000, default: 1 },
        },
        Param {
            name: "patience",
            title: "patience",
            doc: "Stop after this many evaluations without a new best value; 0 never stops early.",
            unit: "evaluations",
            kind: Kind::Int { min: 0, max: 100_000, default: 10 },
        },
        Param {
            name: "monitor",
            title: "monitored metric",
            doc: "The validation metric that decides which epoch is best, e.g. NDCG@20.",
            unit: "",
            kind: Kind::Text { pattern: "", default: "NDCG@20" },
        },
    ],
};

/// Seconds of training on a device after which its state is brought to safety. What came later is computed again
/// if the device is lost.
const SNAPSHOT_EVERY: f64 = 2.0;

/// Steps that are queued at once, at most.
const QUEUED_STEPS: usize = 64;

/// What a run reads of its checked configuration.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// The section `train`.
    pub train: &'a Params,
    /// The section `evaluate`.
    pub evaluate: &'a Params,
    /// The complete configuration, for events and checkpoints.
    pub config: Value,
}

/// Trains `model` (or fits it, if it is not iterative) and leaves it in its best state, evaluated.
///
/// The same configuration, data and seed give the same bits, whether or not the run was interrupted and
/// resumed. Waiting at the task's checkpoints counts in no timing.
///
/// # Errors
/// [`Code::Cancelled`]; [`Code::NotConverged`] when the loss or a score is no longer finite;
/// [`Code::OutOfRange`] for a monitor that is none of the metrics; [`Code::BadState`] or [`Code::BadValue`]
/// for a checkpoint of another run.
pub async fn train(
    model: &mut dyn Model,
    split: &Split,
    settings: &Settings<'_>,
    resume: Option<&Checkpoint>,
    control: &Control,
    events: &mut dyn FnMut(Event),
    task: &Task,
) -> Result<TrainedRun> {
    let mut run = Run::begin(model, split, settings, resume)?;
    run.secure(model, control).await?;
    events(Event::Start {
        config: run.header.config.clone(),
        epochs: run.epochs,
        steps_per_epoch: model.steps_per_epoch(),
        resumed_epoch: run.header.history.len(),
    });
    let reason = loop {
        if run.out_of_patience() {
            break "patience";
        }
        if run.header.history.len() >= run.epochs {
            break "epochs";
        }
        if !run.epoch(model, control, task).await? {
            break "stopped";
        }
        run.close_epoch(model, task).await?;
        run.secure(model, control).await?;
        let record = run.header.history.last().expect("an epoch just ended");
        events(Event::Epoch(record.clone()));
        control.epoch_ended(record.epoch);
        run.serve(model, control).await?;
        task.checkpoint().await?;
    };
    let trained = run.finish(model, reason, task).await?;
    events(Event::Done { reason: reason.into(), best_epoch: trained.best_epoch });
    Ok(trained)
}

/// A run under way.
struct Run<'a> {
    split: &'a Split,
    options: Options,
    epochs: usize,
    patience: usize,
    eval_every: usize,
    monitor: &'a str,
    /// Where the run stands; goes into checkpoints as it is.
    header: Header,
    best: Vec<Tensor>,
    pace: Pace,
    /// When the state was last brought to safety.
    secured: Option<Instant>,
}

impl<'a> Run<'a> {
    fn begin(
        model: &mut dyn Model,
        split: &'a Split,
        settings: &'a Settings<'a>,
        resume: Option<&Checkpoint>,
    ) -> Result<Self> {
        let options = Options::new(settings.evaluate)?;
        let monitor = settings.train.str("monitor");
        let names = options.metric_names();
        if model.is_iterative() && !names.iter().any(|n| n == monitor) {
            let message = format!("\"{monitor}\" is none of the metrics evaluated ({})", names.join(", "));
            return Err(Error::new(Code::OutOfRange, message).for_key("train.monitor").with_value(monitor));
        }
        let json = settings.config.clone();
        let header = match resume {
            None => Header::begin(json, split),
            Some(saved) => {
                saved.header.check(&json, split)?;
                model.restore(&saved.current)?;
                Header { config: json, ..saved.header.clone() }
            }
        };
        Ok(Self {
            split,
            options,
            epochs: if model.is_iterative() { settings.train.usize("epochs") } else { 1 },
            patience: settings.train.usize("patience"),
            eval_every: settings.train.usize("eval_every"),
            monitor,
            header,
            pace: Pace::new(QUEUED_STEPS),
            secured: None,
            best: resume.map(|saved| saved.best.clone()).unwrap_or_default(),
        })
    }

    fn out_of_patience(&self) -> bool {
        self.patience > 0 && self.header.without_gain >= self.patience
    }

    async fn checkpoint(&self, model: &dyn Model) -> Result<Checkpoint> {
        let current = model.state().await?;
        Ok(Checkpoint { header: self.header.clone(), current, best: self.best.clone() })
    }

    /// Makes the checkpoint that somebody asked for.
    async fn serve(&self, model: &dyn Model, control: &Control) -> Result<()> {
        if control.wants_checkpoint() {
            control.give_checkpoint(self.checkpoint(model).await?);
        }
        Ok(())
    }

    /// Brings the state to safety, if it lies on a device that may be lost and some time has gone by.
    async fn secure(&mut self, model: &dyn Model, control: &Control) -> Result<()> {
        let due = self.secured.is_none_or(|at| at.elapsed().as_secs_f64() >= SNAPSHOT_EVERY);
        if due && model.is_queued() {
            control.give_snapshot(self.checkpoint(model).await?);
            self.secured = Some(Instant::now());
        }
        Ok(())
    }

    /// The next steps, at most `most`: one, or as many as are well queued at once. Gives their number and the sum
    /// of their losses.
    async fn steps(&mut self, model: &mut dyn Model, most: usize) -> Result<(usize, f64)> {
        let began = Instant::now();
        let count = self.pace.size().min(most);
        let mut sum = 0.0;
        for _ in 0..count {
            sum += model.step()?.unwrap_or(0.0);
        }
        sum += model.settle().await?;
        let seconds = began.elapsed().as_secs_f64();
        if model.is_queued() {
            self.pace.took(count, seconds);
        }
        self.header.epoch_seconds += seconds;
        Ok((count, sum))
    }

    /// The steps of an epoch; false if the run was stopped among them.
    async fn epoch(&mut self, model: &mut dyn Model, control: &Control, task: &Task) -> Result<bool> {
        let steps = model.steps_per_epoch();
        while self.header.step < steps {
            if control.is_stopped() {
                return Ok(false);
            }
            let (count, sum) = self.steps(model, steps - self.header.step).await?;
            self.header.loss_sum += sum;
            self.header.step += count;
            let done = self.header.history.len() as f64 + self.header.step as f64 / steps as f64;
            task.report(&Progress { done, ..Progress::of("train", 0, self.epochs, "epochs") });
            self.secure(model, control).await?;
            self.serve(model, control).await?;
            task.checkpoint().await?;
        }
        Ok(true)
    }

    /// Records the epoch that the last step completed, and evaluates if it is time.
    async fn close_epoch(&mut self, model: &dyn Model, task: &Task) -> Result<()> {
        let epoch = self.header.history.len() + 1;
        let last = epoch >= self.epochs;
        let evaluates = !model.is_iterative() || epoch.is_multiple_of(self.eval_every) || last;
        let validation =
            if evaluates { self.evaluate(model, Part::Validation, task).await? } else { Metrics::new() };
        let header = &mut self.header;
        header.train_seconds += header.epoch_seconds;
        header.history.push(EpochRecord {
            epoch,
            loss: header.loss_sum / header.step.max(1) as f64,
            seconds: header.train_seconds,
            // Clocks of browsers are coarse: an epoch of a tiny data set may take no time at all.
            pairs_per_second: model.pairs_per_epoch().unwrap_or(self.split.train.len()) as f64
                / header.epoch_seconds.max(1e-6),
            validation: (!validation.is_empty()).then_some(validation.clone()),
            lambda: model.lambda_groups(),
        });
        (header.step, header.loss_sum, header.epoch_seconds) = (0, 0.0, 0.0);
        match (validation.get(self.monitor), header.best_value) {
            (Some(&value), Some(best)) if value <= best => header.without_gain += 1,
            (Some(&value), _) => {
                (header.best_value, header.best_epoch, header.without_gain) = (Some(value), epoch, 0);
                self.best = model.state().await?;
            }
            (None, _) => {}
        }
        Ok(())
    }

    async fn evaluate(&mut self, model: &dyn Model, part: Part, task: &Task) -> Result<Metrics> {
        let mut seconds = 0.0;
        let metrics = evaluate(model, self.split, part, &self.options, &mut seconds, task).await;
        let metrics = metrics.map_err(|e| match e.code {
            Code::NotConverged => Error {
                message: format!(
                    "after epoch {}: {}",
                    self.header.history.len() + usize::from(self.header.step > 0),
                    e.message
                ),
                ..e
            },
            _ => e,
        })?;
        self.header.evaluate_seconds += seconds;
        Ok(metrics)
    }

    /// Takes the best state up and evaluates it.
    async fn finish(mut self, model: &mut dyn Model, reason: &str, task: &Task) -> Result<TrainedRun> {
        let current = model.state().await?;
        if self.header.best_epoch > 0 {
            model.restore(&self.best)?;
        }
        let best_epoch =
            if self.header.best_epoch > 0 { self.header.best_epoch } else { self.header.history.len() };
        // Epochs count from 1; the best one was evaluated unless there was nothing to evaluate it on.
        let known = best_epoch.checked_sub(1).and_then(|at| self.header.history.get(at)?.validation.clone());
        let validation = match known {
            Some(metrics) if self.header.best_epoch > 0 => metrics,
            _ => self.evaluate(model, Part::Validation, task).await?,
        };
        let test = self.evaluate(model, Part::Test, task).await?;
        let seconds = [
            ("train", self.header.train_seconds + self.header.epoch_seconds),
            ("evaluate", self.header.evaluate_seconds),
        ];
        Ok(TrainedRun {
            metrics: FinalMetrics { test, validation },
            history: self.header.history.clone(),
            best_epoch,
            reason: reason.into(),
            seconds: seconds.map(|(stage, s)| (stage.to_owned(), s)).into(),
            checkpoint: Checkpoint { header: self.header, current, best: self.best },
        })
    }
}
