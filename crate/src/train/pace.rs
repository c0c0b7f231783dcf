//! How much to queue on a device before waiting for it.

/// Seconds between two waits, about: waiting costs up to 0.1 s in some browsers, and a pause or a cancel takes as
/// long as what is queued.
const AIM: f64 = 0.1;

/// The next portion may be so many times the last: the first one also compiles the kernels.
const GROWTH: usize = 4;

/// The size of the next portion of work, from how long the last one took.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    size: usize,
    most: usize,
}

impl Pace {
    /// Begins with portions of one piece, and never has more than `most`.
    pub fn new(most: usize) -> Self {
        Self { size: 1, most: most.max(1) }
    }

    /// Pieces of work to queue next.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The last `done` pieces took so long.
    pub fn took(&mut self, done: usize, seconds: f64) {
        let fits = (AIM / seconds.max(1e-6) * done as f64) as usize;
        self.size = fits.clamp(1, (done * GROWTH).min(self.most).max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_grow_to_a_tenth_of_a_second_and_shrink_at_once() {
        let mut pace = Pace::new(64);
        let mut sizes = vec![];
        for _ in 0..4 {
            let size = pace.size();
            sizes.push(size);
            pace.took(size, size as f64 * 0.005);
        }
        assert_eq!(sizes, [1, 4, 16, 20]);
        pace.took(20, 4.0);
        assert_eq!(pace.size(), 1, "a slow device gets one piece at a time");
        pace.took(1, 0.0);
        pace.took(4, 0.0);
        pace.took(16, 0.0);
        pace.took(64, 0.0);
        assert_eq!(pace.size(), 64, "the most there may be");
    }
}
