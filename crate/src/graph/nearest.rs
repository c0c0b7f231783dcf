//! The K most similar of all rows to one row, from what they share.
//!
//! Exact similarities are double-precision quotients. Almost all rows are far from the K-th. What it was for the
//! row before tells how much a row must share at least, which leaves few of the rows; a quotient in single
//! precision, of which the leading bits choose one of some two thousand classes, tells those apart; and only
//! the rows of the class in which the K-th lies are compared exactly.

use super::cooccurrence::Counter;
use super::similarity::Similarity;
use crate::linalg::simd::dispatch;

/// A neighbour while the lists are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Neighbour {
    pub(super) node: u32,
    /// Interactions in common: similarity and weight follow from it exactly, in half the memory.
    pub(super) shared: u32,
}

/// Bits of a single-precision number that do not count for its class: 64 classes an octave are left.
const DROPPED: u32 = 17;
/// The class of 2⁻²⁴, less one: similarities below are class 0 only if they are 0, else class 1.
const LOWEST: u32 = ((127 - 24) << (23 - DROPPED)) - 1;
/// Classes up to that of the similarity 1, and one more for rounding.
const CLASSES: usize = ((127_u32 << (23 - DROPPED)) - LOWEST + 2) as usize;

/// As many tallies as a power of two: an index can then not be out of range.
const TALLIES: usize = CLASSES.next_power_of_two();

/// Memory for choosing, used for row after row.
pub(super) struct Chooser<'a> {
    similarity: Similarity,
    sizes: &'a [u32],
    /// The same, for the single-precision quotients: |I_b| (Jaccard) or 1 / √|I_b| (cosine).
    factors: &'a [f32],
    /// Rows that may be among the K, ascending; those behind its end in use are of no meaning.
    chosen: Vec<u32>,
    /// What each of them shares with the row, and its factor and class.
    shared: Vec<f32>,
    theirs: Vec<f32>,
    classes: Vec<u16>,
    /// Four tables: consecutive rows of one class then do not wait for each other.
    tallies: [Box<[u32; TALLIES]>; 4],
    border: Vec<(f64, u32)>,
    /// The classes of all rows, where most rows would be candidates anyway.
    by_row: Vec<u16>,
    /// A class that the K-th will hardly be below, judging by the row before; 1 without an idea.
    guess: u16,
    /// Whether many rows shared enough with the row before.
    crowded: bool,
}

/// From one row in so many on it pays to classify all of them in one sweep.
const CROWDED_ONE_IN: usize = 6;

/// What [`Chooser`] needs of every row.
pub(super) fn factors(similarity: Similarity, sizes: &[u32]) -> Vec<f32> {
    let factor = |&size: &u32| match similarity {
        Similarity::Jaccard => size as f32,
        Similarity::Cosine => 1.0 / (size.max(1) as f32).sqrt(),
    };
    sizes.iter().map(factor).collect()
}

impl<'a> Chooser<'a> {
    pub(super) fn new(similarity: Similarity, sizes: &'a [u32], factors: &'a [f32]) -> Self {
        let n = sizes.len();
        let tallies = std::array::from_fn(|_| Box::new([0; TALLIES]));
        Self {
            similarity,
            sizes,
            factors,
            chosen: vec![0; n],
            shared: vec![0.0; n],
            theirs: vec![0.0; n],
            classes: vec![0; n],
            tallies,
            border: Vec::new(),
            by_row: vec![0; n],
            guess: 1,
            crowded: false,
        }
    }

    /// Appends the `k` rows most similar to row `a`, ascending; ties go to the lower row.
    pub(super) fn choose<C: Counter>(&mut self, a: usize, k: usize, counts: &[C], out: &mut Vec<Neighbour>) {
        let (Bounds { high, above, .. }, count) = self.narrow(a, k, counts);
        let candidates = self.chosen[..count].iter().copied().zip(self.classes[..count].iter().copied());
        let exact =
            |b: u32| self.similarity.of(counts[b as usize].into(), self.sizes[a], self.sizes[b as usize]);
        self.border.clear();
        self.border
            .extend(candidates.clone().filter(|&(_, class)| class <= high).map(|(b, _)| (exact(b), b)));
        let wanted = k - above;
        let mut last = None;
        if self.border.len() > wanted {
            last = Some(*self.border.select_nth_unstable_by(wanted - 1, nearer).1);
        }
        for (b, class) in candidates {
            let keep = class > high || last.is_none_or(|last| nearer(&(exact(b), b), &last).is_le());
            if keep {
                out.push(Neighbour { node: b, shared: counts[b as usize].into() });
            }
        }
    }

