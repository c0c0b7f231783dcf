//! Ranks the items for every user and averages the metrics (methods: section 7).

use super::Metrics;
use super::pace::Pace;
use crate::data::interactions::{Sequences, Side, Split};
use crate::data::stats::{Stratum, strata, tail, training_counts};
use crate::error::{Code, Error, Result};
use crate::metrics::auc::against_others;
use crate::metrics::hit_ratio::hit_ratio;
use crate::metrics::ndcg::ndcg;
use crate::metrics::precision_recall::{f1, precision, recall};
use crate::metrics::rank::top_k;
use crate::models::{Model, Query};
use crate::params::{Kind, Method, Param, Params};
use crate::task::{Progress, Task};
use web_time::Instant;

/// Description of the evaluation's settings: the section `evaluate` of a configuration.
pub static EVALUATE: Method = Method {
    name: "evaluate",
    title: "Evaluation",
    doc: "Ranks all candidate items for every user with test items. Candidates are the items that the user is not known to have.",
    formula: "",
    source: "",
    params: &[
        Param {
            name: "cutoffs",
            title: "cutoffs",
            doc: "Lengths of the rankings that are judged, separated by commas.",
            unit: "items",
            kind: Kind::Text { pattern: r"^\s*\+?[0-9]+\s*(,\s*\+?[0-9]+\s*)*$", default: "1,5,10,20" },
        },
        Param {
            name: "mask",
            title: "known items",
            doc: "Items that are no candidates at test time: those of training and validation, or of training alone (as the KDD 2025 program does).",
            unit: "",
            kind: Kind::Choice { options: &["train-validation", "train"], default: "train-validation" },
        },
        Param {
            name: "kdd19",
            title: "KDD 2019 measures",
            doc: "Also AUC, HR and NDCG of each test item against the items that the user never touched (slower).",
            unit: "",
            kind: Kind::Bool { default: false },
        },
    ],
};

/// The strata and what a metric's name calls them.
const STRATA: [(Stratum, &str); 3] =
    [(Stratum::Popular, "popular"), (Stratum::Neutral, "neutral"), (Stratum::Unpopular, "unpopular")];

/// Largest cutoff that is accepted.
const MAX_CUTOFF: usize = 1000;

/// Checked settings of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Lengths of the rankings, ascending.
    pub cutoffs: Vec<usize>,
    /// At test time, take validation items from the candidates too.
    pub mask_validation: bool,
    /// Also the measures of KDD'19.
    pub kdd19: bool,
}

impl Options {
    /// From the section `evaluate`.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if the cutoffs are not whole numbers from 1 to 1000.
    pub fn new(params: &Params) -> Result<Self> {
        let text = params.str("cutoffs");
        let mut cutoffs = Vec::new();
        for field in text.split(',').map(str::trim) {
            match field.parse::<usize>() {
                Ok(k) if (1..=MAX_CUTOFF).contains(&k) => cutoffs.push(k),
                _ => {
                    let message = format!(
                        "\"{field}\" is not a whole number from 1 to {MAX_CUTOFF} (such as in \"1,5,10,20\")"
                    );
                    return Err(Error::new(Code::OutOfRange, message)
                        .for_key("evaluate.cutoffs")
                        .with_value(text));
                }
            }
        }
        cutoffs.sort_unstable();
        cutoffs.dedup();
        Ok(Self {
            cutoffs,
            mask_validation: params.str("mask") == "train-validation",
            kdd19: params.bool("kdd19"),
        })
    }

    /// The names of all metrics that an evaluation gives.
    pub fn metric_names(&self) -> Vec<String> {
        Sums::new(self).means(self).into_keys().collect()
    }
}

/// Which held-out items count as relevant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Validation items; candidates are all but the training items.
    Validation,
    /// Test items; candidates as the settings say.
    Test,
}

/// What a metric's name adds for the mean over the tail users alone.
const TAIL: &str = "tail users";

