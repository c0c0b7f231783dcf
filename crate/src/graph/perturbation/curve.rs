//! Means over nodes of one degree, with their standard errors.

use super::Change;
use super::options::SpectralMethod;
use serde::Serialize;
use std::collections::BTreeMap;

/// Mean over the nodes of one degree (before the insertion), with the standard error over nodes: population
/// standard deviation / √nodes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DegreePoint {
    /// Edges of the nodes.
    pub degree: usize,
    /// Number of nodes.
    pub nodes: usize,
    /// Mean of [`Change::raw`].
    pub raw: f64,
    /// Its standard error.
    pub raw_se: f64,
    /// Mean of [`Change::aligned`].
    pub aligned: f64,
    /// Its standard error.
    pub aligned_se: f64,
    /// Mean of [`Change::norm`].
    pub norm: f64,
    /// Its standard error.
    pub norm_se: f64,
}

/// One method's curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PerturbationCurve {
    /// The method.
    pub method: SpectralMethod,
    /// Points by degree, ascending.
    pub by_degree: Vec<DegreePoint>,
}

/// The nodes measured so far, by degree: of each the mean over its insertions.
#[derive(Debug, Clone, Default)]
pub struct Tally(BTreeMap<usize, Vec<Change>>);

impl Tally {
    /// Adds a node.
    pub fn add(&mut self, degree: usize, mean: Change) {
        self.0.entry(degree).or_default().push(mean);
    }

    /// The curve of what was added.
    pub fn points(&self) -> Vec<DegreePoint> {
        let point = |(&degree, nodes): (&usize, &Vec<Change>)| {
            let of = |measure: fn(&Change) -> f64| mean_and_error(nodes.iter().map(measure));
            let [(raw, raw_se), (aligned, aligned_se), (norm, norm_se)] =
                [of(|c| c.raw), of(|c| c.aligned), of(|c| c.norm)];
            DegreePoint { degree, nodes: nodes.len(), raw, raw_se, aligned, aligned_se, norm, norm_se }
        };
        self.0.iter().map(point).collect()
    }
}

fn mean_and_error(values: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    (mean, (variance / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_has_mean_and_standard_error() {
        let mut tally = Tally::default();
        for x in [1.0, 2.0, 6.0] {
            tally.add(4, Change { raw: x, aligned: 1.0, norm: 0.0 });
        }
        tally.add(2, Change { raw: 5.0, aligned: 5.0, norm: 5.0 });
        let points = tally.points();
        assert_eq!((points[0].degree, points[0].nodes, points[0].raw, points[0].raw_se), (2, 1, 5.0, 0.0));
        assert_eq!((points[1].degree, points[1].nodes, points[1].raw), (4, 3, 3.0));
        // Population variance 14/3, over three nodes.
        assert!((points[1].raw_se - (14.0_f64 / 9.0).sqrt()).abs() < 1e-15);
        assert_eq!((points[1].aligned, points[1].aligned_se), (1.0, 0.0));
    }
}
