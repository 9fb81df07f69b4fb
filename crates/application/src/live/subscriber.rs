//! One watcher's hold on the live core.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use ::live::{Delivery, Mailbox, OutgoingMessage, SubscriberId, Topic};
use domain::{AccessScope, VehicleId};

use super::service::Live;
use crate::error::Result;

/// A watcher. Dropping it ends its subscriptions.
#[derive(Debug)]
pub struct Subscriber {
    live: Arc<Live>,
    id: SubscriberId,
    mailbox: Arc<Mailbox>,
}

impl Live {
    /// Connects a subscriber to the vehicles of a scope, with at most one position of each vehicle per interval.
    #[must_use]
    pub fn connect(self: &Arc<Self>, scope: impl Into<Arc<AccessScope>>, interval: Duration) -> Subscriber {
        let (id, mailbox) = self.read(|core, _| core.connect(scope.into(), interval));
        Subscriber {
            live: Arc::clone(self),
            id,
            mailbox,
        }
    }
}

impl Subscriber {
    /// Watches a topic from now on. The newest of its vehicles comes first, also when another topic covers them. A topic of many vehicles that is watched already changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a vehicle that is not there, or not for this watcher.
    pub fn subscribe(&self, topic: &Topic) -> Result<()> {
        Ok(self
            .live
            .change(|core, now| core.subscribe(self.id, topic, now))?)
    }

    /// Watches a topic no longer. What other topics cover is still watched; the rest leaves the picture. After the last
    /// topic nothing more comes.
    pub fn unsubscribe(&self, topic: &Topic) {
        self.live
            .change(|core, now| core.unsubscribe(self.id, topic, now));
    }

    /// Follows which vehicles there are: all that the watcher may see come first, and then what changes. Followed
    /// already, all come again.
    pub fn follow_registry(&self) {
        self.live.read(|core, _| core.follow_registry(self.id));
    }

    /// Follows no longer which vehicles there are.
    pub fn unfollow_registry(&self) {
        self.live.read(|core, _| core.unfollow_registry(self.id));
    }

    /// Whether a vehicle exists for this watcher.
    #[must_use]
    pub fn knows(&self, id: VehicleId) -> bool {
        self.live.read(|core, _| core.knows(self.id, id))
    }

    /// Sees at most one position of each vehicle per interval from now on.
    pub fn set_interval(&self, interval: Duration) {
        self.live
            .change(|core, now| core.change_interval(self.id, interval, now));
    }

    /// Takes the next outgoing; `None` when nothing more will come. Cancel-safe.
    pub async fn take(&self) -> Option<OutgoingMessage> {
        poll_fn(|cx| self.poll_take(cx)).await
    }

    /// Takes the next outgoing, or has the task woken when there is one. One task at a time.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<OutgoingMessage>> {
        while self.mailbox.poll_walk_turn(cx) {
            self.live.read(|core, now| core.advance(self.id, now));
        }
        // A page may be empty although more are to come; the last one says that there are none.
        while self.mailbox.poll_roster_turn(cx) {
            if let Some(page) = self.live.read(|core, now| core.take_roster(self.id, now)) {
                return Poll::Ready(Some(OutgoingMessage::Roster(page)));
            }
        }
        self.mailbox.poll_take(cx)
    }

    /// Whether a outgoing waits to be taken.
    #[must_use]
    pub fn has_mail(&self) -> bool {
        self.mailbox.has_mail()
    }

    /// Tells that a delivery has been written to its watcher: for the histograms of latency and age, and for
    /// the traces of the messages that it carried.
    pub fn written(&self, delivery: &Delivery) {
        self.live.written(&delivery.batch);
    }

    /// Lets the watcher see something else from now on: what it may not see any more is removed from its picture,
    /// what it may see now comes into it.
    pub fn change_scope(&self, scope: impl Into<Arc<AccessScope>>) {
        self.live
            .change(|core, now| core.change_scope(self.id, scope.into(), now));
    }

    /// What the watcher may see.
    #[must_use]
    pub fn scope(&self) -> AccessScope {
        self.live.read(|core, _| core.scope_of(self.id).clone())
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.live.read(|core, _| core.disconnect(self.id));
    }
}
