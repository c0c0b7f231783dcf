//! The tables of `bench train`.

use super::train_gpu::PORTION;
use crate::Outcome;
use serde_json::Value;
use std::fmt::Write;

/// Names of the sides on a GPU in the browser, which are there where a real one is.
pub const WEBGPU: &str = "WebGPU";
pub const TFJS_WEBGPU: &str = "tfjs-webgpu";

/// One side's figures.
pub struct Side {
    /// Who: `JAX, 1 thread`.
    pub name: &'static str,
    pub figures: Value,
}

/// Steps and kernels of all sides; the first and `tfjs` are what the others are compared with.
///
/// # Errors
/// When a loss is not finite, or the sides do not train the same number of parameters.
pub fn table(sides: &[Side], gemm: &[[usize; 3]], conv: &[[usize; 6]], job: &Value) -> Outcome<String> {
    let parameters = same_parameters(sides)?;
    let mut out = format!(
        "\n### DLR² at the paper's size, a step of {} pairs\n\n{parameters} parameters on every side ({} users, {} items, \
         {} channels, d = {}), Adam; the shortest of {} steps (tfjs: of 4), forward, backward and update.\n\n",
        job["batch"], job["users"], job["items"], job["channels"], job["dim"], job["steps"]
    );
    out.push_str("| | ms a step | × JAX, 1 thread | tfjs ÷ this | first loss | last loss |\n|---|--:|--:|--:|--:|--:|\n");
    steps(&mut out, sides)?;
    out.push_str(&targets(sides, gemm)?);
    out.push_str(&gpu_targets(sides)?);
    kernels(&mut out, sides, gemm, conv)?;
    Ok(out)
}

fn steps(out: &mut String, sides: &[Side]) -> Outcome {
    let tfjs = find(sides, "tfjs-wasm, 1 thread")?;
    for side in sides {
        let seconds = step(side)?;
        let losses = [number(&side.figures["losses"][0])?, number(&side.figures["losses"][1])?];
        let _ = writeln!(
            out,
            "| {} | {} | {:.2} | {:.1} | {:.3} | {:.3} |",
            side.name,
            milliseconds(seconds),
            seconds / step(&sides[0])?,
            step(tfjs)? / seconds,
            losses[0],
            losses[1]
        );
    }
    Ok(())
}

/// Two digits at least.
fn milliseconds(seconds: f64) -> String {
    let ms = 1e3 * seconds;
    if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.0}") }
}

fn kernels(out: &mut String, sides: &[Side], gemm: &[[usize; 3]], conv: &[[usize; 6]]) -> Outcome {
    let sides: Vec<&Side> = sides.iter().filter(|side| has_kernels(side)).collect();
    out.push_str("\n### Kernels, GFLOP/s\n\n");
    out.push_str("A convolution has 32 images, of the sizes in the network; a product is of m × n × k. tfjs's two gradients of a \
         convolution are made by hand of its other operations (`tests/bench/train-tfjs.js`): its wasm backend has \
         none for the weights and a slow one for the input.\n\n");
    let names: Vec<&str> = sides.iter().map(|s| s.name).collect();
    let _ =
        writeln!(out, "| | {} | wasm ÷ tfjs |\n|---{}|--:|", names.join(" | "), "|--:".repeat(names.len()));
    for (i, [m, n, k]) in gemm.iter().enumerate() {
        let seconds = |side: &Side| number(&side.figures["gemm"][i]);
        row(out, &format!("product {m} × {n} × {k}"), 2 * m * n * k, &sides, seconds)?;
    }
    for (i, &[inputs, outputs, height, width, kernel, stride]) in conv.iter().enumerate() {
        let positions = 32 * height.div_ceil(stride) * width.div_ceil(stride);
        let work = 2 * positions * inputs * outputs * kernel * kernel;
        for (part, name) in ["", ", input's gradient", ", weights' gradient"].iter().enumerate() {
            let title = format!(
                "{kernel} × {kernel}, {inputs} → {outputs}, {height} × {width}, stride {stride}{name}"
            );
            row(out, &title, work, &sides, |side| number(&side.figures["conv"][i][part]))?;
        }
    }
    Ok(())
}

