//! Who has which item: asked once or more for every negative that is drawn.

use crate::data::interactions::Sequences;

/// The items of each user, with a table of bits before them that answers nearly always. It has a bit for every pair
/// of a user and an item where that is not too much; else pairs share bits, and only who finds one set has to look
/// into the list (Bloom, CACM 1970, with one bit a pair).
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// Each user's items in ascending order.
    items: Sequences,
    bits: Vec<u64>,
    places: Places,
}

/// The bit of a pair.
#[derive(Debug, Clone, Copy)]
enum Places {
    /// Its own, in a table of so many columns.
    Own { columns: u64 },
    /// One that others share: the upper bits of a hash, shifted down by so many.
    Shared { shift: u32 },
}

/// Shared bits for each known pair, at least: the share of unknown pairs that find theirs set is at most one in so
/// many. Bits of their own may be twice as many.
const BITS: usize = 16;

impl Known {
    /// Of these items of each user, in any order, all of them below `n_items`.
    pub fn new(train: &Sequences, n_items: usize) -> Self {
        let sorted = |row: &[u32]| {
            let mut row = row.to_vec();
            row.sort_unstable();
            row
        };
        let (all, shared) = (train.n_rows() * n_items, (BITS * train.len()).next_power_of_two().max(64));
        let (size, places) = if all <= 2 * shared {
            (all, Places::Own { columns: n_items as u64 })
        } else {
            (shared, Places::Shared { shift: 64 - shared.trailing_zeros() })
        };
        let items = Sequences::from_rows(train.rows().map(sorted));
        let mut known = Self { items, bits: vec![0; size.div_ceil(64)], places };
        for (user, item) in train.pairs() {
            let (word, bit) = known.bit(user, item);
            known.bits[word] |= bit;
        }
        known
    }

    #[inline]
    fn bit(&self, user: u32, item: u32) -> (usize, u64) {
        let at = match self.places {
            Places::Own { columns } => u64::from(user) * columns + u64::from(item),
            // Fibonacci hashing (Knuth, The Art of Computer Programming 3, section 6.4).
            Places::Shared { shift } => {
                (u64::from(user) << 32 | u64::from(item)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift
            }
        };
        ((at / 64) as usize, 1 << (at % 64))
    }

    /// True if the user has the item.
    #[inline]
    pub fn has(&self, user: u32, item: u32) -> bool {
        let (word, bit) = self.bit(user, item);
        self.bits[word] & bit != 0
            && (matches!(self.places, Places::Own { .. }) || self.of(user).binary_search(&item).is_ok())
    }

    /// The user's items, ascending.
    pub fn of(&self, user: u32) -> &[u32] {
        self.items.row(user as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use rand::RngExt;

    /// Both tables of bits agree with the lists themselves; shared bits send few there.
    #[test]
    fn agrees_with_the_lists() {
        let mut rng = Seed(3).stream("test");
        for chance in [0.1, 0.01] {
            let row = |_| (0..200_u32).rev().filter(|_| rng.random_bool(chance)).collect::<Vec<_>>();
            let train = Sequences::from_rows((0..150).map(row).collect::<Vec<_>>());
            let known = Known::new(&train, 200);
            assert_eq!(matches!(known.places, Places::Own { .. }), chance == 0.1);
            let (mut set, mut unknown) = (0, 0);
            for (user, row) in train.rows().enumerate() {
                for item in 0..200 {
                    let has = known.has(user as u32, item);
                    assert_eq!(has, row.contains(&item), "user {user}, item {item}");
                    let (word, bit) = known.bit(user as u32, item);
                    set += usize::from(!has && known.bits[word] & bit != 0);
                    unknown += usize::from(!has);
                }
            }
            assert!(
                set * BITS <= unknown + unknown / 4,
                "{set} of {unknown} unknown pairs find their bit set"
            );
        }
    }

    #[test]
    fn of_nobody_and_of_nothing() {
        let known = Known::new(&Sequences::from_rows([vec![], vec![9]]), 1 << 20);
        assert!(!known.has(0, 0) && !known.has(0, 9) && known.has(1, 9) && !known.has(1, 8));
        assert!(!Known::new(&Sequences::from_rows([vec![]]), 8).has(0, 7));
    }
}
