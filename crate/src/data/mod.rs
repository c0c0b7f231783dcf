//! Interactions: reading them, filtering, splitting and describing them (methods: section 1).

pub mod builtin;
pub mod filter;
pub mod fingerprint;
pub mod formats;
pub mod interactions;
pub mod packed;
pub mod split;
pub mod stats;
pub mod synthetic;
