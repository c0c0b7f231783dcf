//! The host of long work in a browser worker: gives way to the event loop, shows progress, pauses, cancels.
//!
//! Work runs in slices of [`SLICE`]. Between slices the worker handles its messages, so a cancel is
//! answered after a slice and a step of work, well within 100 ms. The way back into the loop is a
//! `MessageChannel`: `setTimeout` would add 4 ms to each slice after the first few.

use super::border::to_js;
use crate::error::{Error, Result};
use crate::task::{Host, LocalFuture, Progress, Task};
use js_sys::{Array, Function, Promise};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;
use web_time::Instant;

/// How long work goes on before it gives way to the event loop.
const SLICE: Duration = Duration::from_millis(12);

/// Least time between two progress messages of one stage.
const REPORT_EVERY: Duration = Duration::from_millis(66);

/// How long a stage must have run before its rate says anything about the time left.
const ESTIMATE_AFTER: Duration = Duration::from_millis(300);

/// One long call of the engine, as JavaScript holds it: where its progress goes and how to steer it.
#[wasm_bindgen]
pub struct Job {
    state: Rc<JobState>,
}

#[wasm_bindgen]
impl Job {
    /// A job whose progress and events go to `listener(kind, value)`, `kind` being `progress` or `event`.
    #[wasm_bindgen(constructor)]
    pub fn new(listener: Function) -> Self {
        let now = Instant::now();
        Self {
            state: Rc::new(JobState {
                listener,
                began: now,
                slice_began: Cell::new(now),
                reported: Cell::new(None),
                stage: Cell::new(Stage { name: "", began: now, done: 0.0 }),
                cancelled: Cell::new(false),
                stopped: Cell::new(false),
                paused: Cell::new(false),
                stepping: Cell::new(false),
                waiting: RefCell::default(),
            }),
        }
    }

    /// Ends the work at its next checkpoint with code `cancelled`.
    pub fn cancel(&self) {
        self.state.cancelled.set(true);
        self.state.wake();
    }

    /// Holds the work at its next checkpoint.
    pub fn pause(&self) {
        self.state.stepping.set(false);
        self.state.paused.set(true);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.state.stepping.set(false);
        self.state.paused.set(false);
        self.state.wake();
    }

    /// Goes on to the end of the present epoch and pauses there.
    pub fn step(&self) {
        self.state.stepping.set(true);
        self.state.paused.set(false);
        self.state.wake();
    }

    /// Asks a training to end early and keep what it has.
    pub fn stop(&self) {
        self.state.stopped.set(true);
        self.state.wake();
    }
}

impl Job {
    /// The task to pass to the work.
    pub fn task(&self) -> Task {
        Task::new(WorkerHost(self.state.clone()))
    }

    /// The job's state, which outlives the JavaScript object.
    pub fn state(&self) -> Rc<JobState> {
        self.state.clone()
    }
}

/// The stage that was reported last, to estimate the time left by its rate.
#[derive(Clone, Copy)]
struct Stage {
    name: &'static str,
    began: Instant,
    done: f64,
}

/// What a [`Job`] and the host of its work share.
pub struct JobState {
    listener: Function,
    began: Instant,
    slice_began: Cell<Instant>,
    reported: Cell<Option<Instant>>,
    stage: Cell<Stage>,
    cancelled: Cell<bool>,
    stopped: Cell<bool>,
    paused: Cell<bool>,
    stepping: Cell<bool>,
    waiting: RefCell<Option<Function>>,
}

impl JobState {
    /// True once the listener has asked a training to end early.
    pub fn is_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// An epoch has ended: a single step pauses here.
    pub fn epoch_ended(&self) {
        if self.stepping.replace(false) {
            self.paused.set(true);
        }
    }

    /// Sends a value to the listener. An exception in the listener is its own affair.
    pub fn send(&self, kind: &str, value: &impl Serialize) {
        if let Ok(value) = to_js(value) {
            let _ = self.listener.call2(&JsValue::NULL, &JsValue::from_str(kind), &value);
        }
    }

