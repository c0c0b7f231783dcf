//! Losses, gradients, optimizer steps and lengths by PRISM against cases worked out independently in double
//! precision.

mod common;

use ndarray::Array2;
use serde_json::{Value, json};
use std::rc::Rc;
use warren::autodiff::{self, Device, Tape, Tensor, Var};
use warren::init::prism;
use warren::linalg::Cpu;
use warren::loss::{self, Batch, Gradients, Loss, LossFn, Own, Rows, Vectors};
use warren::nn::Tables;
use warren::nn::layers::Parameters;
use warren::optim::parameters::ParameterOptimizer;
use warren::params::{Method, Params};
use warren::regularizer::BatchRows;
use warren::rng::Seed;
use warren::{optim, regularizer};

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/conformance.json")).expect("valid JSON")
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).expect("a matrix");
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(r, c)| rows[r][c])
}

fn indices(value: &Value) -> Vec<u32> {
    serde_json::from_value(value.clone()).expect("a list of indices")
}

fn tables(golden: &Value) -> Tables {
    let table = |side: &str| matrix(&golden["tables"][side]).mapv(|v| v as f32);
    Tables { user: table("user"), item: table("item") }
}

fn params(method: &'static Method, given: &Value) -> Params {
    Params::check(method, given.as_object().expect("an object"), "").expect("valid parameters")
}

fn bpr_by_hand() -> Box<dyn loss::ByHand> {
    loss::bpr::build(&Params::defaults(&loss::bpr::METHOD)).by_hand().expect("a form by hand")
}

/// The weight decay of a case.
fn decay(mode: &str, case: &Value) -> Box<dyn regularizer::Regularizer> {
    if mode == "none" {
        return regularizer::none::build(&Params::defaults(&regularizer::none::METHOD));
    }
    let given = json!({"mode": mode, "lambda": case["weight_decay"]});
    regularizer::weight_decay::build(&params(&regularizer::weight_decay::METHOD, &given))
}

/// Largest difference, relative to the largest expected value.
fn error(got: impl Iterator<Item = f32>, expected: &Array2<f64>) -> f64 {
    let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    got.zip(expected).fold(0.0_f64, |m, (g, e)| m.max((f64::from(g) - e).abs())) / scale
}

#[test]
fn bpr_by_hand_value_and_gradient() {
    let golden = golden();
    let (user, positive, negative) = (
        indices(&golden["batch"]["user"]),
        indices(&golden["batch"]["positive"]),
        indices(&golden["batch"]["negative"]),
    );
    let tables = tables(&golden);
    let mut gradients = Gradients::new(tables.user.nrows(), tables.item.nrows(), tables.user.ncols());
    let mut bpr = bpr_by_hand();
    let batch = Batch { user: &user, positive: &positive, negative: &negative };
    let value = bpr.evaluate(&tables, batch, &mut gradients);
    let case = &golden["losses"]["bpr"];
    let expected = case["value"].as_f64().expect("a number");
    assert!((value / expected - 1.0).abs() < 1e-5, "{value} instead of {expected}");
    for (side, gradient, n) in [
        ("grad_user", &gradients.user, tables.user.nrows()),
        ("grad_item", &gradients.item, tables.item.nrows()),
    ] {
        let got = (0..n).flat_map(|r| gradient.row(r).to_vec());
        let error = error(got, &matrix(&case[side]));
        println!("{side}: relative error {error:.1e}");
        assert!(error < 1e-5, "{side}: relative error {error}");
    }
}

