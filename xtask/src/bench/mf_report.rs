//! The tables of `bench mf`.

use super::mf::{ADAM_BATCH, DIM, SGD_BATCH};
use crate::Outcome;
use serde_json::Value;
use std::fmt::Write;

/// Our sides by name.
pub type Sides = Vec<(&'static str, Value)>;

/// The figures of all sides.
pub struct Measured {
    pub implicit: Value,
    pub tfjs: Value,
    /// Two runs: SGD and Adam.
    pub ml_1m: Sides,
    /// Two runs: BPR and DirectAU.
    pub rated_3: Sides,
    /// The same, with the memory that they took.
    pub gowalla: Sides,
    /// For each size of data three runs: fixed λ, λOpt by dimension and in full.
    pub lambda: Vec<Sides>,
}

/// All tables.
///
/// # Errors
/// When a figure is missing or no finite number, or a side did not learn.
pub fn text(measured: &Measured) -> Outcome<String> {
    let mut out = String::new();
    let size = size(&measured.ml_1m)?;
    let _ = writeln!(
        out,
        "\nPairs a second of a side's fastest epoch, one negative a pair, d = {DIM}, on one generated data set of \
         {size}. Ours are whole epochs of a training run: shuffling, negatives (uniform, known items rejected) and \
         the sum of the losses are in the time.\n"
    );
    let ours = |run: usize| measured.ml_1m.iter().map(move |(name, figures)| (*name, &figures["runs"][run]));
    let _ = writeln!(
        out,
        "### BPR by plain SGD\n\nOurs in batches of {SGD_BATCH}. implicit moves after each pair, draws negatives by \
         popularity, skips the known ones and sums no loss; its loss is that of a sample after the last epoch.\n"
    );
    let sgd = Peer { name: "implicit, 1 thread", figures: &measured.implicit, wanted: 1.0 };
    sgd.table(&mut out, ours(0))?;
    let _ = writeln!(
        out,
        "\n### BPR by Adam\n\nBatches of {ADAM_BATCH}, with the results of a dense Adam on both sides. tfjs: \
         the fastest tenth of an epoch, without the drawing of its batches.\n"
    );
    let adam = Peer { name: "tfjs-wasm, 1 thread", figures: &measured.tfjs, wanted: 10.0 };
    adam.table(&mut out, ours(1))?;
    epochs(&mut out, &measured.rated_3)?;
    gowalla(&mut out, &measured.gowalla)?;
    lambda(&mut out, &measured.lambda)?;
    Ok(out)
}

/// Whom a table compares with, and how many times as fast wasm on one thread should be.
struct Peer<'a> {
    name: &'a str,
    figures: &'a Value,
    wanted: f64,
}

impl<'a> Peer<'a> {
    fn table(&self, out: &mut String, ours: impl Iterator<Item = (&'a str, &'a Value)>) -> Outcome {
        let base = speed(self.figures)?;
        let short = self.name.split([',', '-']).next().unwrap_or(self.name);
        let _ = writeln!(
            out,
            "| | M pairs/s | × {short} | epoch s | loss, first epoch | last epoch |\n|---|--:|--:|--:|--:|--:|"
        );
        let mut reached = None;
        for (name, figures) in std::iter::once((self.name, self.figures)).chain(ours) {
            let ratio = speed(figures)? / base;
            let _ = writeln!(
                out,
                "| {name} | {:.2} | {ratio:.2} | {:.2} | {} |",
                speed(figures)? / 1e6,
                number(&figures["seconds"])?,
                losses(name, figures)?
            );
            if name == "wasm, 1 thread" {
                reached = Some(ratio);
            }
        }
        let reached = reached.ok_or("wasm was not measured")?;
        let _ = writeln!(
            out,
            "\nAim for wasm on one thread: {} × {short}, {reached:.2} × ({}).",
            self.wanted,
            verdict(reached >= self.wanted)
        );
        Ok(())
    }
}

