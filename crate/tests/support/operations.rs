//! One table of every operation with a gradient: how it is computed on a tape, and its plain formula.

use super::kernels::numbers;
use std::fmt;
use warren::autodiff::ops::{BatchNorm, SparseMatrix};
use warren::autodiff::{Device, Tape, Tensor, Var};
use warren::linalg::Csr;
use warren::linalg::backend::PADDING;

/// Inputs in double precision, one list an input.
pub type Values = Vec<Vec<f64>>;

type OnTape = Box<dyn Fn(&Tape, &[Var]) -> Var>;
type Plain = Box<dyn Fn(&Values) -> Vec<f64>>;

/// An operation at one size.
pub struct Operation {
    /// Its name, with what is special about the case.
    pub name: String,
    /// Shapes of the inputs, all of them parameters.
    pub inputs: Vec<Vec<usize>>,
    /// Every input is positive.
    pub positive: bool,
    /// On a tape.
    pub run: OnTape,
    /// The same by plain loops.
    pub plain: Plain,
}

impl Operation {
    /// Values of the inputs from ±0.05 to ±1.
    pub fn values(&self) -> Vec<Vec<f32>> {
        let one = |(i, shape): (usize, &Vec<usize>)| {
            let values = numbers(&format!("{} {i}", self.name), shape.iter().product());
            values.into_iter().map(|v| if self.positive { v.abs() } else { v }).collect()
        };
        self.inputs.iter().enumerate().map(one).collect()
    }
}

/// The value and the gradient of each input on a backend, where the loss is the sum of all entries times as many
/// `weights`.
pub fn on_tape(
    operation: &Operation,
    device: &Device,
    weights: impl Fn(usize) -> Vec<f32>,
) -> (Tensor, Vec<Tensor>) {
    let tape = Tape::new(device);
    let values = operation.values();
    let inputs: Vec<_> = (values.iter().zip(&operation.inputs).enumerate())
        .map(|(i, (v, shape))| tape.parameter(i, &Tensor::from_slice(device, shape, v)))
        .collect();
    let y = (operation.run)(&tape, &inputs);
    let weights = tape.constant(&Tensor::from_slice(device, y.shape(), &weights(y.value().len())));
    let mut gradients = tape.backward(&y.mul(&weights).sum());
    let gradient = |(i, shape): (usize, &Vec<usize>)| {
        let gradient = gradients.take(i).unwrap_or_else(|| panic!("{}: input {i}", operation.name)).dense();
        assert_eq!(gradient.shape(), shape, "{}: input {i}", operation.name);
        gradient
    };
    let gradients = operation.inputs.iter().enumerate().map(gradient).collect();
    (y.value().clone(), gradients)
}

fn operation(
    name: impl fmt::Display,
    inputs: &[&[usize]],
    run: impl Fn(&Tape, &[Var]) -> Var + 'static,
    plain: impl Fn(&Values) -> Vec<f64> + 'static,
) -> Operation {
    let inputs = inputs.iter().map(|s| s.to_vec()).collect();
    Operation { name: name.to_string(), inputs, positive: false, run: Box::new(run), plain: Box::new(plain) }
}

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    elementwise(&mut all);
    vectors(&mut all);
    products(&mut all);
    convolutions(&mut all);
    tables(&mut all);
    arrangements(&mut all);
    all
}

