//! Ranking metrics: plain slices in, numbers out (methods: section 7).

pub mod auc;
pub mod hit_ratio;
pub mod ndcg;
pub mod precision_recall;
pub mod rank;

use crate::params::Method;

/// Every metric's description. All of them are computed in each evaluation.
pub static ALL: &[&Method] = &[&hit_ratio::METHOD, &precision_recall::METHOD, &ndcg::METHOD, &auc::METHOD];
