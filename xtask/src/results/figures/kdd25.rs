//! Figures of the KDD 2025 paper: weight decay, PRISM and popularity bias.

use super::super::chart::{Axis, Figure, Panel, Point, Scale, Series, Style};
use super::super::records::{Results, Row, Run};
use super::super::words;
use super::{Drawing, Drawn, best, point, rows};
use crate::Outcome;

const NDCG: &str = "NDCG@20";
const RATIO: &str = "NDCG@20 unpopular/popular";

/// The losses of figures 1 and 4, with the place of their colour. MAWU has one γ here.
const ALIGNED: [(&str, usize); 2] = [("directau", 0), ("mawu", 1)];
const LOSSES: [&str; 4] = ["bpr", "ssm", "directau", "mawu"];

pub fn draw(drawing: &Drawing) -> Outcome<Vec<Drawn>> {
    Ok(vec![
        Drawn::new("weight-decay", weight_decay(drawing.results)),
        Drawn::new("decay-modes", decay_modes(drawing.results)),
    ])
}

pub fn draw_strength(drawing: &Drawing) -> Outcome<Vec<Drawn>> {
    Ok(vec![Drawn::new("prism-strength", prism_strength(drawing.results))])
}

pub fn draw_debiasing(drawing: &Drawing) -> Outcome<Vec<Drawn>> {
    Ok(vec![Drawn::new("bias-tradeoff", bias_tradeoff(drawing.results))])
}

/// A run of this loss; of MAWU those with γ 0.25, which is the grid's usual one.
fn is_loss(run: &Run, loss: &str) -> bool {
    let gamma = |key| run.number(key).is_none_or(|gamma| gamma == 0.25);
    run.text("loss.name") == loss && (loss != "mawu" || gamma("loss.gamma_user") && gamma("loss.gamma_item"))
}

/// The strength of full decay, 0 without decay; `None` for other modes and for tables by PRISM.
fn full_decay(run: &Run) -> Option<f64> {
    match (words::prism(run), run.text("regularizer.name"), run.text("regularizer.mode")) {
        (None, "none", _) => Some(0.0),
        (None, "weight-decay", "full") => run.number("regularizer.lambda"),
        _ => None,
    }
}

/// What a loss is called in a legend, by one of its runs; nothing if the grid has none.
fn title(results: &Results, loss: &str) -> Option<String> {
    rows(results, |run| is_loss(run, loss)).next().map(|(_, run)| words::loss(run))
}

/// A line a loss, its points in order of x.
fn lines(results: &Results, of: impl Fn(&Row, &Run) -> Option<Point>) -> Vec<Series> {
    let line = |(loss, colour)| {
        let mut points: Vec<Point> =
            rows(results, |run| is_loss(run, loss)).filter_map(|(row, run)| of(row, run)).collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        Some(Series { name: title(results, loss)?, colour, points, style: Style::Line })
    };
    ALIGNED.into_iter().filter_map(line).collect()
}

/// Figure 1: accuracy, whole and by popularity, over the strength of full weight decay.
fn weight_decay(results: &Results) -> Figure {
    let parts = [
        ("all items", ""),
        ("popular items", " popular"),
        ("neutral items", " neutral"),
        ("unpopular items", " unpopular"),
    ];
    let panel = |(title, part): (&str, &str)| {
        let metric = format!("{NDCG}{part}");
        Panel {
            title: format!("{NDCG}, {title}"),
            x: Axis::new("strength of full weight decay", Scale::Logarithm),
            y: Axis::new(NDCG, Scale::Linear),
            series: lines(results, |row, run| point(full_decay(run)?, row.metric(&metric))),
            levels: vec![],
        }
    };
    Figure {
        about: "Test NDCG@20 of all, popular, neutral and unpopular items over the strength of full weight decay, for \
                DirectAU and MAWU with γ 0.25; mean and sample deviation over the seeds"
            .into(),
        panels: parts.map(panel).into(),
        columns: 2,
        one_legend: true,
    }
}

/// The ways to treat a loss, in the order of figure 3.
const MODES: [&str; 4] = ["no decay", "batch decay", "full decay", "PRISM"];

fn is_mode(run: &Run, mode: &str) -> bool {
    let prism = words::prism(run).is_some();
    match mode {
        "no decay" => !prism && run.text("regularizer.name") == "none",
        "batch decay" => !prism && run.text("regularizer.mode") == "batch",
        "full decay" => !prism && run.text("regularizer.mode") == "full",
        _ => prism && run.text("regularizer.name") == "none",
    }
}

