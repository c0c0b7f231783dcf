//! The host of long work in a browser worker: gives way to the event loop, shows progress, pauses, cancels.
//!
//! Work runs in slices of [`SLICE`]. Between slices the worker handles its messages, so a cancel is
//! answered after a slice and a step of work, well within 100 ms. The way back into the loop is a
//! `MessageChannel`: `setTimeout` would add 4 ms to each slice after the first few.

use super::border::{JsResult, to_js};
use crate::error::{Error, Result};
use crate::task::{Host, LocalFuture, Progress, Task};
use crate::train::control::Control;
use js_sys::{Array, Function, Promise};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
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
        let state = Rc::new_cyclic(|this: &Weak<JobState>| {
            let (control, this) = (Rc::new(Control::new()), this.clone());
            control.on_epoch(move |_| {
                if let Some(job) = this.upgrade() {
                    job.epoch_ended();
                }
            });
            JobState {
                control,
                listener,
                began: now,
                slice_began: Cell::new(now),
                reported: Cell::new(None),
                stage: Cell::new(Stage { name: "", began: now, done: 0.0 }),
                cancelled: Cell::new(false),
                paused: Cell::new(false),
                stepping: Cell::new(false),
                nudged: Cell::new(false),
                shows_paused: Cell::new(false),
                waiting: RefCell::default(),
            }
        });
        Self { state }
    }

    /// Ends the work at its next checkpoint with code `cancelled`.
    pub fn cancel(&self) {
        self.state.cancel();
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

    /// Throws the error of code `cancelled` if the job was cancelled: for the worker's own loops.
    pub fn check(&self) -> JsResult<()> {
        Ok(self.state.check()?)
    }

    /// Asks a training to end early and keep what it has.
    pub fn stop(&self) {
        self.state.control.stop();
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
    control: Rc<Control>,
    listener: Function,
    began: Instant,
    slice_began: Cell<Instant>,
    reported: Cell<Option<Instant>>,
    stage: Cell<Stage>,
    cancelled: Cell<bool>,
    paused: Cell<bool>,
    stepping: Cell<bool>,
    /// Let one piece of work through, though paused.
    nudged: Cell<bool>,
    /// Whether the listener was told of a pause last.
    shows_paused: Cell<bool>,
    waiting: RefCell<Option<Function>>,
}

impl JobState {
    /// The requests to the training that this job is, if it is one.
    pub fn control(&self) -> Rc<Control> {
        self.control.clone()
    }

    /// Lets paused work go on to its next checkpoint, so that it can answer a request on its way there.
    pub fn nudge(&self) {
        if self.is_held() {
            self.nudged.set(true);
            self.wake();
        }
    }

    /// # Errors
    /// [`Code::Cancelled`](crate::error::Code) once the work is to stop.
    pub fn check(&self) -> Result<()> {
        if self.cancelled.get() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Ends the work at its next checkpoint.
    pub fn cancel(&self) {
        self.cancelled.set(true);
        self.wake();
    }

    /// An epoch has ended: a single step pauses here.
    fn epoch_ended(&self) {
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

    /// True while the work is to wait.
    fn is_held(&self) -> bool {
        self.paused.get() && !self.cancelled.get() && !self.control.is_stopped()
    }

    /// Waits while paused, and tells the listener of both ends of the wait. A nudge is no end: whoever
    /// watches need not know that a step was made meanwhile.
    async fn wait_while_held(&self) {
        if !self.is_held() {
            return;
        }
        let from = Instant::now();
        if !self.shows_paused.replace(true) {
            self.send("event", &serde_json::json!({"type": "paused"}));
        }
        while self.is_held() && !self.nudged.replace(false) {
            let promise = Promise::new(&mut |resolve, _| *self.waiting.borrow_mut() = Some(resolve));
            let _ = JsFuture::from(promise).await;
        }
        // The pause is not part of the stage's rate.
        let mut stage = self.stage.get();
        stage.began += from.elapsed();
        self.stage.set(stage);
        if !self.is_held() && !self.cancelled.get() {
            self.shows_paused.set(false);
            self.send("event", &serde_json::json!({"type": "resumed"}));
        }
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
        let held = job.is_held();
        if !held && !job.cancelled.get() && job.slice_began.get().elapsed() < SLICE {
            return None;
        }
        Some(Box::pin(async move {
            if !held {
                give_way().await;
            }
            job.wait_while_held().await;
            job.slice_began.set(Instant::now());
            job.check()
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
