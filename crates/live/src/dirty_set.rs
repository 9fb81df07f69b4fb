//! A set of dense indices in insertion order.

use std::collections::VecDeque;

/// A set of indices in insertion order. Inserting and taking need no hashing and, at a steady size, no allocation.
#[derive(Debug, Default, Clone)]
pub(crate) struct DirtySet {
    order: VecDeque<u32>,
    marks: Vec<u64>,
}

impl DirtySet {
    /// Adds an index, and returns `true` if it was absent.
    pub(crate) fn insert(&mut self, index: u32) -> bool {
        let (word, bit) = (index as usize / 64, 1u64 << (index % 64));
        if word >= self.marks.len() {
            self.marks.resize(word + 1, 0);
        }
        let is_new = self.marks[word] & bit == 0;
        if is_new {
            self.marks[word] |= bit;
            self.order.push_back(index);
        }
        is_new
    }

    /// Removes an index, and returns its position in the order; `None` if it was absent. Takes linear time, which is
    /// acceptable because removals are rare.
    pub(crate) fn remove(&mut self, index: u32) -> Option<usize> {
        if !self.contains(index) {
            return None;
        }
        self.marks[index as usize / 64] &= !(1u64 << (index % 64));
        let place = self.order.iter().position(|&other| other == index)?;
        self.order.remove(place);
        Some(place)
    }

    pub(crate) fn contains(&self, index: u32) -> bool {
        let (word, bit) = (index as usize / 64, 1u64 << (index % 64));
        self.marks.get(word).is_some_and(|marks| marks & bit != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.order.iter().copied()
    }

    /// Removes and returns the first `limit` indices in order, or all if there are fewer.
    pub(crate) fn take(&mut self, limit: usize) -> impl Iterator<Item = u32> + '_ {
        let count = limit.min(self.order.len());
        // Unmark the items up front: a `Drain` that is dropped early still removes its remaining items.
        for &index in self.order.iter().take(count) {
            self.marks[index as usize / 64] &= !(1u64 << (index % 64));
        }
        self.order.drain(..count)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_index_is_kept_once_in_insertion_order() {
        let mut set = DirtySet::default();
        for index in [70, 3, 70, 0, 3] {
            set.insert(index);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [70, 3, 0]);
        assert_eq!(set.take(2).collect::<Vec<_>>(), [70, 3]);
        set.insert(70);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 70]);
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_set(operations in prop::collection::vec((0..4u8, 0..300u32), 0..200)) {
            let (mut set, mut model) = (DirtySet::default(), BTreeSet::new());
            for (operation, index) in operations {
                match operation {
                    0 | 1 => prop_assert_eq!(set.insert(index), model.insert(index)),
                    2 => {
                        let place = set.iter().position(|other| other == index);
                        prop_assert_eq!(set.remove(index), place);
                        prop_assert_eq!(model.remove(&index), place.is_some());
                    }
                    _ => set.take(index as usize / 100).for_each(|taken| assert!(model.remove(&taken))),
                }
                prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), model.clone());
                prop_assert_eq!(set.len(), model.len());
                prop_assert_eq!(set.is_empty(), model.is_empty());
            }
        }
    }
}
