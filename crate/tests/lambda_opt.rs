//! λOpt: its gradients against worked cases and finite differences, and what holds whatever it learns.

mod common;

use common::model;
use ndarray::Array2;
use rand::RngExt;
use serde_json::{Value, json};
use std::rc::Rc;
use warren::config::{RunConfig, overlay};
use warren::data::interactions::{Sequences, Split};
use warren::loss::{self, Batch, ByHand, Gradients};
use warren::models::{Model, Tensor, mf};
use warren::nn::Tables;
use warren::optim::{self, Optimizer, memory_name};
use warren::params::{Method, Params};
use warren::regularizer::lambda_opt::{LambdaOpt, Learning};
use warren::regularizer::{self, Regularizer, Start};
use warren::rng::Seed;
use warren::task::run;

const GRANULARITIES: [&str; 9] = ["dui", "du", "di", "ui", "u", "i", "d", "d-apart", "global"];

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).expect("a matrix");
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(r, c)| rows[r][c])
}

fn indices(value: &Value) -> Vec<u32> {
    serde_json::from_value(value.clone()).expect("a list of indices")
}

fn single(values: &Array2<f64>) -> Array2<f32> {
    values.mapv(|v| v as f32)
}

/// User, positive and negative of each pair.
struct Triplets([Vec<u32>; 3]);

impl Triplets {
    fn read(value: &Value) -> Self {
        Self(["user", "positive", "negative"].map(|name| indices(&value[name])))
    }

    fn batch(&self) -> Batch<'_> {
        let Self([user, positive, negative]) = self;
        Batch { user, positive, negative }
    }
}

fn params(method: &'static Method, given: &Value) -> Params {
    Params::check(method, given.as_object().expect("an object"), "").expect("valid parameters")
}

fn bpr() -> Box<dyn ByHand> {
    loss::bpr::build(&Params::defaults(&loss::bpr::METHOD)).by_hand().expect("a form by hand")
}

/// λOpt for tables of four columns and losses that are sums over the batch as they stand.
fn begun(granularity: &str, split: Split) -> Box<dyn Regularizer> {
    let given = json!({ "granularity": granularity, "clip": 1e6 });
    let mut lambda = regularizer::lambda_opt::build(&params(&regularizer::lambda_opt::METHOD, &given));
    lambda.begin(&Start { split: &split, dim: 4, batch_size: 1 });
    lambda
}

/// A split whose only use is its size.
fn sized(n_users: usize, n_items: usize) -> Split {
    let none = || Sequences::from_rows(vec![[0_u32; 0]; n_users]);
    Split { n_users, n_items, train: none(), validation: none(), test: none() }
}

/// Largest difference, relative to the largest expected value.
fn error(got: &Array2<f32>, expected: &Array2<f64>) -> f64 {
    assert_eq!(got.dim(), expected.dim());
    let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    got.iter().zip(expected).fold(0.0_f64, |m, (g, e)| m.max((f64::from(*g) - e).abs())) / scale
}

/// Tables, a training gradient, an optimizer in the midst of training, and validation triplets.
struct Case {
    tables: Tables,
    gradients: Gradients,
    optimizer: Box<dyn Optimizer>,
    validation: Triplets,
}

impl Case {
    /// The gradient with respect to Λ of both sides and the validation loss.
    fn look(&mut self, lambda: &mut LambdaOpt) -> ([Array2<f32>; 2], f64) {
        let loss = lambda.look_ahead(&mut Learning {
            tables: &self.tables,
            gradients: &self.gradients,
            loss: &mut *bpr(),
            optimizer: &*self.optimizer,
            validation: self.validation.batch(),
        });
        ([0, 1].map(|side| lambda.strengths().gradient(side).clone()), loss)
    }
}

