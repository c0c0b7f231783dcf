//! From what a machine has to what must be done, without doing it: pure, so that both kinds of machine are tested.

use std::path::PathBuf;
use std::time::Duration;

use crate::exec::Invocation;

pub const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's own recent Rust with the sources of its standard library.
const DEBIAN_RUST: &str = "rustc-web cargo-web rust-web-src rust-web-llvm lld-22";
/// The fonts too: on a bare machine Chromium would draw no text at all.
const DEBIAN_BROWSER: &str = "chromium chromium-driver fonts-liberation";
/// Lavapipe, a Vulkan adapter in software: for machines without a graphics card.
const DEBIAN_VULKAN: &str = "mesa-vulkan-drivers";
/// `rustup target add` behind a closed network must not keep one waiting for its many retries.
const RUSTUP_LIMIT: Duration = Duration::from_secs(90);
const LONG: Duration = Duration::from_secs(30 * 60);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Os {
    Debian,
    OtherLinux,
    Mac,
    Windows,
}

/// How system packages can be installed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Privilege {
    Root,
    /// `sudo` without a password.
    Sudo,
    Nothing,
}

/// What was found on a machine.
#[derive(Clone, Debug)]
pub struct Facts {
    pub os: Os,
    pub privilege: Privilege,
    pub rustup: bool,
    /// The active toolchain has a standard library for wasm32.
    pub wasm_std: bool,
    /// The active toolchain has the sources of its standard library (rustup's component rust-src).
    pub rust_src: bool,
    /// Debian's Rust, recent enough and with its sources.
    pub debian_rust: bool,
    /// The version that Cargo.lock names, where it is kept, and whether it is there.
    pub bindgen: (String, PathBuf, bool),
    pub node: Option<(u32, u32)>,
    pub npm: bool,
    /// `node_modules` as the lock file wants it.
    pub modules: bool,
    pub chromium: Option<PathBuf>,
    pub chromedriver: Option<PathBuf>,
    /// The manifest of a Vulkan driver that works on every machine, or that the environment names.
    pub vulkan: Option<PathBuf>,
}

/// Things that a command may need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Need {
    WasmStd,
    /// For the module with threads: a standard library with atomics comes from source only.
    StdSource,
    Bindgen,
    Node,
    Browser,
    /// A Vulkan adapter, for the native tests of the GPU backend.
    Vulkan,
}

/// One way to get a thing: commands one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub commands: Vec<Invocation>,
    pub limit: Duration,
    /// The tool has not the right to do it; a person may.
    pub by_hand: bool,
}

/// A thing that is needed: there already (no attempts wanted), or to be got by the first attempt that works.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub need: Need,
    pub what: String,
    pub ready: bool,
    pub attempts: Vec<Attempt>,
    /// What to tell a person when no attempt works.
    pub otherwise: String,
}

pub fn plan(facts: &Facts, needs: &[Need]) -> Vec<Step> {
    needs
        .iter()
        .flat_map(|need| match need {
            Need::WasmStd => vec![wasm_std(facts)],
            Need::StdSource => vec![std_source(facts)],
            Need::Bindgen => vec![bindgen(facts)],
            Need::Node => vec![node(facts), node_modules(facts)],
            Need::Browser => vec![browser(facts)],
            Need::Vulkan => vec![vulkan(facts)],
        })
        .collect()
}

fn wasm_std(facts: &Facts) -> Step {
    let what = if facts.wasm_std {
        format!("the active Rust toolchain's own {TARGET}")
    } else if facts.debian_rust {
        "built from the sources in Debian's rust-web-src".to_owned()
    } else {
        format!("Rust's standard library for {TARGET}")
    };
    let mut attempts = Vec::new();
    if facts.rustup {
        attempts.push(automatic(vec![Invocation::line("rustup target add").arg(TARGET)], RUSTUP_LIMIT));
    }
    attempts.extend(apt(facts, DEBIAN_RUST));
    Step {
        need: Need::WasmStd,
        what,
        ready: facts.wasm_std || facts.debian_rust,
        attempts,
        otherwise: format!(
            "install Rust with rustup (https://rustup.rs), then run: rustup target add {TARGET}"
        ),
    }
}

fn std_source(facts: &Facts) -> Step {
    let what = match (facts.rust_src, facts.debian_rust) {
        (true, _) => "the active Rust toolchain's rust-src, for threads",
        (false, true) => "Debian's rust-web-src, for threads",
        (false, false) => "the sources of Rust's standard library, for threads",
    };
    let mut attempts = Vec::new();
    if facts.rustup {
        attempts.push(automatic(vec![Invocation::line("rustup component add rust-src")], RUSTUP_LIMIT));
    }
    attempts.extend(apt(facts, DEBIAN_RUST));
    Step {
        need: Need::StdSource,
        what: what.to_owned(),
        ready: facts.rust_src || facts.debian_rust,
        attempts,
        otherwise: "install Rust with rustup (https://rustup.rs), then run: rustup component add rust-src"
            .to_owned(),
    }
}