/// Whole epochs of two losses.
fn epochs(out: &mut String, sides: &Sides) -> Outcome {
    let _ = writeln!(
        out,
        "\n### Epochs of BPR and DirectAU\n\nMF by Adam in batches of {ADAM_BATCH}, d = {DIM}; {}.\n\n| | BPR s | loss, first \
         epoch | last epoch | DirectAU s | loss, first epoch | last epoch |\n|---|--:|--:|--:|--:|--:|--:|",
        size(sides)?
    );
    for (name, figures) in sides {
        let [bpr, directau] = [&figures["runs"][0], &figures["runs"][1]];
        let _ = writeln!(
            out,
            "| {name} | {:.2} | {} | {:.1} | {} |",
            number(&bpr["seconds"])?,
            losses(name, bpr)?,
            number(&directau["seconds"])?,
            losses(name, directau)?
        );
    }
    let wasm = find(sides, "wasm, 1 thread")?;
    let [bpr, directau] = [0, 1].map(|run: usize| number(&wasm["runs"][run]["seconds"]));
    let (bpr, directau) = (bpr?, directau?);
    let _ = writeln!(
        out,
        "\nAims for wasm on one thread: BPR in 2 s, {bpr:.2} s ({}); DirectAU in 30 s, {directau:.1} s ({}).",
        verdict(bpr < 2.0),
        verdict(directau < 30.0)
    );
    Ok(())
}

/// Time and memory at Gowalla's size.
fn gowalla(out: &mut String, sides: &Sides) -> Outcome {
    let _ = writeln!(
        out,
        "\n### At Gowalla's size\n\nThe same on generated data of {}; memory is the most that a run with its data and an \
         evaluation took.\n\n| | BPR s | DirectAU s | memory GB |\n|---|--:|--:|--:|",
        size(sides)?
    );
    for (name, figures) in sides {
        let seconds = |run: usize| number(&figures["runs"][run]["seconds"]);
        let memory =
            figures["bytes"].as_f64().map_or("unknown".to_owned(), |bytes| format!("{:.2}", bytes / 1e9));
        let _ = writeln!(out, "| {name} | {:.1} | {:.1} | {memory} |", seconds(0)?, seconds(1)?);
    }
    let gigabytes = |name| find(sides, name).map(|figures| figures["bytes"].as_f64().map(|b| b / 1e9));
    let bounds = [("native, all threads", 8.0), ("wasm, 1 thread", 4.0)];
    for (name, most) in bounds {
        if let Some(found) = gigabytes(name)? {
            let _ = writeln!(
                out,
                "\nAim for {name}: below {most} GB, {found:.2} GB ({}).",
                verdict(found < most)
            );
        }
    }
    Ok(())
}

/// What a step costs with learnt strengths.
fn lambda(out: &mut String, sizes: &[Sides]) -> Outcome {
    let _ = writeln!(
        out,
        "\n### The cost of learning λ\n\nEpochs of BPR by Adam in batches of {ADAM_BATCH}, d = {DIM}, with one fixed λ and \
         with λOpt: a strength for each dimension (D), or for each dimension of every user and item (DUI).\n"
    );
    let mut worst = 0.0_f64;
    for sides in sizes {
        let _ = writeln!(
            out,
            "{}:\n\n| | fixed s | D s | DUI s | D ÷ fixed | DUI ÷ fixed |\n|---|--:|--:|--:|--:|--:|",
            size(sides)?
        );
        for (name, figures) in sides {
            let seconds = |run: usize| number(&figures["runs"][run]["seconds"]);
            let (fixed, dimension, full) = (seconds(0)?, seconds(1)?, seconds(2)?);
            let _ = writeln!(
                out,
                "| {name} | {fixed:.3} | {dimension:.3} | {full:.3} | {:.2} | {:.2} |",
                dimension / fixed,
                full / fixed
            );
            if name.ends_with("1 thread") {
                worst = worst.max(dimension / fixed).max(full / fixed);
            }
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "Aim on one thread: at most 3 × fixed λ, {worst:.2} × at worst ({}).",
        verdict(worst <= 3.0)
    );
    Ok(())
}

/// Users, items and training pairs; the same on every side.
fn size(sides: &Sides) -> Outcome<String> {
    let first = &sides.first().ok_or("nothing was measured")?.1;
    for (name, figures) in sides {
        for key in ["users", "items", "pairs"] {
            if figures[key] != first[key] {
                return Err(format!("{name} has {} {key}, {} {}", figures[key], sides[0].0, first[key]));
            }
        }
    }
    Ok(format!("{} users × {} items, {} pairs to train on", first["users"], first["items"], first["pairs"]))
}

/// The losses of the first and the last epoch as two columns.
fn losses(name: &str, figures: &Value) -> Outcome<String> {
    let [first, last] = [&figures["losses"][0], &figures["losses"][1]];
    let last = number(last)?;
    if first.is_null() {
        return Ok(format!("| {last:.3}"));
    }
    let first = number(first)?;
    if last > first {
        return Err(format!("{name} does not learn: its loss went from {first} to {last}"));
    }
    Ok(format!("{first:.3} | {last:.3}"))
}

fn find<'a>(sides: &'a Sides, name: &str) -> Outcome<&'a Value> {
    let side = sides.iter().find(|(side, _)| *side == name);
    side.map(|(_, figures)| figures).ok_or_else(|| format!("{name} was not measured"))
}

