//! The perturbation lab without any data: graphs, edges, two embeddings, the experiment and its buttons.

use crate::support::{Watched, call, engine, js, member, plain, turns, until, watched};
use js_sys::{Array, Float32Array, Float64Array, Reflect, Uint32Array};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// Plain options with arrays of edges among them.
fn with_edges(options: Value, edges: &[(&str, &[u32])]) -> JsValue {
    let object = js(options);
    for (key, list) in edges {
        Reflect::set(&object, &(*key).into(), &Uint32Array::from(*list)).expect("an object");
    }
    object
}

fn numbers(value: &JsValue, name: &str) -> Vec<f64> {
    member(value, name).unchecked_into::<Float64Array>().to_vec()
}

/// An experiment that would take very long.
fn endless() -> Value {
    json!({"graphs": 100_000, "nodes": 40, "attach": 4, "dim": 10, "repeats": 5})
}

#[wasm_bindgen_test]
fn a_graph_and_new_edges_repeat_with_their_seed() {
    let engine = engine();
    let graph = engine.barabasi_albert(&js(json!({"nodes": 30, "attach": 3, "seed": 7}))).unwrap();
    let edges = member(&graph, "edges").unchecked_into::<Uint32Array>().to_vec();
    assert_eq!((plain(&graph)["nodes"].as_u64(), edges.len()), (Some(30), 2 * 3 * 27));
    let again = engine.barabasi_albert(&js(json!({"nodes": 30, "attach": 3, "seed": 7}))).unwrap();
    assert_eq!(member(&again, "edges").unchecked_into::<Uint32Array>().to_vec(), edges);

    let edge = |count: u32| {
        let options = json!({"nodes": 30, "node": 29, "seed": 7, "count": count});
        plain(&engine.random_edge(&with_edges(options, &[("edges", &edges)])).unwrap())
    };
    assert_eq!(edge(0), edge(0));
    assert!((1..20).any(|count| edge(count) != edge(0)));
    let pair: [u32; 2] = serde_json::from_value(edge(0)).unwrap();
    assert!(pair[1] == 29 && !edges.chunks(2).any(|e| e == pair));
    let full = with_edges(json!({"nodes": 2, "node": 0, "seed": 1, "count": 0}), &[("edges", &[0, 1])]);
    assert!(engine.random_edge(&full).unwrap().is_null());
}

#[wasm_bindgen_test]
async fn perturb_gives_both_embeddings_of_every_method() {
    let (engine, w) = (engine(), watched());
    let methods = json!([{"name": "le"}, {"name": "leporid", "alpha": 0.5, "normalised": true}]);
    let options = json!({"nodes": 6, "dim": 3, "methods": methods});
    let path: &[u32] = &[0, 1, 1, 2, 2, 3, 3, 4, 4, 5];
    let closed: &[u32] = &[0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 0, 5];
    let options = with_edges(options, &[("before", path), ("after", closed)]);
    let found: Array = engine.perturb(&options, &w.job).await.unwrap().unchecked_into();
    assert_eq!(found.length(), 2);
    let le = found.get(0);
    assert_eq!(plain(&member(&le, "method")), json!({"name": "le", "alpha": 0, "normalised": false}));
    // A path's and a cycle's eigenvalues: 2 − 2 cos(πk/6), 2 − 2 cos(2π⌈k/2⌉/6).
    for (name, expected) in [("values_before", [0.0, 0.267_949, 1.0]), ("values_after", [0.0, 1.0, 1.0])] {
        let values = numbers(&le, name);
        assert!(values.iter().zip(expected).all(|(v, e)| (v - e).abs() < 1e-6), "{name}: {values:?}");
    }
    let before = member(&le, "before").unchecked_into::<Float32Array>().to_vec();
    assert_eq!((before.len(), numbers(&le, "raw").len()), (18, 6));
    assert!(before.chunks(3).all(|row| (row[0] - 1.0 / 6.0_f32.sqrt()).abs() < 1e-6));
    assert!(numbers(&le, "aligned").iter().zip(numbers(&le, "norm")).all(|(a, n)| *a >= n - 1e-12));
}

