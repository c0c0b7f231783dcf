//! DLR² steps on WebGPU, where there is a GPU: in Chromium against TensorFlow.js's WebGPU backend, and natively
//! through Vulkan. An adapter in software is not timed.

use super::measure::json as json_of;
use super::train::page;
use super::train_report::{Side, TFJS_WEBGPU, WEBGPU};
use crate::exec::Invocation;
use crate::{Outcome, build, ui};
use serde_json::{Value, json};
use std::path::Path;

/// Software that calls itself a WebGPU adapter.
const SOFTWARE: [&str; 4] = ["swiftshader", "llvmpipe", "lavapipe", "software"];
/// Steps that are queued before they are waited for, as in training.
pub const PORTION: usize = 16;
/// How far losses on the GPU may be from the CPU's, relatively.
const TOLERANCE: f64 = 1e-3;

/// What the sides are run with.
pub struct Bench<'a> {
    pub native: &'a Path,
    pub chromium: &'a Path,
    pub tfjs: &'a Path,
    pub quick: bool,
}

/// Where a side can be computed.
#[derive(Debug, PartialEq)]
enum Adapter {
    /// A GPU of this name.
    Real(String),
    /// Software of this name.
    Software(String),
    Missing(String),
}

impl Bench<'_> {
    /// Adds the sides of a GPU to `sides`; says what was measured, or why nothing was.
    pub fn run(&self, job: &Value, sides: &mut Vec<Side>) -> Outcome<String> {
        ui::line("Measuring", "WebGPU in Chromium and natively");
        let natively = natively(&json_of(&Invocation::new(self.native).arg("--adapter"))?);
        let mut job = self.job(job);
        job["vulkan"] = matches!(natively, Adapter::Real(_)).into();
        let in_browser = in_browser(&page(self.chromium, &job, Path::new("."), "adapter")?);
        let mut lines = vec![said("WebGPU", &in_browser), said("Native WebGPU", &natively)];
        if matches!(in_browser, Adapter::Real(_)) {
            lines.extend(self.browser_sides(&job, sides)?);
        }
        if matches!(natively, Adapter::Real(_)) {
            sides.push(Side { name: "native WebGPU", figures: self.natively(&job)? });
        }
        if self.quick {
            self.try_software(&in_browser, &natively)?;
        }
        Ok(lines.join("\n"))
    }

    /// The job of the other sides on a GPU: only steps, in portions.
    fn job(&self, job: &Value) -> Value {
        let mut job = job.clone();
        job["device"] = "gpu".into();
        job["portion"] = PORTION.into();
        job["steps"] = if self.quick { 1 } else { 5 }.into();
        job
    }

    /// Ours and, if it runs, TensorFlow.js; what is to be said if it does not.
    fn browser_sides(&self, job: &Value, sides: &mut Vec<Side>) -> Outcome<Option<String>> {
        let folder = build::build_gpu_example("train_bench")?;
        sides.push(Side { name: WEBGPU, figures: page(self.chromium, &steps_only(job), &folder, "warren")? });
        match page(self.chromium, job, self.tfjs, "tfjs") {
            Ok(figures) => {
                sides.push(Side { name: TFJS_WEBGPU, figures });
                Ok(None)
            }
            Err(e) => {
                ui::warn(&format!("TensorFlow.js's WebGPU backend does not run here: {e}"));
                Ok(Some(format!("{TFJS_WEBGPU} failed and was not measured.")))
            }
        }
    }

    fn natively(&self, job: &Value) -> Outcome<Value> {
        json_of(&Invocation::new(self.native).arg(steps_only(job).to_string()))
    }

    /// Sees that the harness works where no GPU is: a small network's losses are those of the CPU.
    fn try_software(&self, in_browser: &Adapter, natively: &Adapter) -> Outcome {
        let cpu = self.natively(&tiny("cpu"))?;
        if !matches!(in_browser, Adapter::Real(_)) {
            let folder = build::build_gpu_example("train_bench")?;
            let mut job = tiny("gpu");
            job["software"] = true.into();
            same_losses("WebGPU in SwiftShader", &page(self.chromium, &job, &folder, "warren")?, &cpu)?;
        }
        match natively {
            Adapter::Software(name) => same_losses(name, &self.natively(&tiny("gpu"))?, &cpu),
            _ => Ok(()),
        }
    }
}

/// Without kernels: those of our backends on a GPU are not timed one by one.
fn steps_only(job: &Value) -> Value {
    let mut job = job.clone();
    (job["gemm"], job["conv"]) = (json!([]), json!([]));
    job
}

/// A network that software computes in no time.
fn tiny(device: &str) -> Value {
    json!({
        "device": device,
        "builtin": {"users": 30, "items": 50, "interactions": 600},
        "config": {
            "seed": 1,
            "data": {"min_user": 1, "min_item": 1, "split": "temporal:0.7,0.1,0.2"},
            "model": {"name": "dlr2", "channels": 2, "dim": 8, "decay_steps": 0},
            "init": {"name": "random"},
            "optimizer": {"name": "adam", "learning_rate": 1e-3},
            "train": {"batch_size": 4, "monitor": "F1@10"},
        },
        "batch": 4,
        "portion": 2,
        "steps": 1,
        "seconds": 0,
        "gemm": [],
        "conv": [],
    })
}

