//! What people get wrong, and what they are told.

use crate::support::*;
use proptest::prelude::*;
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

/// Whatever is typed: an answer or a message with its exit code, never a panic (which exits with 101).
#[test]
fn any_arguments() {
    let dir = data("any");
    const WORDS: &[&str] = &[
        "inspect",
        "embed",
        "train",
        "recommend",
        "methods",
        "schema",
        "ratings.csv",
        "movies.csv",
        "-",
        "--side",
        "item",
        "user",
        "--init",
        "svd",
        "le",
        "leporid",
        "random",
        "--dim",
        "1",
        "0",
        "41",
        "-3",
        "1e9",
        "--k",
        "--alpha",
        "0.5",
        "--split",
        "leave-one-out",
        "temporal:1,1,1",
        "random:0.8,0.1,0.1",
        "--min-user",
        "--min-rating",
        "5",
        "--seed",
        "18446744073709551615",
        "--set",
        "model.name=mf",
        "model.name=user-knn",
        "train.epochs=1",
        "model.dim=2",
        "a.b.c=1",
        "=",
        "loss.negatives=",
        "--preset",
        "item-knn",
        "--columns",
        "user=1,item=2",
        "user=9,item=9",
        "--delimiter",
        ",",
        "tab",
        "--format",
        "jsonl",
        "adjacency",
        "builtin:southern-women",
        "builtin:synthetic?users=3,items=2,interactions=6,clusters=1",
        "builtin:",
        "--quiet",
    ];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let first = prop::sample::select(&WORDS[..6]);
    let file =
        prop::sample::select(vec!["ratings.csv", "builtin:southern-women", "builtin:synthetic?users=3"]);
    let more = prop::collection::vec(prop::sample::select(WORDS), 0..7);
    let result = runner.run(&(first, file, more), |(first, file, more)| {
        let args = [&[first, file][..], &more].concat();
        let code = warren(&dir, &args).status.code();
        prop_assert!(matches!(code, Some(0..=2)), "{:?} ended with {:?}", args, code);
        Ok(())
    });
    result.unwrap_or_else(|e| panic!("{e}"));
}
