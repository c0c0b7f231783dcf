//! A whole session on generated data: look, embed, train, save, resume, recommend.

use crate::support::*;

const FILTER: [&str; 4] = ["--min-user", "2", "--min-item", "2"];

fn with_filter<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [args, &FILTER].concat()
}

#[test]
fn inspect_counts() {
    let dir = folder("inspect");
    write_ratings(&dir);
    let shown = ok(&dir, &with_filter(&["inspect", "ratings.csv", "--report", "r.json"]));
    assert!(shown.contains("ratings.csv") && shown.contains("interactions"), "{shown}");
    let report = json(&dir, "r.json");
    let sizes: Vec<_> = ["users", "items", "interactions"].map(|k| report[k].as_u64().unwrap()).into();
    assert_eq!(sizes[0], 60);
    let parts: u64 = ["train", "validation", "test"].iter().map(|k| report[k].as_u64().unwrap()).sum();
    assert_eq!(parts, sizes[2]);
    assert!(report["seconds"]["parse"].as_f64().unwrap() > 0.0);
    assert_eq!(report["data"]["fingerprint"].as_str().unwrap().len(), 64);
    // The same on stdin, where the report on stdout leaves the summary to stderr.
    let mut command = command(&dir, &with_filter(&["inspect", "-", "--report", "-"]));
    let output = command.stdin(std::fs::File::open(dir.join("ratings.csv")).unwrap()).output().unwrap();
    let piped: serde_json::Value = serde_json::from_slice(&output.stdout).expect("only JSON on stdout");
    assert_eq!(piped["interactions"], report["interactions"]);
    assert_eq!(piped["data"]["fingerprint"], report["data"]["fingerprint"]);
}

#[test]
fn embed_writes_the_same_table_in_every_format() {
    let dir = folder("embed");
    write_ratings(&dir);
    let embed = |out: &str| {
        let args = ["embed", "ratings.csv", "--side", "item", "--k", "10", "--dim", "4", "--out", out];
        ok(&dir, &with_filter(&[&args[..], &["--report", "r.json"]].concat()))
    };
    assert!(embed("items.npy").contains("components"));
    embed("items.csv");
    embed("items.safetensors");
    let npy = read_npy(&dir.join("items.npy"));
    assert_eq!(npy.dim(), (40, 4));
    let csv = std::fs::read_to_string(dir.join("items.csv")).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("id,0,1,2,3"));
    for (line, row) in lines.zip(npy.rows()) {
        let values: Vec<f32> = line.split(',').skip(1).map(|v| v.parse().unwrap()).collect();
        assert_eq!(values, row.to_vec());
    }
    let report = json(&dir, "r.json");
    assert_eq!(report["graph"]["nodes"], 40);
    assert_eq!(report["eigenvalues"].as_array().unwrap().len(), 4);
    assert!(report["residuals"].as_array().unwrap().iter().all(|r| r.as_f64().unwrap() < 1e-3));
    assert!(report["seconds"].get("graph").is_some() && report["seconds"].get("solve").is_some());
    assert_eq!(report["init"]["k"], 10);
    // No draft is left beside the results; without --out the table goes to stdout.
    assert_eq!(
        files(&dir),
        ["items.csv", "items.npy", "items.safetensors", "movies.csv", "r.json", "ratings.csv"]
    );
    let stdout =
        ok(&dir, &with_filter(&["embed", "ratings.csv", "--side", "item", "--k", "10", "--dim", "4"]));
    assert_eq!(stdout, csv);
}

#[test]
fn train_saves_resumes_and_recommends() {
    let dir = folder("train");
    write_ratings(&dir);
    let config = r#"{"seed": 7, "data": {"min_user": 2, "min_item": 2}, "model": {"name": "mf", "dim": 8},
        "train": {"epochs": 4, "batch_size": 64}}"#;
    std::fs::write(dir.join("run.json"), config).unwrap();
    let run = |report: &str, more: &[&str]| {
        ok(&dir, &[&["train", "ratings.csv", "--config", "run.json", "--report", report][..], more].concat())
    };
    run("whole.json", &["--save", "whole.safetensors", "--out-item", "items.npy"]);
    run("again.json", &[]);
    let (whole, again) = (json(&dir, "whole.json"), json(&dir, "again.json"));
    assert_eq!(whole["metrics"], again["metrics"]);
    assert_eq!(whole["history"].as_array().unwrap().len(), 4);
    assert_eq!(whole["config"]["optimizer"]["name"], "adam");
    assert!(whole["metrics"]["test"]["HR@10"].as_f64().unwrap() > 0.0);
    assert!(whole["metrics"]["validation"]["NDCG@10"].is_f64());
    assert!(whole["seconds"].get("train").is_some() && whole["seconds"].get("evaluate").is_some());
    assert_eq!(read_npy(&dir.join("items.npy")).dim(), (40, 8));

    // Two epochs, then two more, are the same four epochs.
    run("half.json", &["--set", "train.epochs=2", "--save", "half.safetensors"]);
    let args = ["train", "ratings.csv", "--resume", "half.safetensors", "--set", "train.epochs=4"];
    ok(&dir, &[&args[..], &["--report", "resumed.json"]].concat());
    let resumed = json(&dir, "resumed.json");
    let losses = |r: &serde_json::Value| -> Vec<f64> {
        r["history"].as_array().unwrap().iter().map(|e| e["loss"].as_f64().unwrap()).collect()
    };
    assert_eq!(losses(&resumed), losses(&whole));
    assert_eq!(resumed["metrics"], whole["metrics"]);

    let args = ["recommend", "ratings.csv", "--model", "whole.safetensors", "--user", "u3", "-n", "5"];
    let shown = ok(&dir, &[&args[..], &["--report", "rec.json"]].concat());
    assert!(shown.contains("Title of"), "{shown}");
    let items = json(&dir, "rec.json")["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 5);
    let scores: Vec<_> = items.iter().map(|i| i["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b));
}

#[test]
fn the_catalogue_explains_itself() {
    let dir = folder("methods");
    let list = ok(&dir, &["methods"]);
    for name in ["mf", "leporid", "bpr", "weight-decay", "adam", "southern-women"] {
        assert!(list.contains(name), "{name} is not in\n{list}");
    }
    let one = ok(&dir, &["methods", "leporid"]);
    assert!(one.contains("KDD 2021") && one.contains("alpha") && one.contains("0 to 1"), "{one}");
    let schema: serde_json::Value = serde_json::from_str(&ok(&dir, &["schema"])).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    let help = ok(&dir, &["embed", "--help"]);
    assert!(help.contains("--alpha") && help.contains("default 0.5"), "{help}");
}

#[test]
fn built_in_data() {
    let dir = folder("builtin");
    let women = ok(&dir, &["inspect", "builtin:southern-women", "--min-user", "1", "--min-item", "1"]);
    assert!(women.contains("18") && women.contains("14") && women.contains("89"), "{women}");
    ok(
        &dir,
        &[
            "inspect",
            "builtin:synthetic?users=80,items=120,interactions=1500",
            "--seed",
            "5",
            "--min-user",
            "1",
        ],
    );
}
