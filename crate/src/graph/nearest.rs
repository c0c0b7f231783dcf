//! The K most similar of all rows to one row, from what they share.
//!
//! Exact similarities are double-precision quotients. Almost all rows are far from the K-th: a quotient in
//! single precision, of which the leading bits choose one of some two thousand classes, tells them apart
//! by vector operations, and only the rows of the class in which the K-th lies are compared exactly.

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
    classes: Vec<u16>,
    /// Four tables: consecutive rows of one class then do not wait for each other.
    tallies: [Box<[u32; TALLIES]>; 4],
    chosen: Vec<u32>,
    border: Vec<(f64, u32)>,
    /// A class that the K-th will hardly be below, judging by the row before; 0 without an idea.
    guess: u16,
}

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
        let tallies = std::array::from_fn(|_| Box::new([0; TALLIES]));
        let (classes, chosen, border) = (vec![0; sizes.len()], vec![0; sizes.len()], Vec::new());
        Self { similarity, sizes, factors, classes, tallies, chosen, border, guess: 0 }
    }

    /// Appends the `k` rows most similar to row `a`, ascending; ties go to the lower row.
    pub(super) fn choose<C: Counter>(&mut self, a: usize, k: usize, counts: &[C], out: &mut Vec<Neighbour>) {
        match self.similarity {
            Similarity::Jaccard => classify_jaccard(&mut self.classes, counts, self.factors, self.factors[a]),
            Similarity::Cosine => classify_cosine(&mut self.classes, counts, self.factors, self.factors[a]),
        }
        let (Bounds { high, above, .. }, count) = self.narrow(k);
        let candidates = &self.chosen[..count];
        let exact =
            |b: u32| self.similarity.of(counts[b as usize].into(), self.sizes[a], self.sizes[b as usize]);
        self.border.clear();
        let on_border = |b: u32| self.classes[b as usize] <= high;
        self.border.extend(candidates.iter().filter(|&&b| on_border(b)).map(|&b| (exact(b), b)));
        let wanted = k - above;
        let mut last = None;
        if self.border.len() > wanted {
            last = Some(*self.border.select_nth_unstable_by(wanted - 1, nearer).1);
        }
        for &b in candidates {
            let keep = !on_border(b) || last.is_none_or(|last| nearer(&(exact(b), b), &last).is_le());
            if keep {
                out.push(Neighbour { node: b, shared: counts[b as usize].into() });
            }
        }
    }

    /// Between which classes the K-th lies, and how many rows (in `chosen`, ascending) are not below them.
    fn narrow(&mut self, k: usize) -> (Bounds, usize) {
        if self.guess > 0 {
            // Few rows are as similar as that, and only they are looked at again.
            let count = compact(&mut self.chosen, &self.classes, self.guess);
            if count >= k {
                let classes = self.chosen[..count].iter().map(|&b| self.classes[b as usize]);
                tally(&mut self.tallies, classes);
                let bounds = self.bounds(k);
                if bounds.low >= self.guess {
                    self.guess = bounds.low.saturating_sub(GUESS_BELOW);
                    let mut kept = 0;
                    for at in 0..count {
                        let b = self.chosen[at];
                        self.chosen[kept] = b;
                        kept += usize::from(self.classes[b as usize] >= bounds.low);
                    }
                    return (bounds, kept);
                }
            }
        }
        tally(&mut self.tallies, self.classes.iter().copied());
        let bounds = self.bounds(k);
        self.guess = bounds.low.saturating_sub(GUESS_BELOW);
        let count = compact(&mut self.chosen, &self.classes, bounds.low);
        (bounds, count)
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
fn tally(tallies: &mut [Box<[u32; TALLIES]>; 4], classes: impl ExactSizeIterator<Item = u16>) {
    tallies.iter_mut().for_each(|t| t.fill(0));
    for (i, class) in classes.enumerate() {
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
    fn classify_jaccard<C: Counter>(classes: &mut [u16], counts: &[C], sizes: &[f32], size: f32) = jaccard_body
}

#[inline(always)]
fn jaccard_body<C: Counter>(classes: &mut [u16], counts: &[C], sizes: &[f32], size: f32) {
    for ((to, count), other) in classes.iter_mut().zip(counts).zip(sizes) {
        let count: u32 = (*count).into();
        let shared = count as i32 as f32;
        // An empty row shares nothing, and 0 / max(0, 1) is 0.
        *to = class(shared / (size + other - shared).max(1.0));
    }
}

dispatch! {
    fn classify_cosine<C: Counter>(classes: &mut [u16], counts: &[C], factors: &[f32], factor: f32) = cosine_body
}

#[inline(always)]
fn cosine_body<C: Counter>(classes: &mut [u16], counts: &[C], factors: &[f32], factor: f32) {
    for ((to, count), other) in classes.iter_mut().zip(counts).zip(factors) {
        let count: u32 = (*count).into();
        *to = class((count as i32 as f32 * factor * other).min(1.0));
    }
}

dispatch! {
    /// The rows of class `low` or above, ascending, into `out`; how many.
    fn compact(out: &mut [u32], classes: &[u16], low: u16) -> usize = compact_body
}

#[inline(always)]
fn compact_body(out: &mut [u32], classes: &[u16], low: u16) -> usize {
    const STRIDE: usize = 16;
    let mut count = 0;
    let (strides, rest) = classes.as_chunks::<STRIDE>();
    for (i, stride) in strides.iter().enumerate() {
        // Most stretches have none: one vector comparison.
        let hits: u16 = stride.iter().map(|&class| u16::from(class >= low)).sum();
        if hits > 0 {
            count = append(out, count, i * STRIDE, stride, low);
        }
    }
    append(out, count, strides.len() * STRIDE, rest, low)
}

/// Always written, kept only if the class is high enough: a branch would often be mispredicted.
#[inline(always)]
fn append(out: &mut [u32], mut count: usize, first: usize, classes: &[u16], low: u16) -> usize {
    for (b, &class) in (first..).zip(classes) {
        out[count] = b as u32;
        count += usize::from(class >= low);
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