/// The worked case, with SGD or with Adam as the paper writes it.
fn worked(reference: &Value, adam: bool) -> Case {
    let inputs = &reference["lambda_opt"]["inputs"];
    let tables = ["user", "item"].map(|side| single(&matrix(&reference["tables"][side])));
    let [user, item] = tables;
    let shapes = [user.dim(), item.dim()];
    let tables = Tables { user, item };
    let mut gradients = Gradients::new(shapes[0].0, shapes[1].0, shapes[0].1);
    bpr().evaluate(&tables, Triplets::read(&reference["batch"]).batch(), &mut gradients);
    let rate = &inputs["learning_rate"];
    let mut optimizer = if adam {
        let state = &inputs["adam_state"];
        let given = json!({ "learning_rate": rate, "beta1": state["beta1"], "beta2": state["beta2"], "epsilon": 1e-16 });
        let mut optimizer = optim::adam::build(&params(&optim::adam::METHOD, &given), &shapes);
        // The paper has ε inside the root (eq. 12): the same as a mean square that is larger by it, with hardly
        // any ε outside.
        let more = state["epsilon_inside_root"].as_f64().unwrap() / state["beta2"].as_f64().unwrap();
        let mut saved = vec![Tensor::number("steps", state["step"].as_u64().unwrap() as u32 - 1)];
        for side in ["user", "item"] {
            for (slot, name, more) in [(0, "first", 0.0), (1, "second", more)] {
                let values = single(&(matrix(&state[format!("{name}_{side}")]) + more));
                saved.push(Tensor { name: memory_name(slot, side), values });
            }
        }
        optimizer.restore(&saved).expect("a state");
        optimizer
    } else {
        optim::sgd::build(&params(&optim::sgd::METHOD, &json!({ "learning_rate": rate })), &shapes)
    };
    optimizer.begin_step();
    Case { tables, gradients, optimizer, validation: Triplets::read(&inputs["validation"]) }
}

#[test]
fn gradients_agree_with_the_worked_cases() {
    let Some(reference) = common::reference("conformance.json") else { return };
    let inputs = &reference["lambda_opt"]["inputs"];
    let full = ["lambda_user", "lambda_item"].map(|name| matrix(&inputs[name]));
    for (name, adam) in [("sgd", false), ("adam", true)] {
        let expected = &reference["lambda_opt"][name];
        let mut case = worked(&reference, adam);
        let mut finest = begun("dui", sized(6, 8));
        let finest = finest.learns_mut().expect("λOpt learns");
        [0, 1].into_iter().for_each(|side| finest.strengths_mut().set(side, &single(&full[side])));
        let (found, loss) = case.look(finest);
        let loss_error = (loss / expected["validation_loss"].as_f64().unwrap() - 1.0).abs();
        assert!(loss_error < 1e-5, "{name}: relative error {loss_error} of the loss");
        for (side, key) in ["grad_lambda_user", "grad_lambda_item"].into_iter().enumerate() {
            let error = error(&found[side], &matrix(&expected[key]));
            println!("{name}, {key}: relative error {error:.1e}");
            assert!(error < 1e-5, "{name}, {key}: relative error {error}");
        }
        // Sums of the finest gradient are those of coarser strengths.
        let list = |key: &str| -> Vec<f64> { serde_json::from_value(expected[key].clone()).unwrap() };
        let [user, item] = &found;
        let sums = |table: &Array2<f32>, axis| table.mapv(f64::from).sum_axis(ndarray::Axis(axis)).to_vec();
        let dimension: Vec<f64> = sums(user, 0).iter().zip(sums(item, 0)).map(|(a, b)| a + b).collect();
        for (key, found) in [
            ("grad_lambda_dimension", dimension),
            ("grad_lambda_user_wise", sums(user, 1)),
            ("grad_lambda_item_wise", sums(item, 1)),
        ] {
            let scale = list(key).iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            for (found, expected) in found.iter().zip(list(key)) {
                assert!((found - expected).abs() < 1e-5 * scale, "{name}, {key}: {found} not {expected}");
            }
        }
    }
}

/// An optimizer some steps into training, and a case around it.
fn underway(optimizer: &Value) -> Case {
    let mut rng = Seed(9).stream("case");
    let shapes = [(5, 4), (7, 4)];
    let mut table = |shape| Array2::from_shape_fn(shape, |_| rng.random_range(-1.0_f32..1.0));
    let mut tables = Tables { user: table(shapes[0]), item: table(shapes[1]) };
    let mut some =
        |n| -> [Vec<u32>; 3] { [5, 7, 7].map(|end| (0..n).map(|_| rng.random_range(0..end)).collect()) };
    let checked = config(&json!({ "optimizer": optimizer })).optimizer;
    let mut optimizer = optim::build(&checked, &shapes).expect("an optimizer");
    let mut gradients = Gradients::new(5, 7, 4);
    for _ in 0..3 {
        gradients.clear();
        bpr().evaluate(&tables, Triplets(some(12)).batch(), &mut gradients);
        optimizer.begin_step();
        optimizer.update(0, &mut tables.user, &gradients.user, 0.0);
        optimizer.update(1, &mut tables.item, &gradients.item, 0.0);
    }
    gradients.clear();
    bpr().evaluate(&tables, Triplets(some(12)).batch(), &mut gradients);
    optimizer.begin_step();
    Case { tables, gradients, optimizer, validation: Triplets(some(10)) }
}

