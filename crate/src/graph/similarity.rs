//! How alike two users (or items) are, from how many items (users) they share.

use crate::params::Method;

/// Jaccard similarity.
pub static JACCARD: Method = Method {
    name: "jaccard",
    title: "Jaccard",
    doc: "Shared interactions over all interactions of either.",
    formula: "sim(a, b) = |I_a ∩ I_b| / |I_a ∪ I_b|",
    source: "Zhang et al., KDD 2021, section 3",
    params: &[],
};

/// Cosine similarity of binary rows.
pub static COSINE: Method = Method {
    name: "cosine",
    title: "cosine",
    doc: "Shared interactions over the geometric mean of both counts.",
    formula: "sim(a, b) = |I_a ∩ I_b| / √(|I_a| · |I_b|)",
    source: "",
    params: &[],
};

/// Names for a [`Choice`](crate::params::Kind::Choice) parameter, in the order of [`Similarity::ALL`].
pub static NAMES: &[&str] = &["jaccard", "cosine"];

/// A similarity of two sets, a function of their sizes and what they share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Similarity {
    /// Shared over union.
    Jaccard,
    /// Shared over the geometric mean of the sizes.
    Cosine,
}

impl Similarity {
    /// Every similarity.
    pub const ALL: [Self; 2] = [Self::Jaccard, Self::Cosine];

    /// Its description.
    pub fn method(self) -> &'static Method {
        match self {
            Self::Jaccard => &JACCARD,
            Self::Cosine => &COSINE,
        }
    }

    /// The similarity of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.method().name == name)
    }

    /// The similarity in [0, 1] of sets of sizes `a` and `b` that share `shared` elements; 0 if none.
    ///
    /// In double precision and correctly rounded for Jaccard, so that equal fractions are equal numbers
    /// and ties are ties.
    #[inline]
    pub fn of(self, shared: u32, a: u32, b: u32) -> f64 {
        if shared == 0 {
            return 0.0;
        }
        let (shared, a, b) = (f64::from(shared), f64::from(a), f64::from(b));
        match self {
            Self::Jaccard => shared / (a + b - shared),
            Self::Cosine => shared / (a * b).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names() {
        assert_eq!(Similarity::Jaccard.of(2, 3, 5), 1.0 / 3.0);
        assert_eq!(Similarity::Cosine.of(2, 4, 4), 0.5);
        assert_eq!(Similarity::Cosine.of(0, 0, 4), 0.0);
        let names: Vec<_> = Similarity::ALL.iter().map(|s| s.method().name).collect();
        assert_eq!(names, NAMES);
        assert_eq!(Similarity::from_name("cosine"), Some(Similarity::Cosine));
    }
}
