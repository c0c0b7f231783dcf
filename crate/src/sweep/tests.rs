use super::records::{Records, line};
use super::table::{Format, Table};
use super::*;
use serde_json::json;

fn labels(value: &Value) -> Vec<String> {
    let sweep = Sweep::parse(value).unwrap_or_else(|e| panic!("{e}"));
    sweep.runs.iter().map(|run| sweep.label(run)).collect()
}

fn fault(change: &Value) -> String {
    let mut value = json!({ "base": { "model": { "name": "mf" } } });
    for (key, v) in change.as_object().unwrap() {
        value[key] = v.clone();
    }
    Sweep::parse(&value).unwrap_err().to_string()
}

#[test]
fn product_in_the_order_given_seeds_fastest() {
    let grid = json!({
        "base": { "model": { "name": "mf" }, "init": { "name": "leporid", "k": 20 } },
        "grid": { "init.alpha": [0.3, 0.5], "model.dim": [8, 16] },
        "seeds": [2, 1],
    });
    assert_eq!(
        labels(&grid)[..5],
        [
            "init.alpha=0.3, model.dim=8, seed 2",
            "init.alpha=0.3, model.dim=8, seed 1",
            "init.alpha=0.3, model.dim=16, seed 2",
            "init.alpha=0.3, model.dim=16, seed 1",
            "init.alpha=0.5, model.dim=8, seed 2"
        ]
    );
    let sweep = Sweep::parse(&grid).unwrap();
    let last = &sweep.runs[7].config;
    assert_eq!((last.seed, last.model.usize("dim"), last.init.usize("k")), (Seed(1), 16, 20));
    assert_eq!(last.init.f64("alpha"), 0.5);
    assert_eq!(sweep.metrics, ["HR@20", "F1@20", "NDCG@20"]);
}

#[test]
fn listed_runs_meet_the_grid_and_fixed_keys_stay_unnamed() {
    let grid = json!({
        "base": { "seed": 9 },
        "runs": [{ "model": { "name": "mf", "dim": 4 } }, { "model.name": "mf", "model.dim": 8 }],
        "grid": { "loss.name": ["bpr"], "init.name": ["random", "svd"] },
    });
    assert_eq!(
        labels(&grid),
        [
            "model.dim=4, init.name=random, seed 9",
            "model.dim=4, init.name=svd, seed 9",
            "model.dim=8, init.name=random, seed 9",
            "model.dim=8, init.name=svd, seed 9"
        ]
    );
    assert_eq!(labels(&json!({ "base": { "model": { "name": "top-pop" } } })), ["top-pop, seed 123"]);
}

#[test]
fn keys_that_do_not_apply() {
    let mut grid = json!({
        "base": { "model": { "name": "mf" } },
        "grid": { "init.name": ["svd", "leporid"], "init.alpha": [0.3, 0.5] },
    });
    let e = Sweep::parse(&grid).unwrap_err();
    assert_eq!((e.code, e.key.as_deref()), (Code::UnknownKey, Some("init.alpha")));
    assert!(e.message.ends_with("(in the combination init.name=svd, init.alpha=0.3)"), "{e}");
    grid["skip_unknown"] = true.into();
    let sweep = Sweep::parse(&grid).unwrap();
    let rows: Vec<_> = sweep.rows.iter().map(|r| r.label.as_str()).collect();
    assert_eq!(
        rows,
        ["init.name=svd", "init.name=leporid, init.alpha=0.3", "init.name=leporid, init.alpha=0.5"]
    );
    assert_eq!((sweep.repeated, sweep.rows[0].values[1].as_ref()), (1, None));
    // Sections that a direct model does not read.
    let grid = json!({
        "runs": [{ "model.name": "mf" }, { "model.name": "item-knn" }],
        "grid": { "init.name": ["random", "svd"] },
    });
    let e = Sweep::parse(&grid).unwrap_err();
    assert_eq!(
        e.to_string(),
        "init.name: item-knn does not read the section \"init\" (in the combination model.name=item-knn, init.name=random)"
    );
    let mut grid = grid;
    grid["skip_unknown"] = true.into();
    assert_eq!(Sweep::parse(&grid).unwrap().rows.len(), 3);
}

#[test]
fn mistakes_are_named() {
    for (given, expected) in [
        (
            json!({ "grids": {} }),
            "grids: unknown key \"grids\" (a sweep takes base, grid, runs, seeds, skip_unknown, metrics); did you mean \"grid\"?",
        ),
        (
            json!({ "grid": { "init.alhpa": [1] }, "skip_unknown": true }),
            "grid.init.alhpa: nothing in \"init\" takes \"alhpa\"",
        ),
        (json!({ "grid": { "inti.k": [1] } }), "grid.inti.k: there is no section \"inti\""),
        (json!({ "grid": { "seed": [1] } }), "grid.seed: seeds have a list of their own"),
        (json!({ "grid": { "epochs": [1] } }), "grid.epochs: \"epochs\" is no key: keys are SECTION.NAME"),
        (json!({ "grid": { "model.dim": 8 } }), "grid.model.dim: 8 is not a list of values"),
        (json!({ "grid": { "model.dim": [8, 8] } }), "grid.model.dim: 8 is there twice"),
        (json!({ "grid": { "model.dim": [8, 0] } }), "model.dim: 0 is not a whole number from 1 to"),
        (json!({ "grid": { "init.name": ["svdd"] } }), "init.name: there is no initialisation \"svdd\""),
        (json!({ "seeds": [] }), "seeds: [] is not a list of seeds"),
        (json!({ "seeds": [1, -1] }), "seeds: -1 is not a whole number from 0 to"),
        (json!({ "seeds": [1, 1] }), "seeds: 1 is there twice"),
        (
            json!({ "runs": [{ "model.dim": 4 }, { "model.dim": 4 }] }),
            "grid: the combination model.dim=4 is there twice",
        ),
        (json!({ "runs": [3] }), "runs[0]: 3 is not an object of settings"),
        (json!({ "metrics": ["HR@7"] }), "metrics: \"HR@7\" is none of the metrics that every run has ("),
        (json!({ "skip_unknown": 1 }), "skip_unknown: 1 is not true or false"),
        (json!({ "base": { "model": { "name": "mf" }, "modle": {} } }), "modle: unknown key \"modle\""),
    ] {
        let message = fault(&given);
        assert!(message.starts_with(expected), "{given}: {message}");
    }
    let seeds: Vec<u32> = (0..101).collect();
    let dims: Vec<u32> = (1..=100).collect();
    assert_eq!(
        fault(&json!({ "grid": { "model.dim": dims }, "seeds": seeds })),
        "grid: 100 × 101 runs are more than the 10000 a sweep may have"
    );
}

