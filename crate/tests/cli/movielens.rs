//! The reference numbers on MovieLens latest-small (made by an independent NumPy/SciPy program: filter
//! 20/20, temporal split, K=50, d=32, α=0.5).
//!
//! The data is not in the repository: `WARREN_DATA` names the folder that holds `ml-latest-small/`. Without
//! it the tests say that they are skipped; under `CI=true` they fail instead.

use crate::support::*;
use std::path::{Path, PathBuf};

const PROTOCOL: [&str; 6] = ["--min-user", "20", "--min-item", "20", "--split", "temporal:0.7,0.1,0.2"];

fn ratings() -> Option<String> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let dir = std::env::var_os("WARREN_DATA").map_or_else(default, PathBuf::from);
    let path = dir.join("ml-latest-small/ratings.csv");
    if path.exists() {
        return Some(path.canonicalize().unwrap().to_str().unwrap().to_owned());
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no {}: set WARREN_DATA", path.display());
    // Straight to the terminal: the test harness swallows what a passing test prints.
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "SKIPPED: no {} (set WARREN_DATA)", path.display());
    None
}

fn close(value: &serde_json::Value, expected: f64, tolerance: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() <= tolerance * expected.abs().max(1.0), "{value} is not {expected}");
}

#[test]
fn leporid_of_the_users() {
    let Some(ratings) = ratings() else { return };
    let dir = folder("ml-embed");
    let args = ["embed", &ratings, "--side", "user", "--init", "leporid", "--k", "50", "--dim", "32"];
    let more = ["--alpha", "0.5", "--out", "users.npy", "--report", "r.json"];
    ok(&dir, &[&args[..], &more, &PROTOCOL].concat());
    let r = json(&dir, "r.json");
    let counts =
        ["users", "items", "interactions", "train", "validation", "test"].map(|k| r[k].as_u64().unwrap());
    assert_eq!(counts, [625, 1283, 68_017, 47_332, 6829, 13_856]);
    let g = &r["graph"];
    assert_eq!((&g["nodes"], &g["edges"]), (&625.into(), &23_417.into()));
    assert_eq!((&g["isolated"], &g["components"]), (&0.into(), &1.into()));
    close(&g["weight_sum"], 7_004.115_813_230_681, 1e-6);
    close(&g["d_max"], 42.322_027_975_915_17, 1e-6);
    close(&g["d_min"], 1.215_934_568_453_224, 1e-6);
    close(&r["eigenvalues"][0], 0.330_365_113_728_541_7, 1e-6);
    close(&r["eigenvalues"][1], 0.517_464_872_387_529_5, 1e-6);
    close(&r["eigenvalues"][31], 0.949_241_474_513_300_4, 1e-6);
    assert!(r["residuals"].as_array().unwrap().iter().all(|v| v.as_f64().unwrap() < 1e-4));
    let table = read_npy(&dir.join("users.npy"));
    assert_eq!(table.dim(), (625, 32));
    assert!(table.iter().all(|v| v.is_finite()));
}

#[test]
fn neighbourhood_models() {
    let Some(ratings) = ratings() else { return };
    let dir = folder("ml-models");
    let metrics = |model: &str| {
        let args =
            ["train", &ratings, "--set", model, "--set", "evaluate.cutoffs=1,5,10", "--report", "r.json"];
        ok(&dir, &[&args[..], &PROTOCOL].concat());
        json(&dir, "r.json")["metrics"]["test"].clone()
    };
    let top_pop = metrics("model.name=top-pop");
    for (name, expected) in [("HR@1", 0.1248), ("HR@5", 0.3056), ("HR@10", 0.4176), ("P@10", 0.083_36)] {
        close(&top_pop[name], expected, 1e-9);
    }
    close(&top_pop["R@10"], 0.045_154_051_164_570_9, 1e-9);
    close(&top_pop["F1@10"], 0.058_577_901_341_831_09, 1e-9);
    // Ties may fall differently by a few users.
    let user_knn = metrics("model.name=user-knn");
    close(&user_knn["HR@10"], 0.5296, 0.003);
    let item_knn = metrics("model.name=item-knn");
    close(&item_knn["HR@10"], 0.5648, 0.003);
}

#[test]
fn inputs_larger_than_the_data() {
    let Some(ratings) = ratings() else { return };
    let dir = folder("ml-mistakes");
    let refused = |more: &[&str]| refused(&dir, &[&["embed", &ratings][..], more, &PROTOCOL].concat(), 2);
    let message = refused(&["--k", "700", "--dim", "32"]);
    assert_eq!(
        message,
        "--k: K = 700 neighbours were asked for, but there are only 625 users: 1 to 624 are possible"
    );
    let message = refused(&["--k", "50", "--dim", "700"]);
    assert_eq!(
        message,
        "--dim: 700 dimensions were asked for, but there are only 625 users: at most 625 are possible"
    );
}