fn bindgen(facts: &Facts) -> Step {
    let (version, root, ready) = &facts.bindgen;
    let install = |line: &str| {
        Invocation::line(line)
            .arg(version)
            .arg("--root")
            .arg(root)
            // Its own build must not hear of this project's settings.
            .without_env("CARGO_TARGET_DIR")
            .without_env("RUSTFLAGS")
            .dir(std::env::temp_dir())
    };
    let locked = install("cargo install wasm-bindgen-cli --locked --quiet --version");
    // Its lock file may name a release that was withdrawn or that a mirror does not hold yet: then
    // the newest that fit must do.
    let unlocked = install("cargo install wasm-bindgen-cli --quiet --version");
    Step {
        need: Need::Bindgen,
        what: format!("wasm-bindgen {version}, once per user (some minutes when it must be built)"),
        ready: *ready,
        otherwise: format!("run: {locked}"),
        attempts: vec![automatic(vec![locked], LONG), automatic(vec![unlocked], LONG)],
    }
}

/// Vite's own minimum.
fn node_suffices((major, minor): (u32, u32)) -> bool {
    (major == 20 && minor >= 19) || (major == 22 && minor >= 12) || major > 22
}

fn node(facts: &Facts) -> Step {
    let found = facts.node.map_or("none found".to_owned(), |(a, b)| format!("{a}.{b} found"));
    Step {
        need: Need::Node,
        what: format!("Node.js 20.19, 22.12 or newer with npm ({found})"),
        ready: facts.npm && facts.node.is_some_and(node_suffices),
        // A Node that is there but old was somebody's choice; it is not ours to replace.
        attempts: if facts.node.is_none() { apt(facts, "nodejs npm") } else { vec![] },
        otherwise: "install Node.js 22 from https://nodejs.org (or: nvm install 22)".to_owned(),
    }
}

fn node_modules(facts: &Facts) -> Step {
    Step {
        need: Need::Node,
        what: "the page's npm packages, as locked".to_owned(),
        ready: facts.modules,
        attempts: vec![automatic(vec![npm_ci(facts.os)], LONG)],
        otherwise: "run: npm ci".to_owned(),
    }
}

fn npm_ci(os: Os) -> Invocation {
    // npm is a shell wrapper, which Windows starts only by its full name.
    let npm = if os == Os::Windows { "npm.cmd" } else { "npm" };
    Invocation::new(npm).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
}

fn browser(facts: &Facts) -> Step {
    let found = |p: &Option<PathBuf>| p.as_ref().map_or("missing".to_owned(), |p| p.display().to_string());
    let otherwise = match facts.os {
        Os::Mac => "run: brew install --cask chromium chromedriver",
        Os::Windows => "install Google Chrome and, of the same version, chromedriver",
        _ => "install Chromium or Google Chrome and, of the same version, chromedriver",
    };
    Step {
        need: Need::Browser,
        what: format!(
            "Chromium ({}) and chromedriver ({})",
            found(&facts.chromium),
            found(&facts.chromedriver)
        ),
        ready: facts.chromium.is_some() && facts.chromedriver.is_some(),
        attempts: apt(facts, DEBIAN_BROWSER),
        otherwise: format!("{otherwise}; CHROME and CHROMEDRIVER may name the programs"),
    }
}

fn vulkan(facts: &Facts) -> Step {
    let found = facts.vulkan.as_ref().map_or("missing".to_owned(), |p| p.display().to_string());
    Step {
        need: Need::Vulkan,
        what: format!("Mesa's Vulkan driver lavapipe, which needs no graphics card ({found})"),
        ready: facts.vulkan.is_some(),
        attempts: apt(facts, DEBIAN_VULKAN),
        otherwise: format!(
            "install Mesa's Vulkan drivers (Ubuntu: sudo apt-get install {DEBIAN_VULKAN}; Fedora: sudo dnf install \
             {DEBIAN_VULKAN}); VK_DRIVER_FILES may name another driver's manifest"
        ),
    }
}

fn automatic(commands: Vec<Invocation>, limit: Duration) -> Attempt {
    Attempt { commands, limit, by_hand: false }
}

/// Debian's packages; nothing on other systems. `--no-remove`: no package of the user's gives way to ours.
fn apt(facts: &Facts, packages: &str) -> Vec<Attempt> {
    if facts.os != Os::Debian {
        return vec![];
    }
    let prefix = if facts.privilege == Privilege::Root { "" } else { "sudo " };
    let commands = vec![
        Invocation::line(&format!("{prefix}apt-get update -q")),
        Invocation::line(&format!(
            "{prefix}env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-remove --no-install-recommends {packages}"
        )),
    ];
    vec![Attempt { commands, limit: LONG, by_hand: facts.privilege == Privilege::Nothing }]
}

