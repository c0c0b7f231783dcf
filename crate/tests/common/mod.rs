//! What several test programs share.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::path::PathBuf;

/// A file of real data under `$WARREN_DATA` (default: `shared/data` beside the repository), e.g.
/// `ml-latest-small/ratings.csv`. Where it is missing the test says so and skips, but fails if `CI=true`.
pub fn real_data(file: &str) -> Option<PathBuf> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let root = std::env::var_os("WARREN_DATA").map_or(default, PathBuf::from);
    let path = root.join(file);
    if path.is_file() {
        return Some(path);
    }
    let message = format!("{file} not found under {} (set WARREN_DATA)", root.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    // Straight to the terminal: the test harness would swallow eprintln of a passing test.
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "SKIPPED: {message}");
    None
}
