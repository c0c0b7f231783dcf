//! Sums over users and the means that an evaluation reports.

use super::Options;
use super::activity::Activity;
use crate::data::stats::Stratum;
use crate::metrics::auc::against_others;
use crate::metrics::hit_ratio::hit_ratio;
use crate::metrics::ndcg::ndcg;
use crate::metrics::precision_recall::{f1, precision, recall};
use crate::train::Metrics;

/// The strata and what a metric's name calls them.
const STRATA: [(Stratum, &str); 3] =
    [(Stratum::Popular, "popular"), (Stratum::Neutral, "neutral"), (Stratum::Unpopular, "unpopular")];

/// What a metric's name adds for the mean over the tail users alone.
const TAIL: &str = "tail users";

/// Sums over some users, one entry a cutoff.
pub(super) struct Lists {
    /// How many users.
    pub users: usize,
    hit_ratio: Vec<f64>,
    precision: Vec<f64>,
    recall: Vec<f64>,
    ndcg: Vec<f64>,
}

impl Lists {
    fn new(options: &Options) -> Self {
        let zeros = || vec![0.0; options.cutoffs.len()];
        Self { users: 0, hit_ratio: zeros(), precision: zeros(), recall: zeros(), ndcg: zeros() }
    }

    /// Adds a user with these hits and so many relevant items.
    fn add(&mut self, options: &Options, hits: &[bool], n_relevant: usize) {
        self.users += 1;
        for (at, &k) in options.cutoffs.iter().enumerate() {
            self.hit_ratio[at] += hit_ratio(hits, k);
            self.precision[at] += precision(hits, k);
            self.recall[at] += recall(hits, k, n_relevant);
            self.ndcg[at] += ndcg(hits, k, n_relevant);
        }
    }

    /// Means by name; `whose` is added to the names.
    fn means(&self, options: &Options, whose: &str, metrics: &mut Metrics) {
        let mean = |sum: f64| sum / self.users.max(1) as f64;
        for (at, k) in options.cutoffs.iter().enumerate() {
            let (p, r) = (mean(self.precision[at]), mean(self.recall[at]));
            metrics.insert(format!("HR@{k}{whose}"), mean(self.hit_ratio[at]));
            metrics.insert(format!("P@{k}{whose}"), p);
            metrics.insert(format!("R@{k}{whose}"), r);
            metrics.insert(format!("F1@{k}{whose}"), f1(p, r));
            metrics.insert(format!("NDCG@{k}{whose}"), mean(self.ndcg[at]));
        }
    }
}

/// Sums over users, one entry a cutoff.
pub(super) struct Sums {
    /// All users.
    pub all: Lists,
    /// The tail users alone.
    tail: Lists,
    /// By stratum, then by cutoff.
    ndcg_of: [Vec<f64>; 3],
    /// Of the rankings by angle.
    ndcg_by_angle: Vec<f64>,
    /// Rank correlation of the lengths of items' vectors with their training counts.
    magnitudes: Option<f64>,
    /// Users with both test items and items never touched.
    compared: usize,
    auc: f64,
    hit_ratio_alone: Vec<f64>,
    ndcg_alone: Vec<f64>,
    activity: Option<Activity>,
}

impl Sums {
    /// No sums, for users and items with these training counts.
    pub fn new(options: &Options, user_counts: &[u32], item_counts: &[u32]) -> Self {
        let zeros = || vec![0.0; options.cutoffs.len()];
        Self {
            all: Lists::new(options),
            tail: Lists::new(options),
            ndcg_of: [zeros(), zeros(), zeros()],
            ndcg_by_angle: zeros(),
            magnitudes: None,
            compared: 0,
            auc: 0.0,
            hit_ratio_alone: zeros(),
            ndcg_alone: zeros(),
            activity: options.activity.then(|| Activity::new(options, user_counts, item_counts)),
        }
    }

