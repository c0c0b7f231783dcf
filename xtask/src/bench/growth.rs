//! How time grows with the number of non-zeros.

use super::measure::Tools;
use super::report::number;
use super::sizes;
use crate::{Outcome, ui};
use std::fmt::Write;

/// Times of the page at four sizes, and the exponent e of the fit `time ∝ non-zeros^e`.
pub fn table(tools: &Tools) -> Outcome<String> {
    let mut points = Vec::new();
    for job in sizes::growth() {
        ui::line("Measuring", &format!("growth: {} users", job["builtin"]["users"]));
        let page = tools.page(&job)?;
        let seconds = |stage| number(&page, stage);
        points.push([2.0 * number(&page, "edges"), seconds("graph_seconds"), seconds("solve_seconds")]);
    }
    let mut out =
        "\n### Growth (wasm, 1 thread)\n\n| non-zeros M | graph s | solve s |\n|--:|--:|--:|\n".to_owned();
    for [nnz, graph, solve] in &points {
        let _ = writeln!(out, "| {:.2} | {graph:.2} | {solve:.2} |", nnz / 1e6);
    }
    let fit = |stage: usize| exponent(&points.iter().map(|p| (p[0], p[stage])).collect::<Vec<_>>());
    let _ = writeln!(out, "| exponent | {:.2} | {:.2} |", fit(1), fit(2));
    Ok(out)
}

/// Slope of the least-squares line through (log x, log y).
fn exponent(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let (mx, my) = logs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let covariance: f64 = logs.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    covariance / logs.iter().map(|(x, _)| (x - mx).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_is_found() {
        let points: Vec<_> = [1.0, 2.0, 4.0, 9.0].map(|x: f64| (x, 3.0 * x.powf(1.5))).into();
        assert!((exponent(&points) - 1.5).abs() < 1e-12);
    }
}
