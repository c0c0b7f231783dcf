//! What a first visit downloads: all of dist/'s scripts, styles and wasm but what only a later `import()` loads,
//! and of the two modules the larger one.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value};

use crate::args::Args;
use crate::{Outcome, paths, stamp, ui};

pub const HELP: &str = "\
Sums the gzip-compressed size (level 9; Brotli, which many hosts use, gives less) of what the first
visit loads from dist/: HTML, JavaScript with the worker, CSS and wasm. What Vite's manifest knows
only behind a dynamic import is listed but not counted; of the baseline module and the one with threads
a visit loads one, and the larger counts. Fails above the budget of 1.00 MB. The module with the WebGPU
backend is loaded later, if at all; it may have 1.50 MB with its JavaScript.
";

/// Bytes over the wire.
const BUDGET: u64 = 1_000_000;
const GPU_BUDGET: u64 = 1_500_000;

struct Row {
    name: String,
    raw: u64,
    gzip: u64,
    visit: Visit,
}

/// Which first visits load a file.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Eq, Ord)]
enum Visit {
    Every,
    /// Where threads cannot be had.
    Baseline,
    Threads,
    /// None: only a later action.
    Later,
}

impl Visit {
    fn of(name: &str, later: &BTreeSet<String>) -> Self {
        // The module with WebGPU comes when somebody asks for it.
        if later.contains(name) || name.starts_with("assets/gpu-") {
            Self::Later
        } else if name.starts_with("assets/threads-") {
            Self::Threads
        } else if name.ends_with(".wasm") {
            Self::Baseline
        } else {
            Self::Every
        }
    }

    fn note(self) -> &'static str {
        match self {
            Self::Every => "",
            Self::Baseline => "  without threads",
            Self::Threads => "  with threads",
            Self::Later => "  later",
        }
    }
}

pub fn command(args: Args) -> Outcome {
    args.finish()?;
    check()
}

pub fn check() -> Outcome {
    let rows = rows(&paths::dist())?;
    println!("{:<44}{:>12}{:>12}", "dist/", "bytes", "gzip");
    for row in &rows {
        let note = row.visit.note();
        println!("{:<44}{:>12}{:>12}{note}", row.name, ui::bytes(row.raw), ui::bytes(row.gzip));
    }
    let total = first_visit(&rows);
    println!("{:<44}{:>12}{:>12}", "first visit", "", ui::bytes(total));
    println!("{:<44}{:>12}{:>12}", "budget", "", ui::bytes(BUDGET));
    if total > BUDGET {
        return Err(format!(
            "the first visit downloads {}, {} over the budget",
            ui::bytes(total),
            ui::bytes(total - BUDGET)
        ));
    }
    check_gpu()
}

