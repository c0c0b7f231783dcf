//! Buffers of the GPU: given back when dropped, and given out again, by sizes of which there are few.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

/// How the memory of a pool is used, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// In buffers that somebody holds.
    pub live: u64,
    /// In buffers that wait to be used again.
    pub idle: u64,
}

/// Free buffers by their size.
#[derive(Debug)]
pub struct Pool {
    usage: wgpu::BufferUsages,
    free: RefCell<BTreeMap<u64, Vec<Kept>>>,
    live: Cell<u64>,
    idle: Cell<u64>,
    made: Cell<u64>,
}

#[derive(Debug, Clone)]
struct Kept {
    buffer: wgpu::Buffer,
    id: u64,
    batch: u64,
}

/// A buffer of the device; it returns to the pool when this is dropped.
#[derive(Debug)]
pub struct Stored {
    pub buffer: wgpu::Buffer,
    /// No other buffer of the pool has it.
    pub id: u64,
    /// The last batch of commands that names the buffer.
    pub batch: Cell<u64>,
    pool: Weak<Pool>,
}

/// The size of the buffer that `bytes` get: at most a quarter larger, so that sizes meet again and again, unless
/// that is more than `most`.
fn size_class(bytes: u64, most: u64) -> u64 {
    let bytes = bytes.max(256);
    let step = bytes.next_power_of_two() / 8;
    let size = bytes.next_multiple_of(step);
    if size > most { bytes.next_multiple_of(4) } else { size }
}

impl Pool {
    pub fn new(usage: wgpu::BufferUsages) -> Rc<Self> {
        let [live, idle, made] = [(); 3].map(|()| Cell::new(0));
        Rc::new(Self { usage, free: RefCell::default(), live, idle, made })
    }

    /// A buffer of at least `bytes`, with anything in it. `most` is what the device permits.
    pub fn take(self: &Rc<Self>, device: &wgpu::Device, bytes: u64, most: u64) -> Stored {
        let size = size_class(bytes, most);
        let reused = self.free.borrow_mut().get_mut(&size).and_then(Vec::pop);
        if reused.is_some() {
            self.idle.set(self.idle.get() - size);
        }
        self.live.set(self.live.get() + size);
        let Kept { buffer, id, batch } = reused.unwrap_or_else(|| self.make(device, size));
        Stored { buffer, id, batch: Cell::new(batch), pool: Rc::downgrade(self) }
    }

    fn make(&self, device: &wgpu::Device, size: u64) -> Kept {
        self.made.set(self.made.get() + 1);
        let descriptor =
            wgpu::BufferDescriptor { label: None, size, usage: self.usage, mapped_at_creation: false };
        Kept { buffer: device.create_buffer(&descriptor), id: self.made.get(), batch: 0 }
    }

    pub fn usage(&self) -> Usage {
        Usage { live: self.live.get(), idle: self.idle.get() }
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        let Some(pool) = self.pool.upgrade() else { return };
        let size = self.buffer.size();
        pool.live.set(pool.live.get() - size);
        pool.idle.set(pool.idle.get() + size);
        let kept = Kept { buffer: self.buffer.clone(), id: self.id, batch: self.batch.get() };
        pool.free.borrow_mut().entry(size).or_default().push(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_few_fit_and_waste_at_most_a_quarter() {
        let most = 1 << 27;
        let mut sizes = std::collections::BTreeSet::new();
        for bytes in (0..200_000).step_by(4) {
            let size = size_class(bytes, most);
            assert!(
                size >= bytes && size <= (bytes + bytes / 4).max(256) && size % 4 == 0,
                "{bytes}: {size}"
            );
            sizes.insert(size);
        }
        assert!(sizes.len() < 50, "{}", sizes.len());
        // The largest permitted one is not refused for the sake of a round size.
        assert_eq!(size_class(most - 4, most - 4), most - 4);
    }
}
