//! A grid's table in Markdown, and the line below it.

use super::records::{Results, Row, Run, Spread};
use super::studies::Study;
use super::words;
use std::collections::BTreeMap;
use std::fmt::Write;

/// One row a configuration, in the grid's order; bold where validation chose it within its family.
pub fn markdown(study: &Study, results: &Results) -> String {
    let best = best_rows(study, &results.rows);
    let mut out = String::from("| | seeds |");
    for name in &results.metrics {
        let _ = write!(out, " {} |", cell(name));
    }
    out.push_str(" best epoch | s to best |\n|---|--:|");
    out.push_str(&"--:|".repeat(results.metrics.len() + 2));
    out.push('\n');
    for (i, row) in results.rows.iter().enumerate() {
        let mark = if best.contains(&i) { "**" } else { "" };
        let cells: Vec<String> =
            cells(study, results, row).iter().map(|text| format!("{mark}{text}{mark}")).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

fn cells(study: &Study, results: &Results, row: &Row) -> Vec<String> {
    let name = row.any().map_or_else(|| words::settings(row), study.label);
    let seeds = match row.runs.len() {
        done if done == results.seeds => done.to_string(),
        done => format!("{done} of {}", results.seeds),
    };
    let mut out = vec![cell(&name), seeds];
    out.extend(results.metrics.iter().map(|metric| spread(row.metric(metric))));
    let number = |found: Option<f64>, decimals: usize| {
        found.map_or_else(|| "–".into(), |value| format!("{value:.decimals$}"))
    };
    out.push(number(row.over_seeds(Run::best_epoch).map(|spread| spread.mean), 0));
    out.push(number(row.seconds_to_best(), 1));
    out
}

/// `0.2263 ± 0.0121`; `–` without a value.
fn spread(spread: Option<Spread>) -> String {
    match spread {
        Some(Spread { mean, deviation: Some(deviation) }) => format!("{mean:.4} ± {deviation:.4}"),
        Some(Spread { mean, deviation: None }) => format!("{mean:.4}"),
        None => "–".into(),
    }
}

/// Text within a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The rows that have the highest monitored validation metric of their family, where it has other members.
pub fn best_rows(study: &Study, rows: &[Row]) -> Vec<usize> {
    let mut families: BTreeMap<String, Vec<(usize, f64)>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        let family = row.any().and_then(study.family);
        let value = row.over_seeds(Run::monitored).map(|spread| spread.mean);
        if let (Some(family), Some(value)) = (family, value) {
            families.entry(family).or_default().push((i, value));
        }
    }
    let best =
        |members: &Vec<(usize, f64)>| members.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| *i);
    let mut out: Vec<usize> = families.values().filter(|m| m.len() > 1).filter_map(best).collect();
    out.sort_unstable();
    out
}

/// What the numbers are and where they come from. `written` says by which commit the table was written.
pub fn below(study: &Study, results: &Results, written: &str) -> String {
    let runs = || results.rows.iter().flat_map(|row| &row.runs);
    let (rows, done, all) = (results.rows.len(), results.done(), results.rows.len() * results.seeds);
    let unfinished = match all - done {
        0 => String::new(),
        1 => " (one run failed)".into(),
        n => format!(" ({n} runs failed)"),
    };
    let each = |of: &dyn Fn(&Run) -> Option<String>| {
        let mut found: Vec<String> = runs().filter_map(of).collect();
        found.sort();
        found.dedup();
        found.join(", ")
    };
    let versions = each(&|run| run.0["warren"].as_str().map(str::to_owned));
    let monitors = each(&|run| Some(run.text("train.monitor").to_owned()));
    let data = each(&|run| {
        let of = |key: &str| run.0["data"][key].as_u64();
        let name = run.0["data"]["name"].as_str()?;
        Some(format!(
            "{name}: {} users, {} items, {} interactions",
            of("users")?,
            of("items")?,
            of("interactions")?
        ))
    });
    let seeds = if results.seeds == 1 { "one seed".to_owned() } else { format!("{} seeds", results.seeds) };
    format!(
        "{done} runs of {all}{unfinished}: {rows} configurations × {}, made by Warren {versions}; the table \
         was written by {written}. Data: {data} after the filter.\n\nMean ± sample deviation over the seeds, test \
         part unless it says validation. Bold: the highest validation {monitors} {}. Best epoch is a \
         mean. The seconds are a median, by the clock and without evaluation, on the machine that made the runs, \
         with what else it did: the best epoch's share of the seconds of all epochs.\n",
        seeds, study.families,
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, decay};
    use super::super::studies;
    use super::*;
    use serde_json::json;

    fn results() -> Results {
        let run = |regularizer: &serde_json::Value, seed, test, validation| {
            let metrics = [("NDCG@20", test, validation)];
            sample::run("directau", regularizer.clone(), seed, &metrics)
        };
        let pair = |regularizer, [a, b]: [f64; 2], validation| -> Vec<Run> {
            vec![run(&regularizer, 1, a, validation), run(&regularizer, 2, b, validation)]
        };
        let rows = vec![
            pair(json!({"name": "none"}), [0.30, 0.32], 0.9),
            pair(decay("full", 1e-4), [0.2, 0.2], 0.30),
            pair(decay("full", 1e-3), [0.1, 0.3], 0.31),
            vec![run(&decay("batch", 1e-3), 2, 0.25, 0.8)],
        ];
        sample::results(&["validation NDCG@20", "NDCG@20"], rows)
    }

    #[test]
    fn a_row_is_named_and_the_one_that_validation_chose_is_bold() {
        let table = markdown(studies::named("kdd25").unwrap(), &results());
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "| | seeds | validation NDCG@20 | NDCG@20 | best epoch | s to best |");
        assert_eq!(lines[1], "|---|--:|--:|--:|--:|--:|");
        assert_eq!(lines[2], "| DirectAU, no decay | 2 | 0.9000 ± 0.0000 | 0.3100 ± 0.0141 | 20 | 4.0 |");
        assert!(lines[3].starts_with("| DirectAU, full decay 1e-4 |"), "{table}");
        assert!(lines[4].starts_with("| **DirectAU, full decay 1e-3** | **2** | **0.3100 ± 0.0000** |"));
        assert_eq!(lines[5], "| DirectAU, batch decay 1e-3 | 1 of 2 | 0.8000 | 0.2500 | 20 | 4.0 |");
        assert_eq!(lines.len(), 6);
    }

    #[test]
    fn a_row_without_runs_says_so() {
        let mut results = results();
        results.rows[1].runs.clear();
        results.rows[1].settings = vec![("regularizer.lambda".into(), "0.0001".into())];
        let study = studies::named("kdd25").unwrap();
        let table = markdown(study, &results);
        assert!(table.contains("| regularizer.lambda=0.0001 | 0 of 2 | – | – | – | – |"), "{table}");
        let text = below(study, &results, "commit abc of 2026-01-01");
        assert!(
            text.starts_with(
                "5 runs of 8 (3 runs failed): 4 configurations × 2 seeds, made by Warren 0.1.0;"
            )
        );
        assert!(text.contains("validation NDCG@20") && text.contains("625 users, 1283 items"), "{text}");
    }
}