#[test]
fn adam_with_no_full_and_batch_weight_decay_by_hand() {
    let golden = golden();
    let (user, positive, negative) = (
        indices(&golden["batch"]["user"]),
        indices(&golden["batch"]["positive"]),
        indices(&golden["batch"]["negative"]),
    );
    for mode in ["none", "full", "batch"] {
        let case = &golden["optim"][format!("adam 3 steps bpr weight_decay {mode}")];
        let mut tables = tables(&golden);
        let shapes = [tables.user.dim(), tables.item.dim()];
        let given = json!({"learning_rate": case["learning_rate"], "beta1": case["beta1"], "beta2": case["beta2"], "epsilon": case["epsilon"]});
        let mut adam = optim::adam::build(&params(&optim::adam::METHOD, &given), &shapes);
        let regularizer = decay(mode, case);
        let mut bpr = bpr_by_hand();
        let mut gradients = Gradients::new(shapes[0].0, shapes[1].0, shapes[0].1);
        for _ in 0..3 {
            gradients.clear();
            bpr.evaluate(
                &tables,
                Batch { user: &user, positive: &positive, negative: &negative },
                &mut gradients,
            );
            adam.begin_step();
            regularizer.add_gradient(0, &tables.user, &mut gradients.user);
            adam.update(0, &mut tables.user, &gradients.user, regularizer.rest());
            regularizer.add_gradient(1, &tables.item, &mut gradients.item);
            adam.update(1, &mut tables.item, &gradients.item, regularizer.rest());
        }
        for (side, table) in [("user", &tables.user), ("item", &tables.item)] {
            let error = error(table.iter().copied(), &matrix(&case[side]));
            println!("{mode} {side}: relative error {error:.1e}");
            assert!(error < 1e-5, "{mode} {side}: relative error {error}");
        }
    }
}

/// The tables, and what a loss adds to them.
fn parameters(golden: &Value, device: &Device, loss: &mut dyn Loss) -> Parameters {
    let tables = tables(golden);
    let mut parameters = Parameters::default();
    for (name, table) in [("user", &tables.user), ("item", &tables.item)] {
        let values: Vec<f32> = table.iter().copied().collect();
        parameters.push(name, Tensor::from_slice(device, &[table.nrows(), table.ncols()], &values));
    }
    loss.begin(&mut Own {
        parameters: &mut parameters,
        device,
        dim: tables.user.ncols(),
        n_users: tables.user.nrows(),
        item_counts: &vec![1; tables.item.nrows()],
        rng: &mut Seed(1).stream("test"),
    });
    parameters
}

fn value(loss: &dyn Loss, p: &[Var], rows: &Rows) -> Var {
    let (user, item) = (p[0].gather(&rows.users), p[1].gather(&rows.items));
    loss.value(p, &Vectors { user: &user, item: &item, rows })
}

fn rows(golden: &Value, negatives: Option<&str>) -> Rows {
    let list = |name: &str| indices(&golden["batch"][name]);
    let nested = |name: &str| -> Vec<u32> {
        match &golden["batch"][name] {
            list @ Value::Array(items) if items[0].is_number() => indices(list),
            list => list.as_array().expect("rows").iter().flat_map(indices).collect(),
        }
    };
    let (user, positive) = (list("user"), list("positive"));
    let negative = negatives.map(nested).unwrap_or_default();
    Rows::of(Batch { user: &user, positive: &positive, negative: &negative }, 6, 8)
}