/// Sides on a GPU have none.
fn has_kernels(side: &Side) -> bool {
    side.figures["gemm"].as_array().is_some_and(|products| !products.is_empty())
}

fn row(
    out: &mut String,
    title: &str,
    work: usize,
    sides: &[&Side],
    seconds: impl Fn(&Side) -> Outcome<f64>,
) -> Outcome {
    let speeds = sides.iter().map(|side| Ok(format!("{:.1}", work as f64 / seconds(side)? / 1e9)));
    let speeds = speeds.collect::<Outcome<Vec<_>>>()?.join(" | ");
    let of = |name| seconds(find(sides.iter().copied(), name)?);
    let ratio = of("tfjs-wasm, 1 thread")? / of("wasm, 1 thread")?;
    let _ = writeln!(out, "| {title} | {speeds} | {ratio:.1} |");
    Ok(())
}

/// What was aimed at, beside what is.
fn targets(sides: &[Side], gemm: &[[usize; 3]]) -> Outcome<String> {
    let (wasm, tfjs) = (find(sides, "wasm, 1 thread")?, find(sides, "tfjs-wasm, 1 thread")?);
    let (faster, slower) = (step(tfjs)? / step(wasm)?, step(wasm)? / step(&sides[0])?);
    let (ours, theirs) = (best_product(wasm, gemm)?, best_product(tfjs, gemm)?);
    Ok(format!(
        "\nAims for wasm on one thread: a step 8 × as fast as tfjs-wasm's, {faster:.1} × ({}); at most 3 × JAX's time, \
         {slower:.2} × ({}); products at 40 GFLOP/s, {ours:.1} at best ({}), and at 1.4 × tfjs-wasm's speed, \
         {:.2} × each at its best ({}).\n",
        verdict(faster >= 8.0),
        verdict(slower <= 3.0),
        verdict(ours >= 40.0),
        ours / theirs,
        verdict(ours >= 1.4 * theirs)
    ))
}

/// How steps on a GPU were timed and what was aimed at, as far as it was measured; empty without one.
fn gpu_targets(sides: &[Side]) -> Outcome<String> {
    if sides.iter().all(has_kernels) {
        return Ok(String::new());
    }
    let mut out = format!(
        "\nOn a GPU {PORTION} steps are queued before they are waited for: a step is the mean one of the fastest \
         such portion, the last loss the mean of the last.\n"
    );
    let Ok(gpu) = find(sides, WEBGPU) else { return Ok(out) };
    let wasm = step(find(sides, "wasm, 1 thread")?)? / step(gpu)?;
    let _ = write!(
        out,
        "Aims for WebGPU: a step 20 × as fast as wasm's on one thread, {wasm:.1} × ({})",
        verdict(wasm >= 20.0)
    );
    if let Ok(tfjs) = find(sides, TFJS_WEBGPU) {
        let tfjs = step(tfjs)? / step(gpu)?;
        let _ = write!(out, "; 1.5 × as fast as tfjs-webgpu's, {tfjs:.2} × ({})", verdict(tfjs >= 1.5));
    }
    out.push_str(".\n");
    Ok(out)
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}

/// GFLOP/s of a side's fastest product.
fn best_product(side: &Side, gemm: &[[usize; 3]]) -> Outcome<f64> {
    gemm.iter().enumerate().try_fold(0.0_f64, |best, (i, [m, n, k])| {
        Ok(best.max((2 * m * n * k) as f64 / number(&side.figures["gemm"][i])? / 1e9))
    })
}

fn same_parameters(sides: &[Side]) -> Outcome<u64> {
    let count = |side: &Side| {
        side.figures["parameters"].as_u64().ok_or(format!("{} has no count of parameters", side.name))
    };
    let first = count(&sides[0])?;
    for side in sides {
        if count(side)? != first {
            return Err(format!(
                "{} trains {} parameters, {} {first}",
                side.name,
                count(side)?,
                sides[0].name
            ));
        }
    }
    Ok(first)
}

