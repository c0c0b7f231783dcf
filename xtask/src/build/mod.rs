//! `build`: Rust to wasm in pkg/, then the page in dist/. Steps whose inputs did not change are skipped.

mod page;
mod wasm;

use std::time::Instant;

use crate::args::Args;
use crate::toolchain::{Need, WasmCargo, ensure};
use crate::{Outcome, ui};

pub const HELP: &str = "\
Compiles the crate to WebAssembly, makes pkg/ (wasm-bindgen, wasm-opt), checks the TypeScript and
builds the page into dist/, which any static host can serve from any path.

  --release  the build that is published (the default)
  --dev      compiles quickly, runs slower; not optimised by wasm-opt
  --wasm     only pkg/, not the page
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

pub fn command(mut args: Args) -> Outcome {
    let profile = Profile::take(&mut args)?;
    let only_wasm = args.switch("--wasm");
    args.finish()?;
    if only_wasm { build_wasm(profile) } else { build(profile) }
}

pub fn build_wasm(profile: Profile) -> Outcome {
    let facts = ensure(&[Need::WasmStd, Need::Bindgen, Need::Node])?;
    wasm::build(&WasmCargo::new(&facts), profile)
}

pub fn build(profile: Profile) -> Outcome {
    let start = Instant::now();
    build_wasm(profile)?;
    page::build()?;
    ui::line("Built", &format!("dist/ in {}", ui::seconds(start.elapsed())));
    Ok(())
}
