//! The grids that docs/results.md shows, a line each: what their rows are called and which of them compete.

use super::figures::{self, Drawing};
use super::records::Run;
use super::words;
use crate::Outcome;

/// A grid and how it is shown.
pub struct Study {
    /// The grid: docs/grids/NAME.json.
    pub name: &'static str,
    /// The section's heading.
    pub title: &'static str,
    /// What was done, above the table.
    pub about: &'static str,
    /// A row in words.
    pub label: fn(&Run) -> String,
    /// Rows of a family compete for the bold row; `None` for those that do not.
    pub family: fn(&Run) -> Option<String>,
    /// The families, after "the highest validation metric".
    pub families: &'static str,
    pub figures: fn(&Drawing) -> Outcome<Vec<figures::Drawn>>,
}

/// A new grid is one entry here.
pub const STUDIES: &[Study] = &[
    Study {
        name: "kdd25",
        title: "Weight decay and PRISM (KDD'25)",
        about: "Matrix factorisation, d = 64, Adam at 1e-3, early stopping: each loss without weight decay, with decay \
                of all rows (full) or of the batch's rows alone (batch), and from tables by PRISM without decay.",
        label: |run| format!("{}, {}", words::loss(run), words::decay(run)),
        family: full_decay_of_a_loss,
        families: "among the full decays of a loss, those of MAWU with all its γ",
        figures: figures::kdd25::draw,
    },
    Study {
        name: "kdd25-strength",
        title: "Strength of PRISM",
        about: "PRISM of strength s on top of Xavier-uniform tables, without weight decay; s = 0 \
                makes all vectors of length 1.",
        label: |run| format!("{}, {}", words::loss(run), words::decay(run)),
        family: |run| Some(run.text("loss.name").to_owned()),
        families: "of a loss",
        figures: figures::kdd25::draw_strength,
    },
    Study {
        name: "kdd25-debiasing",
        title: "Against popularity bias",
        about: "Debiasing losses against BPR, all with full decay 1e-5. The higher unpopular/popular, the more of the \
                accuracy is that of unpopular items.",
        label: words::loss,
        family: |run| Some(run.text("loss.name").to_owned()),
        families: "of a loss",
        figures: figures::kdd25::draw_debiasing,
    },
    Study {
        name: "kdd25-models",
        title: "Other models",
        about: "The losses with networks in place of plain tables: full decay, none, and PRISM without decay.",
        label: |run| format!("{}, {}, {}", words::model(run), words::loss(run), words::decay(run)),
        family: |run| full_decay_of_a_loss(run).map(|loss| format!("{} {loss}", words::model(run))),
        families: "among the full decays of a model and loss",
        figures: |_| Ok(vec![]),
    },
    Study {
        name: "kdd19",
        title: "λOpt (KDD'19)",
        about: "Matrix factorisation with BPR: one fixed λ for all, against λ learned on the validation part for \
                dimensions (D), users (U), items (I) and together. λOpt has seen the validation part, so its \
                validation figures do not compare with those of a fixed λ.",
        label: words::regularizer,
        family: regularizer_family,
        families: "among the fixed λ, and among the learning rates η_λ of one granularity",
        figures: figures::kdd19::draw,
    },
    Study {
        name: "kdd19-baselines",
        title: "λOpt's competitors",
        about: "On the same data and split: SGD with a fixed λ, SGDA, adversarial training (AMF) and NCF.",
        label: words::competitor,
        family: |run| {
            let model = run.text("model.name");
            let rest = [run.text("loss.name"), run.text("regularizer.name"), run.text("optimizer.name")];
            Some(if model == "ncf" { model.to_owned() } else { rest.join(" ") })
        },
        families: "of a method",
        figures: |_| Ok(vec![]),
    },
];

/// The study of this name.
#[cfg(test)]
pub fn named(name: &str) -> Option<&'static Study> {
    STUDIES.iter().find(|study| study.name == name)
}

fn full_decay_of_a_loss(run: &Run) -> Option<String> {
    (run.text("regularizer.mode") == "full").then(|| run.text("loss.name").to_owned())
}

/// The fixed strengths, or one granularity of λOpt.
pub fn regularizer_family(run: &Run) -> Option<String> {
    let name = run.text("regularizer.name");
    Some(format!("{name} {}", run.text("regularizer.granularity")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;
    use serde_json::Value;

    #[test]
    fn every_study_has_its_grid() {
        for study in STUDIES {
            let path = paths::root().join(format!("docs/grids/{}.json", study.name));
            let text = std::fs::read_to_string(&path).expect(study.name);
            let grid: Value = serde_json::from_str(&text).expect(study.name);
            let monitor = grid["base"]["train"]["monitor"].as_str().expect("a monitor");
            let metrics = grid["metrics"].as_array().expect("metrics");
            let shown = |name: String| metrics.iter().any(|m| *m == name);
            assert!(shown(format!("validation {monitor}")), "{}: rows are chosen by it", study.name);
        }
    }
}
