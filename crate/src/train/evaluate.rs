//! Ranks the items for every user and averages the metrics (methods: section 7).

mod activity;
mod sums;

use super::Metrics;
use super::pace::Pace;
use crate::data::interactions::{Sequences, Side, Split};
use crate::data::stats::{Stratum, strata, tail, training_counts};
use crate::error::{Code, Error, Result};
use crate::metrics::rank::top_k;
use crate::metrics::spearman::spearman;
use crate::models::{Model, Query};
use crate::params::{Kind, Method, Param, Params};
use crate::task::{Progress, Task};
use sums::Sums;
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
        Param {
            name: "activity",
            title: "by activity",
            doc: "The KDD 2019 measures also for each quarter of the users and of the items, by their training interactions (1/4 has the fewest).",
            unit: "",
            kind: Kind::Bool { default: false },
        },
        Param {
            name: "cosine",
            title: "angles and magnitudes",
            doc: "Also the NDCG of rankings by the angle alone, and the rank correlation of items' magnitudes with their popularity; for models whose score is an inner product.",
            unit: "",
            kind: Kind::Bool { default: false },
        },
    ],
};

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
    /// Those also by how active users and how popular items are.
    pub activity: bool,
    /// Also rankings by the angle alone, and how magnitudes follow popularity.
    pub cosine: bool,
}

impl Options {
    /// From the section `evaluate`.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if the cutoffs are not whole numbers from 1 to 1000, or for measures by activity without
    /// those of KDD 2019.
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
        if params.bool("activity") && !params.bool("kdd19") {
            let message = "measures by activity are those of KDD 2019: they need evaluate.kdd19";
            return Err(Error::new(Code::OutOfRange, message)
                .for_key("evaluate.activity")
                .with_value("true"));
        }
        Ok(Self {
            cutoffs,
            mask_validation: params.str("mask") == "train-validation",
            kdd19: params.bool("kdd19"),
            activity: params.bool("activity"),
            cosine: params.bool("cosine"),
        })
    }

    /// The names of all metrics that an evaluation gives.
    pub fn metric_names(&self) -> Vec<String> {
        Sums::new(self, &[], &[]).means(self).into_keys().collect()
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

/// Metrics of a fitted model on a part of the data; empty if no user has an item in that part. Adds the seconds
/// it took to `seconds`, without those that the task made it wait.
///
/// # Errors
/// [`Code::NotConverged`] if a score is not a number; [`Code::OutOfRange`] for rankings by angle of a model whose
/// scores are no inner products; [`Code::Cancelled`].
pub async fn evaluate(
    model: &dyn Model,
    split: &Split,
    part: Part,
    options: &Options,
    seconds: &mut f64,
    task: &Task,
) -> Result<Metrics> {
    let held_out = if part == Part::Test { &split.test } else { &split.validation };
    let lengths = if options.cosine { item_lengths(model).await? } else { Vec::new() };
    let mut ranker = Ranker::new(model, split, part, options, lengths);
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

async fn item_lengths(model: &dyn Model) -> Result<Vec<f32>> {
    model.item_lengths().await?.ok_or_else(|| {
        let message =
            "this model's scores are no inner products of vectors: it has no rankings by their angle";
        Error::new(Code::OutOfRange, message).for_key("evaluate.cosine").with_value("true")
    })
}

/// Ranks for some users after the others.
struct Ranker<'a> {
    model: &'a dyn Model,
    split: &'a Split,
    options: &'a Options,
    mask_validation: bool,
    strata: Vec<Stratum>,
    is_tail: Vec<bool>,
    /// Of the items' vectors; empty where no ranking by angle is asked for.
    lengths: Vec<f32>,
    scores: Vec<f32>,
    top: Vec<u32>,
    relevant: Vec<u32>,
    sums: Sums,
}

impl<'a> Ranker<'a> {
    fn new(
        model: &'a dyn Model,
        split: &'a Split,
        part: Part,
        options: &'a Options,
        lengths: Vec<f32>,
    ) -> Self {
        let mut is_tail = vec![false; split.n_users];
        let users = training_counts(split, Side::User);
        tail(&users).iter().for_each(|&user| is_tail[user as usize] = true);
        let counts = split.train.counts(split.n_items);
        let mut sums = Sums::new(options, &users, &counts);
        if options.cosine {
            let doubles = |list: &[f32]| list.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
            let counts: Vec<f64> = counts.iter().map(|&n| f64::from(n)).collect();
            sums.set_magnitudes(spearman(&doubles(&lengths), &counts));
        }
        Self {
            model,
            split,
            options,
            is_tail,
            mask_validation: part == Part::Test && options.mask_validation,
            strata: strata(&counts),
            lengths,
            scores: Vec::new(),
            top: Vec::new(),
            relevant: Vec::new(),
            sums,
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
            self.sums.compare(options, user, scores, &self.relevant, &never_touched(self.split, user));
        }
        known.iter().for_each(|&i| scores[i as usize] = f32::NEG_INFINITY);
        top_k(scores, options.cutoffs.last().copied().unwrap_or(0), &mut self.top);
        self.sums.add(options, &self.top, &self.relevant, &self.strata, self.is_tail[user]);
        if options.cosine {
            for (score, &length) in scores.iter_mut().zip(&self.lengths) {
                // A vector without length points nowhere: it comes last.
                *score = if length > 0.0 { *score / length } else { f32::NEG_INFINITY };
            }
            top_k(scores, options.cutoffs.last().copied().unwrap_or(0), &mut self.top);
            self.sums.add_by_angle(options, &self.top, &self.relevant);
        }
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
