//! A whole training run: initial tables, model, loop, record.

use super::{Prepared, Seconds, embed};
use crate::autodiff::Device;
use crate::catalog::MODELS;
use crate::config::RunConfig;
use crate::data::interactions::Side;
use crate::error::{Code, Error, Result};
use crate::init::Tables;
use crate::linalg::Cpu;
use crate::models::{Model, ModelInput};
use crate::task::Task;
use crate::train::checkpoint::{Checkpoint, fingerprint};
use crate::train::control::Control;
use crate::train::{self, Event};
use ndarray::Array2;
use serde_json::{Value, json};
use std::rc::Rc;

/// What a training run leaves: the model in its best state, its record, and how to go on from it.
pub struct Trained {
    /// The model in its best state, on the CPU wherever it was trained: it answers at once.
    pub model: Box<dyn Model>,
    /// The run's record: `warren config data users … metrics history best_epoch reason seconds device`.
    pub record: Value,
    /// Saves the model; training can go on from it.
    pub checkpoint: Checkpoint,
    /// Seconds by stage: `parse graph solve train evaluate`, as far as they happened.
    pub seconds: Seconds,
}

/// Trains (or fits) the configuration's model on prepared data and evaluates it. With `resume` it goes on
/// from there, under the same configuration but for `train.epochs`. The data has to be prepared with the
/// configuration's own `data` and `seed`.
///
/// # Errors
/// [`Code::OutOfRange`] if a size exceeds the data, [`Code::BadState`] for a checkpoint of another run,
/// [`Code::NotConverged`], [`Code::Cancelled`].
pub async fn train(
    prepared: &Prepared,
    config: &RunConfig,
    resume: Option<&Checkpoint>,
    control: &Control,
    events: &mut dyn FnMut(Event),
    task: &Task,
) -> Result<Trained> {
    train_on(Rc::new(Cpu::new()), prepared, config, resume, control, events, task).await
}

/// [`train`] with what the model computes on, if it is written in a backend's primitives. If that fails, the
/// run goes on on the CPU from the last state that was brought to safety: an [`Event::Fallback`] and the
/// record's `device` say so, and the steps since then are computed again.
///
/// # Errors
/// As [`train`].
pub async fn train_on(
    device: Device,
    prepared: &Prepared,
    config: &RunConfig,
    resume: Option<&Checkpoint>,
    control: &Control,
    events: &mut dyn FnMut(Event),
    task: &Task,
) -> Result<Trained> {
    let mut seconds = Seconds::default();
    seconds.add("parse", prepared.parse_seconds);
    let (tables, graphs) = match resume {
        // A checkpoint brings its own tables.
        Some(_) => (blank(prepared, config), Value::Null),
        None => initial(prepared, config, &mut seconds, task).await?,
    };
    task.checkpoint().await?;
    let start = |device: &Device, tables| build_on(device.clone(), prepared, config, tables);
    // If the device fails before anything was brought to safety, the run begins anew from these.
    let spare = if device.is_queued() { tables.clone() } else { None };
    let mut model = start(&device, tables)?;
    task.checkpoint().await?;
    let (split, settings) = (&prepared.split, config.settings());
    let outcome = train::train(model.as_mut(), split, &settings, resume, control, events, task).await;
    let is_queued = model.is_queued();
    let (mut on, cpu): (Value, Device) = (model.device().map(describe).into(), Rc::new(Cpu::new()));
    let run = match (outcome, device.failure().filter(|_| is_queued)) {
        (Err(_), Some(failure)) => {
            events(Event::Fallback { reason: failure.message.clone() });
            on["fallback"] = failure.message.into();
            let snapshot = control.take_snapshot();
            model = start(&cpu, spare)?;
            let resume = snapshot.as_ref().or(resume);
            train::train(model.as_mut(), split, &settings, resume, control, events, task).await?
        }
        (outcome, _) => {
            let run = outcome?;
            if is_queued {
                model = start(&cpu, blank(prepared, config))?;
                model.restore(run.checkpoint.best_or_current())?;
            }
            run
        }
    };
    for stage in ["train", "evaluate"] {
        seconds.add(stage, run.seconds.get(stage).copied().unwrap_or(0.0));
    }
    let mut record = json!(run.record(prepared.describe()));
    for (key, value) in prepared.counts() {
        record[key] = value;
    }
    if !graphs.is_null() {
        record["graphs"] = graphs;
    }
    if !on.is_null() {
        record["device"] = on;
    }
    record["seconds"] = seconds.to_json();
    Ok(Trained { model, record, checkpoint: run.checkpoint, seconds })
}