    fn wake(&self) {
        if let Some(resolve) = self.waiting.borrow_mut().take() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    }

    /// Waits while paused, and tells the listener of both ends of the wait.
    async fn wait_while_paused(&self) {
        if !self.paused.get() || self.cancelled.get() || self.stopped.get() {
            return;
        }
        self.send("event", &serde_json::json!({"type": "paused"}));
        let from = Instant::now();
        while self.paused.get() && !self.cancelled.get() && !self.stopped.get() {
            let promise = Promise::new(&mut |resolve, _| *self.waiting.borrow_mut() = Some(resolve));
            let _ = JsFuture::from(promise).await;
        }
        // The pause is not part of the stage's rate.
        let mut stage = self.stage.get();
        stage.began += from.elapsed();
        self.stage.set(stage);
        self.send("event", &serde_json::json!({"type": "resumed"}));
    }

    fn seconds_left(&self, progress: &Progress, now: Instant) -> Option<f64> {
        let mut stage = self.stage.get();
        if stage.name != progress.stage || progress.done < stage.done {
            stage = Stage { name: progress.stage, began: now, done: progress.done };
            self.stage.set(stage);
        }
        let (elapsed, done) = (now - stage.began, progress.done - stage.done);
        let left = progress.total? - progress.done;
        (elapsed >= ESTIMATE_AFTER && done > 0.0).then(|| elapsed.as_secs_f64() * left.max(0.0) / done)
    }
}

/// Progress as the listener sees it.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    progress: &'a Progress,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<f64>,
}

struct WorkerHost(Rc<JobState>);

impl Host for WorkerHost {
    fn report(&self, progress: &Progress) {
        let (job, now) = (&self.0, Instant::now());
        let new_stage = job.stage.get().name != progress.stage;
        let seconds_left = job.seconds_left(progress, now);
        let due = job.reported.get().is_none_or(|last| now - last >= REPORT_EVERY);
        if due || new_stage {
            job.reported.set(Some(now));
            let seconds = (now - job.began).as_secs_f64();
            job.send("progress", &Report { progress, seconds, seconds_left });
        }
    }

    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>> {
        let job = &self.0;
        let asked = job.cancelled.get() || (job.paused.get() && !job.stopped.get());
        if !asked && job.slice_began.get().elapsed() < SLICE {
            return None;
        }
        Some(Box::pin(async move {
            if !asked {
                give_way().await;
            }
            job.wait_while_paused().await;
            job.slice_began.set(Instant::now());
            if job.cancelled.get() { Err(Error::cancelled()) } else { Ok(()) }
        }))
    }
}

/// Lets the event loop handle what waits there, then goes on.
pub async fn give_way() {
    let promise = Promise::new(&mut |resolve, _| {
        LOOP.with(|l| match l {
            Some(l) => l.post(resolve),
            // No MessageChannel: go on at once rather than never.
            None => drop(resolve.call0(&JsValue::NULL)),
        });
    });
    let _ = JsFuture::from(promise).await;
}

thread_local! {
    static LOOP: Option<Loop> = Loop::new();
}

/// A channel whose messages come back through the event loop, in order.
struct Loop {
    channel: MessageChannel,
    waiting: Rc<RefCell<VecDeque<Function>>>,
    /// Kept alive: the port calls it.
    _on_message: Closure<dyn FnMut()>,
}

impl Loop {
    fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let waiting: Rc<RefCell<VecDeque<Function>>> = Rc::default();
        let queue = waiting.clone();
        let on_message = Closure::<dyn FnMut()>::new(move || {
            let next = queue.borrow_mut().pop_front();
            if let Some(resolve) = next {
                let _ = resolve.call0(&JsValue::NULL);
            }
        });
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { channel, waiting, _on_message: on_message })
    }

    fn post(&self, resolve: Function) {
        self.waiting.borrow_mut().push_back(resolve);
        if self.channel.port2().post_message(&Array::new()).is_err() {
            let next = self.waiting.borrow_mut().pop_back();
            if let Some(resolve) = next {
                let _ = resolve.call0(&JsValue::NULL);
            }
        }
    }
}
