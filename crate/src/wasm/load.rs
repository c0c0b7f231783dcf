//! Data into the engine: files in chunks, previews, and the built-in sets.

use super::border::{JsResult, from_js, to_js, whole};
use super::host::Job;
use super::{Engine, Loaded};
use crate::catalog::BUILTIN;
use crate::data::formats::{self, LoadOptions, Loader};
use crate::data::interactions::Interactions;
use crate::error::{Code, Error, Result};
use crate::params::Params;
use crate::rng::Seed;
use crate::task::Progress;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_time::Instant;

/// Files on their way in. The worker pushes their bytes and hands it to [`Engine::finish_load`].
#[wasm_bindgen]
pub struct Loading {
    loader: RefCell<Option<Loader>>,
    began: Instant,
    progress: RefCell<Bytes>,
}

/// How many bytes have come, and how many will if that is known.
#[derive(Default)]
struct Bytes {
    done: f64,
    total: Option<f64>,
}

#[wasm_bindgen]
impl Loading {
    /// Begins a file; the one before, if any, is at its end.
    pub fn begin_file(&self, name: &str) -> JsResult<()> {
        Ok(self.use_loader(|loader| loader.begin(name))?)
    }

    /// The next bytes of the present file.
    pub fn push(&self, bytes: &[u8], job: &Job) -> JsResult<()> {
        self.use_loader(|loader| loader.push(bytes))?;
        let mut progress = self.progress.borrow_mut();
        progress.done += bytes.len() as f64;
        let (done, total) = (progress.done, progress.total);
        job.task().report(&Progress { stage: "parse", done, total, unit: "bytes", residuals: Vec::new() });
        Ok(())
    }
}

impl Loading {
    /// `total`: bytes of all files, where known.
    fn with(options: LoadOptions, total: Option<f64>) -> Self {
        Self {
            loader: RefCell::new(Some(Loader::new(options))),
            began: Instant::now(),
            progress: RefCell::new(Bytes { done: 0.0, total }),
        }
    }

    fn use_loader<T>(&self, work: impl FnOnce(&mut Loader) -> Result<T>) -> Result<T> {
        work(self.loader.borrow_mut().as_mut().ok_or_else(ended)?)
    }
}

fn ended() -> Error {
    Error::new(Code::BadState, "this loading has ended")
}

#[wasm_bindgen]
impl Engine {
    /// The first rows of a file (of which `bytes` is the beginning): type `Preview`.
    pub fn preview(&self, name: &str, bytes: &[u8], options: &JsValue) -> JsResult {
        let options: LoadOptions = from_js(options, "options")?;
        Ok(to_js(&formats::preview(name, bytes, &options)?)?)
    }

    /// Begins to load files of `total` bytes in all, where that is known.
    pub fn begin_load(&self, options: &JsValue, total: Option<f64>) -> JsResult<Loading> {
        Ok(Loading::with(from_js(options, "options")?, total))
    }

    /// All files are pushed: the data is taken up, in place of what was loaded before. Type `LoadSummary`.
    pub async fn finish_load(&self, loading: &Loading, job: &Job) -> JsResult {
        let task = job.task();
        let loader = loading.loader.borrow_mut().take().ok_or_else(ended)?;
        let loaded = loader.finish(&task).await?;
        Ok(self.take_up(loaded.data, loaded.format, loading.began)?)
    }

    /// Loads a built-in set: type `LoadSummary`. `seed` is for those that are generated.
    pub async fn load_builtin(&self, name: &str, params: &JsValue, seed: f64, job: &Job) -> JsResult {
        let (began, task) = (Instant::now(), job.task());
        let &(method, build) = BUILTIN.find(name)?;
        let (params, seed): (Map<String, Value>, _) =
            (from_js(params, "params")?, Seed(whole(seed, "seed")?));
        let params = Params::check(method, &params, "builtin")?;
        let data = build(&params, seed, &task).await?;
        Ok(self.take_up(data, "builtin", began)?)
    }
}

impl Engine {
    /// Replaces the data; what was made from the old goes, except runs, which keep theirs.
    fn take_up(&self, data: Interactions, format: &str, began: Instant) -> Result<JsValue> {
        let seconds = began.elapsed().as_secs_f64();
        let summary = summary(&data, format, seconds);
        *self.loaded.borrow_mut() = Some(Loaded { data: Rc::new(data), seconds });
        *self.prepared.borrow_mut() = None;
        self.embeddings.borrow_mut().clear();
        to_js(&summary)
    }
}

fn summary(data: &Interactions, format: &str, seconds: f64) -> Value {
    let mut genres: Vec<&str> = data.info.genres.iter().flatten().map(String::as_str).collect();
    genres.sort_unstable();
    genres.dedup();
    json!({
        "name": data.name,
        "format": format,
        "users": data.users.len(),
        "items": data.items.len(),
        "interactions": data.rows.len(),
        "repeated": data.repeated,
        "has_ratings": data.has_ratings,
        "has_times": data.has_times,
        "has_titles": data.info.titles.iter().any(|t| !t.is_empty()),
        "genres": genres,
        "fingerprint": data.fingerprint,
        "seconds": seconds,
    })
}
