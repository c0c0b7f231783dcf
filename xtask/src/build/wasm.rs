//! Rust to pkg/: cargo, wasm-bindgen, wasm-opt, and the check that the module is baseline.

use std::fs;
use std::path::PathBuf;

use super::Profile;
use crate::exec::{Invocation, node};
use crate::toolchain::{TARGET, WasmCargo, bindgen};
use crate::{Outcome, paths, scan, stamp, ui};

/// What a baseline module may use: all current browsers have these. Relaxed SIMD is not among them.
const WASM_OPT: &[&str] = &[
    "-O3",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

pub fn build(cargo: &WasmCargo, profile: Profile) -> Outcome {
    let (name, folder) = profile.cargo_names();
    let compile = cargo.invocation("build").args(["--lib", "--profile", name]);
    ui::timed("Compiling", &format!("warren to wasm, profile {name}, {}", cargo.describe()), || {
        compile.run()
    })?;
    let compiled = cargo.target_dir.join(TARGET).join(folder).join("warren.wasm");

    let version = paths::locked_version("wasm-bindgen")?;
    let hash = stamp::hash(std::slice::from_ref(&compiled), &[&[version.as_str(), name], WASM_OPT].concat());
    if stamp::is_current("wasm", &format!("{hash} {}", generated_hash())) {
        ui::line("Fresh", "pkg/");
        return Ok(());
    }
    let bindgen = Invocation::new(bindgen("wasm-bindgen")?)
        .args(["--target", "web", "--out-name", "warren", "--out-dir"])
        .arg(paths::pkg())
        .arg(&compiled);
    ui::timed("Binding", "pkg/warren.js, its types and the module", || bindgen.run_quiet())?;
    let module = paths::pkg().join("warren_bg.wasm");
    if profile == Profile::Release {
        let optimise = node("binaryen/bin/wasm-opt").args(WASM_OPT).arg(&module).arg("-o").arg(&module);
        ui::timed("Optimising", "the module with wasm-opt -O3", || optimise.run_quiet())?;
    }
    let bytes = fs::read(&module).map_err(|e| format!("cannot read {}: {e}", module.display()))?;
    scan::require_baseline(&bytes)?;
    ui::line("Checked", &format!("the module: baseline, {}", ui::bytes(bytes.len() as u64)));
    stamp::record("wasm", &format!("{hash} {}", generated_hash()))
}

/// The generated files as they lie, so that a touched or deleted one is made again.
fn generated_hash() -> String {
    let files = ["warren.js", "warren.d.ts", "warren_bg.wasm", "warren_bg.wasm.d.ts"];
    let files: Vec<PathBuf> = files.iter().map(|f| paths::pkg().join(f)).collect();
    stamp::hash(&files, &[])
}
