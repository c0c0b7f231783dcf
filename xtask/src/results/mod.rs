//! `results`: the runs of the papers' grids, and from their records the tables and figures of docs/results.md.

mod chart;
mod figures;
mod records;
#[cfg(test)]
mod sample;
mod studies;
mod table;
mod words;

use crate::args::Args;
use crate::exec::{Invocation, cargo};
use crate::{Outcome, paths, sections, ui};
use records::{Results, Run};
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use studies::{STUDIES, Study};

pub const HELP: &str = "\
Makes the runs of docs/grids/NAME.json on ml-latest-small with `warren sweep`, and writes their table and figures into
docs/results.md and docs/figures/. NAME is one or more of kdd25, kdd25-strength, kdd25-debiasing, kdd25-models, kdd19,
kdd19-baselines; without a name, all. Runs whose records are there are not made again, so an interrupted command goes
on where it was. The ratings are sought under $WARREN_DATA, or under shared/data beside the repository.

  --from FOLDER    where the records are and go, NAME.jsonl each (default: target/results)
  --threads N      threads of a run (default: all cores); results do not depend on it
  --warren FILE    run this program and build none
";

pub fn command(mut args: Args) -> Outcome {
    let from = args.value("--from")?;
    let threads = args.value("--threads")?.map(|n| threads(&n)).transpose()?;
    let program = args.value("--warren")?;
    let named: Vec<&Study> = STUDIES.iter().filter(|study| args.take(study.name)).collect();
    args.finish()?;
    let studies = if named.is_empty() { STUDIES.iter().collect() } else { named };

    let absolute = |path: &str| std::path::absolute(path).map_err(|e| format!("{path}: {e}"));
    let folder = from.map_or_else(|| Ok(paths::root().join("target/results")), |path| absolute(&path))?;
    std::fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let data = paths::data_file("ml-latest-small/ratings.csv").ok_or(
        "ml-latest-small/ratings.csv is not there: set WARREN_DATA to the folder that holds ml-latest-small",
    )?;
    let program = program.map_or_else(build, |path| absolute(&path))?;
    let maker = Maker { program, data, folder, threads };
    for study in studies {
        maker.make(study)?;
    }
    Ok(())
}

fn threads(text: &str) -> Outcome<usize> {
    let number = text.parse().ok().filter(|&n| n > 0);
    number.ok_or_else(|| format!("--threads {text}: this is no number of threads, 1 or more"))
}

fn build() -> Outcome<PathBuf> {
    ui::timed("Building", "warren (release)", || {
        cargo().args(["build", "--quiet", "--release", "--package", "warren", "--bin", "warren"]).run()
    })?;
    Ok(paths::root().join("target/release").join(paths::program("warren")))
}

/// What runs are made with, and where they are kept.
struct Maker {
    program: PathBuf,
    data: PathBuf,
    folder: PathBuf,
    threads: Option<usize>,
}

impl Maker {
    /// Runs, table, figures and section of a study.
    fn make(&self, study: &Study) -> Outcome {
        let results = self.sweep(study)?;
        let history = |run: &Run| self.history(study, run);
        let drawn = (study.figures)(&figures::Drawing { results: &results, history: &history })?;
        for figure in &drawn {
            let path = paths::root().join(format!("docs/figures/{}.svg", figure.name));
            sections::put(&path, &figure.figure.svg())?;
        }
        let text = section(study, &results, &drawn, &commit());
        sections::write("results", study.name, study.title, &text)?;
        ui::line("Wrote", &format!("docs/results.md, \"{}\", with {} figures", study.title, drawn.len()));
        Ok(())
    }

