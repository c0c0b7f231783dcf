//! Every operation with a gradient: its value against plain loops, its gradient against finite differences
//! (both in double precision), and both on the CPU backend against those.

#[path = "support/kernels.rs"]
#[allow(dead_code, reason = "the table of primitives is another program's")]
mod kernels;
#[path = "support/operations.rs"]
mod operations;

use operations::{Operation, on_tape, operations};
use std::rc::Rc;
use warren::autodiff::{Device, Tape, Tensor};
use warren::linalg::Cpu;
use warren::linalg::reference::Reference;
use warren::task::run;

/// Fixed weights, so that the loss `Σ w y` depends on every entry in its own way.
fn weights(n: usize) -> Vec<f64> {
    (0..n).map(|i| f64::from(0.25_f32 * (1 + i * 7 % 5) as f32)).collect()
}

fn doubles(values: &[Vec<f32>]) -> Vec<Vec<f64>> {
    values.iter().map(|v| v.iter().map(|&x| f64::from(x)).collect()).collect()
}

fn loss(operation: &Operation, values: &Vec<Vec<f64>>) -> f64 {
    let y = (operation.plain)(values);
    y.iter().zip(weights(y.len())).map(|(y, w)| y * w).sum()
}

/// Central differences of the plain formula.
fn differences(operation: &Operation, values: &[Vec<f64>]) -> Vec<Vec<f64>> {
    const STEP: f64 = 1e-5;
    let mut moved = values.to_vec();
    let mut out = Vec::new();
    for (input, list) in values.iter().enumerate() {
        let slope = |at: usize| {
            let mut at_distance = |h: f64| {
                moved[input][at] = list[at] + h;
                let loss = loss(operation, &moved);
                moved[input][at] = list[at];
                loss
            };
            (at_distance(STEP) - at_distance(-STEP)) / (2.0 * STEP)
        };
        out.push((0..list.len()).map(slope).collect());
    }
    out
}

/// Value and gradients on a backend; `read` takes them off it.
fn computed(
    operation: &Operation,
    device: &Device,
    read: impl Fn(&Tensor) -> Vec<f64>,
) -> (Vec<f64>, Vec<Vec<f64>>) {
    let weights = |n: usize| weights(n).into_iter().map(|w| w as f32).collect();
    let (value, gradients) = on_tape(operation, device, weights);
    (read(&value), gradients.iter().map(read).collect())
}

fn compare(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0_f64, |m, e| m.max(e.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() < tolerance * scale, "{what}[{i}]: {f} instead of {e}");
    }
}

#[test]
fn values_and_gradients_in_double_precision() {
    let device: Device = Rc::new(Reference);
    for operation in operations() {
        let read = |t: &Tensor| Reference.values(t.buffer());
        let (value, gradients) = computed(&operation, &device, read);
        let inputs = doubles(&operation.values());
        let name = &operation.name;
        // Constants such as 1/n are handed over in single precision.
        compare(name, &value, &(operation.plain)(&inputs), 1e-7);
        for (i, (found, expected)) in gradients.iter().zip(differences(&operation, &inputs)).enumerate() {
            compare(&format!("{name}: gradient {i}"), found, &expected, 2e-6);
        }
    }
}

#[test]
fn the_cpu_agrees() {
    let (cpu, reference): (Device, Device) = (Rc::new(Cpu::new()), Rc::new(Reference));
    for operation in operations() {
        let single = |t: &Tensor| doubles(&[run(t.download()).unwrap()]).remove(0);
        let (value, gradients) = computed(&operation, &cpu, single);
        let (expected, slopes) = computed(&operation, &reference, |t| Reference.values(t.buffer()));
        compare(&operation.name, &value, &expected, 1e-5);
        for (found, expected) in gradients.iter().zip(&slopes) {
            compare(&operation.name, found, expected, 1e-5);
        }
    }
}

#[test]
fn gathered_gradients_come_as_rows() {
    let device: Device = Rc::new(Cpu::new());
    let tape = Tape::new(&device);
    let table = tape.parameter(5, &Tensor::zeros(&device, &[1000, 2]));
    let loss = table.gather(&[7, 7]).affine(3.0, 0.0).sum();
    let gradient = tape.backward(&loss).take(5).expect("a gradient");
    let rows = gradient.rows().expect("rows alone");
    assert_eq!((rows.len(), rows[0].1.shape()), (1, &[2, 2][..]));
    let dense = run(gradient.dense().download()).unwrap();
    assert_eq!((dense[14], dense[15], dense.iter().sum::<f32>()), (6.0, 6.0, 12.0));
}

#[test]
fn nothing_flows_into_constants() {
    let device: Device = Rc::new(Cpu::new());
    let tape = Tape::new(&device);
    let x = Tensor::full(&device, &[2, 2], 1.0);
    let (fixed, free) = (tape.constant(&x), tape.parameter(1, &x));
    assert!(tape.backward(&fixed.square().sum()).take(0).is_none());
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| free.square()));
    assert!(panics.is_err(), "the tape is used up");
    let tape = Tape::new(&device);
    let (fixed, free) = (tape.constant(&x), tape.parameter(1, &x));
    let mut gradients = tape.backward(&fixed.matmul(&free).sum());
    assert!(gradients.take(0).is_none() && gradients.take(1).is_some() && gradients.take(1).is_none());
}

/// 10,000 small steps hold no more memory than the second one.
#[test]
fn memory_does_not_grow() {
    let cpu = Rc::new(Cpu::new());
    let device: Device = cpu.clone();
    let weight = Tensor::full(&device, &[4, 4], 0.1);
    let mut after_two = None;
    for step in 0..10_000_u32 {
        let tape = Tape::new(&device);
        // Batches of several sizes, as the last one of an epoch is.
        let rows = 8 + step as usize % 3;
        let x = tape.constant(&Tensor::full(&device, &[rows, 4], 0.5));
        let w = tape.parameter(0, &weight);
        let loss = x.matmul(&w).tanh().matmul(&w.transpose()).square().mean();
        let gradient = tape.backward(&loss).take(0).expect("a gradient").dense();
        device.sgd(0.01, weight.buffer(), gradient.buffer());
        if step == 20 {
            after_two = Some(cpu.usage());
        }
    }
    drop(device);
    let usage = cpu.usage();
    assert_eq!(Some((usage.live, usage.idle)), after_two.map(|u| (16, u.idle + u.live - 16)));
}
