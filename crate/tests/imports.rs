//! Who may import whom (architecture: "arrows only downwards"), read off the sources themselves.

use std::fs;
use std::path::{Path, PathBuf};

/// What everything stands on.
const BASE: [&str; 5] = ["error", "rng", "task", "params", "order"];

/// Each module of the crate and what it may name besides itself and [`BASE`]. A module that is not listed
/// fails the test: it has to be given its place.
const ARROWS: &[(&str, &[&str])] = &[
    ("linalg", &[]),
    // A backend; only the top injects it.
    ("gpu", &["linalg"]),
    ("data", &["linalg"]),
    ("graph", &["linalg"]),
    ("autodiff", &["linalg"]),
    ("nn", &["linalg", "data", "autodiff"]),
    ("loss", &["linalg", "data", "graph", "autodiff", "nn"]),
    ("optim", &["linalg", "autodiff", "nn"]),
    // λOpt looks one step of the optimizer ahead, at the loss there.
    ("regularizer", &["linalg", "data", "graph", "autodiff", "nn", "loss", "optim"]),
    ("init", &["linalg", "data", "graph", "nn"]),
    // Of the metrics, models use the ranking: neighbourhoods are rankings too.
    (
        "models",
        &["linalg", "data", "graph", "autodiff", "nn", "loss", "optim", "regularizer", "init", "metrics"],
    ),
    // Plain slices in, numbers out: no data types.
    ("metrics", &[]),
    ("train", &["data", "nn", "models", "metrics"]),
    ("presets", &[]),
];

/// The base itself: these few arrows and no others.
const BASE_ARROWS: &[(&str, &[&str])] =
    &[("error", &[]), ("rng", &[]), ("order", &[]), ("task", &["error"]), ("params", &["error"])];

/// The top. It sees everything but `wasm`, and of each other only what is listed.
const TOP: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("config", &["catalog"]),
    ("pipeline", &["catalog", "config"]),
    ("simulate", &[]),
    ("sweep", &["catalog", "config"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All files under `dir` with this ending.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut out = Vec::new();
    for path in entries.map(|e| e.unwrap().path()) {
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "node_modules") {
                out.extend(files(&path, ending));
            }
        } else if path.extension().is_some_and(|e| e == ending) {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// The modules named by `crate::…` in a source, with their lines. Comments and the unit tests at the end
/// do not count.
fn crate_modules(source: &str) -> Vec<(usize, String)> {
    let mut code = String::new();
    for line in source.lines() {
        if line.starts_with("#[cfg(test)]") {
            break;
        }
        // Lines stay, so that positions do.
        let comment = line.trim_start().starts_with("//");
        code.push_str(if comment { "" } else { line });
        code.push('\n');
    }
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        for name in heads(rest) {
            found.push((line, name));
        }
    }
    found
}

/// `error::Result` gives `error`; `{error::Result, rng::{Rng, Seed}}` gives `error` and `rng`.
fn heads(rest: &str) -> Vec<String> {
    let ident = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![ident(rest)] };
    let mut depth = 0;
    let mut names = vec![ident(group.trim_start())];
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(ident(group[i + 1..].trim_start())),
            _ => {}
        }
    }
    names.retain(|n| !n.is_empty());
    names
}