/// Sums over some users, one entry a cutoff.
struct Lists {
    users: usize,
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
struct Sums {
    all: Lists,
    /// The tail users alone.
    tail: Lists,
    /// By stratum, then by cutoff.
    ndcg_of: [Vec<f64>; 3],
    /// Users with both test items and items never touched.
    compared: usize,
    auc: f64,
    hit_ratio_alone: Vec<f64>,
    ndcg_alone: Vec<f64>,
}

impl Sums {
    fn new(options: &Options) -> Self {
        let zeros = || vec![0.0; options.cutoffs.len()];
        Self {
            all: Lists::new(options),
            tail: Lists::new(options),
            ndcg_of: [zeros(), zeros(), zeros()],
            compared: 0,
            auc: 0.0,
            hit_ratio_alone: zeros(),
            ndcg_alone: zeros(),
        }
    }

    /// Adds a user with this ranking and these relevant items (ascending, at least one).
    fn add(&mut self, options: &Options, top: &[u32], relevant: &[u32], strata: &[Stratum], is_tail: bool) {
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

    /// Adds a user to the measures of KDD'19.
    fn compare(&mut self, options: &Options, scores: &[f32], test: &[u32], others: &[u32]) {
        let Some(one) = against_others(scores, test, others, &options.cutoffs) else { return };
        self.compared += 1;
        self.auc += one.auc;
        for at in 0..options.cutoffs.len() {
            self.hit_ratio_alone[at] += one.hit_ratio[at];
            self.ndcg_alone[at] += one.ndcg[at];
        }
    }

    fn means(&self, options: &Options) -> Metrics {
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
        // Where every user has touched every item there is nothing to compare with, and no 0 to report.
        if options.kdd19 && (self.compared > 0 || self.all.users == 0) {
            let mean = |sum: f64| sum / self.compared.max(1) as f64;
            metrics.insert("AUC".into(), mean(self.auc));
            for (at, k) in options.cutoffs.iter().enumerate() {
                metrics.insert(format!("HR@{k} (KDD'19)"), mean(self.hit_ratio_alone[at]));
                metrics.insert(format!("NDCG@{k} (KDD'19)"), mean(self.ndcg_alone[at]));
            }
        }
        metrics
    }
}

/// Metrics of a fitted model on a part of the data; empty if no user has an item in that part. Adds the seconds
/// it took to `seconds`, without those that the task made it wait.
///
/// # Errors
/// [`Code::NotConverged`] if a score is not a number; [`Code::Cancelled`].
pub async fn evaluate(
    model: &dyn Model,
    split: &Split,
    part: Part,
    options: &Options,
    seconds: &mut f64,
    task: &Task,
) -> Result<Metrics> {
    let held_out = if part == Part::Test { &split.test } else { &split.validation };
    let mut ranker = Ranker::new(model, split, part, options);
    let users: Vec<usize> = (0..split.n_users).filter(|&user| !held_out.row(user).is_empty()).collect();
    let (mut pace, mut left) = (Pace::new(model.queries_at_once()), &users[..]);
    while !left.is_empty() {
        let (block, rest) = left.split_at(pace.size().min(left.len()));
        let began = Instant::now();
        ranker.rank(block, held_out).await?;
        let took = began.elapsed().as_secs_f64();
        pace.took(block.len(), took);
        *seconds += took;
        task.report(&Progress::of("evaluate", users.len() - rest.len(), users.len(), "users"));
        task.checkpoint().await?;
        left = rest;
    }
    Ok(if ranker.sums.all.users == 0 { Metrics::new() } else { ranker.sums.means(options) })
}

/// Ranks for some users after the others.
struct Ranker<'a> {
    model: &'a dyn Model,
    split: &'a Split,
    options: &'a Options,
    mask_validation: bool,
    strata: Vec<Stratum>,
    is_tail: Vec<bool>,
    scores: Vec<f32>,
    top: Vec<u32>,
    relevant: Vec<u32>,
    sums: Sums,
}

impl<'a> Ranker<'a> {
    fn new(model: &'a dyn Model, split: &'a Split, part: Part, options: &'a Options) -> Self {
        let mut is_tail = vec![false; split.n_users];
        tail(&training_counts(split, Side::User)).iter().for_each(|&user| is_tail[user as usize] = true);
        Self {
            model,
            split,
            options,
            is_tail,
            mask_validation: part == Part::Test && options.mask_validation,
            strata: strata(&split.train.counts(split.n_items)),
            scores: Vec::new(),
            top: Vec::new(),
            relevant: Vec::new(),
            sums: Sums::new(options),
        }
    }

