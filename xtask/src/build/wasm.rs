//! Rust to pkg/: cargo, wasm-bindgen, wasm-opt, and the check that the module is what its browsers can run.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Profile, pool};
use crate::exec::{Invocation, node};
use crate::toolchain::{Module, TARGET, WasmCargo, bindgen};
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
const WASM_OPT_THREADS: &[&str] = &["--enable-threads", "--enable-relaxed-simd"];
/// What wasm-bindgen calls the module itself.
const MODULE: &str = "warren_bg.wasm";

impl Module {
    /// Where the module lies, and the stamp that says from what it was made.
    fn place(self) -> (PathBuf, &'static str) {
        match self {
            Self::Baseline => (paths::pkg(), "wasm"),
            Self::Threads => (paths::pkg_threads(), "wasm-threads"),
            Self::Gpu => (paths::pkg_gpu(), "wasm-gpu"),
        }
    }

    fn wasm_opt(self) -> Vec<&'static str> {
        match self {
            Self::Baseline | Self::Gpu => WASM_OPT.to_vec(),
            Self::Threads => [WASM_OPT, WASM_OPT_THREADS].concat(),
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Threads => "threads",
            Self::Gpu => "WebGPU",
        }
    }

    fn check(self, module: &[u8]) -> Outcome {
        match self {
            Self::Baseline | Self::Gpu => scan::require_baseline(module),
            Self::Threads => scan::require_shared_memory(module),
        }
    }
}

/// An example of the crate as a module `warren.js` in `out`, made as the page's modules are but kept apart from
/// them: for benchmarks.
pub fn build_example(cargo: &WasmCargo, module: Module, example: &str, out: &Path) -> Outcome {
    let compile = cargo.invocation("build").args(["--example", example, "--profile", "wasm"]);
    let what = format!("example {example} to wasm ({})", module.describe());
    ui::timed("Compiling", &what, || compile.run())?;
    let compiled = cargo.target_dir.join(TARGET).join("wasm/examples").join(format!("{example}.wasm"));
    let version = paths::locked_version("wasm-bindgen")?;
    let inputs = [vec![compiled.clone()], pool::sources()].concat();
    let hash = stamp::hash(&inputs, &[vec![version.as_str()], module.wasm_opt()].concat());
    let step = format!("{example}-{}.stamp", module.describe());
    if stamp::is_current(&step, &format!("{hash} {}", stamp::hash(&[out.to_owned()], &[]))) {
        return Ok(());
    }
    bind(module, &compiled, out)?;
    optimise(module, out)?;
    stamp::record(&step, &format!("{hash} {}", stamp::hash(&[out.to_owned()], &[])))
}

pub fn build(cargo: &WasmCargo, module: Module, profile: Profile) -> Outcome {
    let (name, folder) = profile.cargo_names();
    let (out, step) = module.place();
    let what = module.describe();
    let compile = cargo.invocation("build").args(["--lib", "--profile", name]);
    let intro = format!("warren to wasm ({what}), profile {name}, {}", cargo.describe());
    ui::timed("Compiling", &intro, || compile.run())?;
    let compiled = cargo.target_dir.join(TARGET).join(folder).join("warren.wasm");

    let version = paths::locked_version("wasm-bindgen")?;
    let mut inputs = vec![compiled.clone()];
    if module == Module::Threads {
        inputs.extend(pool::sources());
    }
    let settings = [vec![version.as_str(), name], module.wasm_opt()].concat();
    let hash = stamp::hash(&inputs, &settings);
    if stamp::is_current(step, &format!("{hash} {}", generated_hash(module))) {
        ui::line("Fresh", &format!("the {what} module"));
        return Ok(());
    }
    bind(module, &compiled, &out)?;
    if profile == Profile::Release {
        optimise(module, &out)?;
    }
    let wasm = out.join(MODULE);
    let bytes = fs::read(&wasm).map_err(|e| format!("cannot read {}: {e}", wasm.display()))?;
    module.check(&bytes)?;
    ui::line("Checked", &format!("the {what} module, {}", ui::bytes(bytes.len() as u64)));
    stamp::record(step, &format!("{hash} {}", generated_hash(module)))
}

/// `warren.js`, its types and the module, from what cargo compiled.
fn bind(module: Module, compiled: &Path, out: &Path) -> Outcome {
    let bindgen = Invocation::new(bindgen("wasm-bindgen")?)
        .args(["--target", "web", "--out-name", "warren", "--out-dir"])
        .arg(out)
        .arg(compiled);
    let what = format!("the {} module: warren.js and its types", module.describe());
    ui::timed("Binding", &what, || bindgen.run_quiet())?;
    if module == Module::Threads { pool::put_into(out) } else { Ok(()) }
}

fn optimise(module: Module, out: &Path) -> Outcome {
    let wasm = out.join(MODULE);
    let optimise = node("binaryen/bin/wasm-opt").args(module.wasm_opt()).arg(&wasm).arg("-o").arg(&wasm);
    let what = format!("the {} module with wasm-opt -O3", module.describe());
    ui::timed("Optimising", &what, || optimise.run_quiet())
}

/// The generated files as they lie, so that a touched or deleted one is made again.
fn generated_hash(module: Module) -> String {
    let files = ["warren.js", "warren.d.ts", "warren_bg.wasm", "warren_bg.wasm.d.ts"];
    let mut files = files.to_vec();
    if module == Module::Threads {
        files.extend(pool::FILES);
    }
    let files: Vec<PathBuf> = files.iter().map(|f| module.place().0.join(f)).collect();
    stamp::hash(&files, &[])
}