/// The module a file belongs to: `src/init/spectral.rs` is `init`.
fn module(file: &Path, src: &Path) -> String {
    let relative = file.strip_prefix(src).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Why `from` may not name `to`, if it may not.
fn forbidden(from: &str, to: &str) -> Option<String> {
    if from == to || matches!(from, "lib" | "wasm") {
        return None;
    }
    let list = |of: &[(&str, &[&'static str])]| of.iter().find(|e| e.0 == from).map(|e| e.1.to_vec());
    if let Some(allowed) = list(TOP) {
        let top = TOP.iter().any(|(m, _)| *m == to) || to == "wasm" || to == "gpu" && from != "catalog";
        return (top && !allowed.contains(&to)).then(|| "it is beside or above it".into());
    }
    let Some(allowed) = list(ARROWS).map(|a| [a, BASE.to_vec()].concat()).or_else(|| list(BASE_ARROWS))
    else {
        return Some(format!("`{from}` has no place in the table of crate/tests/imports.rs"));
    };
    (!allowed.contains(&to)).then(|| format!("it may name only {}", allowed.join(", ")))
}

#[test]
fn arrows_of_the_crate_point_downwards() {
    let src = root().join("crate/src");
    let mut wrong = Vec::new();
    for file in files(&src, "rs").iter().filter(|f| module(f, &src) != "bin") {
        let from = module(file, &src);
        for (line, to) in crate_modules(&fs::read_to_string(file).unwrap()) {
            if let Some(why) = forbidden(&from, &to) {
                let place = file.strip_prefix(root()).unwrap().display().to_string();
                wrong.push(format!("{place}:{line}: `{from}` names `{to}`: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the arrows of the architecture:\n{}", wrong.join("\n"));
}

#[test]
fn the_command_line_does_not_know_the_browser() {
    let bin = root().join("crate/src/bin");
    for file in files(&bin, "rs") {
        for (i, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let place = file.strip_prefix(root()).unwrap().display();
            assert!(!line.contains("warren::wasm"), "{place}:{}: the CLI names `wasm`", i + 1);
        }
    }
}

/// The module names that a TypeScript source imports, with their lines.
fn web_imports(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (i, line) in source.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("//") || line.starts_with('*') {
            continue;
        }
        let rest = ["from ", "import(", "import ", "new URL("].iter().find_map(|key| {
            let at = line.find(key)? + key.len();
            line[at..].starts_with(['"', '\'']).then(|| &line[at..])
        });
        if let Some(rest) = rest {
            let name = rest[1..].split(['"', '\'']).next().unwrap_or_default();
            found.push((i + 1, name.to_owned()));
        }
    }
    found
}

#[test]
fn arrows_of_the_page_point_downwards() {
    let web = root().join("web");
    let mut wrong = Vec::new();
    for file in files(&web, "ts") {
        let place = file.strip_prefix(&web).unwrap().to_str().unwrap().replace('\\', "/");
        for (line, import) in web_imports(&fs::read_to_string(&file).unwrap()) {
            if let Some(why) = web_forbidden(&place, &import) {
                wrong.push(format!("web/{place}:{line}: imports \"{import}\": {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the arrows of the architecture:\n{}", wrong.join("\n"));
}

/// Why `file` (relative to web/) may not import `import`, if it may not.
fn web_forbidden(file: &str, import: &str) -> Option<&'static str> {
    // The second of them is the worker's part that has the module with WebGPU.
    if import.split('/').any(|part| part == "pkg") && !["engine/worker.ts", "engine/gpu.ts"].contains(&file) {
        return Some("the worker alone loads the engine");
    }
    let view = |path: &str| path.contains("views/");
    let beside = import.starts_with("./");
    if file.starts_with("views/") && (view(import) || beside && !import.contains("/parts/")) {
        return Some("views import state and client, never each other");
    }
    if (file.starts_with("engine/") || file.starts_with("charts/")) && view(import) {
        return Some("only the page knows its views");
    }
    None
}

#[test]
fn the_scanner_sees_groups_and_skips_comments() {
    let source = "//! [`x`](crate::wasm)\nuse crate::{error::Result, rng::{Rng, Seed}};\nfn f(g: crate::graph::Graph) {}\n#[cfg(test)]\nuse crate::wasm;\n";
    let found = crate_modules(source);
    assert_eq!(found, [(2, "error".into()), (2, "rng".into()), (3, "graph".into())]);
    assert!(forbidden("metrics", "data").is_some() && forbidden("models", "wasm").is_some());
    assert!(forbidden("catalog", "pipeline").is_some() && forbidden("pipeline", "models").is_none());
    assert!(forbidden("models", "gpu").is_some() && forbidden("pipeline", "gpu").is_some());
    assert!(forbidden("catalog", "gpu").is_none());
    assert!(web_forbidden("views/train.ts", "./data").is_some());
    assert!(web_forbidden("engine/client.ts", "../../pkg/warren.js").is_some());
    assert!(web_forbidden("views/train.ts", "../engine/client").is_none());
}
