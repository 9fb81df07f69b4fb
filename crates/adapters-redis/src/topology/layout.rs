//! The distribution of data to masters.

use super::slots::SLOTS;
use crate::url::Node;

/// The masters of an installation, and the slots that each of them has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    masters: Vec<Node>,
    /// Index of the master of each slot, [`NONE`] if it has no master; empty if a single master has all data.
    slots: Vec<u16>,
}

/// A range of slots with the same master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) master: Node,
    pub(super) master_id: String,
}

/// State of a cluster, as one of its nodes reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// Identifier of the node itself.
    pub(super) id: String,
    /// Whether the node considers the cluster to be up.
    pub(super) is_up: bool,
    /// The greatest configuration epoch that has reached the node.
    pub(super) current_epoch: u64,
    /// The configuration epoch of the node's own slots.
    pub(super) own_epoch: u64,
    pub(super) ranges: Vec<Range>,
}

/// Index of a slot without a master.
const NONE: u16 = u16::MAX;

impl Layout {
    /// Creates the layout of an installation in which one master has all data.
    pub(crate) fn single(master: Node) -> Self {
        Self {
            masters: vec![master],
            slots: Vec::new(),
        }
    }

    /// Creates the layout of a cluster from the views of several nodes; `None` if there are no views.
    ///
    /// Changes reach the nodes at different times. Nodes that consider the cluster to be up are preferred, and among
    /// these the ones with the greatest epoch. The move of a slot is first reported by its new master, so among these
    /// nodes, a node's claim to its own slots takes precedence over the views of the others.
    pub(super) fn of_cluster(views: &[View]) -> Option<Self> {
        let rank = |view: &View| (view.is_up, view.current_epoch);
        let best = views.iter().max_by_key(|view| rank(view))?;
        let mut equals: Vec<_> = views.iter().filter(|view| rank(view) == rank(best)).collect();
        equals.sort_by_key(|view| view.own_epoch);
        let claims = equals
            .iter()
            .flat_map(|view| view.ranges.iter().filter(|range| range.master_id == view.id));
        let mut layout = Self {
            masters: Vec::new(),
            slots: vec![NONE; SLOTS.into()],
        };
        for range in best.ranges.iter().chain(claims) {
            layout.assign(range);
        }
        layout.drop_idle_masters();
        Some(layout)
    }

    fn assign(&mut self, range: &Range) {
        let known = self.masters.iter().position(|master| *master == range.master);
        let index = known.unwrap_or_else(|| {
            self.masters.push(range.master.clone());
            self.masters.len() - 1
        });
        let slots = self.slots.get_mut(range.first.into()..=range.last.into());
        if let (Some(slots), Ok(index)) = (slots, u16::try_from(index)) {
            slots.fill(index);
        }
    }

    /// Removes masters without slots, and sorts the others, so that equal layouts compare equal.
    fn drop_idle_masters(&mut self) {
        let slots: Vec<_> = self
            .slots
            .iter()
            .map(|index| self.masters.get(usize::from(*index)))
            .collect();
        let mut masters: Vec<_> = slots.iter().flatten().copied().cloned().collect();
        masters.sort();
        masters.dedup();
        let index = |master: &Node| {
            masters
                .binary_search(master)
                .ok()
                .and_then(|index| u16::try_from(index).ok())
        };
        let slots = slots
            .into_iter()
            .map(|master| master.and_then(index).unwrap_or(NONE))
            .collect();
        *self = Self { masters, slots };
    }

    pub(crate) fn masters(&self) -> &[Node] {
        &self.masters
    }

    /// Returns the master of a slot; `None` if the slot has none at the moment.
    pub(crate) fn master_of(&self, slot: u16) -> Option<&Node> {
        match self.slots.get(usize::from(slot)) {
            None => self.masters.first(),
            Some(index) => self.masters.get(usize::from(*index)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(port: u16) -> Node {
        Node {
            host: "h".to_owned(),
            port,
        }
    }

    /// Returns the view of a node, with ranges as first slot, last slot, and the port of the master.
    fn view(id: u16, current_epoch: u64, own_epoch: u64, ranges: &[(u16, u16, u16)]) -> View {
        let range = |(first, last, port): &(u16, u16, u16)| Range {
            first: *first,
            last: *last,
            master: node(*port),
            master_id: port.to_string(),
        };
        View {
            id: id.to_string(),
            is_up: true,
            current_epoch,
            own_epoch,
            ranges: ranges.iter().map(range).collect(),
        }
    }

    #[test]
    fn a_single_master_has_every_slot() {
        let layout = Layout::single(node(1));
        assert_eq!(layout.master_of(16_383), Some(&node(1)));
    }

    #[test]
    fn slots_belong_to_their_masters() {
        let layout = Layout::of_cluster(&[view(1, 1, 1, &[(0, 9, 2), (10, 16_383, 1)])]).expect("a layout");
        assert_eq!(layout.masters(), [node(1), node(2)]);
        assert_eq!(layout.master_of(9), Some(&node(2)));
        assert_eq!(layout.master_of(10), Some(&node(1)));
    }

    #[test]
    fn a_slot_that_no_master_has_is_reported_as_such() {
        let layout = Layout::of_cluster(&[view(1, 1, 1, &[(0, 9, 1)])]).expect("a layout");
        assert_eq!(layout.master_of(10), None);
        assert_eq!(Layout::of_cluster(&[]), None);
    }

    #[test]
    fn the_claim_of_the_new_master_of_a_moved_slot_takes_precedence() {
        let source = view(1, 3, 1, &[(0, 9, 1), (10, 19, 2)]);
        let target = view(2, 3, 3, &[(0, 8, 1), (9, 19, 2)]);
        for views in [[source.clone(), target.clone()], [target, source]] {
            let layout = Layout::of_cluster(&views).expect("a layout");
            assert_eq!(layout.master_of(9), Some(&node(2)));
            assert_eq!(layout.master_of(8), Some(&node(1)));
        }
    }

    #[test]
    fn the_view_of_a_replaced_master_with_an_older_epoch_is_ignored() {
        let replaced = view(1, 2, 1, &[(0, 9, 1), (10, 19, 2)]);
        let current = view(2, 3, 2, &[(0, 9, 3), (10, 19, 2)]);
        let layout = Layout::of_cluster(&[replaced, current]).expect("a layout");
        assert_eq!(layout.master_of(0), Some(&node(3)));
        assert_eq!(layout.masters(), [node(2), node(3)]);
    }

    #[test]
    fn the_view_of_a_node_that_is_cut_off_is_ignored() {
        let cut_off = View {
            is_up: false,
            ..view(1, 9, 9, &[(0, 9, 1)])
        };
        let layout = Layout::of_cluster(&[cut_off, view(2, 3, 2, &[(0, 9, 2)])]).expect("a layout");
        assert_eq!(layout.master_of(0), Some(&node(2)));
    }
}
