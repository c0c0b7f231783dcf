//! Long work that reports progress, pauses and can be cancelled on one thread.
//!
//! A browser worker learns of a cancel only when it returns to its event loop, so long computations are
//! `async` and call [`Task::checkpoint`] every few milliseconds. In the worker a checkpoint gives way to
//! the event loop now and then; natively it never waits, and [`run`] drives the future to its end.

use crate::error::Result;
use serde::Serialize;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A boxed future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// How far a piece of long work has come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// What is being done: `parse`, `graph`, `solve`, `train`, `evaluate`, …
    pub stage: &'static str,
    /// Work done so far, in `unit`s.
    pub done: f64,
    /// Work in all, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What `done` and `total` count, in the plural: `bytes`, `rows`, `eigenpairs`, `epochs`, …
    pub unit: &'static str,
    /// Residual norms ‖Av−λv‖ of the wanted pairs while an eigensolver runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub residuals: Vec<f64>,
}

impl Progress {
    /// Progress with a known total.
    pub fn of(stage: &'static str, done: usize, total: usize, unit: &'static str) -> Self {
        Self { stage, done: done as f64, total: Some(total as f64), unit, residuals: Vec::new() }
    }
}

/// Whoever runs the work: shows its progress and may pause or cancel it.
pub trait Host {
    /// Takes note of progress. May be called often; the host thins out what it shows.
    fn report(&self, progress: &Progress);

    /// Called between small pieces of work. `None`: go on at once. A future: wait for it; it fails with
    /// [`Code::Cancelled`](crate::error::Code) when the work is to stop.
    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>>;
}

/// A handle to the [`Host`], passed to everything that takes long. Cheap to clone.
#[derive(Clone)]
pub struct Task(Rc<dyn Host>);

impl Task {
    /// A task run by `host`.
    pub fn new(host: impl Host + 'static) -> Self {
        Self(Rc::new(host))
    }

    /// A task that nobody watches and nobody stops.
    pub fn silent() -> Self {
        Self::new(Silent)
    }

    /// Reports progress to the host.
    pub fn report(&self, progress: &Progress) {
        self.0.report(progress);
    }

    /// Gives the host a chance to show progress, pause or cancel. Call it every few milliseconds.
    ///
    /// # Errors
    /// [`Code::Cancelled`](crate::error::Code) when the host wants the work stopped.
    pub async fn checkpoint(&self) -> Result<()> {
        match self.0.checkpoint() {
            None => Ok(()),
            Some(wait) => wait.await,
        }
    }
}

struct Silent;

impl Host for Silent {
    fn report(&self, _: &Progress) {}
    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>> {
        None
    }
}

/// The value of work that never waits, such as any on [`Task::silent`]: for threads that have no event loop.
///
/// # Panics
/// If it waits after all.
pub fn now<T>(work: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(work).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("work that was to go on at once waits"),
    }
}

/// Runs a future to its end on this thread (natively only: a browser worker must not block).
#[cfg(not(target_arch = "wasm32"))]
pub fn run<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}
