//! ItemKNN: items like those the user has.

use super::item_weights::{Direction, FindWeights, ItemWeights};
use super::lists::Neighbour;
use super::neighbours::{Overlap, PARAMS, work};
use super::{Model, ModelInput};
use crate::data::interactions::{Sequences, Split};
use crate::error::Result;
use crate::params::Method;

/// Description of ItemKNN.
pub static METHOD: Method = Method {
    name: "item-knn",
    title: "ItemKNN",
    doc: "Scores an item by the summed similarity of those of its nearest items that the user has.",
    formula: "score(u, i) = Σ_{j ∈ N_k(i)} sim(i, j) · R_uj",
    source: "Zhang et al., KDD 2021, section 5 (baseline)",
    params: PARAMS,
};

/// ItemKNN on the training part of the data.
///
/// # Errors
/// None.
pub fn build(input: ModelInput<'_>) -> Result<Box<dyn Model>> {
    let nearest = NearestItems::new(Overlap::new(input.params), &input.split);
    Ok(Box::new(ItemWeights::new(input.split, input.params.usize("neighbors"), nearest)))
}

/// The items nearest to an item by the overlap of their users.
pub(super) struct NearestItems {
    overlap: Overlap,
    /// Users of each item.
    pub users_of: Sequences,
    /// Users of each item's users' items: the additions to find its nearest.
    work: Vec<usize>,
    /// Scratch of [`Overlap::nearest`].
    common: Vec<u32>,
}

impl NearestItems {
    /// On the training part of the data.
    pub(super) fn new(overlap: Overlap, split: &Split) -> Self {
        let users_of = split.train.transpose(split.n_items);
        let work = users_of.rows().map(|users| work(users, &split.train)).collect();
        Self { overlap, users_of, work, common: vec![0; split.n_items] }
    }
}

impl FindWeights for NearestItems {
    const DIRECTION: Direction = Direction::Incoming;

    fn work(&self, item: usize) -> usize {
        self.work[item]
    }

    fn find(&mut self, item: u32, k: usize, split: &Split) -> Vec<Neighbour> {
        let users = self.users_of.row(item as usize);
        self.overlap.nearest(users, Some(item), k, &self.users_of, &split.train, &mut self.common)
    }
}
