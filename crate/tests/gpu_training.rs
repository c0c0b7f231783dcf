//! Whole runs on the GPU: they learn what the CPU learns, and outlive the GPU. Needs an adapter, as the parity tests do.
#![cfg(feature = "gpu")]

use serde_json::{Value, json};
use std::rc::Rc;
use warren::config::{RunConfig, overlay};
use warren::data::synthetic;
use warren::gpu::Gpu;
use warren::linalg::Cpu;
use warren::models::Query;
use warren::params::Params;
use warren::pipeline::{Prepared, Trained, prepare, train_on};
use warren::task::{Task, run};
use warren::train::Event;
use warren::train::control::Control;

fn gpu() -> Rc<Gpu> {
    Rc::new(run(Gpu::start()).unwrap_or_else(|e| panic!("{e}. Debian: apt-get install mesa-vulkan-drivers")))
}

/// A small network: adapters in software are slow.
fn config(changes: &Value) -> RunConfig {
    let mut config = json!({
        "seed": 1,
        "model": { "name": "dlr2", "channels": 2, "dim": 8, "epoch_steps": 4, "decay_steps": 0 },
        "init": { "name": "leporid", "k": 10 },
        "train": { "epochs": 3, "batch_size": 8, "patience": 0, "monitor": "F1@10" },
    });
    overlay(&mut config, changes);
    RunConfig::parse(&config).expect("valid")
}

fn data(config: &RunConfig) -> Prepared {
    let mut params = Params::defaults(&synthetic::METHOD);
    for (key, value) in [("users", 30), ("items", 40), ("interactions", 500)] {
        params.set(key, &value.into(), "").expect("a parameter of the generator");
    }
    let data = run(synthetic::generate(&params, config.seed, &Task::silent())).expect("data");
    run(prepare(&data, &config.data, config.seed, &Task::silent())).expect("enough data")
}

/// Trains on `device`; after the first epoch `then` is called.
fn train(
    device: warren::autodiff::Device,
    config: &RunConfig,
    mut then: impl FnMut(),
) -> (Trained, Vec<Event>) {
    let prepared = data(config);
    let mut told = Vec::new();
    let mut events = |event: Event| {
        if matches!(&event, Event::Epoch(record) if record.epoch == 1) {
            then();
        }
        told.push(event);
    };
    let (control, task) = (Control::new(), Task::silent());
    let trained =
        run(train_on(device, &prepared, config, None, &control, &mut events, &task)).expect("trains");
    (trained, told)
}

fn losses(trained: &Trained) -> Vec<f64> {
    let history = trained.record["history"].as_array().expect("epochs");
    history.iter().map(|epoch| epoch["loss"].as_f64().expect("a loss")).collect()
}

/// Losses within 1e-3 of those of the CPU, ranking metrics within 0.05 (30 users), and scores of the trained model.
fn compare(found: &Trained, expected: &Trained, what: &str) {
    let (ours, theirs) = (losses(found), losses(expected));
    println!("{what}: {ours:.5?} against {theirs:.5?}");
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(&theirs) {
        assert!((a - b).abs() < 1e-3 * b.abs(), "{what}: {ours:?} instead of {theirs:?}");
    }
    for metric in ["HR@10", "NDCG@20"] {
        let [a, b] =
            [found, expected].map(|t| t.record["metrics"]["test"][metric].as_f64().expect("a metric"));
        assert!((a - b).abs() < 0.05, "{what}: {metric} {a} instead of {b}");
    }
    let scores = |trained: &Trained| {
        let mut scores = vec![0.0; trained.model.tables().expect("tables").item.nrows()];
        let query = Query { user: None, history: &[3, 1, 4] };
        run(trained.model.score(&[query], &mut scores)).expect("a trained model answers at once");
        scores
    };
    let (ours, theirs) = (scores(found), scores(expected));
    let largest = theirs.iter().fold(0.0_f32, |m, s| m.max(s.abs()));
    assert!(
        ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 0.01 * largest),
        "{what}: {ours:?}, {theirs:?}"
    );
}

