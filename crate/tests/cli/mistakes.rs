//! What people get wrong, and what they are told.

use crate::support::*;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn data(test: &str) -> PathBuf {
    let dir = folder(test);
    write_ratings(&dir);
    dir
}

fn with_config(test: &str, config: &str) -> PathBuf {
    let dir = data(test);
    std::fs::write(dir.join("run.json"), config).unwrap();
    dir
}

fn train_refused(test: &str, config: &str, code: i32) -> String {
    refused(&with_config(test, config), &["train", "ratings.csv", "--config", "run.json"], code)
}

#[test]
fn usage_mistakes_exit_with_2() {
    let dir = data("usage");
    for args in [
        &["embed"][..],
        &["embed", "ratings.csv", "--sides", "user"],
        &["fly", "ratings.csv"],
        &["embed", "ratings.csv", "--dim", "0"],
        &["inspect", "ratings.csv", "--columns", "user"],
        &["train", "ratings.csv"],
    ] {
        assert_eq!(warren(&dir, args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(
        refused(&dir, &["embed", "ratings.csv", "--init", "leprid"], 2),
        "--init: there is no initialisation \"leprid\" (there are xavier, random, svd, le, leporid); did you mean \"leporid\"?"
    );
    assert_eq!(
        refused(&dir, &["inspect", "builtin:synthetic?users=8,items=9"], 2),
        "builtin:synthetic.interactions: 12000 is more than the 8 × 9 pairs there are"
    );
    assert_eq!(
        refused(&dir, &["embed", "ratings.csv", "--alpha", "2"], 2),
        "--alpha: 2.0 is not a number from 0 to 1"
    );
}

#[test]
fn unknown_config_key() {
    let message = train_refused("key", r#"{"model": {"name": "mf", "dims": 3}}"#, 2);
    assert_eq!(message, "model.dims: unknown key \"dims\" for mf (it takes dim)");
    let message = train_refused("top-key", r#"{"model": {"name": "mf"}, "optimiser": {}}"#, 2);
    assert_eq!(
        message,
        "optimiser: unknown key \"optimiser\" (a configuration takes seed, data, model, init, loss, \
         regularizer, optimizer, train, evaluate); did you mean \"optimizer\"?"
    );
}

#[test]
fn learning_rate_that_is_no_number() {
    let dir = with_config("nan", r#"{"model": {"name": "mf"}}"#);
    let args = ["train", "ratings.csv", "--config", "run.json", "--set", "optimizer.learning_rate=NaN"];
    let message = refused(&dir, &args, 2);
    assert!(message.starts_with("optimizer.learning_rate: \"NaN\" is not a number from "), "{message}");
}

#[test]
fn text_that_is_no_json() {
    let message = train_refused("json", "{\"model\":\n  {\"name\": \"mf\",}}", 1);
    assert_eq!(message, "run.json, line 2, column 17: this is not JSON: trailing comma");
}

#[test]
fn unknown_preset() {
    let dir = data("preset");
    let message = refused(&dir, &["train", "ratings.csv", "--preset", "mf-bqr"], 2);
    assert!(message.starts_with("--preset: there is no preset \"mf-bqr\" (there are "), "{message}");
}

#[test]
fn files_that_cannot_be_read_or_written() {
    let dir = data("files");
    let message = refused(&dir, &["inspect", "nowhere.csv"], 1);
    assert!(message.starts_with("nowhere.csv: "), "{message}");
    // Found before the work starts: the file is not even read.
    let message = refused(&dir, &["embed", "ratings.csv", "--out", "no/such/dir/x.npy"], 1);
    assert!(message.starts_with("no/such/dir/x.npy: cannot write: "), "{message}");
    let message = refused(&dir, &["embed", "ratings.csv", "--out", "x.xlsx"], 2);
    assert_eq!(message, "--out: there is no table format \"xlsx\" (there are npy, safetensors, csv)");
    std::fs::write(dir.join("bad.csv"), "user,item,rating\na,b,3\nc,d,three\n").unwrap();
    let message = refused(&dir, &["inspect", "bad.csv"], 1);
    assert!(message.starts_with("bad.csv, line 3, column rating: "), "{message}");
}

/// Ctrl-C during long work: exit code 130, soon, with nothing written.
#[test]
#[cfg(unix)]
fn cancelled_run() {
    let dir = folder("cancel");
    let args = [
        "train",
        "builtin:synthetic?users=2000,items=1000",
        "--set",
        "model.name=mf",
        "--set",
        "train.epochs=1000",
        "--set",
        "train.patience=1000",
        "--report",
        "r.json",
    ];
    let child = command(&dir, &args).stderr(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let asked = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(asked.elapsed() < Duration::from_secs(5), "took {:?} to stop", asked.elapsed());
    assert_eq!(text(&output.stderr).trim(), "cancelled: nothing was written");
    assert!(files(&dir).is_empty(), "left {:?}", files(&dir));
}
