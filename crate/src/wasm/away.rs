//! Runs that the module with WebGPU trains for this one: it gets the data, and gives the outcome back. So the page
//! keeps one engine, whatever is trained where, and a lost GPU takes nothing with it.

use super::border::{JsResult, from_js};
use super::host::Job;
use super::runs::Run;
use super::{Engine, Loaded, entry};
use crate::config::RunConfig;
use crate::data::packed;
use crate::error::{Code, Error, Result};
use crate::pipeline::{self, Seconds, Trained};
use crate::train::checkpoint::Checkpoint;
use js_sys::Uint8Array;
use serde_json::Value;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Engine {
    /// The loaded data, for another engine's [`Engine::import_data`].
    pub fn export_data(&self) -> JsResult<Uint8Array> {
        Ok(Uint8Array::from(&packed::to_bytes(&self.loaded()?.data)?[..]))
    }

    /// Fingerprint of the loaded data.
    pub fn data_fingerprint(&self) -> JsResult<String> {
        Ok(self.loaded()?.data.fingerprint.clone())
    }

    /// Takes up data of another engine, in place of what was loaded before.
    pub fn import_data(&self, bytes: &[u8]) -> JsResult<()> {
        let data = Rc::new(packed::from_bytes(bytes)?);
        *self.loaded.borrow_mut() = Some(Loaded { data, seconds: 0.0 });
        *self.prepared.borrow_mut() = None;
        Ok(())
    }

    /// Prepares the data for a run that another engine trains, and gives the number of the run.
    pub async fn begin_away(&self, config: &JsValue, job: &Job) -> JsResult<u32> {
        let config = RunConfig::parse(&from_js::<Value>(config, "config")?)?;
        Ok(self.begin(&config, job).await?)
    }

    /// As [`Engine::begin_away`], for a run that goes on from its checkpoint.
    pub async fn resume_away(&self, checkpoint: &[u8], job: &Job) -> JsResult<u32> {
        let config = RunConfig::parse(&Checkpoint::from_bytes(checkpoint)?.header.config)?;
        Ok(self.begin(&config, job).await?)
    }

    /// Takes up what another engine trained as the run of this number: its record, and its state when it ended.
    pub fn adopt_run(&self, run: f64, record: &JsValue, checkpoint: &[u8]) -> JsResult<()> {
        Ok(self.adopt(run, from_js(record, "record")?, checkpoint)?)
    }
}

impl Engine {
    async fn begin(&self, config: &RunConfig, job: &Job) -> Result<u32> {
        let prepared = self.prepare_as(&config.data, config.seed, &job.task()).await?;
        Ok(self.enter(Rc::new(Run::new(prepared, job.state()))))
    }

    fn adopt(&self, run: f64, mut record: Value, checkpoint: &[u8]) -> Result<()> {
        let run = entry(&self.runs, run, "run")?;
        let checkpoint = Checkpoint::from_bytes(checkpoint)?;
        let [own, saved] = [&record["config"], &checkpoint.header.config].map(RunConfig::parse);
        if own?.to_json() != saved?.to_json() {
            return Err(Error::new(Code::BadState, "the record is that of another run than the checkpoint"));
        }
        // On its way through JavaScript 1.0 has become 1.
        record["config"] = checkpoint.header.config.clone();
        let model = pipeline::restore(&run.prepared, &checkpoint)?;
        run.end(Trained { model, record, checkpoint, seconds: Seconds::default() });
        Ok(())
    }
}