#[test]
fn a_run_on_the_gpu_learns_what_one_on_the_cpu_does() {
    let dlr2 = |model: Value| config(&json!({ "model": model }));
    let mut ncf = json!({
        "seed": 1,
        "model": { "name": "ncf", "dim": 8, "layers": 2, "l2": 1e-3 },
        "train": { "epochs": 3, "batch_size": 64, "patience": 0, "monitor": "F1@10" },
    });
    let mut parts = |parts: &str| {
        ncf["model"]["parts"] = parts.into();
        RunConfig::parse(&ncf).expect("valid")
    };
    for config in [
        dlr2(json!({})),
        dlr2(json!({ "head": "generative", "losses": "generative", "architecture": "no-conv" })),
        parts("both"),
        parts("gmf"),
        parts("mlp"),
    ] {
        let (on_cpu, _) = train(Rc::new(Cpu::new()), &config, || ());
        let (on_gpu, told) = train(gpu(), &config, || ());
        compare(&on_gpu, &on_cpu, &config.model.to_json().to_string());
        assert_eq!(on_gpu.record["device"]["name"], "webgpu");
        assert_eq!(on_cpu.record["device"], json!({ "name": "cpu" }));
        assert!(!told.iter().any(|event| matches!(event, Event::Fallback { .. })));
    }
}

/// Factorisations too; the first by its form by hand on the CPU, and by the tape on the GPU.
#[test]
fn factorisations_learn_the_same_on_both() {
    let factors = |model: &str, loss: &str| {
        json!({
            "model": { "name": model, "dim": 8 },
            "init": { "name": "xavier" },
            "loss": { "name": loss },
            "regularizer": { "name": "weight-decay", "mode": "batch", "lambda": 1e-3 },
            "optimizer": { "name": "adam", "learning_rate": 0.01 },
            "train": { "batch_size": 100 },
            "evaluate": { "cosine": true },
        })
    };
    for (model, loss) in
        [("mf", "bpr"), ("mf", "ssm"), ("mf", "ipl"), ("nonlinear-mf", "directau"), ("lightgcn", "mawu")]
    {
        let config = config(&factors(model, loss));
        let (on_cpu, _) = train(Rc::new(Cpu::new()), &config, || ());
        let (on_gpu, _) = train(gpu(), &config, || ());
        compare(&on_gpu, &on_cpu, &format!("{model}, {loss}"));
        assert_eq!(on_gpu.record["device"]["name"], "webgpu");
    }
}

#[test]
fn a_run_goes_on_on_the_cpu_when_the_gpu_is_lost() {
    let config = config(&json!({}));
    let (whole, _) = train(Rc::new(Cpu::new()), &config, || ());
    let gpu = gpu();
    let (survivor, told) = train(gpu.clone(), &config, || gpu.destroy());
    assert!(gpu.is_lost());
    compare(&survivor, &whole, "after the loss");
    let reason = survivor.record["device"]["fallback"].as_str().expect("the record tells of the loss");
    assert!(reason.starts_with("the GPU was lost: "), "{reason}");
    let fallback = told.iter().position(|event| matches!(event, Event::Fallback { .. })).expect("an event");
    assert!(matches!(told[fallback + 1], Event::Start { .. }), "{:?}", told[fallback + 1]);
    let epochs: Vec<usize> = (told.iter())
        .filter_map(|event| if let Event::Epoch(record) = event { Some(record.epoch) } else { None })
        .collect();
    assert_eq!(epochs.last(), Some(&3), "{epochs:?}");
}

/// Lost before anything was trained: the run begins anew, with the same tables.
#[test]
fn a_gpu_that_is_lost_at_the_start_costs_nothing_but_its_speed() {
    let config = config(&json!({}));
    let (whole, _) = train(Rc::new(Cpu::new()), &config, || ());
    let gpu = gpu();
    gpu.destroy();
    let (survivor, told) = train(gpu, &config, || ());
    assert_eq!(losses(&survivor), losses(&whole));
    assert!(matches!(&told[..2], [Event::Fallback { .. }, Event::Start { .. }]), "{:?}", &told[..2]);
}

/// A pause, a checkpoint and a resume on the GPU, as on the CPU.
#[test]
fn a_checkpoint_of_the_gpu_goes_on_anywhere() {
    let config = config(&json!({ "train": { "epochs": 1 } }));
    let (first, _) = train(gpu(), &config, || ());
    let longer = self::config(&json!({ "train": { "epochs": 3 } }));
    let prepared = data(&longer);
    let resume = |device: warren::autodiff::Device| {
        let (control, task) = (Control::new(), Task::silent());
        run(train_on(device, &prepared, &longer, Some(&first.checkpoint), &control, &mut |_| (), &task))
            .expect("trains")
    };
    compare(&resume(gpu()), &resume(Rc::new(Cpu::new())), "resumed");
}