fn find<'a>(sides: impl IntoIterator<Item = &'a Side>, name: &str) -> Outcome<&'a Side> {
    sides.into_iter().find(|s| s.name == name).ok_or_else(|| format!("{name} was not measured"))
}

/// Seconds of a step.
fn step(side: &Side) -> Outcome<f64> {
    number(&side.figures["step"])
}

/// JSON has no infinite numbers: a loss that is none comes as null.
fn number(value: &Value) -> Outcome<f64> {
    value.as_f64().filter(|v| v.is_finite()).ok_or_else(|| format!("{value} is no finite number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn side(name: &'static str, step: f64, parameters: u64) -> Side {
        let figures =
            json!({"step": step, "losses": [1.0, 0.5], "parameters": parameters, "gemm": [step], "conv": []});
        Side { name, figures }
    }

    #[test]
    fn ratios_are_against_jax_and_tfjs() {
        let sides = [
            side("JAX, 1 thread", 0.1, 7),
            side("tfjs-wasm, 1 thread", 2.0, 7),
            side("wasm, 1 thread", 0.2, 7),
        ];
        let text = table(&sides, &[[10, 10, 10]], &[], &json!({"steps": 4})).unwrap();
        assert!(text.contains("| wasm, 1 thread | 200 | 2.00 | 10.0 | 1.000 | 0.500 |"), "{text}");
        assert!(text.contains("10.0 × (reached)") && text.contains("2.00 × (reached)"), "{text}");
    }

    #[test]
    fn aims_for_a_gpu_are_there_where_it_was_measured() {
        let mut sides = vec![
            side("JAX, 1 thread", 0.1, 7),
            side("tfjs-wasm, 1 thread", 2.0, 7),
            side("wasm, 1 thread", 0.2, 7),
        ];
        let text = |sides: &[Side]| table(sides, &[[10, 10, 10]], &[], &json!({"steps": 4})).unwrap();
        assert!(!text(&sides).contains("GPU"));
        let on_gpu = |name, step| {
            let mut side = side(name, step, 7);
            side.figures.as_object_mut().unwrap().remove("gemm");
            side
        };
        sides.push(on_gpu("native WebGPU", 0.004));
        assert!(text(&sides).contains("16 steps are queued") && !text(&sides).contains("Aims for WebGPU"));
        sides.push(on_gpu(WEBGPU, 0.005));
        let without_tfjs = text(&sides);
        assert!(without_tfjs.contains("| WebGPU | 5.00 | 0.05 | 400.0 | 1.000 | 0.500 |"), "{without_tfjs}");
        assert!(without_tfjs.contains("thread, 40.0 × (reached).\n"), "{without_tfjs}");
        assert!(!without_tfjs.contains("tfjs-webgpu"), "{without_tfjs}");
        let kernels = "| | JAX, 1 thread | tfjs-wasm, 1 thread | wasm, 1 thread | wasm ÷ tfjs |\n";
        assert!(without_tfjs.contains(kernels), "{without_tfjs}");
        sides.push(on_gpu(TFJS_WEBGPU, 0.006));
        assert!(text(&sides).contains("1.20 × (missed).\n"), "{}", text(&sides));
    }

    #[test]
    fn other_networks_and_losses_are_refused() {
        let sides = [side("JAX, 1 thread", 0.1, 7), side("tfjs-wasm, 1 thread", 2.0, 8)];
        assert!(table(&sides, &[], &[], &Value::Null).unwrap_err().contains("trains 8 parameters"));
        let mut sides = [side("JAX, 1 thread", 0.1, 7), side("tfjs-wasm, 1 thread", 2.0, 7)];
        sides[1].figures["losses"][1] = Value::Null;
        assert!(table(&sides, &[], &[], &Value::Null).unwrap_err().contains("finite"));
    }
}
