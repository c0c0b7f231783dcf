//! The longest time between two checkpoints, stage by stage: how long a cancel waits at worst (natively; a
//! browser takes about twice as long).
//!
//! `cargo run --release --example longest_stretch [-- BUILTIN]`, by default `ml-1m`.

use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use warren::catalog::{BUILTIN, INITS};
use warren::config::RunConfig;
use warren::data::interactions::Side;
use warren::error::Result;
use warren::params::Params;
use warren::pipeline;
use warren::rng::Seed;
use warren::task::{Host, LocalFuture, Progress, Task, run};
use warren::train::control::Control;

/// Notes the longest time between two checkpoints.
#[derive(Clone)]
struct Watch(Rc<(Cell<Instant>, Cell<Duration>)>);

impl Watch {
    fn new() -> Self {
        Self(Rc::new((Cell::new(Instant::now()), Cell::default())))
    }

    fn measure<T>(&self, stage: &str, work: impl FnOnce(&Task) -> T) -> T {
        let began = Instant::now();
        self.0.0.set(began);
        self.0.1.set(Duration::ZERO);
        let out = work(&Task::new(self.clone()));
        self.mark();
        println!(
            "{stage:>10}: {:8.1} ms at a stretch, {:.2} s in all",
            1e3 * self.0.1.get().as_secs_f64(),
            began.elapsed().as_secs_f64()
        );
        out
    }

    fn mark(&self) {
        let now = Instant::now();
        let longest = self.0.1.get().max(now - self.0.0.replace(now));
        self.0.1.set(longest);
    }
}

impl Host for Watch {
    fn report(&self, _: &Progress) {}

    fn checkpoint(&self) -> Option<LocalFuture<'_, Result<()>>> {
        self.mark();
        None
    }
}

fn main() -> Result<()> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "ml-1m".into());
    let &(method, build) = BUILTIN.find(&name)?;
    let watch = Watch::new();
    let params = Params::defaults(method);
    let data = watch.measure("generate", |task| run(build(&params, Seed(1), task)))?;
    println!("{} interactions", data.rows.len());
    let config = RunConfig::parse(&json!({
        "seed": 1,
        "data": { "min_user": 5, "min_item": 5, "split": "random:0.8,0.1,0.1" },
        "model": { "name": "mf", "dim": 64 },
        "train": { "epochs": 1, "monitor": "NDCG@20" },
    }))?;
    let prepared =
        watch.measure("prepare", |task| run(pipeline::prepare(&data, &config.data, config.seed, task)))?;
    for (init, settings) in
        [("leporid", json!({ "name": "leporid", "k": 1000 })), ("svd", json!({ "name": "svd" }))]
    {
        let params = INITS.params(Some(&settings))?;
        let sides = [Side::User, Side::Item];
        watch
            .measure(init, |task| run(pipeline::embed(&prepared, &sides, &params, 64, config.seed, task)))?;
    }
    let work = |task: &Task| {
        let control = Control::new();
        run(pipeline::train(&prepared, &config, None, &control, &mut |_| (), task))
            .map(|trained| trained.seconds)
    };
    watch.measure("mf", work)?;
    for name in ["item-knn", "slim", "rp3-beta"] {
        let config =
            RunConfig::parse(&json!({ "data": config.to_json()["data"], "model": { "name": name } }))?;
        watch.measure(name, |task| {
            run(pipeline::train(&prepared, &config, None, &Control::new(), &mut |_| (), task)).map(drop)
        })?;
    }
    Ok(())
}
