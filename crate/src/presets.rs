//! Whole configurations under a name.
