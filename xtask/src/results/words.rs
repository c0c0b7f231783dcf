//! Rows in words: what a configuration is called in tables and figures.

use super::records::{Row, Run};

/// `1e-3`, `0.25`, `10`: powers of ten below a hundredth as such.
pub fn number(x: f64) -> String {
    if x != 0.0 && x.abs() < 0.01 { format!("{x:e}") } else { format!("{x}") }
}

/// `DirectAU`, `MAWU γ 0.25`.
pub fn loss(run: &Run) -> String {
    let with = |title: &str, sign: &str, key: &str| match run.number(key) {
        Some(value) => format!("{title} {sign} {}", number(value)),
        None => title.to_owned(),
    };
    match run.text("loss.name") {
        "bpr" => "BPR".into(),
        "ssm" => "SSM".into(),
        "directau" => "DirectAU".into(),
        "mawu" => mawu(run),
        "ipl" => with("IPL", "γ", "loss.gamma"),
        "resn" => with("ReSN", "γ", "loss.gamma"),
        "macr" => with("MACR", "c", "loss.reference"),
        "amf" => with("AMF", "ε", "loss.epsilon"),
        other => other.into(),
    }
}

fn mawu(run: &Run) -> String {
    match (run.number("loss.gamma_user"), run.number("loss.gamma_item")) {
        (Some(user), Some(item)) if user == item => format!("MAWU γ {}", number(user)),
        (Some(user), Some(item)) => format!("MAWU γ {}, {}", number(user), number(item)),
        _ => "MAWU".into(),
    }
}

/// `no decay`, `full decay 1e-3`, `PRISM s=1`.
pub fn decay(run: &Run) -> String {
    let lambda = run.number("regularizer.lambda").map(number).unwrap_or_default();
    let prism = prism(run).map(|s| format!("PRISM s={}", number(s)));
    match (run.text("regularizer.name"), prism) {
        ("none", Some(prism)) => prism,
        ("none", None) => "no decay".into(),
        (_, prism) => {
            let decay = format!("{} decay {lambda}", run.text("regularizer.mode"));
            prism.map_or(decay.clone(), |prism| format!("{decay}, {prism}"))
        }
    }
}

/// The strength of PRISM where the tables have it.
pub fn prism(run: &Run) -> Option<f64> {
    let on = run.setting("init.prism")?.as_bool()?;
    if on { run.number("init.prism_strength") } else { None }
}

/// `λOpt-DUI`, and its learning rate apart.
pub fn lambda_opt(run: &Run) -> String {
    match run.text("regularizer.granularity") {
        "global" => "λOpt, one λ for all".into(),
        granularity => format!("λOpt-{}", granularity.to_uppercase()),
    }
}

/// `fixed λ = 0.01`, `λOpt-DUI, η_λ 0.01`, `SGDA, η_λ 0.1`.
pub fn regularizer(run: &Run) -> String {
    let rate = || run.number("regularizer.learning_rate").map(number).unwrap_or_default();
    match run.text("regularizer.name") {
        "fixed" => {
            let lambda = run.number("regularizer.lambda").map(number).unwrap_or_default();
            format!("fixed λ = {lambda}")
        }
        "lambda-opt" => format!("{}, η_λ {}", lambda_opt(run), rate()),
        "sgda" => format!("SGDA, η_λ {}", rate()),
        _ => decay(run),
    }
}

/// `MF`, `non-linear MF`, `LightGCN`.
pub fn model(run: &Run) -> &str {
    match run.text("model.name") {
        "mf" => "MF",
        "nonlinear-mf" => "non-linear MF",
        "lightgcn" => "LightGCN",
        "ncf" => "NCF",
        other => other,
    }
}

/// A competitor of λOpt: `SGD, step 3, fixed λ = 0.01`, `AMF ε 0.5, fixed λ = 0.01`, `NCF, 1 layer, λ 1e-5`.
pub fn competitor(run: &Run) -> String {
    if run.text("model.name") == "ncf" {
        let layers = run.number("model.layers").unwrap_or_default();
        let l2 = run.number("model.l2").unwrap_or_default();
        return format!("NCF, {layers} layer{}, λ {}", if layers == 1.0 { "" } else { "s" }, number(l2));
    }
    let regularizer = regularizer(run);
    if run.text("loss.name") == "amf" {
        return format!("{}, {regularizer}", loss(run));
    }
    let step = run.number("optimizer.learning_rate").map(number).unwrap_or_default();
    let optimizer = if run.text("optimizer.name") == "sgd" { "SGD" } else { run.text("optimizer.name") };
    format!("{optimizer}, step {step}, {regularizer}")
}

/// A row by its settings, where no run of it is finished.
pub fn settings(row: &Row) -> String {
    row.settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, decay as weight_decay};
    use super::*;
    use serde_json::json;

    fn run(loss: &str, regularizer: serde_json::Value) -> Run {
        sample::run(loss, regularizer, 1, &[("NDCG@20", 0.2, 0.2)])
    }

    #[test]
    fn losses_and_decay_have_their_words() {
        let mut prism = run("directau", json!({"name": "none"}));
        assert_eq!((loss(&prism).as_str(), decay(&prism).as_str()), ("DirectAU", "no decay"));
        prism.0["config"]["init"]["prism"] = true.into();
        assert_eq!(decay(&prism), "PRISM s=1");
        assert_eq!(decay(&run("bpr", weight_decay("batch", 1e-5))), "batch decay 1e-5");
        let mut mawu = run("mawu", weight_decay("full", 0.01));
        mawu.0["config"]["loss"] = json!({"name": "mawu", "gamma_user": 0.25, "gamma_item": 0.25});
        assert_eq!((loss(&mawu), decay(&mawu)), ("MAWU γ 0.25".into(), "full decay 0.01".into()));
        mawu.0["config"]["loss"]["gamma_item"] = 1.into();
        assert_eq!(loss(&mawu), "MAWU γ 0.25, 1");
    }

    #[test]
    fn learned_and_fixed_strengths_have_theirs() {
        assert_eq!(regularizer(&run("bpr", json!({"name": "fixed", "lambda": 0.0}))), "fixed λ = 0");
        let learned = json!({"name": "lambda-opt", "granularity": "dui", "learning_rate": 0.001});
        assert_eq!(regularizer(&run("bpr", learned)), "λOpt-DUI, η_λ 1e-3");
        let mut other = run("amf", json!({"name": "fixed", "lambda": 0.01}));
        other.0["config"]["loss"]["epsilon"] = json!(0.5);
        assert_eq!(competitor(&other), "AMF ε 0.5, fixed λ = 0.01");
        other.0["config"]["model"] = json!({"name": "ncf", "layers": 1, "l2": 1e-5});
        assert_eq!(competitor(&other), "NCF, 1 layer, λ 1e-5");
        let mut sgd = run("bpr", json!({"name": "sgda", "learning_rate": 0.1}));
        sgd.0["config"]["optimizer"] = json!({"name": "sgd", "learning_rate": 3.0});
        assert_eq!(competitor(&sgd), "SGD, step 3, SGDA, η_λ 0.1");
    }
}
