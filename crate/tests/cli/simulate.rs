//! `warren simulate`: the table, the report, and what is refused.

use crate::support::*;
use serde_json::json;

const SMALL: [&str; 13] = [
    "simulate",
    "--quiet",
    "--graphs",
    "2",
    "--nodes",
    "24",
    "--attach",
    "3",
    "--repeats",
    "3",
    "--dim",
    "6",
    "--seed=5",
];

#[test]
fn a_table_by_degree_and_a_report() {
    let dir = folder("simulate");
    let methods = ["--method", "le", "--method", "leporid:0.3", "--method", "leporid:normalised"];
    let shown = ok(&dir, &[&SMALL[..], &methods, &["--report", "r.json"]].concat());
    for part in ["LE", "LEPORID α=0.3", "LEPORID α=0.5, normalised", "degree", "aligned", "432 new edges"] {
        assert!(shown.contains(part), "no {part} in\n{shown}");
    }
    let report = json(&dir, "r.json");
    let config = json!({
        "nodes": 24, "attach": 3, "seed": 5, "graphs": 2, "repeats": 3, "dim": 6,
        "methods": [
            {"name": "le", "alpha": 0.0, "normalised": false},
            {"name": "leporid", "alpha": 0.3, "normalised": false},
            {"name": "leporid", "alpha": 0.5, "normalised": true},
        ],
    });
    assert_eq!(report["config"], config);
    assert_eq!((&report["graphs_done"], &report["updates"]), (&json!(2), &json!(3 * 2 * 24 * 3)));
    let first = report["curves"][0]["by_degree"].as_array().unwrap();
    assert_eq!(report["by_degree"].as_object().unwrap().len(), first.len());
    for point in first {
        let by_degree = &report["by_degree"][point["degree"].to_string()];
        for key in ["nodes", "raw", "raw_se", "aligned", "aligned_se", "norm", "norm_se"] {
            assert_eq!(by_degree[key], point[key]);
        }
        let row = format!("{:.4}", point["aligned"].as_f64().unwrap());
        assert!(shown.contains(&row), "no {row} in\n{shown}");
    }
    // The report on stdout leaves the table to stderr; the same seed gives the same numbers.
    let output = warren(&dir, &[&SMALL[..], &methods, &["--report", "-"]].concat());
    let again: serde_json::Value = serde_json::from_slice(&output.stdout).expect("only JSON on stdout");
    assert_eq!(again["curves"], report["curves"]);
    assert!(text(&output.stderr).contains("degree"));
}

#[test]
fn help_explains_every_option() {
    let help = ok(&folder("simulate-help"), &["simulate", "--help"]);
    for part in
        ["--graphs", "--nodes", "--attach", "--repeats", "--dim", "--seed", "--method", "--report", "aligned"]
    {
        assert!(help.contains(part), "no {part} in\n{help}");
    }
}

#[test]
fn mistakes_name_the_option_and_the_value() {
    let dir = folder("simulate-mistakes");
    for (args, message) in [
        (
            &["--attach", "100"][..],
            "--attach: 100 edges a new node: in a graph of 100 nodes it may be 1 to 99",
        ),
        (&["--dim", "101"], "--dim: 101 eigenvectors were asked for, but a graph of 100 nodes has 1 to 100"),
        (&["--graphs", "0"], "--graphs: 0 is not a whole number from 1 to 100000"),
        (&["--nodes", "2001"], "--nodes: 2001 is not a whole number from 2 to 2000"),
        (&["--repeats", "many"], "--repeats: \"many\" is not a whole number from 1 to 100000"),
        (&["--method", "leporid:2"], "--method.alpha: 2.0 is not a number from 0 to 1"),
        (&["--method", "pca"], "--method.name: \"pca\" is no method here: it may be \"le\" or \"leporid\""),
    ] {
        assert_eq!(refused(&dir, &[&["simulate"], args].concat(), 2), message);
    }
    let refusal = refused(&dir, &["simulate", "--method", "leporid:half"], 2);
    assert!(refusal.starts_with("--method: \"half\" in \"leporid:half\" is no α"), "{refusal}");
    assert_eq!(files(&dir).len(), 0);
}
