//! The scripts that start the pool of workers, `web/engine/pool/`, in the place of wasm-bindgen-rayon's own one:
//! that imports `'../../..'`, which no static server resolves, and a thread that breaks down is heard by nobody.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, paths};

pub const FILES: [&str; 2] = ["pool.js", "pool-worker.js"];

pub fn sources() -> Vec<PathBuf> {
    FILES.iter().map(|f| paths::root().join("web/engine/pool").join(f)).collect()
}

/// Has the bindings in `out` import our scripts, which come beside them.
pub fn put_into(out: &Path) -> Outcome {
    let failed = |what: &Path, e: std::io::Error| format!("{}: {e}", what.display());
    let bindings = out.join("warren.js");
    let text = fs::read_to_string(&bindings).map_err(|e| failed(&bindings, e))?;
    fs::write(&bindings, with_our_pool(&text)?).map_err(|e| failed(&bindings, e))?;
    let snippets = out.join("snippets");
    fs::remove_dir_all(&snippets).map_err(|e| failed(&snippets, e))?;
    for (source, name) in sources().iter().zip(FILES) {
        fs::copy(source, out.join(name)).map_err(|e| failed(source, e))?;
    }
    Ok(())
}

/// `import … from './snippets/wasm-bindgen-rayon-HASH/src/workerHelpers.js'` becomes `… from './pool.js'`, and
/// it must be the only snippet: no other would be carried along.
fn with_our_pool(bindings: &str) -> Outcome<String> {
    let unexpected = || "wasm-bindgen no longer imports wasm-bindgen-rayon's script as expected".to_owned();
    let mut snippets = bindings.match_indices("./snippets/");
    let (Some((start, _)), None) = (snippets.next(), snippets.next()) else {
        return Err(unexpected());
    };
    let end = start + bindings[start..].find(['\'', '"']).ok_or_else(unexpected)?;
    let name = &bindings[start..end];
    if !name.contains("/wasm-bindgen-rayon-") || !name.ends_with("/workerHelpers.js") {
        return Err(unexpected());
    }
    Ok(format!("{}./pool.js{}", &bindings[..start], &bindings[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bindings_import_our_script_instead() {
        let line =
            "import { startWorkers } from './snippets/wasm-bindgen-rayon-38e/src/workerHelpers.js';\nlet a;";
        assert_eq!(with_our_pool(line).unwrap(), "import { startWorkers } from './pool.js';\nlet a;");
    }

    #[test]
    fn another_snippet_is_noticed() {
        assert!(with_our_pool("let a;").is_err());
        assert!(with_our_pool("import './snippets/other-1/a.js';").is_err());
        let line = "import './snippets/wasm-bindgen-rayon-38e/src/workerHelpers.js';";
        assert!(with_our_pool(&format!("{line}{line}")).is_err());
    }

    #[test]
    fn our_scripts_are_there() {
        assert!(sources().iter().all(|f| f.is_file()));
    }
}