    /// Between which classes the K-th lies, and how many rows (in `chosen`, ascending) are not below them.
    fn narrow<C: Counter>(&mut self, a: usize, k: usize, counts: &[C]) -> (Bounds, usize) {
        for from in [self.guess, 1] {
            let count = self.candidates(a, from, counts);
            if count < k && from > 1 {
                continue;
            }
            tally(&mut self.tallies, &self.classes[..count]);
            let bounds = self.bounds(k);
            // What the tallies say of classes below `from` is not the whole of them.
            if bounds.low >= from {
                self.guess = bounds.low.saturating_sub(GUESS_BELOW).max(1);
                let mut kept = 0;
                for at in 0..count {
                    (self.chosen[kept], self.classes[kept]) = (self.chosen[at], self.classes[at]);
                    kept += usize::from(self.classes[at] >= bounds.low);
                }
                return (bounds, kept);
            }
        }
        unreachable!("no class is below 1")
    }

    /// The rows of class `from` or above into `chosen` and `classes`; how many.
    fn candidates<C: Counter>(&mut self, a: usize, from: u16, counts: &[C]) -> usize {
        if self.crowded {
            convert(&mut self.shared, counts);
            classify(self.similarity, &mut self.by_row, &self.shared, self.factors, self.factors[a]);
            let count = compact(&mut self.chosen, &self.by_row, from);
            for (class, &b) in self.classes.iter_mut().zip(&self.chosen[..count]) {
                *class = self.by_row[b as usize];
            }
            self.crowded = count * CROWDED_ONE_IN > counts.len();
            return count;
        }
        let least = self.least_shared(a, from);
        let count = compact(&mut self.chosen, counts, least.try_into().unwrap_or(C::MAX));
        self.crowded = count * CROWDED_ONE_IN > counts.len();
        let gathered = self.shared.iter_mut().zip(&mut self.theirs);
        for (&b, (shared, theirs)) in self.chosen[..count].iter().zip(gathered) {
            let number: u32 = counts[b as usize].into();
            (*shared, *theirs) = (number as i32 as f32, self.factors[b as usize]);
        }
        let classes = &mut self.classes[..count];
        classify(self.similarity, classes, &self.shared, &self.theirs, self.factors[a]);
        let mut kept = 0;
        for at in 0..count {
            (self.chosen[kept], self.classes[kept]) = (self.chosen[at], self.classes[at]);
            kept += usize::from(self.classes[at] >= from);
        }
        kept
    }

    /// A row of class `from` or above shares at least so much with row `a`.
    ///
    /// What is shared is at most either's length: J ≤ s / |I_a|, and cosine² ≤ s / |I_a|.
    fn least_shared(&self, a: usize, from: u16) -> u32 {
        if from <= 1 {
            return 1;
        }
        let similarity = f64::from(f32::from_bits((u32::from(from) + LOWEST) << DROPPED));
        let share = match self.similarity {
            Similarity::Jaccard => similarity,
            Similarity::Cosine => similarity * similarity,
        };
        // Quotients in single precision may have been rounded up into the class.
        ((0.999_999 * share * f64::from(self.sizes[a])).ceil() as u32).max(1)
    }

    /// Between which classes the K-th lies by the tallies. At most all rows that share anything.
    fn bounds(&self, k: usize) -> Bounds {
        let size = |class: usize| self.tallies.iter().map(|t| t[class]).sum::<u32>() as usize;
        let mut above = 0;
        let mut class = CLASSES - 1;
        while class > 0 && above + size(class) < k {
            above += size(class);
            class -= 1;
        }
        if class == 0 {
            // Fewer than K share anything: all of them.
            return Bounds { low: 1, high: 0, above };
        }
        // Jaccard's quotients round in order. Cosine's may be a few units out: a class more on both sides.
        let margin = if self.similarity == Similarity::Jaccard { 0 } else { 1 };
        let high = (class + margin).min(CLASSES - 1);
        let above = above - (class + 1..=high).map(size).sum::<usize>();
        Bounds { low: (class - margin).max(1) as u16, high: high as u16, above }
    }
}

/// How many classes below the last row's bound the next row's is sought: half an octave.
const GUESS_BELOW: u16 = 32;

/// Counts classes. Successive ones go to different tables, so that none waits for the one before.
fn tally(tallies: &mut [Box<[u32; TALLIES]>; 4], classes: &[u16]) {
    tallies.iter_mut().for_each(|t| t.fill(0));
    for (i, &class) in classes.iter().enumerate() {
        tallies[i % 4][usize::from(class) % TALLIES] += 1;
    }
}

/// Rows of a class below `low` are not among the K, `above` of those beyond `high` are.
struct Bounds {
    low: u16,
    high: u16,
    above: usize,
}