fn speed(figures: &Value) -> Outcome<f64> {
    number(&figures["pairs_per_second"])
}

/// JSON has no infinite numbers: a loss that is none comes as null.
fn number(value: &Value) -> Outcome<f64> {
    value.as_f64().filter(|v| v.is_finite()).ok_or_else(|| format!("{value} is no finite number"))
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(speed: f64, losses: [f64; 2]) -> Value {
        json!({"pairs_per_second": speed, "seconds": 1e6 / speed, "losses": losses})
    }

    fn measured() -> Measured {
        let side = |speed: f64| {
            json!({
                "users": 6, "items": 4, "pairs": 9, "bytes": 5_000_000_000_u64,
                "runs": [run(speed, [0.7, 0.6]), run(speed / 8.0, [0.7, 0.5])],
            })
        };
        let sides = || vec![("wasm, 1 thread", side(4e6)), ("native, all threads", side(8e6))];
        let lambda = || {
            let runs = [4e6, 2e6, 1e6].map(|speed| run(speed, [0.7, 0.6]));
            json!({"users": 6, "items": 4, "pairs": 5, "runs": runs})
        };
        Measured {
            implicit: json!({"pairs_per_second": 2e6, "seconds": 0.5, "losses": [null, 0.6]}),
            tfjs: run(1e5, [0.7, 0.7]),
            ml_1m: sides(),
            rated_3: sides(),
            gowalla: sides(),
            lambda: vec![vec![("wasm, 1 thread", lambda())]],
        }
    }

    #[test]
    fn ratios_and_aims() {
        let text = text(&measured()).unwrap();
        for part in [
            "6 users × 4 items, 9 pairs",
            "| implicit, 1 thread | 2.00 | 1.00 | 0.50 | | 0.600 |",
            "| wasm, 1 thread | 4.00 | 2.00 | 0.25 | 0.700 | 0.600 |",
            "1 × implicit, 2.00 × (reached)",
            "10 × tfjs, 5.00 × (missed)",
            "| wasm, 1 thread | 0.25 | 0.700 | 0.600 | 2.0 | 0.700 | 0.500 |",
            "BPR in 2 s, 0.25 s (reached); DirectAU in 30 s, 2.0 s (reached)",
            "| native, all threads | 0.1 | 1.0 | 5.00 |",
            "native, all threads: below 8 GB, 5.00 GB (reached)",
            "wasm, 1 thread: below 4 GB, 5.00 GB (missed)",
            "| wasm, 1 thread | 0.250 | 0.500 | 1.000 | 2.00 | 4.00 |",
            "at most 3 × fixed λ, 4.00 × at worst (missed)",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn sides_on_other_data_or_that_do_not_learn_are_refused() {
        let mut other = measured();
        other.ml_1m[1].1["pairs"] = 10.into();
        assert!(text(&other).unwrap_err().contains("native, all threads has 10 pairs"));
        let mut idle = measured();
        idle.ml_1m[0].1["runs"][1]["losses"] = json!([0.7, 0.8]);
        assert!(text(&idle).unwrap_err().contains("wasm, 1 thread does not learn"));
        let mut broken = measured();
        broken.tfjs["losses"][1] = Value::Null;
        assert!(text(&broken).unwrap_err().contains("no finite number"));
    }
}
