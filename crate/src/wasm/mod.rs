//! The JavaScript bindings: one [`Engine`] in a worker. The only place with `JsValue`.
//!
//! All methods take `&self`, and what they change lies behind cells that are borrowed only between two
//! waits: several long calls may be under way at once, taking turns on the worker's one thread, and none
//! meets a borrow of another. Each works on the data it found when it began ([`Rc`]s of it), whatever is
//! loaded meanwhile. The order of calls that change the data is the worker's affair.

mod away;
mod border;
mod data;
mod embed;
mod gpu;
mod host;
mod load;
mod panic;
mod runs;
mod simulate;
mod sweep;
mod theory;
#[cfg(feature = "wasm-threads")]
mod threads;

pub use host::{Job, give_way};
pub use load::Loading;
#[cfg(feature = "wasm-threads")]
pub use threads::{init_thread_pool, meet};

use crate::catalog;
use crate::data::interactions::Interactions;
use crate::error::{Code, Error, Result};
use crate::pipeline::Prepared;
use border::{JsResult, to_js};
use embed::Embedded;
use js_sys::Function;
use runs::Run;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// The engine as JavaScript holds it: the data, the embeddings and the runs of one worker.
#[wasm_bindgen]
pub struct Engine {
    loaded: RefCell<Option<Loaded>>,
    prepared: RefCell<Option<Rc<Prepared>>>,
    embeddings: RefCell<BTreeMap<u32, Rc<Embedded>>>,
    runs: RefCell<BTreeMap<u32, Rc<Run>>>,
    handles: Cell<u32>,
    #[cfg(feature = "gpu")]
    gpu: RefCell<Option<Rc<crate::gpu::Gpu>>>,
}

/// What was loaded last.
#[derive(Clone)]
struct Loaded {
    data: Rc<Interactions>,
    seconds: f64,
}

#[wasm_bindgen]
impl Engine {
    /// An engine without data. `on_panic(message)` is called if it breaks down; it must not be used after.
    #[wasm_bindgen(constructor)]
    pub fn new(on_panic: Function) -> Self {
        panic::tell(on_panic);
        Self {
            loaded: RefCell::default(),
            prepared: RefCell::default(),
            embeddings: RefCell::default(),
            runs: RefCell::default(),
            handles: Cell::new(0),
            #[cfg(feature = "gpu")]
            gpu: RefCell::default(),
        }
    }

    /// Version of the engine.
    pub fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    /// The compute path on the CPU: type `ComputePath` of `web/engine/types.ts`. Why there are no threads is for
    /// the client to say, which chose this build.
    pub fn path(&self) -> JsResult {
        #[cfg(feature = "wasm-threads")]
        let threads = rayon::current_num_threads();
        #[cfg(not(feature = "wasm-threads"))]
        let threads = 1;
        Ok(to_js(&json!({
            "build": if cfg!(feature = "wasm-threads") { "threads" } else { "baseline" },
            "simd": true,
            "threads": threads,
        }))?)
    }

    /// Every method with its parameters: type `Catalog`.
    pub fn catalog(&self) -> JsResult {
        Ok(to_js(&catalog::to_json())?)
    }

    /// The JSON schema of a run's configuration.
    pub fn schema(&self) -> JsResult {
        Ok(to_js(&catalog::schema())?)
    }
}

impl Engine {
    fn handle(&self) -> u32 {
        self.handles.set(self.handles.get() + 1);
        self.handles.get()
    }

    /// Under a new number.
    fn enter(&self, run: Rc<Run>) -> u32 {
        let number = self.handle();
        self.runs.borrow_mut().insert(number, run);
        number
    }

    fn loaded(&self) -> Result<Loaded> {
        let missing = || Error::new(Code::BadState, "no data is loaded");
        self.loaded.borrow().clone().ok_or_else(missing)
    }

    fn prepared(&self) -> Result<Rc<Prepared>> {
        self.loaded()?;
        let missing =
            || Error::new(Code::BadState, "the data is loaded but not prepared: filter and split it first");
        self.prepared.borrow().clone().ok_or_else(missing)
    }
}

/// Takes the entry out of a table of handles.
fn entry<T: Clone>(table: &RefCell<BTreeMap<u32, T>>, handle: f64, what: &str) -> Result<T> {
    let missing = || {
        Error::new(Code::BadState, format!("there is no {what} {handle} (any more)"))
            .with_value(handle.to_string())
    };
    table.borrow().get(&(handle as u32)).filter(|_| handle.fract() == 0.0).cloned().ok_or_else(missing)
}