    /// Ranks for these users, whose relevant items are their rows of `held_out`.
    async fn rank(&mut self, users: &[usize], held_out: &Sequences) -> Result<()> {
        let histories: Vec<Vec<u32>> = users.iter().map(|&user| self.known(user)).collect();
        let queries: Vec<Query<'_>> = (users.iter().zip(&histories))
            .map(|(&user, history)| Query { user: Some(user as u32), history })
            .collect();
        let n_items = self.split.n_items;
        let mut scores = std::mem::take(&mut self.scores);
        scores.resize(users.len() * n_items, 0.0);
        self.model.score(&queries, &mut scores).await?;
        for ((&user, history), scores) in users.iter().zip(&histories).zip(scores.chunks_exact_mut(n_items)) {
            self.add(user, history, held_out.row(user), scores)?;
        }
        self.scores = scores;
        Ok(())
    }

    /// What is known of a user at that time, in its order: the parts follow each other.
    fn known(&self, user: usize) -> Vec<u32> {
        let validation = if self.mask_validation { self.split.validation.row(user) } else { &[] };
        self.split.train.row(user).iter().chain(validation).copied().collect()
    }

    /// Adds a user with these scores.
    fn add(&mut self, user: usize, known: &[u32], held_out: &[u32], scores: &mut [f32]) -> Result<()> {
        let options = self.options;
        self.relevant.clear();
        self.relevant.extend_from_slice(held_out);
        self.relevant.sort_unstable();
        if let Some(score) = scores.iter().find(|s| !s.is_finite()) {
            let message = format!(
                "a score of user number {user} is {score}: the embeddings left the range of numbers; \
                 try a smaller optimizer.learning_rate"
            );
            return Err(Error::new(Code::NotConverged, message).with_value(score.to_string()));
        }
        if options.kdd19 {
            self.sums.compare(options, scores, &self.relevant, &never_touched(self.split, user));
        }
        known.iter().for_each(|&i| scores[i as usize] = f32::NEG_INFINITY);
        top_k(scores, options.cutoffs.last().copied().unwrap_or(0), &mut self.top);
        self.sums.add(options, &self.top, &self.relevant, &self.strata, self.is_tail[user]);
        Ok(())
    }
}

/// The items in no part of the user's data, ascending.
fn never_touched(split: &Split, user: usize) -> Vec<u32> {
    let mut touched = vec![false; split.n_items];
    for rows in [&split.train, &split.validation, &split.test] {
        rows.row(user).iter().for_each(|&i| touched[i as usize] = true);
    }
    (0..split.n_items as u32).filter(|&i| !touched[i as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    /// Three users: the first ranks its test item first, the second (a tail user) second, the third not at all.
    #[test]
    fn tail_users_have_means_of_their_own() {
        let mut params = Params::defaults(catalog::evaluate());
        params.set("cutoffs", &"2".into(), "").unwrap();
        let options = Options::new(&params).unwrap();
        let strata = [Stratum::Popular; 4];
        let mut sums = Sums::new(&options);
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
        let mut none = Sums::new(&options);
        none.add(&options, &[1, 2], &[1], &strata, false);
        assert!(!none.means(&options).contains_key("HR@2 tail users"), "no tail user, no mean");
    }
}
