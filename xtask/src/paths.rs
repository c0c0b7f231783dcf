//! Where things lie: the repository, what is generated in it, and the per-user cache.

use std::path::{Path, PathBuf};

use crate::Outcome;

/// The repository's top.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

pub fn dist() -> PathBuf {
    root().join("dist")
}

pub fn pkg() -> PathBuf {
    root().join("pkg")
}

/// The module with threads, which does without the baseline's files and may be missing.
pub fn pkg_threads() -> PathBuf {
    pkg().join("threads")
}

/// The module with the WebGPU backend, likewise.
pub fn pkg_gpu() -> PathBuf {
    pkg().join("gpu")
}

/// The tool's own notes about what is up to date; goes with `cargo clean`.
pub fn stamps() -> PathBuf {
    root().join("target").join("xtask")
}

/// Programs that are slow to build and the same for every checkout: `~/.cache/warren` or its like.
pub fn cache() -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = var("XDG_CACHE_HOME")
        .or_else(|| var("LOCALAPPDATA"))
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    base.join("warren")
}

/// A file under `$WARREN_DATA`, or under `shared/data` beside the repository.
pub fn data_file(path: &str) -> Option<PathBuf> {
    let beside = || Some(root().parent()?.join("shared/data"));
    let folder = std::env::var_os("WARREN_DATA").map(PathBuf::from).or_else(beside)?;
    folder.join(path).canonicalize().ok().filter(|f| f.is_file())
}

/// A name with `.exe` where programs are called so.
pub fn program(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// A JavaScript program of an npm package, to be run by `node` (no shell wrapper: those differ on Windows).
pub fn node_script(path: &str) -> PathBuf {
    root().join("node_modules").join(path)
}

/// The version of a package in Cargo.lock.
pub fn locked_version(package: &str) -> Outcome<String> {
    let path = root().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    version_in_lock(&text, package).ok_or_else(|| format!("Cargo.lock has no package `{package}`"))
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let mut lines = lock.lines();
    lines.find(|l| *l == format!("name = \"{package}\""))?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_version_from_the_lock() {
        let lock = "[[package]]\nname = \"ab-c\"\nversion = \"9.0.0\"\n\n[[package]]\nname = \"ab\"\nversion = \"0.2.1\"\n";
        assert_eq!(version_in_lock(lock, "ab").as_deref(), Some("0.2.1"));
        assert_eq!(version_in_lock(lock, "zz"), None);
        assert!(locked_version("wasm-bindgen").is_ok());
    }
}
