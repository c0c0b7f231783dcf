//! How this machine compiles to wasm: which cargo, which standard library, which instructions.

use super::plan::{Facts, TARGET};
use crate::exec::{Invocation, cargo};
use crate::paths;

/// The modules that the crate gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Module {
    /// 128-bit SIMD, one thread: runs in every browser and gives the same bits there.
    Baseline,
    /// Shared memory, a pool of workers and relaxed SIMD: for pages that are cross-origin isolated.
    Threads,
    /// The baseline with the WebGPU backend.
    Gpu,
}

/// Whose Rust it is and whether its standard library is built along.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rust {
    Installed,
    ActiveFromSource,
    DebianFromSource,
}

pub struct WasmCargo {
    module: Module,
    rust: Rust,
    /// Each kind of standard library has its own folder, or every switch would rebuild all.
    pub target_dir: std::path::PathBuf,
}

impl WasmCargo {
    pub fn new(facts: &Facts, module: Module) -> Self {
        let (rust, folder) = match module {
            Module::Baseline | Module::Gpu if facts.wasm_std => (Rust::Installed, "wasm"),
            Module::Baseline | Module::Gpu => (Rust::DebianFromSource, "wasm-build-std"),
            // No standard library that is installed has atomics.
            Module::Threads if facts.rust_src => (Rust::ActiveFromSource, "wasm-threads"),
            Module::Threads => (Rust::DebianFromSource, "wasm-threads"),
        };
        // Both would write the same file, and so be linked again each time the other was.
        let folder = if module == Module::Gpu { format!("{folder}-gpu") } else { folder.to_owned() };
        Self { module, rust, target_dir: paths::root().join("target").join(folder) }
    }

    pub fn describe(&self) -> &'static str {
        match self.rust {
            Rust::Installed => "with the installed target",
            Rust::ActiveFromSource => "with its standard library from source",
            Rust::DebianFromSource => "with Debian's Rust, its standard library from source",
        }
    }

    /// `cargo SUBCOMMAND` for the crate `warren` with its JavaScript bindings.
    pub fn invocation(&self, subcommand: &str) -> Invocation {
        let cargo = match self.rust {
            Rust::Installed => cargo(),
            Rust::ActiveFromSource => cargo().env("RUSTC_BOOTSTRAP", "1"),
            Rust::DebianFromSource => Invocation::new("/usr/bin/cargo")
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .without_env("RUSTUP_TOOLCHAIN"),
        };
        let features = match self.module {
            Module::Baseline => "wasm",
            Module::Threads => "wasm-threads",
            Module::Gpu => "wasm,gpu",
        };
        let cargo = cargo
            .env("CARGO_TARGET_DIR", &self.target_dir)
            .env("CARGO_ENCODED_RUSTFLAGS", flags(self.module).join("\x1f"))
            .arg(subcommand)
            .args(["--package", "warren", "--no-default-features", "--features", features])
            .args(["--target", TARGET]);
        if self.rust == Rust::Installed { cargo } else { cargo.arg("-Zbuild-std=std,panic_abort") }
    }
}

fn flags(module: Module) -> Vec<String> {
    let mut flags: Vec<String> = match module {
        Module::Baseline | Module::Gpu => vec!["-Ctarget-feature=+simd128".to_owned()],
        Module::Threads => threads_flags(),
    };
    let home = std::env::var("CARGO_HOME")
        .ok()
        .or_else(|| Some(format!("{}/.cargo", std::env::home_dir()?.display())));
    // The module holds the places of its panics: without the folders of whoever built it.
    let remaps = [Some((paths::root().display().to_string(), ".")), home.map(|h| (h, "cargo"))];
    flags.extend(remaps.into_iter().flatten().map(|(from, to)| format!("--remap-path-prefix={from}={to}")));
    flags
}

/// Atomics alone no longer make rustc share the memory or export what wasm-bindgen needs to start a thread.
fn threads_flags() -> Vec<String> {
    const EXPORTS: [&str; 5] = ["__wasm_init_tls", "__tls_size", "__tls_align", "__tls_base", "__heap_base"];
    let mut flags =
        vec!["-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals,+simd128,+relaxed-simd".to_owned()];
    let link = |arg: &str| format!("-Clink-arg={arg}");
    flags.extend(["--shared-memory", "--import-memory", "--max-memory=4294967296"].map(link));
    flags.extend(EXPORTS.map(|name| link(&format!("--export={name}"))));
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::plan::assumed;

    #[test]
    fn each_module_gets_its_own_instructions_folder_and_standard_library() {
        let facts = Facts { wasm_std: true, rust_src: true, ..assumed("rustup", "1").unwrap() };
        let baseline = WasmCargo::new(&facts, Module::Baseline);
        let threads = WasmCargo::new(&facts, Module::Threads);
        assert_ne!(baseline.target_dir, threads.target_dir);
        let (baseline, threads) = (baseline.invocation("build"), threads.invocation("build"));
        for part in ["relaxed", "atomics", "shared-memory", "build-std", "RUSTC_BOOTSTRAP"] {
            assert!(!baseline.to_string().contains(part), "{part}");
            assert!(threads.to_string().contains(part), "{part}");
        }
        assert!(threads.to_string().contains("--features wasm-threads"));
        let gpu = WasmCargo::new(&facts, Module::Gpu).invocation("build").to_string();
        assert!(gpu.contains("--features wasm,gpu") && !gpu.contains("relaxed"), "{gpu}");
    }

    #[test]
    fn debians_rust_serves_where_the_active_one_has_no_sources() {
        let facts = Facts { debian_rust: true, ..assumed("rustup", "1").unwrap() };
        let line = WasmCargo::new(&facts, Module::Threads).invocation("build").to_string();
        assert!(line.contains("RUSTC=/usr/bin/rustc"), "{line}");
    }
}
