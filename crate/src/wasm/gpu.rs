//! What training computes with: a GPU, in the build that has the backend, once it was started.

use super::Engine;
use crate::autodiff::Device;
use crate::linalg::Cpu;
use std::rc::Rc;

#[cfg(feature = "gpu")]
mod started {
    use super::super::Engine;
    use super::super::border::JsResult;
    use crate::gpu::Gpu;
    use std::rc::Rc;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    impl Engine {
        /// Asks for a GPU, sees that it computes rightly, and keeps it: networks are then trained on it. Returns
        /// the adapter's name; throws an error that says why there is none, and the engine stays as it was. One
        /// that was started before and is well stays. `name` is what the browser calls the adapter, which only
        /// JavaScript is told.
        #[wasm_bindgen(js_name = startGpu)]
        pub async fn start_gpu(&self, name: String) -> JsResult<String> {
            if let Some(gpu) = self.gpu.borrow().as_ref().filter(|gpu| gpu.failure().is_none()) {
                return Ok(gpu.adapter().to_owned());
            }
            let gpu = Gpu::start().await?.named(name);
            let adapter = gpu.adapter().to_owned();
            *self.gpu.borrow_mut() = Some(Rc::new(gpu));
            Ok(adapter)
        }

        /// Loses the GPU on purpose: shows what happens when that comes by itself.
        #[wasm_bindgen(js_name = loseGpu)]
        pub fn lose_gpu(&self) {
            if let Some(gpu) = self.gpu.borrow().as_ref() {
                gpu.destroy();
            }
        }
    }
}

impl Engine {
    /// The GPU if one was started and is well; the CPU otherwise.
    pub(super) fn device(&self) -> Device {
        #[cfg(feature = "gpu")]
        if let Some(gpu) = self.gpu.borrow().as_ref().filter(|gpu| gpu.failure().is_none()) {
            return gpu.clone();
        }
        Rc::new(Cpu::new())
    }
}
