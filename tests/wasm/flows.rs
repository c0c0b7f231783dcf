//! The page's ways through the engine on built-in and generated data.

use crate::support::{engine, js, load, member, plain, prepared, watched};
use js_sys::{Float32Array, Uint8Array};
use serde_json::{Value, json};
use warren::wasm::Engine;
use wasm_bindgen_test::wasm_bindgen_test;

async fn embed(engine: &Engine, options: Value) -> (Value, Vec<f32>) {
    let result = engine.embed(&js(options), &watched().job).await.unwrap();
    let vectors = Float32Array::from(member(&result, "vectors")).to_vec();
    (plain(&result), vectors)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[wasm_bindgen_test]
fn catalogue_schema_and_path() {
    let engine = engine();
    let catalog = plain(&engine.catalog().unwrap());
    for table in ["models", "inits", "losses", "regularizers", "optimizers", "metrics", "formats", "splits"] {
        assert!(!catalog[table].as_array().unwrap().is_empty(), "{table}");
    }
    for section in ["data", "train", "evaluate"] {
        assert!(catalog[section]["params"].is_array(), "{section}");
    }
    assert!(
        catalog["presets"].is_array() && catalog["builtin"].is_array() && catalog["similarities"].is_array()
    );
    assert!(plain(&engine.schema().unwrap())["properties"]["model"].is_object());
    let path = plain(&engine.path().unwrap());
    assert_eq!((&path["build"], &path["threads"]), (&json!("baseline"), &json!(1)));
}

#[wasm_bindgen_test]
async fn southern_women_from_loading_to_recommending() {
    let (engine, w) = (engine(), watched());
    let loaded = plain(&engine.load_builtin("southern-women", &js(json!({})), 1.0, &w.job).await.unwrap());
    assert_eq!((&loaded["users"], &loaded["items"]), (&json!(18), &json!(14)));
    let data = json!({"split": "random:0.8,0.1,0.1"});
    let summary = plain(&engine.prepare(&js(data.clone()), 1.0, &w.job).await.unwrap());
    assert_eq!(summary["users"], 18);
    let users = engine.side_table("user").unwrap();
    assert_eq!(plain(&users)["ids"].as_array().unwrap().len(), 18);
    assert_eq!(js_sys::Uint32Array::from(member(&users, "counts")).length(), 18);

    let graph = plain(&engine.knn_graph(&js(json!({"side": "user", "k": 3})), &w.job).await.unwrap());
    assert_eq!(graph["nodes"], 18);
    let (le, vectors) =
        embed(&engine, json!({"side": "user", "init": {"name": "le", "k": 3}, "dim": 2})).await;
    assert_eq!((vectors.len(), &le["graph"]["edges"]), (36, &graph["edges"]));
    let near = plain(&engine.embedding_neighbours(le["id"].as_f64().unwrap(), 0.0, 4.0).unwrap());
    assert_eq!(near.as_array().unwrap().len(), 4);

    let config = json!({"seed": 1, "data": data, "model": {"name": "item-knn"}});
    let record = plain(&engine.train(&js(config), &w.job).await.unwrap());
    assert!(record["metrics"]["test"]["HR@5"].is_number(), "{record}");
    let run = w.events()[0]["run"].as_f64().unwrap();
    let best = plain(&engine.recommend(&js(json!({"run": run, "history": [0, 1], "n": 3}))).await.unwrap());
    let best = best.as_array().unwrap();
    assert!(best.len() == 3 && best.iter().all(|b| b["item"] != 0 && b["item"] != 1), "{best:?}");
    let history = plain(&engine.history(0.0, Some(run)).unwrap());
    assert!(!history.as_array().unwrap().is_empty());
}

#[wasm_bindgen_test]
async fn the_same_seed_gives_the_same_bits() {
    let options = json!({"side": "item", "init": {"name": "leporid", "k": 10}, "dim": 16, "seed": 5});
    let config = json!({
        "seed": 5, "data": {"min_user": 3, "min_item": 3}, "model": {"name": "mf"},
        "init": {"name": "leporid", "k": 10}, "train": {"epochs": 3},
    });
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (engine, w) = (prepared(json!({})).await, watched());
        let (embedding, vectors) = embed(&engine, options.clone()).await;
        let record = plain(&engine.train(&js(config.clone()), &w.job).await.unwrap());
        let run = w.events()[0]["run"].as_f64().unwrap();
        let table = engine.run_table(run, "user").unwrap();
        let table = Float32Array::from(member(&table, "vectors")).to_vec();
        let losses: Vec<_> =
            record["history"].as_array().unwrap().iter().map(|e| e["loss"].clone()).collect();
        seen.push((
            bits(&vectors),
            embedding["values"].clone(),
            bits(&table),
            losses,
            record["metrics"].clone(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
}

#[wasm_bindgen_test]
async fn exports_are_the_formats_they_say() {
    let (engine, w) = (prepared(json!({})).await, watched());
    let (summary, vectors) = embed(&engine, json!({"side": "user", "init": {"name": "svd"}, "dim": 4})).await;
    let id = summary["id"].as_f64().unwrap();
    let npy = engine.export_embedding(id, "npy").unwrap().to_vec();
    assert!(npy.starts_with(b"\x93NUMPY") && npy.len() >= vectors.len() * 4);
    let last = f32::from_le_bytes(npy[npy.len() - 4..].try_into().unwrap());
    assert_eq!(last, vectors[vectors.len() - 1]);
    let csv = String::from_utf8(engine.export_embedding(id, "csv").unwrap().to_vec()).unwrap();
    assert_eq!(csv.lines().count(), vectors.len() / 4 + 1);

    let config = json!({"data": {"min_user": 3, "min_item": 3}, "seed": 7, "model": {"name": "mf"}, "train": {"epochs": 1}});
    let record = plain(&engine.train(&js(config), &w.job).await.unwrap());
    let run = w.events()[0]["run"].as_f64().unwrap();
    let file: Uint8Array = engine.export_run(run, "json", None).unwrap();
    // Read by JavaScript, for which 0.0 and 0 are one number.
    let text = String::from_utf8(file.to_vec()).unwrap();
    assert_eq!(plain(&js_sys::JSON::parse(&text).unwrap()), record);
    assert!(engine.export_run(run, "safetensors", None).unwrap().length() > 0);
    assert_eq!(plain(&engine.export_run(run, "npy", None).unwrap_err())["key"], "side");
    engine.remove_run(run);
    assert_eq!(plain(&engine.export_run(run, "json", None).unwrap_err())["code"], "bad-state");
}

#[wasm_bindgen_test]
async fn a_preview_guesses_the_columns_and_gzip_is_unpacked() {
    let text = b"who;what;stars\nann;tea;5\nbob;tea;4\nann;rum;1\n";
    let engine = engine();
    let preview = plain(&engine.preview("list.csv", text, &js(json!({}))).unwrap());
    assert_eq!(preview["columns"], json!(["who", "what", "stars"]));
    assert_eq!(preview["rows"][0], json!(["ann", "tea", "5"]));
    let mapping = json!({"mapping": {"user": "who", "item": "what", "rating": "stars"}});
    let loaded = load(&engine, "list.csv", text, mapping.clone()).await.unwrap();
    assert_eq!((&loaded["users"], &loaded["interactions"]), (&json!(2), &json!(3)));

    // One stored block: what gzip makes of data that does not shrink.
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01".to_vec();
    gzip.extend((text.len() as u16).to_le_bytes());
    gzip.extend((!(text.len() as u16)).to_le_bytes());
    gzip.extend(text);
    gzip.extend(crc32(text).to_le_bytes());
    gzip.extend((text.len() as u32).to_le_bytes());
    let again = load(&engine, "list.csv.gz", &gzip, mapping).await.unwrap();
    assert_eq!(again["fingerprint"], loaded["fingerprint"]);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg()))
    })
}