/// More similar first, then the lower index: a strict order, so that selection has one answer.
fn nearer(a: &(f64, u32), b: &(f64, u32)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

#[inline(always)]
fn class(similarity: f32) -> u16 {
    let class = (similarity.to_bits() >> DROPPED).saturating_sub(LOWEST);
    // No branch: whether anything is shared, as a number.
    (class as u16).max(u16::from(similarity > 0.0))
}

dispatch! {
    fn convert<C: Counter>(to: &mut [f32], counts: &[C]) = convert_body
}

#[inline(always)]
fn convert_body<C: Counter>(to: &mut [f32], counts: &[C]) {
    for (to, &count) in to.iter_mut().zip(counts) {
        let count: u32 = count.into();
        // Counts are far below 2³¹, and signed numbers have a vector instruction for this.
        *to = count as i32 as f32;
    }
}

/// The classes of as many rows as `classes` has places.
fn classify(similarity: Similarity, classes: &mut [u16], shared: &[f32], factors: &[f32], factor: f32) {
    match similarity {
        Similarity::Jaccard => classify_jaccard(classes, shared, factors, factor),
        Similarity::Cosine => classify_cosine(classes, shared, factors, factor),
    }
}

dispatch! {
    fn classify_jaccard(classes: &mut [u16], shared: &[f32], sizes: &[f32], size: f32) = jaccard_body
}

#[inline(always)]
fn jaccard_body(classes: &mut [u16], shared: &[f32], sizes: &[f32], size: f32) {
    for ((to, shared), other) in classes.iter_mut().zip(shared).zip(sizes) {
        // An empty row shares nothing, and 0 / max(0, 1) is 0.
        *to = class(shared / (size + other - shared).max(1.0));
    }
}

dispatch! {
    fn classify_cosine(classes: &mut [u16], shared: &[f32], factors: &[f32], factor: f32) = cosine_body
}

#[inline(always)]
fn cosine_body(classes: &mut [u16], shared: &[f32], factors: &[f32], factor: f32) {
    for ((to, shared), other) in classes.iter_mut().zip(shared).zip(factors) {
        *to = class((shared * factor * other).min(1.0));
    }
}

dispatch! {
    /// The rows with a count of `least` or above, ascending, into `out`; how many.
    fn compact<C: Counter>(out: &mut [u32], counts: &[C], least: C) -> usize = compact_body
}

#[inline(always)]
fn compact_body<C: Counter>(out: &mut [u32], counts: &[C], least: C) -> usize {
    const STRIDE: usize = 16;
    let mut count = 0;
    let (strides, rest) = counts.as_chunks::<STRIDE>();
    for (i, stride) in strides.iter().enumerate() {
        // Most stretches have none: one vector comparison.
        let hits: u16 = stride.iter().map(|&c| u16::from(c >= least)).sum();
        if hits > 0 {
            count = append(out, count, i * STRIDE, stride, least);
        }
    }
    append(out, count, strides.len() * STRIDE, rest, least)
}

/// Always written, kept only if the count is high enough: a branch would often be mispredicted.
#[inline(always)]
fn append<C: Counter>(out: &mut [u32], mut count: usize, first: usize, counts: &[C], least: C) -> usize {
    for (b, &c) in (first..).zip(counts) {
        out[count] = b as u32;
        count += usize::from(c >= least);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use rand::RngExt;

    /// All similarities, exactly, sorted: the plain twin.
    fn plain(similarity: Similarity, a: usize, k: usize, counts: &[u16], sizes: &[u32]) -> Vec<Neighbour> {
        let shared = |b: usize| u32::from(counts[b]);
        let mut all: Vec<(f64, u32)> = (0..counts.len())
            .filter(|&b| counts[b] > 0)
            .map(|b| (similarity.of(shared(b), sizes[a], sizes[b]), b as u32))
            .collect();
        all.sort_by(nearer);
        all.truncate(k);
        all.sort_by_key(|e| e.1);
        all.iter().map(|&(_, node)| Neighbour { node, shared: shared(node as usize) }).collect()
    }

    #[test]
    fn chooses_what_sorting_everything_chooses() {
        let mut rng = Seed(6).stream("test");
        let n = 700;
        for similarity in Similarity::ALL {
            // Short rows make ties, long ones near ties.
            for longest in [6_u32, 40, 3_000] {
                let sizes: Vec<u32> = (0..n).map(|_| rng.random_range(1..=longest)).collect();
                let factors = factors(similarity, &sizes);
                let mut chooser = Chooser::new(similarity, &sizes, &factors);
                for a in 0..40 {
                    let density = rng.random::<f64>();
                    let counts: Vec<u16> = (0..n)
                        .map(|b| {
                            let most = sizes[a].min(sizes[b]);
                            let any = b != a && rng.random::<f64>() < density;
                            if any { rng.random_range(1..=most) as u16 } else { 0 }
                        })
                        .collect();
                    for k in [1, 7, 100, 699] {
                        let mut found = Vec::new();
                        chooser.choose(a, k, &counts, &mut found);
                        assert_eq!(found, plain(similarity, a, k, &counts, &sizes), "{similarity:?} {a} {k}");
                    }
                }
            }
        }
    }
}
