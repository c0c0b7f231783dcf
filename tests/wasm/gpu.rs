//! The GPU backend on the browser's own WebGPU: the same table as natively. Chromium computes in software here
//! (SwiftShader, `tests/webdriver.json`); without an adapter these tests fail.

use crate::parity::differences;
use crate::support::{engine, js, plain, watched};
use serde_json::json;
use std::rc::Rc;
use warren::autodiff::Device;
use warren::gpu::Gpu;
use warren::linalg::Backend;
use wasm_bindgen_test::wasm_bindgen_test;

async fn gpu() -> Gpu {
    Gpu::start().await.unwrap_or_else(|e| panic!("{e}"))
}

#[wasm_bindgen_test]
async fn the_gpu_computes_what_the_reference_does() {
    let gpu = Rc::new(gpu().await);
    let device: Device = gpu.clone();
    let wrong = differences(&device).await.unwrap();
    assert!(wrong.is_empty(), "on {}: {}", gpu.adapter(), wrong.join("\n"));
    assert_eq!(gpu.usage().live, 0, "all buffers came back");
    // Again with what lies in the buffers now, and in several dispatches.
    gpu.set_dispatch_budget(4096);
    let wrong = differences(&device).await.unwrap();
    assert!(wrong.is_empty(), "in small dispatches: {}", wrong.join("\n"));
}

#[wasm_bindgen_test]
async fn a_lost_device_is_told_at_the_download_and_nothing_panics() {
    let gpu = gpu().await;
    let x = gpu.upload(&[1.0; 100]);
    assert_eq!(gpu.download(&x).await.unwrap(), [1.0; 100]);
    gpu.destroy();
    gpu.fill(2.0, &x);
    let error = gpu.download(&x).await.unwrap_err();
    assert!(error.message.starts_with("the GPU was lost: "), "{error}");
    assert!(gpu.is_lost() && gpu.failure() == Some(error));
}

/// The page's way: the main engine prepares the run, the one with the GPU trains it, the main engine takes it up.
#[wasm_bindgen_test]
async fn a_run_is_trained_by_another_engine_and_taken_up() {
    let (main, other, w) = (engine(), engine(), watched());
    assert_eq!(other.start_gpu("an adapter".into()).await.unwrap(), "an adapter");
    main.load_builtin("southern-women", &js(json!({})), 1.0, &w.job).await.unwrap();
    let config = js(json!({
        "seed": 1, "data": { "split": "random:0.8,0.1,0.1" },
        "model": { "name": "dlr2", "dim": 4, "channels": 2, "epoch_steps": 2, "architecture": "no-conv" },
        "init": { "name": "random" }, "train": { "epochs": 1, "batch_size": 4 },
    }));
    let number = f64::from(main.begin_away(&config, &w.job).await.unwrap());
    other.import_data(&main.export_data().unwrap().to_vec()).unwrap();
    assert_eq!(other.data_fingerprint().unwrap(), main.data_fingerprint().unwrap());
    let record = other.train(&config, &w.job).await.unwrap();
    assert_eq!(plain(&record)["device"], json!({ "name": "webgpu", "adapter": "an adapter" }));
    let away = w.events()[0]["run"].as_f64().unwrap();
    let checkpoint = other.checkpoint(away).await.unwrap().to_vec();

    let wanted = js(json!({ "run": number, "user": 0, "n": 3 }));
    assert!(main.recommend(&wanted).await.is_err(), "the run is not over before it is taken up");
    main.adopt_run(number, &record, &checkpoint).unwrap();
    let best = plain(&main.recommend(&wanted).await.unwrap());
    assert_eq!(best.as_array().unwrap().len(), 3);
    // The same answer as where it was trained, but for the titles, which stayed behind.
    let there = plain(&other.recommend(&js(json!({ "run": away, "user": 0, "n": 3 }))).await.unwrap());
    for (ours, theirs) in best.as_array().unwrap().iter().zip(there.as_array().unwrap()) {
        assert_eq!((&ours["id"], &ours["score"]), (&theirs["id"], &theirs["score"]));
    }
}