#[wasm_bindgen_test]
async fn bad_options_are_errors_with_key_and_value() {
    let (engine, w) = (engine(), watched());
    let place = |e: &JsValue| {
        let e = plain(e);
        assert_eq!(e["code"], "out-of-range", "{e}");
        (e["key"].as_str().unwrap_or_default().to_owned(), e["value"].as_str().unwrap_or_default().to_owned())
    };
    let is = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let e = engine.barabasi_albert(&js(json!({"nodes": 10, "attach": 10}))).unwrap_err();
    assert_eq!(place(&e), is("attach", "10"));
    for (options, expected) in [
        (json!({"dim": 101}), is("dim", "101")),
        (json!({"graphs": 0}), is("graphs", "0")),
        (json!({"methods": [{"name": "leporid", "alpha": 7}]}), is("methods.0.alpha", "7")),
        (json!({"methods": vec![json!({"name": "le"}); 7]}), is("methods", "7 methods")),
    ] {
        assert_eq!(place(&engine.simulate(&js(options), &w.job).await.unwrap_err()), expected);
    }
    let good: &[u32] = &[0, 1];
    let cases: [(&[u32], (String, String)); 4] = [
        (&[0, 3], is("after", "[0, 3]")),
        (&[1, 1], is("after", "[1, 1]")),
        (&[0, 1, 1, 0], is("after", "[0, 1]")),
        (&[0, 1, 2], is("after", "3")),
    ];
    for (bad, expected) in cases {
        let options = json!({"nodes": 3, "dim": 2, "methods": [{"name": "le"}]});
        let options = with_edges(options, &[("before", good), ("after", bad)]);
        assert_eq!(place(&engine.perturb(&options, &w.job).await.unwrap_err()), expected);
    }
    let options = json!({"nodes": 2_001, "methods": [{"name": "le"}]});
    let options = with_edges(options, &[("before", good), ("after", good)]);
    assert_eq!(place(&engine.perturb(&options, &w.job).await.unwrap_err()), is("nodes", "2001"));
}

#[wasm_bindgen_test]
async fn an_experiment_streams_its_curves_and_its_record() {
    let (engine, w) = (engine(), watched());
    let mut options = endless();
    options["graphs"] = json!(3);
    options["methods"] = json!([{"name": "le"}, {"name": "leporid"}, {"name": "le", "normalised": true}]);
    let record = plain(&engine.simulate(&js(options), &w.job).await.unwrap());
    assert_eq!((w.count("start"), w.count("graph"), w.count("done")), (1, 3, 1));
    let events = w.events();
    assert_eq!(events[0]["config"], record["config"]);
    assert_eq!(events[3]["curves"], record["curves"]);
    assert_eq!((&events[4]["reason"], &events[4]["record"]), (&json!("graphs"), &record));
    assert_eq!((&record["updates"], record["curves"].as_array().unwrap().len()), (&json!(3 * 3 * 40 * 5), 3));
    assert!(w.progress().iter().any(|p| p["stage"] == "perturb" && p["unit"] == "graphs"));
}

async fn started(options: Value) -> (Watched, crate::support::Background<Result<JsValue, JsValue>>) {
    let (engine, w) = (engine(), watched());
    let run = call(&engine, &w, |e, job| async move { e.simulate(&js(options), &job).await });
    until(|| w.count("graph") > 0).await;
    (w, run)
}

#[wasm_bindgen_test]
async fn pause_holds_step_makes_one_graph_and_stop_keeps_them() {
    let (w, run) = started(endless()).await;
    w.job.pause();
    until(|| w.count("paused") == 1).await;
    let held = w.count("graph");
    turns(50).await;
    assert_eq!(w.count("graph"), held);
    w.job.step();
    until(|| w.count("paused") == 2).await;
    assert_eq!(w.count("graph"), held + 1);
    w.job.stop();
    let record = plain(&run.join().await.unwrap());
    assert_eq!(record["graphs_done"].as_u64(), Some(held as u64 + 1));
    assert_eq!(w.events().pop().unwrap()["reason"], "stopped");
}

#[wasm_bindgen_test]
async fn a_cancel_ends_an_experiment_and_a_large_dense_solution() {
    let (w, run) = started(endless()).await;
    w.job.cancel();
    assert_eq!(plain(&run.join().await.unwrap_err())["code"], "cancelled");

    let (engine, w) = (engine(), watched());
    let graph = engine.barabasi_albert(&js(json!({"nodes": 2000, "attach": 5}))).unwrap();
    let edges = member(&graph, "edges").unchecked_into::<Uint32Array>().to_vec();
    let options = json!({"nodes": 2000, "methods": [{"name": "le"}]});
    let options = with_edges(options, &[("before", &edges), ("after", &edges)]);
    let work = call(&engine, &w, |e, job| async move { e.perturb(&options, &job).await });
    until(|| !w.progress().is_empty()).await;
    w.job.cancel();
    assert_eq!(plain(&work.join().await.unwrap_err())["code"], "cancelled");
}
