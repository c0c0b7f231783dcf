//! Seconds by stage, read off the progress that work reports anyway.

use crate::error::Result;
use crate::task::{Host, LocalFuture, Progress, Task};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::rc::Rc;
use web_time::Instant;

/// Seconds spent in each stage (`parse`, `graph`, `solve`, `train`, `evaluate`), in order of appearance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seconds(Vec<(&'static str, f64)>);

impl Seconds {
    /// Adds time to a stage.
    pub fn add(&mut self, stage: &'static str, seconds: f64) {
        match self.0.iter_mut().find(|(s, _)| *s == stage) {
            Some((_, sum)) => *sum += seconds,
            None => self.0.push((stage, seconds)),
        }
    }

    /// Seconds of one stage; 0 if it did not happen.
    pub fn of(&self, stage: &str) -> f64 {
        self.0.iter().find(|(s, _)| *s == stage).map_or(0.0, |(_, seconds)| *seconds)
    }

    /// Stages and seconds in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.0.iter().copied()
    }

    /// As the `seconds` of a report.
    pub fn to_json(&self) -> Value {
        self.iter().map(|(stage, seconds)| (stage.to_owned(), seconds.into())).collect::<Map<_, _>>().into()
    }
}

/// Watches a task's progress: the time up to a report goes to the stage that the report names.
pub(super) struct Clock {
    task: Task,
    inner: Rc<RefCell<Booking>>,
}

struct Booking {
    /// Where the time after the last report goes.
    last: &'static str,
    since: Instant,
    seconds: Seconds,
}

impl Booking {
    fn book(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.seconds.add(stage, (now - self.since).as_secs_f64());
        (self.last, self.since) = (stage, now);
    }
}

impl Clock {
    /// Starts; what is done with [`Clock::task`] is reported to `task` too. Work that reports nothing
    /// counts as `stage`.
    pub fn start(task: &Task, stage: &'static str) -> Self {
        let booking = Booking { last: stage, since: Instant::now(), seconds: Seconds::default() };
        let inner = Rc::new(RefCell::new(booking));
        Self { task: Task::new(Watch { outer: task.clone(), inner: inner.clone() }), inner }
    }

    /// The task to work with.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Stops and gives the times.
    pub fn stop(self) -> Seconds {
        let mut booking = self.inner.borrow_mut();
        let last = booking.last;
        booking.book(last);
        booking.seconds.clone()
    }
}

struct Watch {
    outer: Task,
    inner: Rc<RefCell<Booking>>,
}

impl Host for Watch {
    fn report(&self, progress: &Progress) {
        self.inner.borrow_mut().book(progress.stage);
        self.outer.report(progress);
    }

    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>> {
        Some(Box::pin(self.outer.checkpoint()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_to_the_stage_that_is_reported() {
        let clock = Clock::start(&Task::silent(), "solve");
        clock.task().report(&Progress::of("graph", 1, 2, "rows"));
        clock.task().report(&Progress::of("solve", 1, 2, "eigenpairs"));
        let seconds = clock.stop();
        assert_eq!(seconds.iter().map(|(s, _)| s).collect::<Vec<_>>(), ["graph", "solve"]);
        assert!(seconds.iter().all(|(_, s)| s >= 0.0));
    }
}
