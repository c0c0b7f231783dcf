//! Training runs: events while they go on; recommendations, tables and files when they are over.

use super::border::{JsResult, from_js, index, to_js, to_js_with, whole};
use super::embed::floats;
use super::host::{Job, JobState, give_way};
use super::{Engine, entry};
use crate::config::RunConfig;
use crate::data::interactions::Side;
use crate::error::{Code, Error, Result};
use crate::init::Tables;
use crate::pipeline::{self, Prepared, Trained, export};
use crate::train::Event;
use crate::train::checkpoint::Checkpoint;
use js_sys::Uint8Array;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A run in progress or over.
pub(super) struct Run {
    /// The data it is trained on, whatever is loaded meanwhile.
    pub prepared: Rc<Prepared>,
    job: Rc<JobState>,
    /// The outcome once it is over.
    outcome: RefCell<Option<Rc<Trained>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecommendOptions {
    run: f64,
    user: Option<f64>,
    history: Option<Vec<f64>>,
    n: f64,
}

/// An event with the run's number, as JavaScript sees it.
#[derive(Serialize)]
struct RunEvent<'a> {
    #[serde(flatten)]
    event: &'a Event,
    run: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Value>,
}

#[wasm_bindgen]
impl Engine {
    /// Trains a model; events go to the job's listener. Type `RunRecord`.
    pub async fn train(&self, config: &JsValue, job: &Job) -> JsResult {
        let config = RunConfig::parse(&from_js::<Value>(config, "config")?)?;
        Ok(self.run(&config, None, job).await?)
    }

    /// Goes on with a run from its checkpoint. Type `RunRecord`.
    pub async fn resume(&self, checkpoint: &[u8], job: &Job) -> JsResult {
        let checkpoint = Checkpoint::from_bytes(checkpoint)?;
        let config = RunConfig::parse(&checkpoint.header.config)?;
        Ok(self.run(&config, Some(&checkpoint), job).await?)
    }

    /// The best items for a user, or for anybody with a history: list of type `Recommendation`.
    pub async fn recommend(&self, options: &JsValue) -> JsResult {
        let RecommendOptions { run, user, history, n } = from_js(options, "options")?;
        let run = entry(&self.runs, run, "run")?;
        let (outcome, split) = (run.outcome()?, &run.prepared.split);
        let user = user.map(|u| index(u, split.n_users, "user")).transpose()?;
        let history: Vec<u32> = match (history, user) {
            (Some(items), _) => {
                items.into_iter().map(|i| index(i, split.n_items, "item")).collect::<Result<_>>()?
            }
            (None, Some(user)) => split.train.row(user as usize).to_vec(),
            (None, None) => {
                let message = "recommendations need a user or a history";
                return Err(Error::new(Code::OutOfRange, message).for_key("user").into());
            }
        };
        let n = whole(n, "n")? as usize;
        let best = pipeline::recommend(outcome.model.as_ref(), &run.prepared, user, &history, n).await?;
        Ok(to_js(&best)?)
    }

    /// A run's learned table of a side: type `Table`.
    pub fn run_table(&self, run: f64, side: &str) -> JsResult {
        let (side, outcome) = (side.parse()?, entry(&self.runs, run, "run")?.outcome()?);
        let table = of_side(tables(&outcome)?, side);
        let summary = json!({"side": side, "rows": table.nrows(), "dim": table.ncols()});
        Ok(to_js_with(&summary, &[("vectors", floats(table))])?)
    }

    /// A run as a file: its record, both tables (`safetensors` without a side), or one side's table.
    pub fn export_run(&self, run: f64, format: &str, side: Option<String>) -> JsResult<Uint8Array> {
        let run = entry(&self.runs, run, "run")?;
        let outcome = run.outcome()?;
        let side: Option<Side> = side.map(|s| s.parse()).transpose()?;
        let bytes = match (format, side) {
            ("json", _) => format!("{:#}\n", outcome.record).into_bytes(),
            ("safetensors", None) => {
                let tables = tables(&outcome)?;
                let metadata = HashMap::from([("config".to_owned(), outcome.record["config"].to_string())]);
                export::tensors([("user", &tables.user), ("item", &tables.item)], metadata)?
            }
            (_, Some(side)) => {
                export::table(format.parse()?, run.prepared.ids(side), of_side(tables(&outcome)?, side))?
            }
            (_, None) => {
                let message = format!("a table as {format} needs a side, user or item");
                return Err(Error::new(Code::OutOfRange, message).for_key("side").into());
            }
        };
        Ok(Uint8Array::from(&bytes[..]))
    }

    /// A run's state to go on from, also while it goes on or is paused.
    pub async fn checkpoint(&self, run: f64) -> JsResult<Uint8Array> {
        let run = entry(&self.runs, run, "run")?;
        let control = run.job.control();
        control.request_checkpoint();
        loop {
            if let Ok(outcome) = run.outcome() {
                return Ok(Uint8Array::from(&outcome.checkpoint.to_bytes()?[..]));
            }
            if let Some(checkpoint) = control.take_checkpoint() {
                return Ok(Uint8Array::from(&checkpoint.to_bytes()?[..]));
            }
            if !run.is_known_to(self) {
                return Err(Error::new(Code::BadState, "the run has ended without a result").into());
            }
            // The run makes it after its next step, for which a paused one must be let go.
            run.job.nudge();
            give_way().await;
        }
    }

    /// Forgets a run; one in progress is cancelled.
    pub fn remove_run(&self, run: f64) {
        if let Some(run) = self.runs.borrow_mut().remove(&(run as u32)) {
            run.job.cancel();
        }
    }
}

impl Engine {
    async fn run(&self, config: &RunConfig, resume: Option<&Checkpoint>, job: &Job) -> Result<JsValue> {
        let (task, job) = (job.task(), job.state());
        let prepared = self.prepare_as(&config.data, config.seed, &task).await?;
        let number = self.handle();
        let run = Rc::new(Run { prepared: prepared.clone(), job: job.clone(), outcome: RefCell::default() });
        self.runs.borrow_mut().insert(number, run.clone());

        let mut done = None;
        let mut events = |event: Event| {
            if matches!(event, Event::Done { .. }) {
                // Held back until the record is there to go with it.
                done = Some(event);
            } else {
                job.send("event", &RunEvent { event: &event, run: number, record: None });
            }
        };
        let control = job.control();
        let trained = pipeline::train(&prepared, config, resume, &control, &mut events, &task).await;
        let trained = Rc::new(trained.inspect_err(|_| {
            self.runs.borrow_mut().remove(&number);
        })?);
        let result = to_js(&trained.record)?;
        *run.outcome.borrow_mut() = Some(trained.clone());
        if let Some(event) = &done {
            job.send("event", &RunEvent { event, run: number, record: Some(&trained.record) });
        }
        Ok(result)
    }
}

impl Run {
    fn outcome(&self) -> Result<Rc<Trained>> {
        let open =
            || Error::new(Code::BadState, "the run is still in progress; wait for its end, or stop it");
        self.outcome.borrow().clone().ok_or_else(open)
    }

    fn is_known_to(self: &Rc<Self>, engine: &Engine) -> bool {
        engine.runs.borrow().values().any(|run| Rc::ptr_eq(run, self))
    }
}

fn tables(trained: &Trained) -> Result<&Tables> {
    let none = || Error::new(Code::BadState, "this run's model has no tables of vectors");
    trained.model.tables().ok_or_else(none)
}

fn of_side(tables: &Tables, side: Side) -> &Array2<f32> {
    match side {
        Side::User => &tables.user,
        Side::Item => &tables.item,
    }
}
