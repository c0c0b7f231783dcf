//! Looks at this machine: reads and asks, changes nothing.

use std::path::{Path, PathBuf};

use super::plan::{Facts, Os, Privilege, TARGET};
use crate::exec::{Invocation, find_in_path};
use crate::{Outcome, paths, stamp};

/// `rustup` or `debian` leaves the other kind of standard library out of account.
pub const CHOICE: &str = "WARREN_WASM_STD";

pub fn facts() -> Outcome<Facts> {
    let choice = std::env::var(CHOICE).unwrap_or_default();
    if !["", "rustup", "debian"].contains(&choice.as_str()) {
        return Err(format!("{CHOICE}={choice}: it may be rustup or debian"));
    }
    let (version, dir) = bindgen_home()?;
    let present = dir.join("bin").join(paths::program("wasm-bindgen")).is_file();
    Ok(Facts {
        os: os(),
        privilege: privilege(),
        rustup: choice != "debian" && find_in_path(&["rustup"]).is_some(),
        wasm_std: choice != "debian" && has_wasm_std(),
        rust_src: choice != "debian" && has_rust_src(),
        debian_rust: choice != "rustup" && has_debian_rust(),
        bindgen: (version, dir, present),
        node: Invocation::line("node --version").ask().and_then(|v| two_numbers(v.trim_start_matches('v'))),
        npm: find_in_path(&["npm", "npm.cmd"]).is_some(),
        modules: stamp::is_current("node_modules", &modules_hash()) && paths::node_script("vite").is_dir(),
        chromium: chromium(),
        chromedriver: chromedriver(),
        vulkan: vulkan(),
    })
}

/// The locked version of wasm-bindgen and the folder where its programs are kept.
pub fn bindgen_home() -> Outcome<(String, PathBuf)> {
    let version = paths::locked_version("wasm-bindgen")?;
    let dir = paths::cache().join(format!("wasm-bindgen-{version}"));
    Ok((version, dir))
}

pub fn modules_hash() -> String {
    stamp::hash(&[paths::root().join("package-lock.json")], &[])
}

fn os() -> Os {
    if cfg!(target_os = "macos") {
        return Os::Mac;
    }
    if cfg!(windows) {
        return Os::Windows;
    }
    // Ubuntu has neither these Rust packages nor a Chromium package that is more than a pointer.
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if release.lines().any(|l| l == "ID=debian") { Os::Debian } else { Os::OtherLinux }
}

fn privilege() -> Privilege {
    if cfg!(not(target_os = "linux")) {
        Privilege::Nothing
    } else if Invocation::line("id -u").ask().as_deref() == Some("0") {
        Privilege::Root
    } else if Invocation::line("sudo -n true").ask().is_some() {
        Privilege::Sudo
    } else {
        Privilege::Nothing
    }
}

fn has_wasm_std() -> bool {
    let lib = Invocation::line("rustc --print target-libdir --target").arg(TARGET).ask();
    let Some(entries) = lib.and_then(|dir| std::fs::read_dir(dir).ok()) else {
        return false;
    };
    entries.flatten().any(|e| {
        let name = e.file_name().to_string_lossy().into_owned();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

fn has_rust_src() -> bool {
    let sysroot = Invocation::line("rustc --print sysroot").ask();
    sysroot.is_some_and(|s| Path::new(&s).join("lib/rustlib/src/rust/library/Cargo.toml").is_file())
}

fn has_debian_rust() -> bool {
    let present = |path: &str| Path::new(path).exists();
    if !["/usr/bin/cargo", "/usr/bin/rust-lld", "/usr/lib/rustlib/src/rust/library/Cargo.toml"]
        .into_iter()
        .all(present)
    {
        return false;
    }
    let version = Invocation::line("/usr/bin/rustc --version").ask();
    let version = version.and_then(|v| two_numbers(v.split_whitespace().nth(1)?));
    version >= two_numbers(env!("CARGO_PKG_RUST_VERSION"))
}

fn two_numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn chromium() -> Option<PathBuf> {
    named_by("CHROME")
        .or_else(|| {
            find_in_path(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"])
        })
        .or_else(|| {
            first_file(&[
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                "/Applications/Chromium.app/Contents/MacOS/Chromium",
                r"C:\Program Files\Google\Chrome\Application\chrome.exe",
            ])
        })
}

fn chromedriver() -> Option<PathBuf> {
    // GitHub's machines name the folder of the driver that fits their Chrome.
    let beside = std::env::var_os("CHROMEWEBDRIVER")
        .map(|dir| PathBuf::from(dir).join(paths::program("chromedriver")));
    named_by("CHROMEDRIVER")
        .or_else(|| beside.filter(|p| p.is_file()))
        .or_else(|| find_in_path(&["chromedriver"]))
        .or_else(|| first_file(&["/usr/lib/chromium/chromedriver", "/opt/homebrew/bin/chromedriver"]))
}

/// Drivers of graphics cards that are not there leave their manifests too: only lavapipe's counts.
fn vulkan() -> Option<PathBuf> {
    let lavapipe = |dir: &str| {
        let files = std::fs::read_dir(dir).ok()?.flatten().map(|e| e.path());
        files.into_iter().find(|p| {
            let name = p.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("lvp_icd") && name.ends_with(".json")
        })
    };
    named_by("VK_DRIVER_FILES")
        .or_else(|| lavapipe("/usr/share/vulkan/icd.d"))
        .or_else(|| lavapipe("/etc/vulkan/icd.d"))
}

fn named_by(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|p| p.is_file())
}

fn first_file(paths: &[&str]) -> Option<PathBuf> {
    paths.iter().map(PathBuf::from).find(|p| p.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions() {
        assert_eq!(two_numbers("20.20.1"), Some((20, 20)));
        assert_eq!(two_numbers("1.95"), Some((1, 95)));
        assert_eq!(two_numbers("x"), None);
    }
}