/// The validation loss after the assumed step, all in double precision and from the optimizers' formulas.
fn loss_after_step(case: &Case, name: &str, config: &Value, lambda: &[Array2<f64>; 2]) -> f64 {
    let state = case.optimizer.state();
    let memory = |slot, side: &str| {
        let name = memory_name(slot, side);
        state.iter().find(|t| t.name == name).expect("a memory").values.mapv(f64::from)
    };
    let t = f64::from(state.iter().find(|t| t.name == "steps").expect("steps").to_number());
    let of = |key: &str, or: f64| config[key].as_f64().unwrap_or(or);
    let (rate, epsilon) = (of("learning_rate", 0.0), of("epsilon", 0.0));
    let sides = [
        ("user", &case.tables.user, &case.gradients.user),
        ("item", &case.tables.item, &case.gradients.item),
    ];
    let mut side = 0;
    let [user, item] = sides.map(|(table_name, table, gradient)| {
        let lambda = &lambda[side];
        side += 1;
        Array2::from_shape_fn(table.dim(), |(r, k)| {
            let strength = lambda[(r.min(lambda.nrows() - 1), k.min(lambda.ncols() - 1))];
            let value = f64::from(table[(r, k)]);
            let g = f64::from(gradient.row(r)[k]) + 2.0 * strength * value;
            match name {
                "sgd" => value - rate * g,
                "adagrad" => {
                    let sum = memory(0, table_name)[(r, k)] + g * g;
                    value - rate * g / (sum.sqrt() + epsilon)
                }
                _ => {
                    let s = 0.9 * memory(0, table_name)[(r, k)] + 0.1 * g;
                    let v = 0.999 * memory(1, table_name)[(r, k)] + 0.001 * g * g;
                    let (s, v) = (s / (1.0 - 0.9_f64.powf(t)), v / (1.0 - 0.999_f64.powf(t)));
                    value - rate * s / (v.sqrt() + epsilon)
                }
            }
        })
    });
    let Triplets([users, positives, negatives]) = &case.validation;
    let term = |b: usize| {
        let row = |list: &[u32]| list[b] as usize;
        let x = user.row(row(users)).dot(&(&item.row(row(positives)) - &item.row(row(negatives))));
        -(1.0 / (1.0 + (-x).exp())).ln()
    };
    (0..users.len()).map(term).sum::<f64>() / users.len() as f64
}

#[test]
fn gradients_agree_with_finite_differences_through_every_optimizer() {
    for optimizer in [
        json!({ "name": "sgd", "learning_rate": 0.3 }),
        json!({ "name": "adagrad", "learning_rate": 0.2, "epsilon": 1e-6 }),
        json!({ "name": "adam", "learning_rate": 0.1, "epsilon": 1e-6 }),
    ] {
        for granularity in GRANULARITIES {
            let mut case = underway(&optimizer);
            let mut lambda = begun(granularity, sized(5, 7));
            let lambda = lambda.learns_mut().expect("λOpt learns");
            let mut rng = Seed(3).stream("strengths");
            let mut values = [0, 1]
                .map(|side| lambda.strengths().of(side).mapv(|_| f64::from(rng.random_range(0.0_f32..0.2))));
            let shared = matches!(granularity, "d" | "global");
            if shared {
                values[0] = values[1].clone();
            }
            [0, 1].into_iter().for_each(|side| lambda.strengths_mut().set(side, &single(&values[side])));
            let (found, loss) = case.look(lambda);
            let name = optimizer["name"].as_str().unwrap();
            let plain = |values: &[Array2<f64>; 2]| loss_after_step(&case, name, &optimizer, values);
            assert!((loss / plain(&values) - 1.0).abs() < 1e-5, "{name}, {granularity}: {loss}");
            let h = 1e-5;
            for side in 0..if shared { 1 } else { 2 } {
                let expected = Array2::from_shape_fn(values[side].dim(), |at| {
                    let moved = |by: f64| {
                        let mut values = values.clone();
                        values[side][at] += by;
                        if shared {
                            values[1] = values[0].clone();
                        }
                        plain(&values)
                    };
                    (moved(h) - moved(-h)) / (2.0 * h)
                });
                let error = error(&found[side], &expected);
                assert!(error < 1e-4, "{name}, {granularity}, side {side}: relative error {error}");
            }
        }
    }
}

