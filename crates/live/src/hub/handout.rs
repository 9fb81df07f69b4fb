//! The distribution of a batch among the members of a room.

use std::{ops::Range, sync::Arc};

use crate::batch::Batch;

/// A batch that is being put into the mailboxes of a room's members. If there are many of them, or slow ones, that
/// takes several steps, between which the lock is released.
#[derive(Debug)]
pub(super) struct Handout {
    batch: Arc<Batch>,
    /// The batch without its bases; created for the first member that needs it.
    in_full: Option<Arc<Batch>>,
    /// Places of the members that have not received the batch. Those that have joined the room since are behind them.
    left: Range<usize>,
}

impl Handout {
    /// Starts to distribute a batch among the members at the first `members` places.
    pub(super) fn new(batch: Batch, members: usize) -> Self {
        Self {
            batch: Arc::new(batch),
            in_full: None,
            left: 0..members,
        }
    }

    /// Returns the places of the members that have not received the batch.
    pub(super) fn left(&self) -> Range<usize> {
        self.left.clone()
    }

    /// Takes the place of the next member that has not received the batch; `None` if all have.
    pub(super) fn take_next(&mut self) -> Option<usize> {
        self.left.next()
    }

    /// Returns the batch for a member that has the bases, or needs all views in full.
    pub(super) fn batch_for(&mut self, has_bases: bool) -> &Arc<Batch> {
        let Self { batch, in_full, .. } = self;
        match has_bases || batch.bases.is_empty() {
            true => batch,
            false => in_full.get_or_insert_with(|| Arc::new(batch.in_full())),
        }
    }

    /// Records that the member at a place, which has received the batch, is removed from the room.
    pub(super) fn forget(&mut self, place: usize) {
        if place < self.left.start {
            self.left.start -= 1;
        }
        if place < self.left.end {
            self.left.end -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;

    #[test]
    fn members_that_leave_or_join_neither_miss_the_batch_nor_get_it_twice() {
        let at = Moment {
            unix_us: 0,
            uptime_us: 0,
        };
        let mut members = vec!["a", "b", "c", "d"];
        let mut handout = Handout::new(Batch::nothing(at), members.len());
        let mut received = Vec::new();
        let mut take = |handout: &mut Handout, members: &[&'static str]| {
            let place = handout.take_next()?;
            received.push(members[place]);
            Some(())
        };
        take(&mut handout, &members);
        take(&mut handout, &members);
        members.push("e");
        for gone in ["a", "e", "b"] {
            let place = members.iter().position(|member| *member == gone);
            let place = place.expect("it is a member");
            members.remove(place);
            handout.forget(place);
        }
        members.push("f");
        while take(&mut handout, &members).is_some() {}
        assert_eq!(received, ["a", "b", "c", "d"]);
    }
}