/// Figure 3: no decay, batch decay, full decay and PRISM for each loss.
fn decay_modes(results: &Results) -> Figure {
    let losses: Vec<&str> = LOSSES.into_iter().filter(|loss| title(results, loss).is_some()).collect();
    let series = MODES.iter().enumerate().map(|(m, mode)| {
        let at = |(x, loss): (usize, &&str)| {
            let chosen = best(rows(results, |run| is_loss(run, loss) && is_mode(run, mode)))?;
            // Side by side about the loss's place.
            point(x as f64 + 0.18 * (m as f64 - 1.5), chosen.metric(NDCG))
        };
        let points = losses.iter().enumerate().filter_map(at).collect();
        Series { name: (*mode).to_owned(), colour: m, points, style: Style::Marks }
    });
    let names = losses.iter().filter_map(|loss| title(results, loss)).collect();
    Figure {
        about: "Test NDCG@20 of each loss without weight decay, with batch and with full decay of the strength that \
                validation chose, and from tables by PRISM; mean and sample deviation over the seeds"
            .into(),
        panels: vec![Panel {
            title: format!("{NDCG} of the test part"),
            x: Axis::new("loss", Scale::Names(names)),
            y: Axis::new(NDCG, Scale::Linear),
            series: series.collect(),
            levels: vec![],
        }],
        columns: 1,
        one_legend: false,
    }
}

/// Figure 4: accuracy and epochs to the best one over the strength of PRISM.
fn prism_strength(results: &Results) -> Figure {
    let panel = |title: &str, caption: &str, series: Vec<Series>| Panel {
        title: title.into(),
        x: Axis::new("strength s of PRISM", Scale::Linear),
        y: Axis::new(caption, Scale::Linear),
        series,
        levels: vec![],
    };
    let accuracy = lines(results, |row, run| point(words::prism(run)?, row.metric(NDCG)));
    let epochs = lines(results, |row, run| point(words::prism(run)?, row.over_seeds(Run::best_epoch)));
    Figure {
        about: "Test NDCG@20, and epochs to the best epoch, over the strength of PRISM for DirectAU and MAWU; mean and \
                sample deviation over the seeds"
            .into(),
        panels: vec![
            panel("NDCG@20 of the test part", NDCG, accuracy),
            panel("Epochs to the best epoch", "epochs", epochs),
        ],
        columns: 2,
        one_legend: true,
    }
}

