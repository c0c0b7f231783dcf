//! The seeded generator (to come).
