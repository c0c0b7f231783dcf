//! A GPU in the worker: only in the build with it.

use super::Engine;
use super::border::JsResult;
use crate::gpu::Gpu;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A GPU that was started.
pub(super) struct Started {
    pub adapter: String,
    /// What learning computes with.
    pub backend: Rc<dyn crate::linalg::Backend>,
}

#[wasm_bindgen]
impl Engine {
    /// Asks for a GPU, sees that it computes rightly, and keeps it. Returns the adapter's name; throws an error that
    /// says why there is none, and the engine stays as it was.
    #[wasm_bindgen(js_name = startGpu)]
    pub async fn start_gpu(&self) -> JsResult<String> {
        let gpu = Gpu::start().await?;
        let adapter = gpu.adapter().to_owned();
        *self.gpu.borrow_mut() = Some(Started { adapter: adapter.clone(), backend: Rc::new(gpu) });
        Ok(adapter)
    }
}
