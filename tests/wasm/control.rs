//! Cancel, pause, step, stop, and calls beside each other. Logic only: no test depends on the clock.

use crate::support::{call, js, plain, prepared, turns, until, watched};
use js_sys::Uint8Array;
use serde_json::{Value, json};
use warren::wasm::Engine;
use wasm_bindgen_test::wasm_bindgen_test;

/// A run that would take very long.
fn endless() -> Value {
    json!({
        "seed": 7, "data": {"min_user": 3, "min_item": 3}, "model": {"name": "mf"}, "init": {"name": "random"},
        "train": {"epochs": 100_000, "patience": 0, "batch_size": 64},
    })
}

async fn embed_users(engine: &Engine) -> bool {
    let w = watched();
    let options = js(json!({"side": "user", "init": {"name": "le", "k": 5}, "dim": 2}));
    engine.embed(&options, &w.job).await.is_ok()
}

#[wasm_bindgen_test]
async fn a_cancel_ends_a_training_and_forgets_it() {
    let (engine, w) = (prepared(json!({})).await, watched());
    let run = call(&engine, &w, |e, job| async move { e.train(&js(endless()), &job).await });
    until(|| w.count("epoch") > 0).await;
    w.job.cancel();
    let epochs = w.count("epoch");
    let error = plain(&run.join().await.unwrap_err());
    assert_eq!(error["code"], "cancelled");
    assert!(w.count("epoch") <= epochs + 1, "went on after the cancel");
    let number = w.events()[0]["run"].as_f64().unwrap();
    assert_eq!(plain(&engine.export_run(number, "json", None).unwrap_err())["code"], "bad-state");
}

#[wasm_bindgen_test]
async fn a_cancel_ends_an_embedding_before_and_during_it() {
    let engine = prepared(json!({"users": 1500, "items": 2000, "interactions": 60_000})).await;
    let options = json!({"side": "item", "init": {"name": "leporid"}, "dim": 64});
    let w = watched();
    w.job.cancel();
    let error = engine.embed(&js(options.clone()), &w.job).await.unwrap_err();
    assert_eq!(plain(&error)["code"], "cancelled");

    let w = watched();
    let work = call(&engine, &w, |e, job| async move { e.embed(&js(options), &job).await });
    until(|| !w.progress().is_empty()).await;
    w.job.cancel();
    assert_eq!(plain(&work.join().await.unwrap_err())["code"], "cancelled");
}

#[wasm_bindgen_test]
async fn pause_holds_step_makes_one_epoch_and_stop_keeps_the_best() {
    let (engine, w) = (prepared(json!({})).await, watched());
    let run = call(&engine, &w, |e, job| async move { e.train(&js(endless()), &job).await });
    until(|| w.count("epoch") > 1).await;

    w.job.pause();
    until(|| w.count("paused") == 1).await;
    let held = w.count("epoch");
    turns(50).await;
    assert_eq!(w.count("epoch"), held);
    assert!(embed_users(&engine).await, "a paused run must not hold up other calls");

    w.job.step();
    until(|| w.count("paused") == 2).await;
    assert_eq!((w.count("epoch"), w.count("resumed")), (held + 1, 1));

    w.job.resume();
    until(|| w.count("epoch") > held + 1).await;
    w.job.stop();
    let record = plain(&run.join().await.unwrap());
    assert_eq!(record["reason"], "stopped");
    let last = w.events().pop().unwrap();
    assert_eq!((&last["type"], &last["record"]), (&json!("done"), &record));
}

#[wasm_bindgen_test]
async fn stop_ends_a_paused_run() {
    let (engine, w) = (prepared(json!({})).await, watched());
    let run = call(&engine, &w, |e, job| async move { e.train(&js(endless()), &job).await });
    w.job.pause();
    until(|| w.count("paused") == 1).await;
    w.job.stop();
    assert_eq!(plain(&run.join().await.unwrap())["reason"], "stopped");
}

/// Bits of the losses, epoch by epoch.
fn losses(record: &Value) -> Vec<u64> {
    record["history"].as_array().unwrap().iter().map(|e| e["loss"].as_f64().unwrap().to_bits()).collect()
}

#[wasm_bindgen_test]
async fn a_checkpoint_of_a_paused_run_goes_on_to_the_same_bits() {
    let mut config = endless();
    config["train"]["epochs"] = json!(6);
    let (engine, w) = (prepared(json!({})).await, watched());
    let given = js(config.clone());
    let run = call(&engine, &w, |e, job| async move { e.train(&given, &job).await });
    w.job.step();
    until(|| w.count("paused") == 1).await;
    let number = w.events()[0]["run"].as_f64().unwrap();
    let saved: Uint8Array = engine.checkpoint(number).await.unwrap();
    assert_eq!((w.count("paused"), w.count("resumed")), (1, 0), "saving is no end of the pause");
    w.job.resume();
    let straight = plain(&run.join().await.unwrap());

    let again = watched();
    let resumed = plain(&engine.resume(&saved.to_vec(), &again.job).await.unwrap());
    assert!(again.events()[0]["resumed_epoch"].as_u64().unwrap() >= 1);
    assert_eq!(losses(&resumed), losses(&straight));
    assert_eq!(resumed["metrics"], straight["metrics"]);
}

#[wasm_bindgen_test]
async fn runs_beside_each_other_take_turns_and_do_not_disturb_each_other() {
    let mut config = endless();
    config["train"]["epochs"] = json!(5);
    let (engine, one, two) = (prepared(json!({})).await, watched(), watched());
    let (a, b) = (js(config.clone()), js(config));
    let a = call(&engine, &one, |e, job| async move { e.train(&a, &job).await });
    let b = call(&engine, &two, |e, job| async move { e.train(&b, &job).await });
    let (a, b) = (plain(&a.join().await.unwrap()), plain(&b.join().await.unwrap()));
    assert_eq!((losses(&a), &a["metrics"]), (losses(&b), &b["metrics"]));
}

#[wasm_bindgen_test]
async fn loading_other_data_leaves_a_run_its_own() {
    let (engine, w) = (prepared(json!({})).await, watched());
    let run = call(&engine, &w, |e, job| async move { e.train(&js(endless()), &job).await });
    until(|| w.count("epoch") > 0).await;
    engine.load_builtin("southern-women", &js(json!({})), 1.0, &watched().job).await.unwrap();
    w.job.stop();
    run.join().await.unwrap();
    let number = w.events()[0]["run"].as_f64().unwrap();
    let best = plain(&engine.recommend(&js(json!({"run": number, "user": 0, "n": 3}))).await.unwrap());
    assert_eq!(best.as_array().unwrap().len(), 3);
}