/// Machines to try the plan on: `--assume NAME`.
pub fn assumed(name: &str, version: &str) -> Option<Facts> {
    let facts = Facts {
        os: Os::Debian,
        privilege: Privilege::Root,
        rustup: true,
        wasm_std: false,
        rust_src: false,
        debian_rust: false,
        bindgen: (
            version.to_owned(),
            PathBuf::from(format!("~/.cache/warren/wasm-bindgen-{version}")),
            false,
        ),
        node: Some((20, 20)),
        npm: true,
        modules: false,
        chromium: None,
        chromedriver: None,
        vulkan: None,
    };
    match name {
        "debian" => Some(Facts { rustup: false, ..facts }),
        "rustup" => Some(Facts { os: Os::OtherLinux, privilege: Privilege::Nothing, ..facts }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Need; 6] =
        [Need::WasmStd, Need::StdSource, Need::Bindgen, Need::Node, Need::Browser, Need::Vulkan];

    fn lines(step: &Step) -> Vec<String> {
        step.attempts.iter().flat_map(|a| &a.commands).map(ToString::to_string).collect()
    }

    #[test]
    fn a_fresh_debian_machine_gets_everything_from_its_registries() {
        let steps = plan(&assumed("debian", "0.2.130").unwrap(), &ALL);
        assert_eq!(
            lines(&steps[0]),
            [
                "apt-get update -q",
                "env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-remove --no-install-recommends \
                 rustc-web cargo-web rust-web-src rust-web-llvm lld-22",
            ]
        );
        assert!(lines(&steps[2])[0].contains("--locked --quiet --version 0.2.130 --root"));
        assert!(steps[3].ready && steps[3].attempts.is_empty());
        assert_eq!(lines(&steps[4]), ["npm ci --no-audit --no-fund --loglevel=error"]);
        assert!(lines(&steps[5])[1].contains(" chromium chromium-driver "));
        assert!(lines(&steps[6])[1].ends_with(" mesa-vulkan-drivers"));
        assert!(steps.iter().flat_map(|s| &s.attempts).all(|a| !a.by_hand));
    }

    #[test]
    fn rustup_comes_before_debian_where_both_could_help() {
        let facts = Facts { rustup: true, ..assumed("debian", "0.2.130").unwrap() };
        let step = wasm_std(&facts);
        assert_eq!(step.attempts.len(), 2);
        assert_eq!(lines(&step)[0], "rustup target add wasm32-unknown-unknown");
        assert_eq!(step.attempts[0].limit, RUSTUP_LIMIT);
    }

    #[test]
    fn sources_for_threads_come_from_rustup_or_debian_and_are_not_fetched_twice() {
        let rustup = assumed("rustup", "1").unwrap();
        assert_eq!(lines(&std_source(&rustup)), ["rustup component add rust-src"]);
        let debian = assumed("debian", "1").unwrap();
        assert!(lines(&std_source(&debian))[1].contains(" rust-web-src "));
        for ready in [Facts { rust_src: true, ..rustup }, Facts { debian_rust: true, ..debian }] {
            assert!(std_source(&ready).ready);
        }
    }

    #[test]
    fn a_usual_rustup_machine_needs_no_system_package_to_build() {
        let facts = assumed("rustup", "0.2.130").unwrap();
        let steps = plan(&facts, &[Need::WasmStd, Need::Bindgen, Need::Node]);
        assert_eq!(lines(&steps[0]), ["rustup target add wasm32-unknown-unknown"]);
        assert!(steps.iter().flat_map(lines).all(|l| !l.contains("apt-get")));
        // The browser is asked for in words.
        let browser = &plan(&facts, &[Need::Browser])[0];
        assert!(browser.attempts.is_empty() && browser.otherwise.contains("CHROMEDRIVER"));
        let vulkan = &plan(&facts, &[Need::Vulkan])[0];
        assert!(
            vulkan.attempts.is_empty() && vulkan.otherwise.contains("apt-get install mesa-vulkan-drivers")
        );
    }

    #[test]
    fn what_is_there_is_ready() {
        let facts = Facts {
            wasm_std: true,
            rust_src: true,
            bindgen: ("1".into(), "x".into(), true),
            modules: true,
            chromium: Some("/usr/bin/chromium".into()),
            chromedriver: Some("/usr/bin/chromedriver".into()),
            vulkan: Some("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json".into()),
            ..assumed("rustup", "1").unwrap()
        };
        assert!(plan(&facts, &ALL).iter().all(|s| s.ready));
        assert!(wasm_std(&Facts { wasm_std: false, debian_rust: true, ..facts }).ready);
    }

    #[test]
    fn without_the_right_to_install_the_exact_command_is_shown_instead() {
        let facts = Facts { privilege: Privilege::Nothing, ..assumed("debian", "1").unwrap() };
        let step = wasm_std(&facts);
        assert!(step.attempts[0].by_hand);
        assert_eq!(lines(&step)[0], "sudo apt-get update -q");
    }

    #[test]
    fn an_old_node_is_not_replaced() {
        assert!(
            !node_suffices((18, 20))
                && !node_suffices((20, 18))
                && !node_suffices((21, 9))
                && !node_suffices((22, 11))
        );
        assert!(node_suffices((20, 19)) && node_suffices((22, 12)) && node_suffices((24, 0)));
        let old = Facts { node: Some((18, 20)), ..assumed("debian", "1").unwrap() };
        assert!(!node(&old).ready && node(&old).attempts.is_empty());
        let none = Facts { node: None, npm: false, ..old };
        assert!(lines(&node(&none))[1].ends_with("nodejs npm"));
    }
}