/// A record of each run: its metric is its place in the queue.
fn records(sweep: &Sweep, fingerprint: &str) -> Vec<Value> {
    let record = |(i, run): (usize, &SweepRun)| {
        json!({
            "config": run.config.to_json(), "data": { "fingerprint": fingerprint }, "history": [1, 2],
            "metrics": { "test": { "HR@10": i as f64 / 8.0 }, "validation": { "HR@10": 0.25 } },
        })
    };
    sweep.runs.iter().enumerate().map(record).collect()
}

fn small() -> Sweep {
    Sweep::parse(&json!({
        "base": { "model": { "name": "mf" }, "evaluate": { "cutoffs": "10,20" } },
        "grid": { "init.name": ["svd", "random"] }, "seeds": [1, 2], "metrics": ["HR@10", "validation HR@10"],
    }))
    .unwrap()
}

#[test]
fn lines_survive_their_file() {
    let sweep = small();
    let records = records(&sweep, "f");
    let text: String = records.iter().map(line).collect();
    let read = Records::read(text.as_bytes()).unwrap();
    assert_eq!((read.by_key.len(), read.whole, read.cut_off), (4, text.len(), 0));
    for run in &sweep.runs {
        let found = &read.by_key[&key(&run.config.to_json(), "f")];
        assert!(found["config"]["seed"] == run.config.seed.0 && found.get("history").is_none());
        assert!(!read.by_key.contains_key(&key(&run.config.to_json(), "g")), "other data, the same key");
    }
    // Cut off anywhere within the last line: the lines before it stand.
    let last = line(&records[3]).len();
    for missing in [1, last / 2, last - 1] {
        let read = Records::read(&text.as_bytes()[..text.len() - missing]).unwrap();
        assert_eq!((read.by_key.len(), read.whole, read.cut_off), (3, text.len() - last, last - missing));
    }
    let e = Records::read(format!("{text}{{\"key\": 1}}\n").as_bytes()).unwrap_err();
    assert_eq!((e.code, e.line), (Code::BadValue, Some(5)));
    assert_eq!(Records::read(b"\n{]\n").unwrap_err().line, Some(2));
}

/// JavaScript writes 1.0 as 1.
#[test]
fn a_record_from_javascript_has_the_same_key() {
    let config = small().runs[0].config.to_json();
    let text = config.to_string();
    let short = text.replace(".0,", ",").replace(".0}", "}");
    assert_ne!(text, short);
    assert_eq!(key(&serde_json::from_str(&short).unwrap(), "f"), key(&config, "f"));
}

#[test]
fn means_and_deviations_in_every_format() {
    let sweep = small();
    let all = records(&sweep, "f");
    let table = Table::of(&sweep, "f", &all[..3]);
    // 0 and 1/8: mean 1/16, deviation √2/16. The second row has one run so far.
    let cell = &table.rows[0].cells[0];
    assert_eq!(cell.mean(), Some(0.0625));
    assert!((cell.deviation().unwrap() - 2.0_f64.sqrt() / 16.0).abs() < 1e-15);
    assert_eq!((table.rows[1].done, table.rows[1].cells[0].deviation()), (1, None));
    assert_eq!(
        table.render(Format::Text).lines().next(),
        Some("init.name  runs    HR@10            validation HR@10")
    );
    assert_eq!(
        table.render(Format::Markdown),
        "| init.name | runs | HR@10 | validation HR@10 |\n|---|--:|--:|--:|\n\
         | svd | 2 | 0.0625 ± 0.0884 | 0.2500 ± 0.0000 |\n| random | 1 of 2 | 0.2500 | 0.2500 |\n"
    );
    let csv = table.render(Format::Csv);
    assert!(csv.starts_with("init.name,runs,HR@10,HR@10 deviation,"), "{csv}");
    assert!(csv.contains("\r\nrandom,1,0.25,,0.25,\r\n"), "{csv}");
    let latex = table.render(Format::Latex);
    assert!(latex.contains("svd & 2 & 0.0625 $\\pm$ 0.0884 &"), "{latex}");
    let json: Value = serde_json::from_str(&table.render(Format::Json)).unwrap();
    assert_eq!(json["rows"][0]["metrics"]["HR@10"]["values"], json!([0.0, 0.125]));
    assert_eq!(json["rows"][1]["metrics"]["HR@10"]["deviation"], Value::Null);
    // Records of other data count for nothing.
    assert!(Table::of(&sweep, "g", &all).rows.iter().all(|row| row.done == 0));
}