    /// Adds a user with this ranking and these relevant items (ascending, at least one).
    pub fn add(
        &mut self,
        options: &Options,
        top: &[u32],
        relevant: &[u32],
        strata: &[Stratum],
        is_tail: bool,
    ) {
        let hits: Vec<bool> = top.iter().map(|i| relevant.binary_search(i).is_ok()).collect();
        self.all.add(options, &hits, relevant.len());
        if is_tail {
            self.tail.add(options, &hits, relevant.len());
        }
        for ((stratum, _), sums) in STRATA.into_iter().zip(&mut self.ndcg_of) {
            let within = hits.iter().zip(top).map(|(&hit, &i)| hit && strata[i as usize] == stratum);
            let within: Vec<bool> = within.collect();
            for (sum, &k) in sums.iter_mut().zip(&options.cutoffs) {
                *sum += ndcg(&within, k, relevant.len());
            }
        }
    }

    /// Adds a user's ranking by angle.
    pub fn add_by_angle(&mut self, options: &Options, top: &[u32], relevant: &[u32]) {
        let hits: Vec<bool> = top.iter().map(|i| relevant.binary_search(i).is_ok()).collect();
        for (sum, &k) in self.ndcg_by_angle.iter_mut().zip(&options.cutoffs) {
            *sum += ndcg(&hits, k, relevant.len());
        }
    }

    /// Takes the rank correlation of lengths and training counts; `None` where either is all alike.
    pub fn set_magnitudes(&mut self, correlation: Option<f64>) {
        self.magnitudes = correlation;
    }

    /// Adds a user to the measures of KDD'19.
    pub fn compare(&mut self, options: &Options, user: usize, scores: &[f32], test: &[u32], others: &[u32]) {
        let Some(one) = against_others(scores, test, others, &options.cutoffs) else { return };
        self.compared += 1;
        self.auc += one.auc;
        for at in 0..options.cutoffs.len() {
            self.hit_ratio_alone[at] += one.hit_ratio[at];
            self.ndcg_alone[at] += one.ndcg[at];
        }
        if let Some(activity) = &mut self.activity {
            activity.add(user, test, &one);
        }
    }

    /// All means, by name.
    pub fn means(&self, options: &Options) -> Metrics {
        let mut metrics = Metrics::new();
        self.all.means(options, "", &mut metrics);
        // Small data may hold no tail user with a test item: then there is no mean, and no 0 to report.
        if self.tail.users > 0 || self.all.users == 0 {
            self.tail.means(options, &format!(" {TAIL}"), &mut metrics);
        }
        for ((_, name), sums) in STRATA.into_iter().zip(&self.ndcg_of) {
            for (sum, k) in sums.iter().zip(&options.cutoffs) {
                metrics.insert(format!("NDCG@{k} {name}"), sum / self.all.users.max(1) as f64);
            }
        }
        self.unpopular_by_popular(options, &mut metrics);
        if options.cosine {
            for (sum, k) in self.ndcg_by_angle.iter().zip(&options.cutoffs) {
                metrics.insert(format!("NDCG@{k} cosine"), sum / self.all.users.max(1) as f64);
            }
            // Tables whose rows are all of one length have no order.
            if let Some(value) = self.magnitudes.or((self.all.users == 0).then_some(0.0)) {
                metrics.insert("Spearman magnitude/popularity".into(), value);
            }
        }
        // Where every user has touched every item there is nothing to compare with, and no 0 to report.
        if options.kdd19 && (self.compared > 0 || self.all.users == 0) {
            let mean = |sum: f64| sum / self.compared.max(1) as f64;
            metrics.insert("AUC".into(), mean(self.auc));
            for (at, k) in options.cutoffs.iter().enumerate() {
                metrics.insert(format!("HR@{k} (KDD'19)"), mean(self.hit_ratio_alone[at]));
                metrics.insert(format!("NDCG@{k} (KDD'19)"), mean(self.ndcg_alone[at]));
            }
        }
        if let Some(activity) = &self.activity {
            activity.means(options, self.all.users == 0, &mut metrics);
        }
        metrics
    }

