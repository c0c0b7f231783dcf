//! Buffers of the CPU: given back when dropped, and given out again.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

/// How a pool's memory is used, in elements (4 bytes each).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// In buffers that somebody holds.
    pub live: usize,
    /// In buffers that wait to be used again.
    pub idle: usize,
}

/// Free buffers by their capacity.
#[derive(Debug, Default)]
pub(super) struct Pool {
    free: RefCell<BTreeMap<usize, Vec<Vec<f32>>>>,
    live: Cell<usize>,
    idle: Cell<usize>,
}

/// A buffer's values; they return to the pool when this is dropped.
#[derive(Debug)]
pub(super) struct Stored {
    values: RefCell<Vec<f32>>,
    pool: Weak<Pool>,
}

impl Pool {
    /// A buffer of `len` elements with anything in it (NaN in debug builds, so that nobody relies on it).
    pub fn take(self: &Rc<Self>, len: usize) -> Rc<Stored> {
        let mut values = self.reuse(len).unwrap_or_else(|| Vec::with_capacity(len));
        values.resize(len, 0.0);
        if cfg!(debug_assertions) {
            values.fill(f32::NAN);
        }
        self.live.set(self.live.get() + values.capacity());
        Rc::new(Stored { values: RefCell::new(values), pool: Rc::downgrade(self) })
    }

    /// The smallest free buffer that is large enough, but not so large that most of it would lie idle.
    fn reuse(&self, len: usize) -> Option<Vec<f32>> {
        let mut free = self.free.borrow_mut();
        let (&capacity, vectors) = free.range_mut(len..=len.saturating_mul(2)).next()?;
        let values = vectors.pop();
        if vectors.is_empty() {
            free.remove(&capacity);
        }
        self.idle.set(self.idle.get() - capacity);
        values
    }

    fn put(&self, values: Vec<f32>) {
        let capacity = values.capacity();
        self.live.set(self.live.get() - capacity);
        if capacity > 0 {
            self.idle.set(self.idle.get() + capacity);
            self.free.borrow_mut().entry(capacity).or_default().push(values);
        }
    }

    pub fn usage(&self) -> Usage {
        Usage { live: self.live.get(), idle: self.idle.get() }
    }
}

impl Stored {
    pub fn read(&self) -> Ref<'_, Vec<f32>> {
        self.values.try_borrow().expect("a backend's call reads the buffer that it writes")
    }

    pub fn write(&self) -> RefMut<'_, Vec<f32>> {
        self.values.try_borrow_mut().expect("a backend's call writes a buffer that it also reads")
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.put(std::mem::take(self.values.get_mut()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back() {
        let pool = Rc::new(Pool::default());
        let first = pool.take(100);
        assert_eq!(pool.usage(), Usage { live: 100, idle: 0 });
        drop(first);
        assert_eq!(pool.usage(), Usage { live: 0, idle: 100 });
        let again = pool.take(60);
        assert_eq!((pool.usage(), again.read().len()), (Usage { live: 100, idle: 0 }, 60));
        // 100 elements for 10 would waste most of them.
        drop(again);
        let small = pool.take(10);
        assert_eq!(pool.usage(), Usage { live: 10, idle: 100 });
        drop(small);
    }
}
