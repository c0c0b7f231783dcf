//! Figures of the KDD 2019 paper: fixed strengths against λOpt, and what λOpt learns.

use super::super::chart::{Axis, Figure, Level, Panel, Point, Scale, Series, Style};
use super::super::records::{Results, Row, Run};
use super::super::words;
use super::{Drawing, Drawn, best, point, rows};
use crate::Outcome;
use serde_json::Value;

const NDCG: &str = "NDCG@100 (KDD'19)";
/// Groups of users and of items in the trajectories.
const GROUPS: usize = 4;

pub fn draw(drawing: &Drawing) -> Outcome<Vec<Drawn>> {
    let learned = best(rows(drawing.results, is_dui)).ok_or("no run of λOpt-DUI is finished")?;
    let run = learned.any().expect("a chosen row has runs");
    let record = (drawing.history)(run)?;
    Ok(vec![
        Drawn::new("fixed-lambda", fixed_lambda(drawing.results, learned)),
        Drawn::new("lambda-trajectories", trajectories(&record, run)?),
    ])
}

fn is_dui(run: &Run) -> bool {
    run.text("regularizer.name") == "lambda-opt" && run.text("regularizer.granularity") == "dui"
}

/// Figure 1: accuracy over a fixed λ for all, and that of λOpt-DUI.
fn fixed_lambda(results: &Results, learned: &Row) -> Figure {
    let fixed = rows(results, |run| run.text("regularizer.name") == "fixed");
    let mut points: Vec<Point> =
        fixed.filter_map(|(row, run)| point(run.number("regularizer.lambda")?, row.metric(NDCG))).collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    let level = |run: &Run| {
        let value = learned.metric(NDCG)?;
        Some(Level { name: words::regularizer(run), colour: 1, y: value.mean, dy: value.deviation })
    };
    Figure {
        about: "Test NDCG@100 over a fixed strength λ for all parameters, with λOpt-DUI, its learning rate chosen by \
                validation, as a horizontal line; mean and sample deviation over the seeds"
            .into(),
        panels: vec![Panel {
            title: format!("{NDCG} of the test part"),
            x: Axis::new("fixed λ", Scale::Logarithm),
            y: Axis::new("NDCG@100", Scale::Linear),
            series: vec![Series { name: "fixed λ".into(), colour: 0, points, style: Style::Line }],
            levels: learned.any().and_then(level).into_iter().collect(),
        }],
        columns: 1,
        one_legend: false,
    }
}

/// Users (or items) of like frequency at one epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Group {
    from: u64,
    to: u64,
    count: f64,
    mean: f64,
    /// Divided by the number of members.
    deviation: f64,
}

impl Group {
    fn read(value: &Value) -> Option<Self> {
        let number = |key: &str| value[key].as_f64();
        Some(Self {
            from: value["from"].as_u64()?,
            to: value["to"].as_u64()?,
            count: number("count")?,
            mean: number("mean")?,
            deviation: number("deviation")?,
        })
    }

    /// All members of neighbouring groups as one.
    fn merged(groups: &[Self]) -> Self {
        let count: f64 = groups.iter().map(|g| g.count).sum();
        let mean = groups.iter().map(|g| g.count * g.mean).sum::<f64>() / count;
        let squares = |g: &Self| g.count * (g.deviation.powi(2) + (g.mean - mean).powi(2));
        let variance = groups.iter().map(squares).sum::<f64>() / count;
        let (from, to) = (groups[0].from, groups[groups.len() - 1].to);
        Self { from, to, count, mean, deviation: variance.sqrt() }
    }
}

/// Groups in order of frequency, as [`GROUPS`] ones; fewer stay as they are.
fn merged(groups: &[Group]) -> Vec<Group> {
    let (n, wanted) = (groups.len(), GROUPS.min(groups.len()));
    (0..wanted).map(|i| Group::merged(&groups[i * n / wanted..(i + 1) * n / wanted])).collect()
}

/// Figure 7: the mean λ of users and items, by frequency, over the epochs.
fn trajectories(record: &Value, run: &Run) -> Outcome<Figure> {
    let name = words::regularizer(run);
    let seed = run.seed().ok_or("a record has no seed")?;
    let panels = [("user", "Users by activity"), ("item", "Items by popularity")].map(|(side, title)| {
        Ok(Panel {
            title: format!("{title} (training interactions)"),
            x: Axis::new("epoch", Scale::Linear),
            y: Axis::new("mean λ", Scale::Linear),
            series: side_series(record, side)?,
            levels: vec![],
        })
    });
    Ok(Figure {
        about: format!(
            "Mean λ of four groups of users and of four groups of items, from the least to the most frequent, over \
             the epochs of {name} with seed {seed}; the shade is the standard deviation within the group"
        ),
        panels: panels.into_iter().collect::<Outcome<_>>()?,
        columns: 2,
        one_legend: false,
    })
}

