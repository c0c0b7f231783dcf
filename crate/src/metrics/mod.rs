//! Ranking metrics: plain slices in, numbers out (methods: section 7).

pub mod auc;
pub mod hit_ratio;
pub mod ndcg;
pub mod precision_recall;
pub mod rank;
pub mod spearman;

use crate::params::Method;

/// Every metric's description. An evaluation computes them all, AUC and the rank correlation on request.
pub static ALL: &[&Method] =
    &[&hit_ratio::METHOD, &precision_recall::METHOD, &ndcg::METHOD, &auc::METHOD, &spearman::METHOD];