/// 40 users of two tastes over 30 items, each part with some of everybody's.
fn split() -> Rc<Split> {
    let mut rng = Seed(5).stream("data");
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for user in 0..40_u32 {
        let likes = |i: u32| if i % 2 == user % 2 { 0.7 } else { 0.1 };
        let row: Vec<u32> = (0..30).filter(|&i| rng.random_bool(likes(i))).collect();
        for (part, rows) in parts.iter_mut().enumerate() {
            let mine = |n: usize| [0, 0, 0, 1, 2][n % 5] == part;
            rows.push(row.iter().enumerate().filter(|(n, _)| mine(*n)).map(|(_, &i)| i).collect::<Vec<_>>());
        }
    }
    let [train, validation, test] = parts.map(Sequences::from_rows);
    Rc::new(Split { n_users: 40, n_items: 30, train, validation, test })
}

fn config(changes: &Value) -> RunConfig {
    let mut config = json!({
        "seed": 7,
        "model": { "name": "mf", "dim": 8 },
        "optimizer": { "name": "adam", "learning_rate": 0.02 },
        "regularizer": { "name": "lambda-opt", "learning_rate": 0.05 },
        "train": { "batch_size": 64 },
    });
    overlay(&mut config, changes);
    RunConfig::parse(&config).unwrap_or_else(|e| panic!("{e}"))
}

fn state(model: &dyn Model) -> Vec<Tensor> {
    run(model.state()).expect("a state")
}

fn trained(changes: &Value, steps: usize) -> Box<dyn Model> {
    let mut model = model(mf::build, &config(changes), &split());
    for _ in 0..steps {
        model.step().unwrap_or_else(|e| panic!("{changes}: {e}"));
    }
    model
}

#[test]
fn strengths_of_zero_are_plain_bpr_to_the_bit() {
    for optimizer in ["sgd", "adagrad", "adam"] {
        let optimizer = json!({ "name": optimizer, "learning_rate": 0.02 });
        let plain = trained(&json!({ "optimizer": optimizer, "regularizer": { "name": "none" } }), 60);
        for other in
            [json!({ "name": "lambda-opt", "learning_rate": 0.0 }), json!({ "name": "fixed", "lambda": 0.0 })]
        {
            let same = trained(&json!({ "optimizer": optimizer, "regularizer": other }), 60);
            assert_eq!(same.tables(), plain.tables(), "{optimizer}, {other}");
        }
    }
}

#[test]
fn strengths_move_and_never_fall_below_zero() {
    for granularity in GRANULARITIES {
        let mut model = trained(&json!({ "regularizer": { "granularity": granularity } }), 0);
        let mut most = 0.0_f64;
        for _ in 0..200 {
            model.step().expect("a step");
            let groups = model.lambda_groups().expect("strengths");
            assert!(groups.range[0] >= 0.0, "{granularity}: {:?}", groups.range);
            assert!(groups.range[1].is_finite(), "{granularity}: {:?}", groups.range);
            most = most.max(groups.range[1]);
        }
        assert!(most > 0.0, "{granularity}: Λ never moved");
    }
}

#[test]
fn a_run_goes_on_from_its_state_to_the_bit() {
    let sgda =
        json!({ "optimizer": { "name": "sgd", "learning_rate": 0.5 }, "regularizer": { "name": "sgda" } });
    for changes in [json!({}), json!({ "regularizer": { "granularity": "du" } }), sgda] {
        let mut first = trained(&changes, 37);
        let mut second = trained(&changes, 0);
        second.restore(&state(first.as_ref())).expect("its own state");
        for _ in 0..30 {
            first.step().expect("a step");
            second.step().expect("a step");
        }
        assert_eq!(state(first.as_ref()), state(second.as_ref()), "{changes}");
    }
}

#[test]
fn what_cannot_be_learnt_is_said() {
    let build = |changes: &Value, split: &Rc<Split>| {
        let config = config(changes);
        let input = common::input(&config, split);
        mf::build(input).err().unwrap_or_else(|| panic!("{changes} was accepted"))
    };
    let e = build(&json!({ "regularizer": { "name": "sgda" } }), &split());
    assert_eq!(
        (e.key.as_deref(), e.message.as_str()),
        (Some("optimizer.name"), "\"sgda\" trains beside \"sgd\", not \"adam\" (lambda-opt takes any)")
    );
    let e = build(&json!({ "loss": { "name": "directau" } }), &split());
    assert_eq!(
        (e.key.as_deref(), e.message.as_str()),
        (
            Some("regularizer.name"),
            "\"lambda-opt\" learns with model mf and loss bpr on the CPU (here: mf, directau, on cpu)"
        )
    );
    let without =
        Rc::new(Split { validation: Sequences::from_rows(vec![[0_u32; 0]; 40]), ..(*split()).clone() });
    let e = build(&json!({}), &without);
    assert_eq!(e.key.as_deref(), Some("data.split"), "{e}");
}