    /// `NDCG@K unpopular/popular`: how the unpopular items' part compares with the popular ones'. Left out where
    /// no popular item is hit.
    fn unpopular_by_popular(&self, options: &Options, metrics: &mut Metrics) {
        let [popular, _, unpopular] = &self.ndcg_of;
        for (at, k) in options.cutoffs.iter().enumerate() {
            if popular[at] > 0.0 || self.all.users == 0 {
                // Both are sums over the same users; 0 stands for the name alone.
                let ratio = if popular[at] > 0.0 { unpopular[at] / popular[at] } else { 0.0 };
                metrics.insert(format!("NDCG@{k} unpopular/popular"), ratio);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::params::Params;

    /// Three users: the first ranks its test item first, the second (a tail user) second, the third not at all.
    #[test]
    fn tail_users_have_means_of_their_own() {
        let mut params = Params::defaults(catalog::evaluate());
        params.set("cutoffs", &"2".into(), "").unwrap();
        let options = Options::new(&params).unwrap();
        let strata = [Stratum::Popular; 4];
        let mut sums = Sums::new(&options, &[], &[]);
        sums.add(&options, &[1, 2], &[1], &strata, false);
        sums.add(&options, &[1, 2], &[2, 3], &strata, true);
        sums.add(&options, &[1, 2], &[0], &strata, false);
        let means = sums.means(&options);
        let expected = [
            ("HR@2", 2.0 / 3.0),
            ("HR@2 tail users", 1.0),
            ("P@2 tail users", 0.5),
            ("R@2 tail users", 0.5),
            ("F1@2 tail users", 0.5),
            ("NDCG@2 tail users", (1.0 / 3.0_f64.log2()) / (1.0 + 1.0 / 3.0_f64.log2())),
        ];
        for (name, value) in expected {
            assert!((means[name] - value).abs() < 1e-12, "{name}: {} instead of {value}", means[name]);
        }
        assert_eq!(means.keys().collect::<Vec<_>>(), options.metric_names().iter().collect::<Vec<_>>());
        let mut none = Sums::new(&options, &[], &[]);
        none.add(&options, &[1, 2], &[1], &strata, false);
        assert!(!none.means(&options).contains_key("HR@2 tail users"), "no tail user, no mean");
    }

    /// Two users, one hit on a popular item and one on an unpopular one; then no hit on a popular one at all.
    #[test]
    fn the_ratio_of_strata_and_the_ranking_by_angle() {
        let mut params = Params::defaults(catalog::evaluate());
        params.set("cutoffs", &"2".into(), "").unwrap();
        params.set("cosine", &true.into(), "").unwrap();
        let options = Options::new(&params).unwrap();
        let strata = [Stratum::Popular, Stratum::Unpopular, Stratum::Neutral];
        let mut sums = Sums::new(&options, &[], &[]);
        sums.add(&options, &[0, 2], &[0], &strata, false);
        sums.add(&options, &[2, 1], &[1], &strata, true);
        sums.add_by_angle(&options, &[2, 0], &[0]);
        sums.add_by_angle(&options, &[2, 1], &[0, 2]);
        sums.set_magnitudes(Some(-0.5));
        let (means, second) = (sums.means(&options), 1.0 / 3.0_f64.log2());
        let expected = [
            ("NDCG@2 unpopular/popular", second),
            ("NDCG@2 cosine", (second + 1.0 / (1.0 + second)) / 2.0),
            ("Spearman magnitude/popularity", -0.5),
        ];
        for (name, value) in expected {
            assert!((means[name] - value).abs() < 1e-12, "{name}: {} instead of {value}", means[name]);
        }
        assert_eq!(means.keys().collect::<Vec<_>>(), options.metric_names().iter().collect::<Vec<_>>());
        let mut none = Sums::new(&options, &[], &[]);
        none.add(&options, &[2, 1], &[1], &strata, false);
        assert!(!none.means(&options).contains_key("NDCG@2 unpopular/popular"), "divided by nothing");
        assert!(
            !none.means(&options).contains_key("Spearman magnitude/popularity"),
            "no order, no correlation"
        );
    }
}
