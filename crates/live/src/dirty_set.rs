//! A set of dense indices that remembers the order in which they came.

/// Indices, each once, in the order of their first insertion. Inserting and clearing cost no hashing and, once
/// warm, no allocation.
#[derive(Debug, Default, Clone)]
pub(crate) struct DirtySet {
    order: Vec<u32>,
    marks: Vec<u64>,
}

impl DirtySet {
    /// Adds an index; tells whether it is new.
    pub(crate) fn insert(&mut self, index: u32) -> bool {
        let (word, bit) = (index as usize / 64, 1u64 << (index % 64));
        if word >= self.marks.len() {
            self.marks.resize(word + 1, 0);
        }
        let is_new = self.marks[word] & bit == 0;
        if is_new {
            self.marks[word] |= bit;
            self.order.push(index);
        }
        is_new
    }

    /// Takes an index out. Rare (a vehicle was removed), so it may cost a walk.
    pub(crate) fn remove(&mut self, index: u32) {
        let (word, bit) = (index as usize / 64, 1u64 << (index % 64));
        if self.contains(index) {
            self.marks[word] &= !bit;
            self.order.retain(|&other| other != index);
        }
    }

    pub(crate) fn contains(&self, index: u32) -> bool {
        let (word, bit) = (index as usize / 64, 1u64 << (index % 64));
        self.marks.get(word).is_some_and(|marks| marks & bit != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.order.iter().copied()
    }

    pub(crate) fn clear(&mut self) {
        for index in self.order.drain(..) {
            self.marks[index as usize / 64] = 0;
        }
    }

    /// Takes out all, or the first `limit`.
    pub(crate) fn take(&mut self, limit: usize) -> Vec<u32> {
        let taken: Vec<u32> = self.order.drain(..limit.min(self.order.len())).collect();
        for &index in &taken {
            self.marks[index as usize / 64] &= !(1u64 << (index % 64));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_index_is_kept_once_in_the_order_of_its_coming() {
        let mut set = DirtySet::default();
        for index in [70, 3, 70, 0, 3] {
            set.insert(index);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [70, 3, 0]);
        assert_eq!(set.take(2), [70, 3]);
        set.insert(70);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 70]);
    }

    proptest! {
        #[test]
        fn it_is_a_set(operations in prop::collection::vec((0..4u8, 0..300u32), 0..200)) {
            let (mut set, mut model) = (DirtySet::default(), BTreeSet::new());
            for (operation, index) in operations {
                match operation {
                    0 | 1 => prop_assert_eq!(set.insert(index), model.insert(index)),
                    2 => {
                        set.remove(index);
                        model.remove(&index);
                    }
                    _ if index == 0 => {
                        set.clear();
                        model.clear();
                    }
                    _ => set.take(index as usize / 100).iter().for_each(|taken| assert!(model.remove(taken))),
                }
                prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), model.clone());
                prop_assert_eq!(set.is_empty(), model.is_empty());
            }
        }
    }
}
