//! The backend on WebGPU: in a browser its own, natively Vulkan.
//!
//! Calls are recorded and sent in batches; arrays stay on the GPU until they are downloaded. One download for many
//! steps: some browsers report that the GPU is done only every 100 ms.
//!
//! **Failure.** A GPU can be lost at any time (a driver restarts, a laptop wakes up). Then nothing is computed any
//! more, and [`download`](Backend::download) gives the error; whoever trains goes on elsewhere from what was
//! downloaded last. The same holds if an array is larger than the adapter permits, which [`Gpu::permits`] tells
//! before.

mod backend;
mod commands;
mod context;
mod download;
mod kernels;
mod pool;
mod trial;

pub use pool::Usage;

use crate::error::{Code, Error, Result};
#[cfg(doc)]
use crate::linalg::Backend;
use commands::Commands;
use context::Context;
use pool::{Pool, Stored};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A WebGPU device as a [`Backend`](crate::linalg::Backend).
pub struct Gpu {
    context: Context,
    arrays: Rc<Pool>,
    staging: Rc<Pool>,
    commands: RefCell<Commands>,
    budget: Cell<usize>,
}

impl Gpu {
    /// Asks for the fastest adapter there is, and has it compute something small to see that it does so rightly.
    ///
    /// # Errors
    /// [`Code::BadState`] with a sentence that says why there is none, why it gives no device, or what it computed
    /// wrongly.
    pub async fn start() -> Result<Self> {
        use wgpu::BufferUsages as Is;
        let context = Context::start().await?;
        let gpu = Self {
            commands: RefCell::new(Commands::new(&context.device)),
            context,
            arrays: Pool::new(Is::STORAGE | Is::COPY_SRC | Is::COPY_DST),
            staging: Pool::new(Is::MAP_READ | Is::COPY_DST),
            budget: Cell::new(commands::BUDGET),
        };
        let failed = |e: Error| {
            let message = format!("the WebGPU adapter {} failed its trial: {}", gpu.adapter(), e.message);
            Error::new(Code::BadState, message)
        };
        trial::trial(&gpu).await.map_err(failed)?;
        Ok(gpu)
    }

    /// With this name of the adapter, unless it is empty.
    #[must_use]
    pub fn named(mut self, name: String) -> Self {
        if !name.is_empty() {
            self.context.adapter = name;
        }
        self
    }

    /// The adapter's name, for people.
    pub fn adapter(&self) -> &str {
        &self.context.adapter
    }

    /// Whether an array of `len` numbers fits. A larger one makes the backend fail with this error.
    ///
    /// # Errors
    /// [`Code::TooLarge`].
    pub fn permits(&self, len: usize) -> Result<()> {
        let (bytes, most) = (len as u64 * 4, self.context.most);
        if bytes <= most {
            return Ok(());
        }
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let message = format!(
            "an array of {len} numbers ({:.1} MB) is more than this GPU takes at once ({:.1} MB)",
            mb(bytes),
            mb(most)
        );
        Err(Error::new(Code::TooLarge, message).with_value(len.to_string()))
    }

    /// True once the device is gone, and with it everything that was not downloaded.
    pub fn is_lost(&self) -> bool {
        self.context.failure.is_lost()
    }

    /// What went wrong first, if anything did: the loss of the device, an array that is too large, a refused call.
    pub fn failure(&self) -> Option<Error> {
        self.context.failure.error()
    }

    /// Loses the device on purpose: shows what happens when that comes by itself.
    pub fn destroy(&self) {
        self.context.device.destroy();
        // Natively the device tells of it when it is asked; in a browser, soon.
        let _ = self.context.device.poll(wgpu::PollType::Poll);
    }

    /// Multiply-adds after which a call is cut into several dispatches (roughly), so that none takes long.
    pub fn set_dispatch_budget(&self, multiply_adds: usize) {
        self.budget.set(multiply_adds.max(1));
    }

    /// The memory of its arrays.
    pub fn usage(&self) -> Usage {
        self.arrays.usage()
    }

    /// An array of `len` elements with anything in it. One that is too large is a failure, and small.
    fn take(&self, len: usize) -> Stored {
        let len = match self.permits(len) {
            Ok(()) => len,
            Err(error) => {
                self.context.failure.refuse(error);
                0
            }
        };
        self.arrays.take(&self.context.device, len as u64 * 4, self.context.most)
    }
}
