//! Finds or installs what building and testing need, saying what it does.

mod compile;
mod plan;
mod probe;

pub use compile::{Module, WasmCargo};
pub use plan::{Facts, Need, TARGET};
use plan::{Step, assumed, plan};

use crate::args::Args;
use crate::{Outcome, paths, stamp, ui};

pub const HELP: &str = "\
Finds or installs: a wasm32 standard library, the sources to build another one with atomics for the
module with threads, the wasm-bindgen program, the npm packages, and (for tests only) Chromium with
its driver and Mesa's Vulkan driver in software. `build`, `serve` and `test` do this by themselves.

  --dry-run           print the plan with its commands and do nothing
  --assume MACHINE    with --dry-run: plan for `rustup` (a usual machine) or `debian` (a fresh one)
  --no-browser        leave Chromium out
  --no-gpu            leave the Vulkan driver out
  --no-threads        leave the sources of the standard library out

The standard library is the active toolchain's own if it has one, else Debian's Rust 1.95 or newer
if that is installed, else what `rustup target add` gives, else Debian's packages by apt-get.
The sources are the active toolchain's rust-src, else Debian's, else what `rustup component add` gives.
WARREN_WASM_STD=rustup or =debian restricts the choice. CHROME and CHROMEDRIVER name the browser.
";

pub fn command(mut args: Args) -> Outcome {
    let dry = args.switch("--dry-run");
    let machine = args.value("--assume")?;
    let mut needs = vec![Need::WasmStd, Need::StdSource, Need::Bindgen, Need::Node, Need::Browser];
    if cfg!(target_os = "linux") {
        needs.push(Need::Vulkan);
    }
    for (switch, need) in
        [("--no-browser", Need::Browser), ("--no-threads", Need::StdSource), ("--no-gpu", Need::Vulkan)]
    {
        if args.switch(switch) {
            needs.retain(|n| *n != need);
        }
    }
    args.finish()?;
    match machine {
        Some(_) if !dry => {
            Err("--assume goes with --dry-run: nothing can be installed on a machine that is assumed".into())
        }
        Some(name) => {
            let version = paths::locked_version("wasm-bindgen")?;
            let facts =
                assumed(&name, &version).ok_or(format!("--assume {name}: it may be rustup or debian"))?;
            show(&plan(&facts, &needs));
            Ok(())
        }
        None if dry => {
            show(&plan(&probe::facts()?, &needs));
            Ok(())
        }
        None => {
            // Without the sources the page does without threads; without anything else there is no page.
            let (may, must): (Vec<Need>, Vec<Need>) =
                needs.iter().copied().partition(|n| *n == Need::StdSource);
            ensure(&must)?;
            if let Err(message) = ensure(&may) {
                ui::warn(&format!("the page will be built without threads; {message}"));
            }
            show(&plan(&probe::facts()?, &needs));
            Ok(())
        }
    }
}

fn show(steps: &[Step]) {
    for step in steps {
        if step.ready {
            ui::line("Ready", &step.what);
            continue;
        }
        ui::line("Missing", &step.what);
        for (i, attempt) in step.attempts.iter().enumerate() {
            let intro = match (attempt.by_hand, i) {
                (true, _) => "by hand",
                (false, 0) => "runs",
                (false, _) => "else",
            };
            for command in &attempt.commands {
                eprintln!("{:>21}  {command}", intro);
            }
        }
        eprintln!(
            "{:>21}  {}",
            if step.attempts.is_empty() { "by hand" } else { "else by hand" },
            step.otherwise
        );
    }
}

/// Makes sure of these things and returns what the machine then has.
pub fn ensure(needs: &[Need]) -> Outcome<Facts> {
    let mut facts = probe::facts()?;
    for need in needs {
        for step in plan(&facts, &[*need]) {
            if !step.ready {
                carry_out(&step)?;
                facts = probe::facts()?;
            }
        }
    }
    Ok(facts)
}

fn carry_out(step: &Step) -> Outcome {
    let mut by_hand = Vec::new();
    for attempt in &step.attempts {
        if attempt.by_hand {
            by_hand.extend(attempt.commands.iter().map(ToString::to_string));
            continue;
        }
        let done = ui::timed("Installing", &step.what, || {
            attempt.commands.iter().try_for_each(|command| {
                ui::line("Running", &command.to_string());
                command.run_within(attempt.limit)
            })
        });
        match done {
            Ok(()) => return after(step),
            Err(message) => ui::warn(&message),
        }
    }
    if by_hand.is_empty() {
        by_hand.push(step.otherwise.clone());
    }
    Err(format!("missing: {}. To get it:\n  {}", step.what, by_hand.join("\n  ")))
}

fn after(step: &Step) -> Outcome {
    if step.need == Need::Node { stamp::record("node_modules", &probe::modules_hash()) } else { Ok(()) }
}

/// A program of the wasm-bindgen that Cargo.lock names.
pub fn bindgen(program: &str) -> Outcome<std::path::PathBuf> {
    Ok(probe::bindgen_home()?.1.join("bin").join(paths::program(program)))
}