/// Sees that both sides' losses are numbers and nearly the same.
fn same_losses(name: &str, found: &Value, expected: &Value) -> Outcome {
    let losses = |figures: &Value| [figures["losses"][0].as_f64(), figures["losses"][1].as_f64()];
    for pair in losses(found).into_iter().zip(losses(expected)) {
        let (Some(loss), Some(cpu)) = pair else {
            return Err(format!(
                "{name}: losses {} and the CPU's {} are not all numbers",
                found["losses"], expected["losses"]
            ));
        };
        if (loss - cpu).abs() > TOLERANCE * cpu.abs() {
            return Err(format!("{name}: the loss is {loss}, the CPU's {cpu}"));
        }
    }
    ui::line("Checked", &format!("{name}: the losses of a small network are the CPU's"));
    Ok(())
}

/// From the names that a browser gives.
fn in_browser(found: &Value) -> Adapter {
    let adapter = &found["adapter"];
    if adapter.is_null() {
        return missing(found);
    }
    let names = ["vendor", "architecture", "description"].into_iter().filter_map(|key| adapter[key].as_str());
    let name = names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    if is_software(&name) || adapter["fallback"] == true {
        Adapter::Software(name)
    } else {
        Adapter::Real(name)
    }
}

/// From what `train_bench --adapter` says.
fn natively(found: &Value) -> Adapter {
    match found["adapter"].as_str() {
        Some(name) if is_software(name) => Adapter::Software(name.to_owned()),
        Some(name) => Adapter::Real(name.to_owned()),
        None => missing(found),
    }
}

fn missing(found: &Value) -> Adapter {
    Adapter::Missing(found["reason"].as_str().unwrap_or("no reason was given").to_owned())
}

fn is_software(name: &str) -> bool {
    SOFTWARE.iter().any(|software| name.to_lowercase().contains(software))
}

/// A sentence of the report.
fn said(side: &str, adapter: &Adapter) -> String {
    match adapter {
        Adapter::Real(name) => format!("{side}: {name}."),
        Adapter::Software(name) => format!("{side}: no real adapter (software: {name}); not measured."),
        Adapter::Missing(why) => format!("{side}: no adapter, so no real adapter ({why}); not measured."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_is_no_real_adapter() {
        let named = |architecture: &str, fallback: bool| {
            let vendor = json!({"vendor": "google", "architecture": architecture, "description": "", "fallback": fallback});
            said("WebGPU", &in_browser(&json!({"adapter": vendor, "reason": ""})))
        };
        assert!(named("swiftshader", false).contains("no real adapter (software: google swiftshader)"));
        assert!(named("anything", true).contains("no real adapter"));
        assert_eq!(named("hopper", false), "WebGPU: google hopper.");
        let silent = json!({"adapter": null, "reason": "no answer"});
        assert!(said("WebGPU", &in_browser(&silent)).contains("no real adapter (no answer)"));
    }

    #[test]
    fn native_adapters_are_told_apart_by_their_names() {
        let lavapipe = natively(&json!({"adapter": "llvmpipe (LLVM 15.0.6, 256 bits)"}));
        assert_eq!(lavapipe, Adapter::Software("llvmpipe (LLVM 15.0.6, 256 bits)".to_owned()));
        assert_eq!(natively(&json!({"adapter": "A card"})), Adapter::Real("A card".to_owned()));
        let missing = natively(&json!({"adapter": null, "reason": "no driver"}));
        assert!(said("Native WebGPU", &missing).contains("(no driver)"));
    }

    #[test]
    fn losses_must_be_numbers_and_the_cpus() {
        let figures = |first: Value| json!({"losses": [first, 0.5]});
        let cpu = figures(json!(1.0));
        assert!(same_losses("x", &figures(json!(1.0005)), &cpu).is_ok());
        assert!(same_losses("x", &figures(json!(1.01)), &cpu).unwrap_err().contains("1.01"));
        assert!(same_losses("x", &figures(Value::Null), &cpu).unwrap_err().contains("not all numbers"));
    }

    #[test]
    fn only_steps_of_a_gpu_are_timed() {
        let bench =
            Bench { native: Path::new(""), chromium: Path::new(""), tfjs: Path::new(""), quick: false };
        let job = bench.job(&json!({"steps": 12, "gemm": [[1, 1, 1]], "conv": [[1, 1, 1, 1, 1, 1]]}));
        assert_eq!((&job["device"], &job["portion"]), (&json!("gpu"), &json!(PORTION)));
        assert_eq!(job["conv"], json!([[1, 1, 1, 1, 1, 1]]), "TensorFlow.js checks its gradients on them");
        let ours = steps_only(&job);
        assert_eq!((&ours["gemm"], &ours["conv"]), (&json!([]), &json!([])));
    }
}