fn side_series(record: &Value, side: &str) -> Outcome<Vec<Series>> {
    let fault = |epoch: usize| format!("epoch {epoch} of the history has no `lambda.{side}` groups");
    let history = record["history"].as_array().filter(|h| !h.is_empty());
    let history = history.ok_or("the run's report has no history")?;
    let mut out: Vec<Series> = Vec::new();
    for (i, epoch) in history.iter().enumerate() {
        let groups = epoch["lambda"][side].as_array();
        let groups: Option<Vec<Group>> = groups.and_then(|g| g.iter().map(Group::read).collect());
        let groups = merged(&groups.filter(|g| !g.is_empty()).ok_or_else(|| fault(i + 1))?);
        if out.is_empty() {
            let series = |(colour, group): (usize, &Group)| {
                let name = format!("{}–{}", group.from, group.to);
                Series { name, colour, points: vec![], style: Style::Shade }
            };
            out = groups.iter().enumerate().map(series).collect();
        }
        for (series, group) in out.iter_mut().zip(groups) {
            let x = epoch["epoch"].as_f64().ok_or_else(|| fault(i + 1))?;
            let point = Point { x, y: group.mean, dy: Some(group.deviation), ..Point::default() };
            series.points.push(point);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use serde_json::json;

    fn learned(rate: f64, value: f64, validation: f64) -> Vec<Run> {
        let method = json!({"name": "lambda-opt", "granularity": "dui", "learning_rate": rate});
        [1, 2].map(|seed| sample::run("bpr", method.clone(), seed, &[(NDCG, value, validation)])).into()
    }

    #[test]
    fn twelve_groups_become_four_with_the_spread_of_all_members() {
        let groups: Vec<Group> = (0..12)
            .map(|i| Group { from: 10 * i, to: 10 * i + 9, count: 2.0, mean: i as f64, deviation: 1.0 })
            .collect();
        let four = merged(&groups);
        assert_eq!((four.len(), four[0].from, four[0].to, four[3].to), (4, 0, 29, 119));
        assert!((four[0].mean - 1.0).abs() < 1e-12 && (four[3].mean - 10.0).abs() < 1e-12);
        // Members at ∓1 about 0, 1 and 2: mean square 1 within and 2/3 between.
        assert!((four[0].deviation.powi(2) - 5.0 / 3.0).abs() < 1e-12);
        assert_eq!(merged(&groups[..1]), groups[..1]);
    }

    #[test]
    fn the_level_is_the_learning_rate_that_validation_chose() {
        let fixed = |lambda: f64, value: f64| -> Vec<Run> {
            let method = json!({"name": "fixed", "lambda": lambda});
            [1, 2].map(|seed| sample::run("bpr", method.clone(), seed, &[(NDCG, value, value)])).into()
        };
        let rows = vec![fixed(0.1, 0.2), fixed(0.0, 0.1), learned(0.1, 0.4, 0.2), learned(0.01, 0.3, 0.3)];
        let results = sample::results(&[NDCG], rows);
        let chosen = best(super::rows(&results, is_dui)).unwrap();
        let panel = fixed_lambda(&results, chosen).panels.remove(0);
        assert_eq!((panel.levels[0].name.as_str(), panel.levels[0].y), ("λOpt-DUI, η_λ 0.01", 0.3));
        let points: Vec<(f64, f64)> = panel.series[0].points.iter().map(|p| (p.x, p.y)).collect();
        assert_eq!(points, [(0.0, 0.1), (0.1, 0.2)]);
    }

    #[test]
    fn trajectories_follow_the_history_and_miss_no_epoch() {
        let run = learned(0.01, 0.3, 0.3).remove(0);
        let epoch = |n: u64, mean: f64| {
            let groups = json!([{"from": 1, "to": 5, "count": 3, "mean": mean, "deviation": 0.5}]);
            json!({"epoch": n, "lambda": {"user": groups, "item": groups}})
        };
        let mut record = json!({"history": [epoch(1, 0.25), epoch(2, 0.5)]});
        let figure = trajectories(&record, &run).unwrap();
        let series = &figure.panels[1].series[0];
        assert_eq!(series.name, "1–5");
        let points: Vec<(f64, f64)> = series.points.iter().map(|p| (p.x, p.y)).collect();
        assert_eq!(points, [(1.0, 0.25), (2.0, 0.5)]);
        record["history"][1]["lambda"] = Value::Null;
        let error = trajectories(&record, &run).unwrap_err();
        assert!(error.contains("epoch 2") && error.contains("lambda.user"), "{error}");
    }
}
