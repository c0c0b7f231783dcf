//! `build`: Rust to wasm in pkg/, then the page in dist/. Steps whose inputs did not change are skipped.

mod page;
mod pool;
mod wasm;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::args::Args;
use crate::toolchain::{Module, Need, WasmCargo, ensure};
use crate::{Outcome, paths, ui};

pub const HELP: &str = "\
Compiles the crate to WebAssembly, makes pkg/ (wasm-bindgen, wasm-opt), checks the TypeScript and
builds the page into dist/, which any static host can serve from any path.

  --release     the build that is published (the default)
  --dev         compiles quickly, runs slower; not optimised by wasm-opt
  --wasm        only pkg/, not the page
  --no-threads  not the module with threads: the page then computes with one
  --no-gpu      not the module with the WebGPU backend: networks are then trained on the CPU alone

The module with threads needs the sources of Rust's standard library. Where they cannot be had it is
left out, with a note here and on the page.
";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Profile {
    Release,
    Dev,
}

impl Profile {
    pub fn take(args: &mut Args) -> Outcome<Self> {
        match (args.switch("--release"), args.switch("--dev")) {
            (true, true) => Err("--release and --dev exclude each other".to_owned()),
            (_, false) => Ok(Self::Release),
            (_, true) => Ok(Self::Dev),
        }
    }

    /// The profile's name in Cargo.toml, and the folder it builds into.
    fn cargo_names(self) -> (&'static str, &'static str) {
        match self {
            Self::Release => ("wasm", "wasm"),
            Self::Dev => ("dev", "debug"),
        }
    }
}

/// What to build.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub profile: Profile,
    pub threads: bool,
    pub gpu: bool,
}

impl Options {
    pub fn take(args: &mut Args) -> Outcome<Self> {
        let (threads, gpu) = (!args.switch("--no-threads"), !args.switch("--no-gpu"));
        Ok(Self { profile: Profile::take(args)?, threads, gpu })
    }
}

pub fn command(mut args: Args) -> Outcome {
    let options = Options::take(&mut args)?;
    let only_wasm = args.switch("--wasm");
    args.finish()?;
    if only_wasm { build_wasm(options) } else { build(options) }
}

pub fn build_wasm(options: Options) -> Outcome {
    let facts = ensure(&[Need::WasmStd, Need::Bindgen, Need::Node])?;
    let module = Module::Baseline;
    wasm::build(&WasmCargo::new(&facts, module), module, options.profile)?;
    if options.threads {
        with_threads(options.profile)?
    } else {
        without_threads("--no-threads")?
    }
    if options.gpu {
        let module = Module::Gpu;
        wasm::build(&WasmCargo::new(&facts, module), module, options.profile)
    } else {
        ui::warn("the page is built without WebGPU: --no-gpu");
        remove(&paths::pkg_gpu())
    }
}

fn with_threads(profile: Profile) -> Outcome {
    match ensure(&[Need::StdSource]) {
        Ok(facts) => {
            let module = Module::Threads;
            wasm::build(&WasmCargo::new(&facts, module), module, profile)
        }
        Err(message) => without_threads(&message),
    }
}

/// An example of the crate for browsers: the folder with the baseline module, and that with threads where it
/// can be built.
pub fn build_wasm_example(example: &str) -> Outcome<(PathBuf, Option<PathBuf>)> {
    let facts = ensure(&[Need::WasmStd, Need::Bindgen, Need::Node])?;
    let folder = |module: &str| example_folder(example, module);
    let baseline = folder("baseline");
    wasm::build_example(&WasmCargo::new(&facts, Module::Baseline), Module::Baseline, example, &baseline)?;
    match ensure(&[Need::StdSource]) {
        Ok(facts) => {
            let out = folder("threads");
            wasm::build_example(&WasmCargo::new(&facts, Module::Threads), Module::Threads, example, &out)?;
            Ok((baseline, Some(out)))
        }
        Err(message) => {
            ui::warn(&format!("no module with threads is measured: {message}"));
            Ok((baseline, None))
        }
    }
}

/// An example of the crate for browsers, with the WebGPU backend: the folder with its module.
pub fn build_gpu_example(example: &str) -> Outcome<PathBuf> {
    let facts = ensure(&[Need::WasmStd, Need::Bindgen, Need::Node])?;
    let out = example_folder(example, "gpu");
    wasm::build_example(&WasmCargo::new(&facts, Module::Gpu), Module::Gpu, example, &out)?;
    Ok(out)
}

fn example_folder(example: &str, module: &str) -> PathBuf {
    paths::stamps().join(format!("{example}-{module}"))
}

fn without_threads(why: &str) -> Outcome {
    ui::warn(&format!("the page is built without threads: {why}"));
    remove(&paths::pkg_threads())
}

/// An older module must not stay: it would compute something else than the baseline.
fn remove(folder: &Path) -> Outcome {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {e}", folder.display()))
        }
        _ => Ok(()),
    }
}

pub fn build(options: Options) -> Outcome {
    let start = Instant::now();
    build_wasm(options)?;
    page::build()?;
    ui::line("Built", &format!("dist/ in {}", ui::seconds(start.elapsed())));
    Ok(())
}
