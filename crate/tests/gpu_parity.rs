//! Every primitive on the GPU against the plain one in double precision, and what happens when the GPU fails. Needs
//! an adapter: Mesa's lavapipe (Debian's `mesa-vulkan-drivers`) computes in software. Without one these tests fail.
#![cfg(feature = "gpu")]

#[path = "support/kernels.rs"]
mod kernels;
#[path = "support/operations.rs"]
#[allow(dead_code, reason = "the plain formulas are for finite differences")]
mod operations;
#[path = "support/parity.rs"]
mod parity;

use kernels::numbers;
use parity::differences;
use std::rc::Rc;
use warren::autodiff::Device;
use warren::error::Code;
use warren::gpu::Gpu;
use warren::linalg::backend::{Backend, Buffer, Gemm, Unary, View};
use warren::task::run;

fn gpu() -> Gpu {
    run(Gpu::start()).unwrap_or_else(|e| panic!("{e}. Debian: apt-get install mesa-vulkan-drivers"))
}

fn bits(gpu: &Gpu, buffer: &Buffer) -> Vec<u32> {
    run(gpu.download(buffer)).unwrap().iter().map(|x| x.to_bits()).collect()
}

#[test]
fn the_gpu_computes_what_the_reference_does() {
    let gpu = Rc::new(gpu());
    let device: Device = gpu.clone();
    println!("on {}", gpu.adapter());
    let wrong = run(differences(&device)).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(gpu.usage().live, 0, "all buffers came back");
    // Again with what lies in the buffers now, and every call cut into as many dispatches as it has workgroups.
    gpu.set_dispatch_budget(1);
    let wrong = run(differences(&device)).unwrap();
    assert!(wrong.is_empty(), "in small dispatches: {}", wrong.join("\n"));
}

/// Wider than one dimension of workgroups: 65,535 × 64 entries and some.
#[test]
fn long_arrays_take_two_dimensions() {
    let (gpu, len) = (gpu(), 65_535 * 64 + 100);
    let [x, out] = [(); 2].map(|()| gpu.alloc(len));
    gpu.fill(3.0, &x);
    gpu.unary(Unary::Square, &x, &out);
    let values = run(gpu.download(&out)).unwrap();
    assert!(values.len() == len && values.iter().all(|&v| v == 9.0));
}

#[test]
fn the_same_calls_give_the_same_bits() {
    let product = |gpu: &Gpu| {
        let [a, b] = [("a", 70 * 1500), ("b", 1500 * 9)].map(|(name, len)| gpu.upload(&numbers(name, len)));
        let (c, sum) = (gpu.alloc(70 * 9), gpu.alloc(9));
        gpu.gemm(Gemm::new(70, 9, 1500), &a, &b, &c);
        gpu.reduce(warren::linalg::backend::Reduction::Sum, View::columns(70, 9), &c, &sum);
        [bits(gpu, &c), bits(gpu, &sum)]
    };
    let (one, other) = (gpu(), gpu());
    let first = product(&one);
    other.set_dispatch_budget(1);
    assert!(product(&one) == first && product(&other) == first);
}

/// Memory, and calls in the order in which they were made, whatever is written in between.
#[test]
fn steps_leave_nothing_behind_and_writes_keep_their_place() {
    let gpu = gpu();
    let [values, total] = [(); 2].map(|()| gpu.upload(&[0.0; 300]));
    let mut after_ten = None;
    for step in 1..=600 {
        let batch = gpu.upload(&[step as f32; 300]);
        gpu.write(&[1.0; 300], &values);
        gpu.axpy(1.0, &values, &total);
        gpu.write(&[2.0; 300], &values);
        let sum = gpu.alloc(300);
        gpu.binary(warren::linalg::backend::Binary::Add, &batch, &values, &sum);
        gpu.axpy(1.0, &sum, &total);
        if step == 10 {
            after_ten = Some(gpu.usage());
        }
    }
    let usage = gpu.usage();
    let before = after_ten.unwrap();
    assert_eq!(usage.live + usage.idle, before.live + before.idle, "memory after 600 steps and after 10");
    // Σ (1 + step + 2)
    let expected = (3 * 600 + 600 * 601 / 2) as f32;
    assert_eq!(run(gpu.download(&total)).unwrap(), vec![expected; 300]);
}

/// What is downloaded is what was there at the call, even if something else is written before anybody waits.
#[test]
fn a_download_is_of_the_moment_it_was_asked_for() {
    let gpu = gpu();
    let x = gpu.upload(&[1.0; 5]);
    let earlier = gpu.download(&x);
    drop(gpu.download(&x));
    gpu.fill(2.0, &x);
    let later = gpu.download(&x);
    assert_eq!(run(later).unwrap(), [2.0; 5]);
    assert_eq!(run(earlier).unwrap(), [1.0; 5]);
}

#[test]
fn arrays_that_are_too_large_are_refused_in_words() {
    let gpu = gpu();
    let len = 1 << 40;
    let error = gpu.permits(len).unwrap_err();
    assert!(error.code == Code::TooLarge && error.message.contains(&len.to_string()), "{error}");
    assert!(gpu.permits(1 << 20).is_ok() && gpu.failure().is_none());
    // Whoever did not ask is told at the next download, and nothing panics before.
    let (large, small) = (gpu.alloc(len), gpu.upload(&[1.0]));
    gpu.fill(0.0, &large);
    assert_eq!(run(gpu.download(&small)).unwrap_err(), error);
    assert!(!gpu.is_lost());
}

#[test]
fn a_lost_device_is_told_at_the_download_and_nothing_panics() {
    let gpu = gpu();
    let x = gpu.upload(&[1.0; 100]);
    assert!(!gpu.is_lost());
    let pending = gpu.download(&x);
    gpu.destroy();
    // What was under way may or may not arrive, but not as an answer that is wrong.
    assert!(run(pending).is_ok_and(|values| values == [1.0; 100]) || gpu.is_lost());
    let out = gpu.alloc(100);
    gpu.write(&[2.0; 100], &x);
    gpu.gemm(Gemm::new(10, 10, 10), &x, &gpu.upload(&[1.0; 100]), &out);
    let error = run(gpu.download(&out)).unwrap_err();
    assert_eq!(error.code, Code::BadState);
    assert!(error.message.starts_with("the GPU was lost: "), "{error}");
    assert!(gpu.is_lost() && gpu.failure() == Some(error));
}

#[test]
#[should_panic(expected = "writes a buffer that it also reads")]
fn an_output_is_no_input() {
    let gpu = gpu();
    let x = gpu.upload(&[1.0; 4]);
    gpu.unary(Unary::Exp, &x, &x);
}
