//! The module's tests in a real browser: `cargo xtask test --wasm`. What needs no JavaScript is tested natively.
#![cfg(target_arch = "wasm32")]

mod control;
mod errors;
mod flows;
mod golden;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "gpu")]
#[path = "../../crate/tests/support/kernels.rs"]
mod kernels;
#[cfg(feature = "gpu")]
#[path = "../../crate/tests/support/operations.rs"]
#[allow(dead_code, reason = "the plain formulas are for finite differences, natively")]
mod operations;
#[cfg(feature = "gpu")]
#[path = "../../crate/tests/support/parity.rs"]
mod parity;
mod simulate;
mod support;
mod theory;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Also shows that the build's SIMD and the runner's browser go together.
#[wasm_bindgen_test]
fn simd_runs_here() {
    use core::arch::wasm32::{f32x4_extract_lane, f32x4_mul, f32x4_splat};
    let nine = f32x4_mul(f32x4_splat(core::hint::black_box(3.0)), f32x4_splat(3.0));
    assert_eq!(f32x4_extract_lane::<2>(nine), 9.0);
}