type Function = (&'static str, fn(&Var) -> Var, fn(f64) -> f64);

fn elementwise(all: &mut Vec<Operation>) {
    let functions: [Function; 8] = [
        ("relu", Var::relu, |x| if x > 0.0 { x } else { 0.0 }),
        ("tanh", Var::tanh, |x| 1.0 - 2.0 / ((2.0 * x).exp() + 1.0)),
        ("sigmoid", Var::sigmoid, |x| x.exp() / (1.0 + x.exp())),
        ("log_sigmoid", Var::log_sigmoid, |x| (x.exp() / (1.0 + x.exp())).ln()),
        ("exp", Var::exp, f64::exp),
        ("square", Var::square, |x| x * x),
        ("max", |x| x.max(0.02), |x| if x > f64::from(0.02_f32) { x } else { f64::from(0.02_f32) }),
        ("affine", |x| x.affine(-1.5, 0.25), |x| 0.25 - 1.5 * x),
    ];
    let map = |f: fn(f64) -> f64| move |v: &Values| v[0].iter().map(|&x| f(x)).collect();
    for (name, on_tape, plain) in functions {
        all.push(operation(name, &[&[3, 5]], move |_, v| on_tape(&v[0]), map(plain)));
    }
    let functions: [Function; 2] = [("ln", Var::ln, f64::ln), ("sqrt", Var::sqrt, f64::sqrt)];
    for (name, on_tape, plain) in functions {
        let case = operation(name, &[&[3, 5]], move |_, v| on_tape(&v[0]), map(plain));
        all.push(Operation { positive: true, ..case });
    }
    type Pair = (&'static str, fn(&Var, &Var) -> Var, fn(f64, f64) -> f64);
    let pairs: [Pair; 4] = [
        ("add", Var::add, |a, b| a + b),
        ("sub", Var::sub, |a, b| a - b),
        ("mul", Var::mul, |a, b| a * b),
        ("div", Var::div, |a, b| a / b),
    ];
    for (name, on_tape, plain) in pairs {
        all.push(operation(
            name,
            &[&[2, 4], &[2, 4]],
            move |_, v| on_tape(&v[0], &v[1]),
            move |v| v[0].iter().zip(&v[1]).map(|(&a, &b)| plain(a, b)).collect(),
        ));
    }
    all.push(operation(
        "mul with itself",
        &[&[4]],
        |_, v| v[0].mul(&v[0]),
        |v| v[0].iter().map(|x| x * x).collect(),
    ));
    all.push(operation(
        "a value used twice",
        &[&[4]],
        |_, v| v[0].tanh().add(&v[0].square()),
        |v| v[0].iter().map(|x| x.tanh() + x * x).collect(),
    ));
}

fn vectors(all: &mut Vec<Operation>) {
    let (rows, columns) = (4, 3);
    let by = move |f: fn(f64, f64) -> f64, at: fn(usize) -> usize| {
        move |v: &Values| v[0].iter().enumerate().map(|(i, &x)| f(x, v[1][at(i)])).collect()
    };
    all.push(operation(
        "add_to_rows",
        &[&[4, 3], &[3]],
        |_, v| v[0].add_to_rows(&v[1]),
        by(|x, v| x + v, |i| i % 3),
    ));
    all.push(operation(
        "scale_columns",
        &[&[4, 3], &[3]],
        |_, v| v[0].scale_columns(&v[1]),
        by(|x, v| x * v, |i| i % 3),
    ));
    all.push(operation(
        "scale_rows",
        &[&[4, 3], &[4]],
        |_, v| v[0].scale_rows(&v[1]),
        by(|x, v| x * v, |i| i / 3),
    ));
    all.push(operation(
        "divide_rows",
        &[&[4, 3], &[4]],
        |_, v| v[0].divide_rows(&v[1]),
        by(|x, v| x / v, |i| i / 3),
    ));
    all.push(operation(
        "add_to_channels",
        &[&[2, 3, 2, 2], &[3]],
        |_, v| v[0].add_to_channels(&v[1]),
        by(|x, v| x + v, |i| i / 4 % 3),
    ));
    all.push(operation("sum", &[&[4, 3]], |_, v| v[0].sum(), |v| vec![v[0].iter().sum()]));
    all.push(operation("mean", &[&[4, 3]], |_, v| v[0].mean(), |v| vec![v[0].iter().sum::<f64>() / 12.0]));
    all.push(operation(
        "sum_rows",
        &[&[4, 3]],
        |_, v| v[0].sum_rows(),
        move |v| (0..rows).map(|r| (0..columns).map(|c| v[0][r * columns + c]).sum()).collect(),
    ));
    all.push(operation(
        "sum_columns",
        &[&[4, 3]],
        |_, v| v[0].sum_columns(),
        move |v| (0..columns).map(|c| (0..rows).map(|r| v[0][r * columns + c]).sum()).collect(),
    ));
    all.push(operation(
        "normalize_rows",
        &[&[4, 3]],
        |_, v| v[0].normalize_rows(1e-6),
        |v| {
            let unit = |row: &[f64]| {
                let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
                row.iter().map(|x| x / length).collect::<Vec<_>>()
            };
            v[0].chunks(3).flat_map(unit).collect()
        },
    ));
    all.push(operation(
        "log_sum_exp_rows",
        &[&[4, 3]],
        |_, v| v[0].affine(3.0, 0.0).log_sum_exp_rows(),
        |v| v[0].chunks(3).map(|row| row.iter().map(|x| (3.0 * x).exp()).sum::<f64>().ln()).collect(),
    ));
    for training in [true, false] {
        all.push(batch_norm(training));
    }
    pairs_of_rows(all);
}

fn pairs_of_rows(all: &mut Vec<Operation>) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    const OWN: [u32; 4] = [2, 0, 2, 1];
    const OTHERS: [u32; 4] = [0, 3, 1, 1];
    all.push(operation(
        "pair_dots",
        &[&[3, 2], &[4, 2]],
        |_, v| v[0].pair_dots(&v[1], &OWN, &OTHERS),
        move |v| {
            let row = |of: usize, r: u32| &v[of][2 * r as usize..][..2];
            OWN.iter().zip(&OTHERS).map(|(&a, &b)| dot(row(0, a), row(1, b))).collect()
        },
    ));
    // More pairs than are gathered at once.
    let lists = || (0..2500_u32).map(|p| (p % 3, p * 7 % 5)).unzip::<u32, u32, Vec<_>, Vec<_>>();
    all.push(operation(
        "pair_dots in parts",
        &[&[3, 2], &[5, 2]],
        move |_, v| {
            let (own, others) = lists();
            v[0].pair_dots(&v[1], &own, &others).square().mean().reshape(&[1])
        },
        move |v| {
            let (own, others) = lists();
            let row = |of: usize, r: u32| &v[of][2 * r as usize..][..2];
            let pairs = own.iter().zip(&others);
            vec![pairs.map(|(&a, &b)| dot(row(0, a), row(1, b)).powi(2)).sum::<f64>() / 2500.0]
        },
    ));
    // The last has more rows than are compared at once.
    for (n, t) in [(5, 2.0), (5, 0.5), (131, 2.0)] {
        all.push(operation(
            format!("uniformity of {n} rows, t = {t}"),
            &[&[n, 3]],
            move |_, v| v[0].normalize_rows(1e-6).uniformity(t as f32),
            move |v| {
                let unit = |row: &[f64]| row.iter().map(|x| x / dot(row, row).sqrt()).collect::<Vec<_>>();
                let rows: Vec<_> = v[0].chunks(3).map(unit).collect();
                let potential = |(a, b): (usize, usize)| (-t * (2.0 - 2.0 * dot(&rows[a], &rows[b]))).exp();
                let pairs = (0..n).flat_map(|b| (0..b).map(move |a| (a, b)));
                vec![(pairs.map(potential).sum::<f64>() / (n * (n - 1) / 2) as f64).ln()]
            },
        ));
    }
}

fn batch_norm(training: bool) -> Operation {
    let run = move |tape: &Tape, v: &[Var]| {
        let mean = Tensor::from_slice(tape.device(), &[2], &[0.1, 0.2]);
        let variance = Tensor::from_slice(tape.device(), &[2], &[1.1, 1.2]);
        let momentum = training.then_some(0.1);
        v[0].batch_norm(
            &v[1],
            &v[2],
            &BatchNorm { mean: &mean, variance: &variance, epsilon: 1e-3, momentum },
        )
    };
    let plain = move |v: &Values| {
        let channel = |i: usize| i / 4 % 2;
        let mut out = vec![0.0; 24];
        for c in 0..2 {
            let own: Vec<usize> = (0..24).filter(|&i| channel(i) == c).collect();
            let mean = own.iter().map(|&i| v[0][i]).sum::<f64>() / 12.0;
            let variance = own.iter().map(|&i| (v[0][i] - mean).powi(2)).sum::<f64>() / 12.0;
            let kept = (f64::from([0.1_f32, 0.2][c]), f64::from([1.1_f32, 1.2][c]));
            let (mean, variance) = if training { (mean, variance) } else { kept };
            for i in own {
                let scaled = (v[0][i] - mean) / (variance + f64::from(1e-3_f32)).sqrt();
                out[i] = v[1][c] * scaled + v[2][c];
            }
        }
        out
    };
    operation(format!("batch_norm, training {training}"), &[&[3, 2, 2, 2], &[2], &[2]], run, plain)
}

fn products(all: &mut Vec<Operation>) {
    let product = |m: usize, n: usize, k: usize, b: fn(&[f64], usize, usize) -> f64| {
        move |v: &Values| {
            let entry = |(i, j): (usize, usize)| (0..k).map(|l| v[0][i * k + l] * b(&v[1], l, j)).sum();
            (0..m).flat_map(|i| (0..n).map(move |j| (i, j))).map(entry).collect()
        }
    };
    all.push(operation(
        "matmul",
        &[&[3, 4], &[4, 2]],
        |_, v| v[0].matmul(&v[1]),
        product(3, 2, 4, |b, l, j| b[l * 2 + j]),
    ));
    all.push(operation(
        "matmul_transposed",
        &[&[3, 4], &[2, 4]],
        |_, v| v[0].matmul_transposed(&v[1]),
        product(3, 2, 4, |b, l, j| b[j * 4 + l]),
    ));
    let matrix = || Csr::new(4, vec![0, 2, 2, 5], vec![1, 3, 0, 1, 2], vec![1.0, -2.0, 3.0, 0.5, 5.0]);
    all.push(operation(
        "propagate",
        &[&[4, 2]],
        move |tape, v| v[0].propagate(&SparseMatrix::new(tape.device(), &matrix())),
        |v| {
            let x = |r: usize, c: usize| v[0][r * 2 + c];
            let row =
                |c: usize| [x(1, c) - 2.0 * x(3, c), 0.0, 3.0 * x(0, c) + 0.5 * x(1, c) + 5.0 * x(2, c)];
            let columns = [row(0), row(1)];
            (0..6).map(|i| columns[i % 2][i / 2]).collect()
        },
    ));
}

fn convolutions(all: &mut Vec<Operation>) {
    for (height, width, kernel, stride, padding) in [(4, 5, 3, 1, 1), (5, 6, 3, 2, 1), (4, 4, 1, 2, 0)] {
        let run = move |_: &Tape, v: &[Var]| v[0].conv2d(&v[1], stride, padding);
        let plain = move |v: &Values| {
            let out = |n: usize| (n + 2 * padding - kernel) / stride + 1;
            let pixel = |n: usize, c: usize, y: usize, x: usize| {
                let inside = y >= padding && x >= padding && y - padding < height && x - padding < width;
                if inside { v[0][((n * 2 + c) * height + y - padding) * width + x - padding] } else { 0.0 }
            };
            let mut result = Vec::new();
            for (n, o) in (0..2).flat_map(|n| (0..3).map(move |o| (n, o))) {
                for (y, x) in (0..out(height)).flat_map(|y| (0..out(width)).map(move |x| (y, x))) {
                    let mut sum = 0.0;
                    for (i, weight) in v[1].chunks(kernel * kernel).skip(2 * o).take(2).enumerate() {
                        for (k, w) in weight.iter().enumerate() {
                            sum += w * pixel(n, i, y * stride + k / kernel, x * stride + k % kernel);
                        }
                    }
                    result.push(sum);
                }
            }
            result
        };
        let shapes: [&[usize]; 2] = [&[2, 2, height, width], &[3, 2, kernel, kernel]];
        all.push(operation(format!("conv2d of {kernel}, stride {stride}"), &shapes, run, plain));
    }
}

fn tables(all: &mut Vec<Operation>) {
    const INDICES: [u32; 5] = [2, 0, PADDING, 2, 3];
    let plain = |v: &[f64]| {
        let row = |&r: &u32| if r == PADDING { vec![0.0; 3] } else { v[r as usize * 3..][..3].to_vec() };
        INDICES.iter().flat_map(row).collect::<Vec<f64>>()
    };
    all.push(operation("gather", &[&[4, 3]], |_, v| v[0].gather(&INDICES), move |v| plain(&v[0])));
    all.push(operation(
        "gather from a result",
        &[&[4, 3]],
        |_, v| v[0].square().gather(&INDICES),
        move |v| plain(&v[0].iter().map(|x| x * x).collect::<Vec<_>>()),
    ));
    all.push(operation(
        "gather beside a dense use",
        &[&[4, 3]],
        |_, v| v[0].gather(&INDICES).sum_columns().add(&v[0].sum_columns()),
        move |v| {
            let all = [plain(&v[0]), v[0].clone()].concat();
            (0..3).map(|c| all.iter().skip(c).step_by(3).sum()).collect()
        },
    ));
}

fn arrangements(all: &mut Vec<Operation>) {
    all.push(operation(
        "reshape",
        &[&[2, 6]],
        |_, v| v[0].reshape(&[3, 4]).square(),
        |v| v[0].iter().map(|x| x * x).collect(),
    ));
    all.push(operation(
        "transpose",
        &[&[2, 3]],
        |_, v| v[0].transpose(),
        |v| [0, 3, 1, 4, 2, 5].map(|i| v[0][i]).to_vec(),
    ));
    all.push(operation(
        "concat",
        &[&[2, 1, 2], &[2, 2, 2]],
        |_, v| v[0].concat(&v[1]),
        |v| [&v[0][..2], &v[1][..4], &v[0][2..], &v[1][4..]].concat(),
    ));
    all.push(operation(
        "slice",
        &[&[2, 3, 2]],
        |_, v| v[0].slice(1, 2),
        |v| [&v[0][2..6], &v[0][8..]].concat(),
    ));
}
