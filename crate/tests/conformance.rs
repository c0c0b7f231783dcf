//! Losses, gradients and optimizer steps against cases worked out independently in double precision.

use ndarray::Array2;
use serde_json::{Value, json};
use warren::loss::{self, Batch, Gradients};
use warren::nn::Tables;
use warren::params::{Method, Params};
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

/// Largest difference, relative to the largest expected value.
fn error(got: impl Iterator<Item = f32>, expected: &Array2<f64>) -> f64 {
    let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    got.zip(expected).fold(0.0_f64, |m, (g, e)| m.max((f64::from(g) - e).abs())) / scale
}

#[test]
fn bpr_value_and_gradient() {
    let golden = golden();
    let (user, positive, negative) = (
        indices(&golden["batch"]["user"]),
        indices(&golden["batch"]["positive"]),
        indices(&golden["batch"]["negative"]),
    );
    let tables = tables(&golden);
    let mut gradients = Gradients::new(tables.user.nrows(), tables.item.nrows(), tables.user.ncols());
    let mut bpr = loss::bpr::build(&Params::defaults(&loss::bpr::METHOD));
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
fn adam_with_no_full_and_batch_weight_decay() {
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
        let regularizer = if mode == "none" {
            regularizer::none::build(&Params::defaults(&regularizer::none::METHOD))
        } else {
            let given = json!({"mode": mode, "lambda": case["weight_decay"]});
            regularizer::weight_decay::build(&params(&regularizer::weight_decay::METHOD, &given))
        };
        let mut bpr = loss::bpr::build(&Params::defaults(&loss::bpr::METHOD));
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
