//! A bit set of vehicle indices.

use crate::indices::VehicleIndex;

/// A set of vehicle indices, with one bit per index.
#[derive(Debug, Default)]
pub struct IndexBits(Vec<u64>);

impl IndexBits {
    /// Returns `true` if the set contains an index.
    #[must_use]
    pub fn contains(&self, index: VehicleIndex) -> bool {
        let (word, bit) = place(index);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Adds an index, and returns `true` if it was absent.
    pub fn insert(&mut self, index: VehicleIndex) -> bool {
        let (word, bit) = place(index);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let is_new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        is_new
    }

    /// Removes an index, and returns `true` if it was present.
    pub fn remove(&mut self, index: VehicleIndex) -> bool {
        let is_there = self.contains(index);
        if is_there {
            let (word, bit) = place(index);
            self.0[word] &= !bit;
        }
        is_there
    }
}

const fn place(index: VehicleIndex) -> (usize, u64) {
    (index as usize / 64, 1 << (index % 64))
}
