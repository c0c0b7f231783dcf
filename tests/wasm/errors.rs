//! Mistakes arrive in JavaScript as objects with a code and the place.

use crate::support::{engine, js, load, plain, prepared, watched};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_bad_value_says_file_line_and_value() {
    let text = b"userId,movieId,rating,timestamp\n1,2,3.5,100\n1,3,good,101\n";
    let error = load(&engine(), "ratings.csv", text, json!({})).await.unwrap_err();
    assert_eq!(
        (&error["code"], &error["file"], &error["line"]),
        (&json!("bad-value"), &json!("ratings.csv"), &json!(3))
    );
    assert!(error["value"].as_str().unwrap().contains("good"), "{error}");
    let (message, detail) = (error["message"].as_str().unwrap(), error["detail"].as_str().unwrap());
    assert!(
        message.contains("ratings.csv") && message.contains("line 3") && message.ends_with(detail),
        "{error}"
    );
}

#[wasm_bindgen_test]
async fn broken_files_have_their_codes() {
    for (name, bytes, code) in [
        ("ratings.csv", &b""[..], "empty-file"),
        ("u.data", b"\x1f\x8b\x08\x00not a gzip stream", "bad-archive"),
        ("data.zip", b"PK\x03\x04 but no more of it", "bad-archive"),
    ] {
        let error = load(&engine(), name, bytes, json!({})).await.unwrap_err();
        assert_eq!(error["code"], code, "{name}: {error}");
    }
}

#[wasm_bindgen_test]
async fn calls_before_data_say_so() {
    let (engine, w) = (engine(), watched());
    let no_data = |e| assert_eq!(plain(&e)["code"], "bad-state");
    no_data(engine.side_table("user").unwrap_err());
    no_data(engine.prepare(&js(json!({})), 1.0, &w.job).await.unwrap_err());
    let options = js(json!({"side": "user", "init": {"name": "le"}, "dim": 2}));
    no_data(engine.embed(&options, &w.job).await.unwrap_err());
    no_data(engine.train(&js(json!({"model": {"name": "top-pop"}})), &w.job).await.unwrap_err());
    no_data(engine.export_run(1.0, "json", None).unwrap_err());
}

#[wasm_bindgen_test]
async fn bad_configurations_name_key_and_value() {
    let (engine, w) = (prepared(json!({})).await, watched());
    for (config, code, key) in [
        (json!({"model": {"name": "no-such-model"}}), "unknown-name", "model.name"),
        (json!({"model": {"name": "mf"}, "optimizer": {"speed": 1}}), "unknown-key", "optimizer.speed"),
        (json!({"model": {"name": "mf"}, "train": {"epochs": -1}}), "out-of-range", "train.epochs"),
        (json!({"model": {"name": "mf"}, "seed": 1.5}), "out-of-range", "seed"),
        (json!({"model": {"name": "mf"}, "seed": 2e16}), "out-of-range", "seed"),
    ] {
        let error = plain(&engine.train(&js(config), &w.job).await.unwrap_err());
        assert_eq!((error["code"].as_str(), error["key"].as_str()), (Some(code), Some(key)), "{error}");
    }
    for seed in [-1.0, 0.5, f64::NAN, 2e16] {
        let error = plain(&engine.prepare(&js(json!({})), seed, &w.job).await.unwrap_err());
        assert_eq!((&error["code"], &error["key"]), (&json!("out-of-range"), &json!("seed")), "{error}");
    }
    assert_eq!(w.events(), Vec::<Value>::new());
}

#[wasm_bindgen_test]
async fn handles_and_numbers_that_do_not_exist() {
    let engine = prepared(json!({})).await;
    let code = |e| plain(&e)["code"].as_str().map(str::to_owned);
    assert_eq!(code(engine.embedding_neighbours(99.0, 0.0, 5.0).unwrap_err()).as_deref(), Some("bad-state"));
    assert_eq!(code(engine.history(1e9, None).unwrap_err()).as_deref(), Some("out-of-range"));
    assert_eq!(code(engine.side_table("sideways").unwrap_err()).as_deref(), Some("out-of-range"));
}
