//! Running the binary, and data to run it on.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An empty folder of this test's own; what an earlier run left in it is removed.
pub fn folder(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// `warren` with these arguments, in `dir`.
pub fn warren(dir: &Path, args: &[&str]) -> Output {
    command(dir, args).output().expect("the binary runs")
}

/// The same, not started yet.
pub fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warren"));
    command.args(args).current_dir(dir).env("NO_COLOR", "1");
    command
}

/// Runs it, insists on success and gives stdout.
pub fn ok(dir: &Path, args: &[&str]) -> String {
    let output = warren(dir, args);
    assert!(output.status.success(), "warren {args:?} failed:\n{}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs it, insists on this exit code and gives the message after `error: `.
pub fn refused(dir: &Path, args: &[&str], code: i32) -> String {
    let output = warren(dir, args);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "warren {args:?} said:\n{message}");
    assert!(output.stdout.is_empty(), "warren {args:?} wrote {}", text(&output.stdout));
    message.trim().strip_prefix("error: ").unwrap_or(message.trim()).to_owned()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

pub fn json(dir: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(dir.join(name)).unwrap()).unwrap()
}

/// The names of the files in a folder.
pub fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// 60 users and 40 items in two clusters, 12 interactions a user, as `user,item,rating,timestamp`.
pub fn write_ratings(dir: &Path) {
    let mut lines = vec!["userId,movieId,rating,timestamp".to_owned()];
    for user in 0..60_u32 {
        let mut item = user * 7;
        for n in 0..12_u32 {
            item += 1 + (user + n) % 2;
            let id = 20 * (user % 2) + item % 20;
            lines.push(format!(
                "u{user},i{id},{},{}",
                1 + (user + n) % 5,
                1_000_000_000 + 3600 * (13 * user + n)
            ));
        }
    }
    std::fs::write(dir.join("ratings.csv"), lines.join("\n") + "\n").unwrap();
    let titles: Vec<_> = (0..40).map(|i| format!("i{i},Title of {i} (1999),Drama|Comedy")).collect();
    std::fs::write(dir.join("movies.csv"), format!("movieId,title,genres\n{}\n", titles.join("\n"))).unwrap();
}

/// A `.npy` of float32: its shape and values.
pub fn read_npy(path: &Path) -> ndarray::Array2<f32> {
    use ndarray_npy::ReadNpyExt;
    ndarray::Array2::read_npy(std::fs::File::open(path).unwrap()).unwrap()
}