#[test]
fn losses_on_the_tape() {
    let golden = golden();
    let cases: [(&str, &'static Method, LossFn, Value, Option<&str>); 4] = [
        ("bpr", &loss::bpr::METHOD, loss::bpr::build, json!({}), Some("negative")),
        ("ssm", &loss::ssm::METHOD, loss::ssm::build, json!({"temperature": 0.2}), Some("negatives_5")),
        ("directau", &loss::directau::METHOD, loss::directau::build, json!({"gamma": 1.0}), None),
        ("mawu", &loss::mawu::METHOD, loss::mawu::build, json!({"gamma_user": 0.5, "gamma_item": 0.7}), None),
    ];
    for (name, method, build, given, negatives) in cases {
        let (case, device): (_, Device) = (&golden["losses"][name], Rc::new(Cpu::new()));
        let mut loss = build(&params(method, &given));
        let parameters = parameters(&golden, &device, loss.as_mut());
        let mut sides = vec!["grad_user", "grad_item"];
        if name == "mawu" {
            for (place, side) in [(2, "margin_user"), (3, "margin_item")] {
                let margins: Vec<f32> = serde_json::from_value(case[side].clone()).expect("margins");
                device.write(&margins, parameters.values()[place].buffer());
            }
            sides.extend(["grad_margin_user", "grad_margin_item"]);
        }
        let tape = Tape::new(&device);
        let p = parameters.on_tape(&tape, 0);
        let loss = value(loss.as_ref(), &p, &rows(&golden, negatives));
        let (got, expected) =
            (loss.value().read_now().unwrap()[0], case["value"].as_f64().expect("a number"));
        assert!((f64::from(got) / expected - 1.0).abs() < 1e-5, "{name}: {got} instead of {expected}");
        let mut gradients = tape.backward(&loss);
        for (place, side) in sides.into_iter().enumerate() {
            let gradient = gradients.take(place).expect("a gradient").dense().read_now().unwrap();
            let expected = match &case[side] {
                list @ Value::Array(items) if items[0].is_number() => {
                    let list: Vec<f64> = serde_json::from_value(list.clone()).expect("numbers");
                    Array2::from_shape_vec((list.len(), 1), list).expect("a column")
                }
                rows => matrix(rows),
            };
            let error = error(gradient.into_iter(), &expected);
            println!("{name}, {side}: relative error {error:.1e}");
            assert!(error < 1e-5, "{name}, {side}: relative error {error}");
        }
    }
}

#[test]
fn adam_with_no_full_and_batch_weight_decay_on_the_tape() {
    let golden = golden();
    let rows = rows(&golden, Some("negative"));
    for mode in ["none", "full", "batch"] {
        let case = &golden["optim"][format!("adam 3 steps bpr weight_decay {mode}")];
        let device: Device = Rc::new(Cpu::new());
        let mut bpr = loss::bpr::build(&Params::defaults(&loss::bpr::METHOD));
        let parameters = parameters(&golden, &device, bpr.as_mut());
        let given = json!({"learning_rate": case["learning_rate"], "beta1": case["beta1"], "beta2": case["beta2"], "epsilon": case["epsilon"]});
        let adam = params(&optim::adam::METHOD, &given);
        let mut adam = ParameterOptimizer::new(&adam, &device, parameters.values()).expect("Adam");
        for _ in 0..3 {
            let tape = Tape::new(&device);
            let loss = value(bpr.as_ref(), &parameters.on_tape(&tape, 0), &rows);
            let mut gradients: autodiff::Gradients = tape.backward(&loss);
            let table = |parameter, rows: &[u32]| BatchRows { parameter, rows: device.upload_indices(rows) };
            let tables = [table(0, &rows.users), table(1, &rows.items)];
            decay(mode, case).add_to_gradients(parameters.values(), &tables, &mut gradients);
            adam.step(1.0, 0, parameters.values(), &mut gradients);
        }
        for (place, side) in ["user", "item"].into_iter().enumerate() {
            let values = parameters.values()[place].read_now().unwrap();
            let error = error(values.into_iter(), &matrix(&case[side]));
            println!("{mode} {side}: relative error {error:.1e}");
            assert!(error < 1e-5, "{mode} {side}: relative error {error}");
        }
    }
}

#[test]
fn lengths_by_prism() {
    let Some(reference) = common::reference("conformance.json") else { return };
    let case = &reference["prism"];
    let counts = indices(&case["count"]);
    let strengths = case["strength"].as_object().expect("lists by strength");
    assert!(strengths.len() >= 3 && counts.len() >= 6);
    for (strength, expected) in strengths {
        let s: f64 = strength.parse().expect("a number");
        let expected: Vec<f64> = serde_json::from_value(expected.clone()).expect("numbers");
        for (&count, expected) in counts.iter().zip(expected) {
            let got = prism::magnitude(count, s);
            assert!(
                (got / expected - 1.0).abs() < 1e-12,
                "s {s}, count {count}: {got} instead of {expected}"
            );
        }
    }
}
