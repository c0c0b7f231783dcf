//! Progress on stderr and Ctrl-C.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use warren::error::{Error, Result};
use warren::task::{Host, LocalFuture, Progress, Task};

/// Set by Ctrl-C; a handler outlives every host, so the flag is the process's.
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Bars move in this many parts, whatever a stage counts in.
const PARTS: u64 = 1000;

/// Least time between two changes of a bar.
const FRAME: Duration = Duration::from_millis(100);

/// A task that draws a bar when stderr is a terminal and `quiet` is not set, and that Ctrl-C cancels.
pub fn task(quiet: bool) -> Task {
    // A second Ctrl-C does not wait for the next checkpoint. Without a handler Ctrl-C still ends the
    // process, so a failure to set one is no reason to stop.
    let _ = ctrlc::set_handler(|| {
        if CANCELLED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    let bar = ProgressBar::with_draw_target(Some(PARTS), ProgressDrawTarget::stderr_with_hz(10));
    if quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    Task::new(Terminal { bar, stage: Cell::default(), training: Cell::new(false), shown: Cell::new(None) })
}

struct Terminal {
    bar: ProgressBar,
    /// Stage and unit of the bar.
    stage: Cell<(&'static str, &'static str)>,
    /// True while epochs are left.
    training: Cell<bool>,
    /// When the bar last changed.
    shown: Cell<Option<Instant>>,
}

impl Terminal {
    /// A new stage starts a new bar, so that its rate and time left are its own.
    fn start(&self, progress: &Progress) {
        let style = if progress.total.is_some() {
            "{prefix:>9} {wide_bar:.cyan/dim} {percent:>3} %  {msg}  {eta} left"
        } else {
            "{prefix:>9} {spinner} {msg}  {elapsed}"
        };
        let style = ProgressStyle::with_template(style).expect("a fixed template");
        // In this order, as each call may draw.
        self.bar.set_style(style.progress_chars("━╸─"));
        self.bar.set_message("");
        self.bar.set_prefix(progress.stage);
        self.bar.reset();
        self.stage.set((progress.stage, progress.unit));
    }

    fn message(&self, progress: &Progress) -> String {
        let seconds = self.bar.elapsed().as_secs_f64();
        let count = |v: f64| crate::text::count(v.round() as usize);
        let done = match progress.total {
            Some(total) => format!("{}/{} {}", count(progress.done), count(total), progress.unit),
            None => format!("{} {}", count(progress.done), progress.unit),
        };
        match progress.residuals.iter().copied().reduce(f64::max) {
            Some(worst) => format!("{done}  residual {worst:.0e}"),
            None if seconds > 0.5 && progress.done > 0.0 => {
                format!("{done}  {}/s", crate::text::short(progress.done / seconds))
            }
            None => done,
        }
    }
}

impl Host for Terminal {
    fn report(&self, progress: &Progress) {
        if self.bar.is_hidden() {
            return;
        }
        if progress.stage == "train" {
            self.training.set(progress.total.is_some_and(|total| progress.done < total));
        } else if progress.stage == "evaluate" && self.training.get() {
            // Between two epochs: the bar of the whole training stays, with its time left.
            return;
        }
        let new = self.stage.get() != (progress.stage, progress.unit);
        if !new && self.shown.get().is_some_and(|at| at.elapsed() < FRAME) {
            return;
        }
        self.shown.set(Some(Instant::now()));
        if new {
            self.start(progress);
        }
        self.bar.set_message(self.message(progress));
        if let Some(total) = progress.total.filter(|t| *t > 0.0) {
            self.bar.set_position((progress.done / total * PARTS as f64) as u64);
        }
        self.bar.tick();
    }

    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>> {
        CANCELLED
            .load(Ordering::Relaxed)
            .then(|| Box::pin(async { Err(Error::cancelled()) }) as LocalFuture<'_, Result<()>>)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Seconds as people read them: `0.42 s`, `12.3 s`, `3 min 05 s`.
pub fn seconds(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{seconds:.2} s");
    }
    if seconds < 100.0 {
        return format!("{seconds:.1} s");
    }
    let whole = Duration::from_secs_f64(seconds).as_secs();
    format!("{} min {:02} s", whole / 60, whole % 60)
}
