//! What whoever watches a run may ask of it while it goes on.

use super::checkpoint::Checkpoint;
use std::cell::{Cell, RefCell};
use std::fmt;

/// Called with the number of the epoch that ended.
type EpochHook = Box<dyn Fn(usize)>;

/// Requests to a running training or experiment, all on one thread: share it as `Rc<Control>`.
///
/// Cancelling is not here but with the [`Task`](crate::task::Task): a cancelled run fails and leaves
/// nothing; a stopped one ends early and keeps its best state.
#[derive(Default)]
pub struct Control {
    stop: Cell<bool>,
    wants_checkpoint: Cell<bool>,
    checkpoint: RefCell<Option<Checkpoint>>,
    snapshot: RefCell<Option<Checkpoint>>,
    on_epoch: RefCell<Option<EpochHook>>,
}

impl Control {
    /// No requests.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the run after the step at hand; it then keeps its best state and evaluates it.
    pub fn stop(&self) {
        self.stop.set(true);
    }

    /// True once [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.stop.get()
    }

    /// Asks for a checkpoint, which is made after the step at hand.
    pub fn request_checkpoint(&self) {
        self.wants_checkpoint.set(true);
    }

    /// The checkpoint asked for, once it is there.
    pub fn take_checkpoint(&self) -> Option<Checkpoint> {
        self.checkpoint.borrow_mut().take()
    }

    /// Calls `hook` with the epoch's number after each epoch's event and before the checkpoint of the task
    /// that follows it: a hook that makes the task's host pause there gives "one epoch at a time".
    pub fn on_epoch(&self, hook: impl Fn(usize) + 'static) {
        *self.on_epoch.borrow_mut() = Some(Box::new(hook));
    }

    pub(crate) fn epoch_ended(&self, epoch: usize) {
        if let Some(hook) = self.on_epoch.borrow().as_ref() {
            hook(epoch);
        }
    }

    pub(super) fn wants_checkpoint(&self) -> bool {
        self.wants_checkpoint.get()
    }

    pub(super) fn give_checkpoint(&self, checkpoint: Checkpoint) {
        self.wants_checkpoint.set(false);
        *self.checkpoint.borrow_mut() = Some(checkpoint);
    }

    /// Keeps a state to go on from if the device is lost.
    pub(super) fn give_snapshot(&self, snapshot: Checkpoint) {
        *self.snapshot.borrow_mut() = Some(snapshot);
    }

    /// The last state that was brought to safety, if the run is on a device that may be lost.
    pub(crate) fn take_snapshot(&self) -> Option<Checkpoint> {
        self.snapshot.borrow_mut().take()
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("stop", &self.stop).finish_non_exhaustive()
    }
}
