//! The GPU backend on the browser's own WebGPU: the same table as natively. Chromium computes in software here
//! (SwiftShader, `tests/webdriver.json`); without an adapter these tests fail.

use crate::parity::differences;
use crate::support::{engine, member};
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

#[wasm_bindgen_test]
async fn the_engine_starts_a_gpu_when_asked_and_says_which() {
    let engine = engine();
    let shown = || member(&engine.path().unwrap(), "gpu").as_string();
    assert_eq!(shown(), None);
    let adapter = engine.start_gpu().await.unwrap();
    assert_eq!(shown(), Some(format!("webgpu: {adapter}")));
}