    fn sweep(&self, study: &Study) -> Outcome<Results> {
        let name = study.name;
        let records = self.folder.join(format!("{name}.jsonl"));
        let table = self.folder.join(format!("{name}.table.json"));
        remove(&table)?;
        ui::line("Running", &format!("docs/grids/{name}.json, records in {}", records.display()));
        let sweep = self.warren("sweep").arg("--grid").arg(format!("docs/grids/{name}.json"));
        let ended = sweep.arg("--out").arg(&records).arg("--table").arg(&table).run();
        match ended {
            // A run that diverged has no record; the table counts it, and says so.
            Err(error) if table.is_file() => ui::warn(&format!("{error}: the table is of the other runs")),
            other => other?,
        }
        Results::read(&table, &records)
    }

    /// The report of a run with every epoch, which sweeps do not keep; trained once more where it is not there.
    fn history(&self, study: &Study, run: &Run) -> Outcome<Value> {
        let report = self.folder.join(format!("{}.history.json", study.name));
        let settings = self.folder.join(format!("{}.history.config.json", study.name));
        let config = &run.0["config"];
        if !report.is_file() || read(&settings).ok().as_ref() != Some(config) {
            remove(&report)?;
            sections::put(&settings, &config.to_string())?;
            ui::line("Running", &format!("a run of {} once more, for every epoch's λ", study.name));
            self.warren("train").arg("--config").arg(&settings).arg("--report").arg(&report).run()?;
        }
        read(&report)
    }

    fn warren(&self, command: &str) -> Invocation {
        let invocation = Invocation::new(&self.program).arg(command).arg(&self.data);
        match self.threads {
            Some(n) => invocation.env("RAYON_NUM_THREADS", n.to_string()),
            None => invocation,
        }
    }
}

fn remove(path: &Path) -> Outcome {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {e}", path.display()))
        }
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Outcome<Value> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

/// `commit 0123abc of 2026-01-31`.
fn commit() -> String {
    let asked = Invocation::new("git").args(["log", "-1", "--format=commit %h of %cs"]).ask();
    asked.filter(|text| !text.is_empty()).unwrap_or_else(|| "a checkout without history".into())
}

fn section(study: &Study, results: &Results, drawn: &[figures::Drawn], written: &str) -> String {
    let mut out = format!("{}\n\n{}\n", study.about, table::markdown(study, results));
    out.push_str(&table::below(study, results, written));
    for figure in drawn {
        let about = figure.about.replace(['[', ']'], "");
        let _ = write!(out, "\n![{about}](figures/{}.svg)\n", figure.name);
    }
    let _ = write!(out, "\n    cargo xtask results {}\n", study.name);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn unknown_names_and_threads_are_named() {
        assert!(command(args("kdd26")).unwrap_err().contains("kdd26"));
        assert!(command(args("kdd25 --threads 0")).unwrap_err().contains("--threads 0"));
        assert!(STUDIES.iter().all(|study| HELP.contains(study.name)));
    }

    #[test]
    fn a_section_has_table_figures_and_command() {
        let study = studies::named("kdd25-strength").unwrap();
        let run = |seed| {
            let mut run = sample::run("directau", json!({"name": "none"}), seed, &[("NDCG@20", 0.2, 0.3)]);
            run.0["config"]["init"]["prism"] = true.into();
            run
        };
        let results = sample::results(&["NDCG@20"], vec![vec![run(1), run(2)]]);
        let history = |_: &Run| -> Outcome<Value> { Err("not asked for".into()) };
        let drawing = figures::Drawing { results: &results, history: &history };
        let drawn = (study.figures)(&drawing).unwrap();
        let text = section(study, &results, &drawn, "commit abc of 2026-01-31");
        assert!(text.contains("| DirectAU, PRISM s=1 | 2 | 0.2000 ± 0.0000 |"), "{text}");
        assert!(text.contains("written by commit abc of 2026-01-31"));
        assert!(text.contains("over the strength of PRISM for DirectAU and MAWU"), "{text}");
        assert!(text.contains("](figures/prism-strength.svg)\n"));
        assert!(text.ends_with("    cargo xtask results kdd25-strength\n"));
    }
}
