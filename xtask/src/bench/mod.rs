//! `bench`: measurements as ratios, both sides in the same run on the same machine.

mod growth;
mod measure;
mod mf;
mod mf_report;
mod perturbation;
mod report;
mod sizes;
mod train;
mod train_gpu;
mod train_report;

use crate::args::Args;
use crate::{Outcome, ui};
use measure::{Measured, Tools};
use sizes::Size;

pub const HELP: &str = "\
spectral: the KNN graph and 64 eigenvectors (LEPORID), natively and in headless Chromium, with one thread and
with all, against SciPy on the same matrices in the same run. SciPy is put into a virtual
environment in the per-user cache on first use.

perturbation: the experiment of figure 2 (150,000 new edges), in headless Chromium and natively, with one thread
and with all, against NumPy's dense solver in the same run.

train: steps of DLR² at the paper's size and single kernels, in headless Chromium and natively, with one thread
and with all, against TensorFlow.js (its wasm backend) in the same Chromium and JAX natively, in the same run. Both
are put into the per-user cache on first use. Where there is a GPU, steps on it too: WebGPU in Chromium against
TensorFlow.js's WebGPU backend, and natively through Vulkan. A GPU that is computed in software is not timed; --quick
takes a small step there.

mf: matrix factorisation on data of MovieLens-1M's size, in headless Chromium and natively, with one thread and with
all: BPR by SGD against implicit (natively, one thread) and by Adam against TensorFlow.js in the same Chromium; epochs
of BPR and DirectAU; time and memory at Gowalla's size. implicit and TensorFlow.js are put into the per-user cache on
first use.

  --size A,B     ml-small, ml-1m, 30k, anime (default: ml-small,ml-1m,30k; anime takes ten minutes)
  --quick        ml-small and a small graph, five of the graphs, or a part of the data; says whether everything runs,
                 not how fast it is
  --no-growth    leave out time against non-zeros over four sizes
  --write        put the tables into docs/results.md as well
";

pub fn command(mut args: Args) -> Outcome {
    let quick = args.switch("--quick");
    let growth = !args.switch("--no-growth") && !quick;
    let write = args.switch("--write");
    let names = args.value("--size")?;
    let [spectral, perturbation, train, mf] =
        ["spectral", "perturbation", "train", "mf"].map(|name| args.take(name));
    args.finish()?;
    if [spectral, perturbation, train, mf].iter().filter(|&&wanted| wanted).count() != 1 {
        let text = "what is to be measured? `cargo xtask bench spectral`, `bench perturbation`, `bench train` or `bench mf`";
        return Err(text.to_owned());
    }
    if train {
        return train::run(quick, write);
    }
    if mf {
        return mf::run(quick, write);
    }
    if perturbation {
        return perturbation::run(quick, write);
    }
    let sizes = match names {
        Some(names) => names.split(',').map(Size::named).collect::<Outcome<Vec<_>>>()?,
        None if quick => vec![Size::named("ml-small")?, Size::named("small")?],
        None => ["ml-small", "ml-1m", "30k"].into_iter().map(Size::named).collect::<Outcome<Vec<_>>>()?,
    };
    let tools = Tools::prepare()?;
    let mut rows: Vec<(Size, Vec<Measured>)> = Vec::new();
    for size in sizes {
        let Some(job) = size.job() else {
            ui::line("Skipping", &format!("{}: set WARREN_DATA to the folder that holds it", size.name));
            continue;
        };
        ui::line("Measuring", size.name);
        let measured = tools.measure(&job)?;
        rows.push((size, measured));
    }
    let mut text = report::tables(&rows, &tools.versions());
    if growth {
        text.push_str(&growth::table(&tools)?);
    }
    println!("{text}");
    if write { report::write("spectral", "Speed of the spectral core", &text) } else { Ok(()) }
}
