//! `warren sweep`: a queue of runs that is kept, goes on and ends in a table.

use crate::support::*;
use std::path::Path;

const ARGS: [&str; 7] = ["sweep", "ratings.csv", "--grid", "grid.json", "--out", "runs.jsonl", "--min-user"];

fn sweep<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&ARGS[..], &["2"], more].concat()
}

fn with_grid(test: &str, grid: &str) -> std::path::PathBuf {
    let dir = folder(test);
    write_ratings(&dir);
    std::fs::write(dir.join("grid.json"), grid).unwrap();
    dir
}

fn lines(dir: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join("runs.jsonl")).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    text.lines().map(str::to_owned).collect()
}

const SMALL: &str = r#"{
    "base": {"model": {"name": "mf", "dim": 4}, "train": {"epochs": 2, "batch_size": 64}},
    "grid": {"init.name": ["random", "svd"]}, "seeds": [1, 2, 3], "metrics": ["HR@10", "validation NDCG@20"]
}"#;

#[test]
fn runs_once_goes_on_and_makes_the_same_table() {
    let dir = with_grid("sweep", SMALL);
    let shown = ok(&dir, &sweep(&["--table", "t.json"]));
    assert!(shown.starts_with("init.name  runs  HR@10"), "{shown}");
    let table = json(&dir, "t.json");
    let cell = &table["rows"][1]["metrics"]["HR@10"];
    let values: Vec<f64> = cell["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let mean = values.iter().sum::<f64>() / 3.0;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    assert!((cell["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert!((cell["deviation"].as_f64().unwrap() - deviation).abs() < 1e-12);
    // A run of the sweep is the run that `train` makes.
    let args =
        ["train", "ratings.csv", "--set", "model.name=mf", "--set", "model.dim=4", "--set", "init.name=svd"];
    let more = ["--set", "train.epochs=2", "--set", "train.batch_size=64", "--min-user", "2", "--seed", "2"];
    ok(&dir, &[&args[..], &more, &["--report", "one.json"]].concat());
    assert_eq!(json(&dir, "one.json")["metrics"]["test"]["HR@10"], values[1]);

    let first = lines(&dir);
    assert_eq!(first.len(), 6);
    let again = warren(&dir, &sweep(&["--table", "again.json"]));
    assert!(text(&again.stderr).contains("6 are in runs.jsonl already"), "{}", text(&again.stderr));
    assert_eq!((lines(&dir), json(&dir, "again.json")), (first.clone(), table.clone()));

    // Broken off in the middle of the last line, and one record lost: only those two are made again.
    let half = format!("{}\n{}", first[..4].join("\n"), &first[4][..first[4].len() / 2]);
    std::fs::write(dir.join("runs.jsonl"), half).unwrap();
    let on = warren(&dir, &sweep(&["--table", "again.json", "--quiet"]));
    assert!(on.status.success(), "{}", text(&on.stderr));
    assert!(text(&on.stderr).starts_with("runs.jsonl: the last line was not written to its end ("));
    let after = lines(&dir);
    assert_eq!((after.len(), &after[..4]), (6, &first[..4]));
    assert_eq!(json(&dir, "again.json"), table);

    // Another filter is other data settings: its runs are made, the others left alone.
    let other = [&ARGS[..], &["3", "--table", "t.md"]].concat();
    let other = warren(&dir, &other);
    assert!(text(&other.stderr).contains("6 other records there are left alone"), "{}", text(&other.stderr));
    assert_eq!(lines(&dir).len(), 12);
    let markdown = std::fs::read_to_string(dir.join("t.md")).unwrap();
    assert_eq!(markdown.lines().count(), 4, "{markdown}");
}

#[test]
fn mistakes() {
    let dir =
        with_grid("sweep-mistakes", r#"{"base": {"model": {"name": "mf"}}, "grid": {"init.alpha": [0.5]}}"#);
    assert_eq!(
        refused(&dir, &sweep(&[]), 2),
        "grid.json, init.alpha: unknown key \"alpha\" for xavier (it takes gain, prism, prism_strength) (in the combination init.alpha=0.5)"
    );
    let message = refused(&dir, &sweep(&["--table", "t.docx"]), 2);
    assert!(message.contains("init.alpha"), "the grid comes first: {message}");
    std::fs::write(dir.join("grid.json"), SMALL).unwrap();
    let message = refused(&dir, &sweep(&["--table", "t.docx"]), 2);
    assert_eq!(message, "--table: there is no table format \"docx\" (there are txt, csv, md, tex, json)");
    std::fs::write(dir.join("runs.jsonl"), "{\"key\": \"x\"}\n").unwrap();
    let message = refused(&dir, &sweep(&[]), 1);
    assert_eq!(
        message,
        "runs.jsonl, line 1: this is no record of a run: it has no \"key\" or no \"metrics\""
    );
    assert!(!files(&dir).iter().any(|name| name.starts_with('.')), "drafts are left: {:?}", files(&dir));
}

#[test]
fn a_run_that_fails_does_not_stop_the_others() {
    let grid = r#"{"base": {"model": {"name": "mf", "dim": 4}, "train": {"epochs": 1}, "init": {"name": "leporid"}},
        "grid": {"init.k": [500, 5]}}"#;
    let dir = with_grid("sweep-fails", grid);
    let output = warren(&dir, &sweep(&["--quiet"]));
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(message.contains("1 of 2 runs failed; the first, init.k=500, seed 123: "), "{message}");
    assert_eq!(lines(&dir).len(), 1);
    assert!(text(&output.stdout).contains("0 of 1"), "{}", text(&output.stdout));
}

/// Ctrl-C: exit code 130; what is done is kept, whole.
#[test]
#[cfg(unix)]
fn cancelled_sweep() {
    use std::time::Duration;
    let seeds: Vec<String> = (0..500).map(|s| s.to_string()).collect();
    let dir = with_grid("sweep-cancel", &SMALL.replace("[1, 2, 3]", &format!("[{}]", seeds.join(","))));
    let child = command(&dir, &sweep(&["--quiet"])).stderr(std::process::Stdio::piped()).spawn().unwrap();
    // Only once something is there to keep.
    let length = || std::fs::metadata(dir.join("runs.jsonl")).map_or(0, |m| m.len());
    while length() == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let kept = lines(&dir).len();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    let expected = format!(
        "cancelled: {kept} of 1000 runs are done and kept in runs.jsonl; the same command goes on from there"
    );
    assert_eq!(text(&output.stderr).trim(), expected);
}
