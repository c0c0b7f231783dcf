//! The one source of randomness: a seed and streams named by what they are for.
//!
//! Each choice draws from a stream of its own (`split`, `init`, `negatives`, …), so that changing how
//! one of them draws never shifts the others. The generator is fixed and uses 64-bit integer
//! arithmetic only: the same seed gives the same numbers on every machine and in every browser.

use rand::SeedableRng;

/// The generator behind every stream (xoshiro256++: small state, fast in WebAssembly).
pub type Rng = rand_xoshiro::Xoshiro256PlusPlus;

/// The seed of a run. Kept below 2⁵³ in the interfaces so that JavaScript can hold it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The generator of the stream `name`; the same seed and name always give the same stream.
    pub fn stream(self, name: &str) -> Rng {
        // FNV-1a over the name; `seed_from_u64` then spreads the mixture over the whole state.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
        Rng::seed_from_u64(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, name: &str| -> u64 { Seed(seed).stream(name).random() };
        assert_eq!(draw(123, "split"), draw(123, "split"));
        assert_ne!(draw(123, "split"), draw(123, "init"));
        assert_ne!(draw(123, "split"), draw(124, "split"));
    }
}
