//! TypeScript to dist/: the type check, the JS package's wrapper where it has sources, and Vite.

use std::path::PathBuf;

use crate::exec::node;
use crate::{Outcome, paths, stamp, ui};

const TSC: &str = "typescript/bin/tsc";
const VITE: &str = "vite/bin/vite.js";

pub fn build() -> Outcome {
    let at = |name: &str| paths::root().join(name);
    let sources = sources();
    let before = stamp::hash(&sources, &[]);
    let is_current = || stamp::is_current("page", &format!("{before} {}", stamp::hash(&[paths::pkg()], &[])));
    if paths::dist().join("index.html").is_file() && is_current() {
        ui::line("Fresh", "dist/");
        return Ok(());
    }
    // The package first: the page may import it.
    if at("vite.pkg.config.ts").is_file() {
        ui::timed("Bundling", "the JavaScript package in pkg/", || {
            node(VITE).args(["build", "--config", "vite.pkg.config.ts", "--logLevel", "warn"]).run()?;
            if at("tsconfig.pkg.json").is_file() {
                node(TSC).args(["--project", "tsconfig.pkg.json"]).run()
            } else {
                Ok(())
            }
        })?;
    }
    ui::timed("Checking", "TypeScript", || node(TSC).arg("--noEmit").run())?;
    ui::timed("Bundling", "the page into dist/", || node(VITE).args(["build", "--logLevel", "warn"]).run())?;
    // Sources as they were before the build (an edit meanwhile counts), the package as the build left it.
    stamp::record("page", &format!("{before} {}", stamp::hash(&[paths::pkg()], &[])))
}

fn sources() -> Vec<PathBuf> {
    let names = [
        "web",
        "index.html",
        "package-lock.json",
        "tsconfig.json",
        "tsconfig.pkg.json",
        "vite.config.ts",
        "vite.pkg.config.ts",
    ];
    names.iter().map(|n| paths::root().join(n)).collect()
}