/// The module in pkg/gpu, where it was built.
fn check_gpu() -> Outcome {
    let mut total = 0;
    for name in ["warren_bg.wasm", "warren.js"] {
        let path = paths::pkg_gpu().join(name);
        if !path.is_file() {
            ui::line("Skipping", "the module with WebGPU: this build is without it");
            return Ok(());
        }
        let bytes = fs::read(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        let (raw, gzip) = (bytes.len() as u64, gzip_size(&bytes));
        println!("{:<44}{:>12}{:>12}", format!("pkg/gpu/{name}"), ui::bytes(raw), ui::bytes(gzip));
        total += gzip;
    }
    println!("{:<44}{:>12}{:>12}", "budget of the WebGPU module", "", ui::bytes(GPU_BUDGET));
    if total > GPU_BUDGET {
        return Err(format!("the WebGPU module has {}, more than its budget", ui::bytes(total)));
    }
    Ok(())
}

fn first_visit(rows: &[Row]) -> u64 {
    let sum = |visit| rows.iter().filter(|r| r.visit == visit).map(|r| r.gzip).sum::<u64>();
    sum(Visit::Every) + sum(Visit::Baseline).max(sum(Visit::Threads))
}

fn rows(dist: &Path) -> Outcome<Vec<Row>> {
    let manifest = dist.join(".vite/manifest.json");
    let text = fs::read_to_string(&manifest)
        .map_err(|_| "dist/ has no Vite manifest; run `cargo xtask build`".to_owned())?;
    let manifest: Map<String, Value> =
        serde_json::from_str(&text).map_err(|e| format!("Vite's manifest: {e}"))?;
    let later = loaded_later(&manifest);
    let mut rows = Vec::new();
    for file in stamp::files_under(dist) {
        let name = file.strip_prefix(dist).expect("a file of dist/").to_string_lossy().replace('\\', "/");
        let counted =
            matches!(file.extension().and_then(|e| e.to_str()), Some("html" | "js" | "css" | "wasm"));
        if counted {
            let bytes = fs::read(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
            rows.push(Row {
                visit: Visit::of(&name, &later),
                raw: bytes.len() as u64,
                gzip: gzip_size(&bytes),
                name,
            });
        }
    }
    rows.sort_by_key(|r| (r.visit, std::cmp::Reverse(r.gzip)));
    Ok(rows)
}

fn gzip_size(bytes: &[u8]) -> u64 {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("a Vec takes everything");
    encoder.finish().expect("a Vec takes everything").len() as u64
}

/// The files that the manifest reaches from dynamic imports alone.
fn loaded_later(manifest: &Map<String, Value>) -> BTreeSet<String> {
    let is = |chunk: &Value, flag: &str| chunk[flag].as_bool() == Some(true);
    let mut first = BTreeSet::new();
    let mut later = BTreeSet::new();
    for (key, chunk) in manifest {
        if is(chunk, "isEntry") {
            collect(manifest, key, &mut first);
        } else if is(chunk, "isDynamicEntry") {
            collect(manifest, key, &mut later);
        }
    }
    let files = |keys: &BTreeSet<String>| -> BTreeSet<String> {
        keys.iter().flat_map(|k| files_of(&manifest[k])).collect()
    };
    files(&later).difference(&files(&first)).cloned().collect()
}

/// A chunk and what it imports statically.
fn collect(manifest: &Map<String, Value>, key: &str, into: &mut BTreeSet<String>) {
    if !manifest.contains_key(key) || !into.insert(key.to_owned()) {
        return;
    }
    for import in strings(&manifest[key]["imports"]) {
        collect(manifest, &import, into);
    }
}

fn files_of(chunk: &Value) -> Vec<String> {
    let own = chunk["file"].as_str().map(str::to_owned);
    own.into_iter().chain(strings(&chunk["css"])).chain(strings(&chunk["assets"])).collect()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_an_entry_reaches_even_if_it_is_also_loaded_later() {
        let manifest = serde_json::json!({
            "index.html": { "file": "a.js", "isEntry": true, "imports": ["shared"], "dynamicImports": ["plot"], "css": ["a.css"] },
            "shared": { "file": "shared.js" },
            "plot": { "file": "plot.js", "isDynamicEntry": true, "imports": ["shared", "d3"], "css": ["plot.css"] },
            "d3": { "file": "d3.js" },
        });
        let later: Vec<_> = loaded_later(manifest.as_object().unwrap()).into_iter().collect();
        assert_eq!(later, ["d3.js", "plot.css", "plot.js"]);
    }

    #[test]
    fn sums_the_larger_first_visit_compressed() {
        let later = BTreeSet::from(["assets/plot.js".to_owned()]);
        let row =
            |gzip, name: &str| Row { name: name.to_owned(), raw: 0, gzip, visit: Visit::of(name, &later) };
        let mut rows = vec![
            row(10, "assets/index.js"),
            row(5, "assets/plot.js"),
            row(1, "isolate.js"),
            row(100, "assets/warren_bg-1.wasm"),
        ];
        assert_eq!(first_visit(&rows), 111);
        rows.extend([row(98, "assets/threads-ab/warren_bg.wasm"), row(7, "assets/threads-ab/warren.js")]);
        assert_eq!(first_visit(&rows), 116);
        rows.push(row(500, "assets/gpu-cd/warren_bg.wasm"));
        assert_eq!(first_visit(&rows), 116);
        assert!(gzip_size(&[7; 10_000]) < 100);
    }
}
