//! What was built from what: a file holding the hash of a step's inputs, so that the step can be skipped.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::{Outcome, paths};

/// Hashes the contents of files, and of all files under folders; what does not exist counts as absent.
pub fn hash(inputs: &[PathBuf], also: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    also.hash(&mut hasher);
    for input in inputs {
        for file in files_under(input) {
            file.hash(&mut hasher);
            std::fs::read(&file).ok().hash(&mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

/// All files under a folder in a fixed order; the path itself where it is a file.
pub fn files_under(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(path) else {
        return vec![];
    };
    let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    entries.sort();
    entries.iter().flat_map(|e| files_under(e)).collect()
}

/// Whether step `name` was last done with this hash.
pub fn is_current(name: &str, hash: &str) -> bool {
    std::fs::read_to_string(paths::stamps().join(name)).is_ok_and(|kept| kept == hash)
}

pub fn record(name: &str, hash: &str) -> Outcome {
    let dir = paths::stamps();
    std::fs::create_dir_all(&dir)
        .and_then(|()| std::fs::write(dir.join(name), hash))
        .map_err(|e| format!("cannot write {}: {e}", dir.join(name).display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_follows_contents_and_settings() {
        let dir = std::env::temp_dir().join(format!("warren-stamp-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("sub")).unwrap();
        std::fs::write(dir.join("sub/a"), "1").unwrap();
        let inputs = [dir.clone()];
        let first = hash(&inputs, &["x"]);
        assert_eq!(first, hash(&inputs, &["x"]));
        assert_ne!(first, hash(&inputs, &["y"]));
        std::fs::write(dir.join("sub/a"), "2").unwrap();
        assert_ne!(first, hash(&inputs, &["x"]));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