/// A saved model in its best state, to recommend with, on the data it was trained on.
///
/// # Errors
/// [`Code::BadState`] on other data or another split; [`Code::BadValue`] for a damaged checkpoint.
pub fn restore(prepared: &Prepared, saved: &Checkpoint) -> Result<Box<dyn Model>> {
    if saved.header.split != fingerprint(&prepared.split) {
        let message = "the model was trained on other data, or on another filter, split or seed";
        return Err(Error::new(Code::BadState, message));
    }
    let config = RunConfig::parse(&saved.header.config)?;
    let mut model = build(prepared, &config, blank(prepared, &config))?;
    model.restore(saved.best_or_current())?;
    Ok(model)
}

/// The model of a configuration, on the CPU; `tables` for those that have tables.
///
/// # Errors
/// Whatever the model finds wrong with its input.
pub fn build(prepared: &Prepared, config: &RunConfig, tables: Option<Tables>) -> Result<Box<dyn Model>> {
    build_on(Rc::new(Cpu::new()), prepared, config, tables)
}

/// [`build`] with what the model computes on, if it is written in a backend's primitives.
///
/// # Errors
/// As [`build`].
pub fn build_on(
    device: Device,
    prepared: &Prepared,
    config: &RunConfig,
    tables: Option<Tables>,
) -> Result<Box<dyn Model>> {
    let entry = MODELS.find(config.model.method.name)?;
    (entry.build)(ModelInput {
        params: &config.model,
        split: prepared.split.clone(),
        tables,
        loss: &config.loss,
        regularizer: &config.regularizer,
        optimizer: &config.optimizer,
        train: &config.train,
        device,
        seed: config.seed,
    })
}

/// Where a model was trained, as its record tells: `{ "name": "webgpu", "adapter": "…" }`.
fn describe(device: &Device) -> Value {
    match device.adapter() {
        Some(adapter) => json!({ "name": device.name(), "adapter": adapter }),
        None => json!({ "name": device.name() }),
    }
}

/// Tables of zeros, to be filled from a checkpoint.
fn blank(prepared: &Prepared, config: &RunConfig) -> Option<Tables> {
    let dim = config.dim()?;
    let zeros = |side| Array2::zeros((prepared.split.n(side), dim));
    Some(Tables { user: zeros(Side::User), item: zeros(Side::Item) })
}

/// Tables by the configuration's initialisation, and the graphs behind them.
async fn initial(
    prepared: &Prepared,
    config: &RunConfig,
    seconds: &mut Seconds,
    task: &Task,
) -> Result<(Option<Tables>, Value)> {
    let Some(dim) = config.dim() else { return Ok((None, Value::Null)) };
    let sides = [Side::User, Side::Item];
    let outcome = embed(prepared, &sides, &config.init, dim, config.seed, task).await?;
    outcome.seconds.iter().for_each(|(stage, s)| seconds.add(stage, s));
    let graphs = match &outcome.embeddings[..] {
        [user, item] if user.graph.is_some() => json!({ "user": user.graph, "item": item.graph }),
        _ => Value::Null,
    };
    let mut tables = outcome.embeddings.into_iter().map(|e| e.vectors);
    let tables = tables.next().zip(tables.next()).map(|(user, item)| Tables { user, item });
    Ok((tables, graphs))
}