/// Figures 5 and 9: accuracy against the balance of unpopular and popular items.
fn bias_tradeoff(results: &Results) -> Figure {
    let losses = [("bpr", "BPR"), ("ipl", "IPL"), ("resn", "ReSN"), ("macr", "MACR")];
    let mut series = Vec::new();
    for (colour, (loss, name)) in losses.into_iter().enumerate() {
        let of = || rows(results, move |run| run.text("loss.name") == loss);
        let single =
            |run: &Run| Some(Point { x: run.metric(RATIO)?, y: run.metric(NDCG)?, ..Point::default() });
        let runs = of().flat_map(|(row, _)| row.runs.iter().filter_map(single)).collect();
        let mean = |(row, run): (&Row, &Run)| {
            let (x, y) = (row.metric(RATIO)?, row.metric(NDCG)?);
            let (dx, dy) = (x.deviation, y.deviation);
            let label = Some(words::loss(run).trim_start_matches(name).trim().to_owned());
            Some(Point { x: x.mean, y: y.mean, dx, dy, label: label.filter(|l| !l.is_empty()) })
        };
        let means: Vec<Point> = of().filter_map(mean).collect();
        if !means.is_empty() {
            let faint = Series { name: name.into(), colour, points: runs, style: Style::Faint };
            let style = if means.len() > 1 { Style::Line } else { Style::Marks };
            series.extend([faint, Series { name: name.into(), colour, points: means, style }]);
        }
    }
    Figure {
        about: "Test NDCG@20 against the ratio of unpopular to popular items' NDCG@20 for BPR, IPL, ReSN and MACR at \
                each strength: every run as a pale mark, mean and sample deviation over the seeds as a large one"
            .into(),
        panels: vec![Panel {
            title: "Accuracy against popularity bias".into(),
            x: Axis::new("NDCG@20 unpopular/popular", Scale::Linear),
            y: Axis::new(NDCG, Scale::Linear),
            series,
            levels: vec![],
        }],
        columns: 1,
        one_legend: false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::{self, decay};
    use super::*;
    use serde_json::{Value, json};

    fn pair(loss: &str, regularizer: &Value, [test, validation]: [f64; 2]) -> Vec<Run> {
        let metrics =
            |d: f64| [(NDCG, test + d, validation), ("NDCG@20 popular", 0.1, 0.1), (RATIO, 0.5 - d, 0.5)];
        [0.01, -0.01]
            .iter()
            .zip(1..)
            .map(|(d, seed)| sample::run(loss, regularizer.clone(), seed, &metrics(*d)))
            .collect()
    }

    fn results() -> Results {
        let mut prism = pair("directau", &json!({"name": "none"}), [0.27, 0.3]);
        prism.iter_mut().for_each(|run| run.0["config"]["init"]["prism"] = true.into());
        let rows = vec![
            pair("directau", &decay("full", 1e-3), [0.24, 0.2]),
            pair("directau", &json!({"name": "none"}), [0.2, 0.2]),
            pair("directau", &decay("full", 1e-4), [0.22, 0.3]),
            pair("directau", &decay("batch", 1e-4), [0.21, 0.3]),
            prism,
        ];
        sample::results(&[NDCG], rows)
    }

    #[test]
    fn full_decay_goes_from_none_upwards_without_other_modes() {
        let figure = weight_decay(&results());
        assert_eq!(figure.panels.len(), 4);
        let panel = &figure.panels[0];
        assert_eq!(panel.series.len(), 1, "the grid has no MAWU");
        let points: Vec<(f64, f64)> =
            panel.series[0].points.iter().map(|p| (p.x, (p.y * 1e4).round() / 1e4)).collect();
        assert_eq!(points, [(0.0, 0.2), (1e-4, 0.22), (1e-3, 0.24)]);
        let deviation = panel.series[0].points[0].dy.unwrap();
        assert!((deviation - 0.02 / 2_f64.sqrt()).abs() < 1e-12, "{deviation}");
        assert!(figure.panels[2].series[0].points.is_empty(), "no run has the neutral items' metric");
    }

    #[test]
    fn validation_chooses_the_strength_of_a_mode() {
        let figure = decay_modes(&results());
        let panel = &figure.panels[0];
        assert_eq!(panel.x.scale, Scale::Names(vec!["DirectAU".into()]));
        let values: Vec<f64> = panel.series.iter().map(|s| (s.points[0].y * 1e4).round() / 1e4).collect();
        // Full decay 1e-4 has the better validation, 1e-3 the better test.
        assert_eq!(values, [0.2, 0.21, 0.22, 0.27]);
    }

    #[test]
    fn strengths_and_epochs_of_prism_are_its_runs() {
        let mut weak = results().rows.pop().unwrap().runs;
        for run in &mut weak {
            run.0["config"]["init"]["prism_strength"] = json!(0.5);
            run.0["best_epoch"] = json!(40);
        }
        let strong = results().rows.pop().unwrap().runs;
        let figure = prism_strength(&sample::results(&[NDCG], vec![strong, weak]));
        let of = |panel: usize| -> Vec<(f64, f64)> {
            figure.panels[panel].series[0].points.iter().map(|p| (p.x, p.y)).collect()
        };
        assert_eq!(of(1), [(0.5, 40.0), (1.0, 20.0)]);
        assert_eq!(of(0).len(), 2);
    }

    #[test]
    fn every_run_and_every_mean_is_in_the_trade_off() {
        let mut ipl = pair("ipl", &decay("full", 1e-5), [0.2, 0.2]);
        ipl.iter_mut().for_each(|run| run.0["config"]["loss"]["gamma"] = json!(0.1));
        let rows = vec![pair("bpr", &decay("full", 1e-5), [0.3, 0.3]), ipl];
        let panel = bias_tradeoff(&sample::results(&[NDCG], rows)).panels.remove(0);
        let counts: Vec<usize> = panel.series.iter().map(|s| s.points.len()).collect();
        assert_eq!(counts, [2, 1, 2, 1]);
        assert_eq!(panel.series[3].points[0].label.as_deref(), Some("γ 0.1"));
        assert!((panel.series[3].points[0].x - 0.5).abs() < 1e-12);
    }
}
